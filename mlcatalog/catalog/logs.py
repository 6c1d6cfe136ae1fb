"""Logs that grow: the marks of how far each was read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select
from sqlmodel import col

from mlcatalog.catalog.listing import wait
from mlcatalog.catalog.tables import FileRow, LogRow, table
from mlcatalog.catalog.views import CHUNK


@dataclass(frozen=True, slots=True)
class Log:
    """A file that may grow, the source that it belongs to, and its mark."""

    file_id: int
    teller_id: int  # the file under which its run is told
    tool: str  # "" for a metrics file
    source: bytes  # relative to the project
    mark: bytes


def logs(connection: Connection, files: Collection[int]) -> dict[int, Log]:
    """The logs among some files."""
    numbers, found = sorted(files), {}
    for start in range(0, len(numbers), CHUNK):
        for row in connection.execute(
            select(table(LogRow)).where(
                col(LogRow.file_id).in_(numbers[start : start + CHUNK])
            )
        ):
            found[row.file_id] = Log(
                row.file_id, row.teller_id, row.tool, bytes(row.source), bytes(row.mark)
            )
    return found


def write(
    connection: Connection,
    known: Collection[Log],
    *,
    tellers: Collection[int],
    stale: Collection[int],
) -> None:
    """Make the marks of some tellers those given.

    What was told of a stale file does not fit its mark: it is read anew.
    """
    unsure = {log for log in known if {log.file_id, log.teller_id} & set(stale)}
    sure = [log for log in known if log not in unsure]
    _forget(connection, col(LogRow.teller_id), tellers)
    _forget(connection, col(LogRow.file_id), {log.file_id for log in known})
    if sure:
        connection.execute(
            insert(LogRow),
            [
                {
                    "file_id": log.file_id,
                    "teller_id": log.teller_id,
                    "tool": log.tool,
                    "source": log.source,
                    "mark": log.mark,
                }
                for log in sure
            ],
        )
    if unsure:
        wait(connection, col(FileRow.id).in_({log.file_id for log in unsure}))


def _forget(connection: Connection, column: Any, numbers: Collection[int]) -> None:
    ordered = sorted(numbers)
    for start in range(0, len(ordered), CHUNK):
        chunk = ordered[start : start + CHUNK]
        connection.execute(delete(LogRow).where(column.in_(chunk)))
