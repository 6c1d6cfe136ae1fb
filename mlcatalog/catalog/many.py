"""One statement for many rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection


def many(
    connection: Connection, statement: str, rows: Iterable[tuple[Any, ...]]
) -> None:
    """Run it for each row, without a step of SQLAlchemy's for each."""
    found = list(rows)
    if found:
        connection.exec_driver_sql(statement, found)
