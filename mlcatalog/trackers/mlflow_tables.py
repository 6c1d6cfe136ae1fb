"""Rows of an MLflow store, by the columns that this store has.

Table and column names are those of MLflow 2.x and 3.x stores (looked up in
one that 3.17.2 made). The schema's revision is not asked for: what a store
lacks reads as None, what it has more is left alone.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence

Row = dict[str, object]

ROW_LIMIT = 5_000_000  # rows of one table

RUN_COLUMNS = (
    "run_uuid",
    "name",
    "source_name",
    "source_version",
    "user_id",
    "status",
    "start_time",
    "end_time",
    "lifecycle_stage",
    "artifact_uri",
    "experiment_id",
)
METRIC_COLUMNS = ("run_uuid", "key", "value", "timestamp", "step", "is_nan")
MODEL_COLUMNS = (
    "model_id",
    "name",
    "artifact_location",
    "lifecycle_stage",
    "source_run_id",
)
VERSION_COLUMNS = (
    "name",
    "version",
    "current_stage",
    "source",
    "storage_location",
    "run_id",
)


class Store:
    """Reads whole tables of one store."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self._tables = {str(name): self._columns(str(name)) for (name,) in names}

    def has(self, table: str, *columns: str) -> bool:
        """Whether the store has that table with those columns."""
        return set(columns) <= self._tables.get(table, set())

    def rows(
        self, table: str, columns: Sequence[str], *, order: Sequence[str] = ()
    ) -> list[Row]:
        """All rows; a column that the store lacks is None. No table, no rows."""
        known = self._tables.get(table)
        if not known:
            return []
        shown = ", ".join(_quoted(c) if c in known else "NULL" for c in columns)
        sorting = ", ".join(_quoted(c) for c in order if c in known)
        statement = f"SELECT {shown} FROM {_quoted(table)}"
        statement += f" ORDER BY {sorting}" if sorting else ""
        found = self._database.execute(f"{statement} LIMIT {ROW_LIMIT}")
        return [dict(zip(columns, row, strict=True)) for row in found]

    def by(
        self,
        key: str,
        table: str,
        columns: Sequence[str],
        *,
        order: Sequence[str] = (),
    ) -> dict[str, list[Row]]:
        """All rows, grouped by one of the columns."""
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows(table, columns, order=order):
            groups[text(row[key])].append(row)
        return groups

    def _columns(self, table: str) -> set[str]:
        found = self._database.execute(f"PRAGMA table_info({_quoted(table)})")
        return {str(row[1]) for row in found}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: object) -> str:
    """The value as text, "" for None."""
    return "" if value is None else str(value)
