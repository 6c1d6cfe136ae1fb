"""The columns of the Library's table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from mlcatalog.domain.amounts import size_text
from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.moments import short_text
from mlcatalog.domain.words import Kind, Presence, Stage


@dataclass(frozen=True)
class Column:
    """One column: its key sorts it, its text shows it."""

    key: str
    title: str
    text: Callable[[Summary], str]
    width: int
    is_number: bool = False
    is_shown: bool = True


def traceability_text(row: Summary) -> str:
    """ "11 / 13"; nothing where the checklist does not apply."""
    return f"{row.met} / {row.applicable}" if row.applicable else ""


def name_text(row: Summary) -> str:
    """The name on one line, with a sign and a word where something is wrong."""
    name = " ".join(row.name.split("\n"))
    sign = "⚠ " if row.name_broken else ""
    lost = f"  ({row.presence.value})" if row.presence is not Presence.PRESENT else ""
    return f"{sign}{name}{lost}"


def stage_text(row: Summary) -> str:
    """The stage; only models have one before a person gives it."""
    if row.kind is not Kind.MODEL and row.stage is Stage.DRAFT:
        return ""
    return row.stage.value


COLUMNS: tuple[Column, ...] = (
    Column("name", "Name", name_text, 320),
    Column("kind", "Kind", lambda row: row.kind.value, 104),
    Column("format", "Format", lambda row: row.format, 104),
    Column("size", "Size", lambda row: size_text(row.size), 76, is_number=True),
    Column("metric", "Metric", lambda row: row.metric, 116),
    Column("traceability", "Traceability", traceability_text, 102),
    Column("stage", "Stage", stage_text, 88),
    Column(
        "modified",
        "Modified",
        lambda row: short_text(row.modified),
        140,
        is_shown=False,
    ),
    Column("owner", "Owner", lambda row: row.owner, 110, is_shown=False),
    Column("project", "Project", lambda row: row.project, 140, is_shown=False),
    Column(
        "path",
        "Folder",
        lambda row: str(PurePath(row.path).parent),
        260,
        is_shown=False,
    ),
)
