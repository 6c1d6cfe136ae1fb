"""What restoring a backup would lose and gain, told before anything is changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.catalog.database import UNREADABLE, plain_error, reading_uri

# What is counted: the noun, its table, and what one row is known by.
COUNTED = (
    ("projects", "project", "uid"),
    ("artifacts", "artifact", "uid"),
    ("versions", "version", "uid"),
    ("journal entries", "journal", "hash"),
)
SHOWN = 20  # journal entries that are named


@dataclass(frozen=True, slots=True)
class Step:
    """One journal entry that only one of the two has."""

    at: int
    actor: str
    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The difference between the catalogue and a backup.

    problem: why the catalogue that is there cannot be compared, if so.
    """

    lost: dict[str, int]
    gained: dict[str, int]
    lost_steps: tuple[Step, ...] = ()
    problem: str = ""


def preview(path: Path, source: Path) -> Preview:
    """Compare a catalogue with a backup of it; raises CatalogError for a bad backup."""
    try:
        held = _counts(source)
    except UNREADABLE as error:
        raise plain_error(error, source) from error
    if not path.exists():
        return Preview({}, held)
    try:
        return _compared(path, source)
    except UNREADABLE as error:
        return Preview({}, held, problem=str(error))


def _counts(source: Path) -> dict[str, int]:
    with closing(
        sqlite3.connect(reading_uri(source, is_brief=True), uri=True)
    ) as connection:
        return {
            noun: _number(connection, f"SELECT count(*) FROM {name}")
            for noun, name, _ in COUNTED
        }


def _compared(path: Path, source: Path) -> Preview:
    with closing(sqlite3.connect(":memory:", uri=True)) as connection:
        connection.execute("ATTACH ? AS present", (reading_uri(path),))
        connection.execute("ATTACH ? AS kept", (reading_uri(source, is_brief=True),))
        lost = {n: _only(connection, t, k, "present", "kept") for n, t, k in COUNTED}
        gained = {n: _only(connection, t, k, "kept", "present") for n, t, k in COUNTED}
        rows = connection.execute(
            "SELECT at, actor, kind, subject FROM present.journal WHERE hash NOT IN"
            " (SELECT hash FROM kept.journal) ORDER BY seq DESC LIMIT ?",
            (SHOWN,),
        )
        return Preview(lost, gained, tuple(Step(*row) for row in rows))


def _only(
    connection: sqlite3.Connection, name: str, key: str, here: str, there: str
) -> int:
    """How many rows are here and not there."""
    return _number(
        connection,
        f"SELECT count(*) FROM (SELECT {key} FROM {here}.{name}"
        f" EXCEPT SELECT {key} FROM {there}.{name})",
    )


def _number(connection: sqlite3.Connection, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])
