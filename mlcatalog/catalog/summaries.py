"""The rows of a list, without SQLAlchemy: a window paints its first page with this.

SQLModel takes longer to import than Qt and a window take to appear, so the
statement is plain SQL that both sqlite3 and SQLAlchemy execute.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.words import Kind, Presence, Stage

_COLUMNS = """
SELECT artifact.id, artifact.uid, artifact.kind, artifact.format, artifact.name,
    project.path_text, artifact.path_text, project.name, artifact.size,
    artifact.digest, artifact.stage, artifact.owner, artifact.modified,
    artifact.presence, artifact.metric_name, artifact.metric_value, artifact.met,
    artifact.applicable, artifact.findings, artifact.name_broken, artifact.bundle
FROM artifact JOIN project ON project.id = artifact.project_id
"""
BY_NUMBERS = f"{_COLUMNS} WHERE artifact.id IN (SELECT value FROM json_each(:numbers))"
_NEWEST = f"""{_COLUMNS} WHERE artifact.id IN (
    SELECT id FROM artifact WHERE present = 1
    ORDER BY modified DESC NULLS LAST, id DESC LIMIT :limit)
ORDER BY artifact.modified DESC NULLS LAST, artifact.id DESC"""


def summary_of(row: Sequence[Any]) -> Summary:
    """A row of these statements as a value."""
    return Summary(
        row=row[0],
        id=row[1],
        kind=Kind(row[2]),
        format=row[3],
        name=row[4],
        path=joined(row[5], row[6]),
        project=row[7],
        size=row[8],
        digest=row[9],
        stage=Stage(row[10]),
        owner=row[11],
        modified=row[12],
        presence=Presence(row[13]),
        metric=metric_text(row[14], row[15]),
        met=row[16],
        applicable=row[17],
        findings=row[18],
        name_broken=bool(row[19]),
        bundle=bool(row[20]),
    )


def metric_text(name: str, value: float | None) -> str:
    """A headline metric as a list shows it."""
    return f"{name} {value:.4g}" if name and value is not None else ""


def joined(root: str, relative: str) -> str:
    """An absolute path text; the root itself for an empty relative one."""
    return f"{root.rstrip('/')}/{relative}" if relative else root


@dataclass(frozen=True, slots=True)
class FirstPage:
    """The newest artifacts, and the format of the catalogue that they stand in."""

    revision: str
    rows: tuple[Summary, ...]


def first_page(
    path: Path, limit: int = 64, *, numbers: Sequence[int] = ()
) -> FirstPage | None:
    """The top of the list as it is when nothing is searched for, or these rows.

    None where that cannot be had at once: opening the catalogue says why.
    """
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0)
        ) as connection:
            revision = connection.execute("SELECT version_num FROM alembic_version")
            if numbers:
                wanted = {"numbers": json.dumps(list(numbers))}
                rows = connection.execute(BY_NUMBERS, wanted)
            else:
                rows = connection.execute(_NEWEST, {"limit": limit})
            found = [summary_of(row) for row in rows]
            if numbers:
                places = {number: place for place, number in enumerate(numbers)}
                found.sort(key=lambda row: places[row.row])
            return FirstPage(revision.fetchone()[0], tuple(found))
    except (sqlite3.Error, TypeError, ValueError):
        return None
