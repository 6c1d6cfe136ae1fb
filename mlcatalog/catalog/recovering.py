"""A new catalogue out of the rows that can still be read of a damaged one.

Each table is read row by row; where a page cannot be read, its rows are left
out, and those that people typed are looked up in the newest sound backup.
Nothing is written to the damaged file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from mlcatalog.catalog.database import UNREADABLE, reading_uri
from mlcatalog.catalog.opening import made
from mlcatalog.catalog.tables import DERIVED, KEPT, ChangeRow, LeaseRow, StaleRow

PROBES = 4_000  # of one table, beside and between what cannot be read
LOWEST, HIGHEST = -(2**63), 2**63 - 1
BATCH = 2_000
OWN = frozenset(str(row.__tablename__) for row in (ChangeRow, LeaseRow, StaleRow))
PREFERRED = frozenset(str(row.__tablename__) for row in KEPT) - OWN
Row = tuple[object, ...]  # its number first
Gap = tuple[int, int]  # rows between these numbers could not be read


@dataclass(slots=True)
class Recovered:
    """What came out of one table."""

    table: str
    rows: int = 0
    from_backup: int = 0
    gaps: list[Gap] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """At most so many rows are neither here nor in the backup; -1: unknown."""
        if any(low == LOWEST or high == HIGHEST for low, high in self.gaps):
            return -1
        return sum(high - low - 1 for low, high in self.gaps) - self.from_backup

    @property
    def is_kept(self) -> bool:
        """Whether it holds what cannot be made again from the files."""
        return self.table in PREFERRED


def recover(
    path: Path,
    into: Path,
    *,
    backup: Path | None,
    told: Callable[[str], None] = lambda _: None,
) -> list[Recovered]:
    """Make a catalogue at `into` of what can be read of the one at `path`.

    Raises sqlite3.DatabaseError when not even the list of tables can be read.
    """
    with closing(_reading(path)) as source:
        _refuse_unreadable(source)
        made(into, _revision(source))
        with closing(sqlite3.connect(into, isolation_level=None)) as sink:
            sink.execute("PRAGMA foreign_keys = OFF")
            sink.execute("PRAGMA synchronous = OFF")
            kept = _reading(backup, is_copy=True) if backup is not None else None
            try:
                found = []
                for name in [n for n in _ORDER if _columns(sink, n)]:
                    told(name)
                    found.append(_copied(source, sink, name, kept))
            finally:
                if kept is not None:
                    kept.close()
            sink.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return found


def damage(path: Path) -> tuple[str, ...]:
    """What SQLite finds wrong with a catalogue's file; empty is sound."""
    try:
        with closing(_reading(path)) as connection:
            said = connection.execute("PRAGMA integrity_check(100)").fetchall()
    except UNREADABLE as error:
        return (str(error),)
    return tuple(str(row[0]) for row in said if row[0] != "ok")


def mend_in_place(path: Path, *, has_damage: bool) -> bool:
    """Make indices and the search index anew; whether the file is sound then.

    Nothing is changed where it is not.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            if has_damage:
                connection.execute("REINDEX")
            for statement in EMPTY_SEARCH:
                connection.execute(statement)
            if has_damage:
                said = connection.execute("PRAGMA integrity_check(1)").fetchone()
                if said[0] != "ok":
                    return False  # closing takes it back
            connection.execute("COMMIT")
    except UNREADABLE as error:
        if "locked" in str(error) or "full" in str(error):
            raise
        return False
    return True


# The search index is filled anew, so that what tells how far it was is not kept;
# without the answers of linking the lineage is made anew.
_SEARCH = ("search_mark", "search_again", "search_folder")
_ANSWERS = tuple(
    name for row in DERIVED if (name := str(row.__tablename__)).startswith("link_")
)
_ANEW = frozenset((*_SEARCH, *_ANSWERS))
_ORDER = tuple(
    name for row in (*KEPT, *DERIVED) if (name := str(row.__tablename__)) not in _ANEW
)
EMPTY_SEARCH = (
    "INSERT INTO artifact_search (artifact_search) VALUES ('delete-all')",
    "INSERT INTO folder_search (folder_search) VALUES ('delete-all')",
    "DELETE FROM search_folder",
    "DELETE FROM search_again",
    "UPDATE search_mark SET upto = 0",
)


def _reading(path: Path, *, is_copy: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(
        reading_uri(path, is_brief=is_copy), uri=True, isolation_level=None
    )
    connection.execute("PRAGMA cell_size_check = ON")
    # One entry of the schema that makes no sense must not hide all the others.
    connection.execute("PRAGMA writable_schema = ON")
    return connection


def _refuse_unreadable(source: sqlite3.Connection) -> None:
    rows = source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    names = {str(row[0]) for row in rows} & set(_ORDER)
    if not names:
        raise sqlite3.DatabaseError("the list of its tables is damaged")


def _revision(source: sqlite3.Connection) -> str:
    try:
        row = source.execute("SELECT version_num FROM alembic_version").fetchone()
    except UNREADABLE:
        return "head"
    return str(row[0]) if row else "head"


def _copied(
    source: sqlite3.Connection,
    sink: sqlite3.Connection,
    name: str,
    backup: sqlite3.Connection | None,
) -> Recovered:
    columns = _shared_columns(source, sink, name)
    reading = _Reading(source, name, [column for column, _ in columns])
    result = Recovered(name)
    writing = _Writing(sink, name, columns)
    sink.execute("BEGIN")
    result.rows = writing.write(reading.rows())
    result.gaps = _merged([*reading.gaps, *((n - 1, n + 1) for n in writing.refused)])
    if result.gaps and backup is not None and result.is_kept:
        result.from_backup = _fill(backup, writing, name, result.gaps)
    sink.execute("COMMIT")
    return result


def _shared_columns(
    source: sqlite3.Connection, sink: sqlite3.Connection, name: str
) -> list[tuple[str, str]]:
    """The columns that both have, with their types as the new one declares them."""
    here = {column for column, _ in _columns(source, name)}
    # Of a table that cannot be found at all, everything is looked for elsewhere.
    return [one for one in _columns(sink, name) if one[0] in here or not here]


def _columns(connection: sqlite3.Connection, name: str) -> list[tuple[str, str]]:
    """The columns of a table with their types; none if it cannot be found."""
    try:
        rows = connection.execute(f"PRAGMA table_info('{name}')").fetchall()
    except UNREADABLE:
        return []
    return [(str(row[1]), str(row[2])) for row in rows]


class _Reading:
    """The rows of one table that can be read, and the gaps between them."""

    def __init__(
        self, source: sqlite3.Connection, name: str, columns: Sequence[str]
    ) -> None:
        listed = ", ".join(f'"{column}"' for column in columns)
        self._select = f'SELECT rowid, {listed} FROM "{name}"'
        self._source = source
        self._name = name
        self._probes = PROBES
        self.gaps: list[Gap] = []

    def rows(self) -> Iterator[Row]:
        """All that can be read, each with its number first."""
        waiting: list[Gap] = [(LOWEST, HIGHEST)]
        while waiting:
            low, high = waiting.pop()
            up = _Run(self._source, self._ordered("ASC"), low, high)
            yield from up
            if up.is_whole:
                continue
            down = _Run(self._source, self._ordered("DESC"), up.last, high)
            yield from down
            if not down.is_whole:
                waiting += self._between(up.last, down.last)

    def _ordered(self, order: str) -> str:
        return f"{self._select} WHERE rowid > ? AND rowid < ? ORDER BY rowid {order}"

    def _between(self, low: int, high: int) -> list[Gap]:
        """The halves of what neither end could be read of; none if it is a gap."""
        self._probes -= 1
        first, last = self._ends(low, high)
        if last - first <= 2 or self._probes <= 0:
            self.gaps.append((low, high))
            return []
        middle = (first + last) // 2
        return [(middle - 1, high), (low, middle)]

    def _ends(self, low: int, high: int) -> Gap:
        """The ends of a gap, with a guess for one that is open."""
        first = low if low > LOWEST else 0
        if high < HIGHEST:
            return first, high
        try:
            row = self._source.execute(
                f'SELECT max(rowid) FROM "{self._name}"'
            ).fetchone()
            return first, max(first, int(row[0] or 0)) + 1
        except UNREADABLE:
            return first, first + 1_000_000


class _Run:
    """The rows of one statement, until one cannot be read."""

    def __init__(
        self, source: sqlite3.Connection, statement: str, low: int, high: int
    ) -> None:
        self._source = source
        self._statement = statement
        self._bounds = (low, high)
        self._is_up = statement.endswith("ASC")
        self.last = low if self._is_up else high
        self.is_whole = False

    def __iter__(self) -> Iterator[Row]:
        cursor = None
        try:
            cursor = self._source.execute(self._statement, self._bounds)
            for row in cursor:
                if (row[0] > self.last) is not self._is_up or row[0] == self.last:
                    return  # rows that run backwards: the tree is damaged
                self.last = row[0]
                yield row
            self.is_whole = True
        except (*UNREADABLE, OverflowError):
            return
        finally:
            if cursor is not None:
                cursor.close()


class _Writing:
    """Takes rows into one table of the new file; those that make no sense are refused."""

    def __init__(
        self,
        sink: sqlite3.Connection,
        name: str,
        columns: Sequence[tuple[str, str]],
    ) -> None:
        listed = ", ".join(f'"{column}"' for column, _ in columns)
        marks = ", ".join("?" for _ in columns)
        self.columns = [column for column, _ in columns]
        word = "INSERT OR REPLACE" if name in OWN else "INSERT"
        self._insert = f'{word} INTO "{name}" ({listed}) VALUES ({marks})'
        self._types = [_allowed(kind) for _, kind in columns]
        self._sink = sink
        self.refused: list[int] = []

    def write(self, rows: Iterator[Row]) -> int:
        """Write rows, each with its number first; gives how many were taken."""
        written = 0
        batch: list[Row] = []
        for row in rows:
            batch.append(row)
            if len(batch) == BATCH:
                written += self._write(batch)
                batch = []
        return written + self._write(batch)

    def _write(self, batch: Sequence[Row]) -> int:
        written = 0
        for number, *values in batch:
            if self._makes_sense(values) and self._took(values):
                written += 1
            else:
                self.refused.append(int(str(number)))
        return written

    def _makes_sense(self, values: Sequence[object]) -> bool:
        return all(
            value is None or isinstance(value, kinds)
            for value, kinds in zip(values, self._types, strict=True)
        )

    def _took(self, values: Sequence[object]) -> bool:
        try:
            self._sink.execute(self._insert, values)
        except sqlite3.IntegrityError:
            return False
        return True


def _allowed(kind: str) -> tuple[type, ...]:
    if kind in ("INTEGER", "BOOLEAN"):
        return (int,)
    if kind == "FLOAT":
        return (float, int)
    return (bytes,) if kind == "BLOB" else (str,)


def _fill(
    backup: sqlite3.Connection, writing: _Writing, name: str, gaps: Sequence[Gap]
) -> int:
    """Take what could not be read from a backup, row for row."""
    kept = {column for column, _ in _columns(backup, name)}
    if not set(writing.columns) <= kept:
        return 0
    listed = ", ".join(f'"{column}"' for column in writing.columns)
    return sum(
        writing.write(
            iter(
                backup.execute(
                    f'SELECT rowid, {listed} FROM "{name}"'
                    " WHERE rowid > ? AND rowid < ?",
                    gap,
                )
            )
        )
        for gap in gaps
    )


def _merged(gaps: list[Gap]) -> list[Gap]:
    """Gaps in order, those that touch made one."""
    merged: list[Gap] = []
    for low, high in sorted(gaps):
        if merged and low < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged
