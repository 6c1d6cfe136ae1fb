"""Real damage to a catalogue's file: the pages of one table are overwritten."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

PAGE = 4096  # bytes, as SQLite makes them
INTERIOR = (2, 5)  # the types of an index's and a table's upper pages


def leaves(path: Path, table: str) -> list[int]:
    """The numbers of the pages that hold a table's, or an index's, entries."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert connection.execute("PRAGMA page_size").fetchone()[0] == PAGE
        root = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)
        ).fetchone()[0]
    content = path.read_bytes()
    return list(_below(content, int(root)))


def _below(content: bytes, number: int) -> Iterator[int]:
    page = content[(number - 1) * PAGE : number * PAGE]
    if page[0] not in INTERIOR:
        yield number
        return
    cells = struct.unpack_from(">H", page, 3)[0]
    for (place,) in struct.iter_unpack(">H", page[12 : 12 + 2 * cells]):
        yield from _below(content, struct.unpack_from(">I", page, place)[0])
    yield from _below(content, struct.unpack_from(">I", page, 8)[0])


def content_of(path: Path, page: int) -> bytes:
    """What a page holds now."""
    with path.open("rb") as file:
        file.seek((page - 1) * PAGE)
        return file.read(PAGE)


def overwrite(path: Path, pages: list[int], content: bytes = b"\xa5" * PAGE) -> None:
    """Put something else on pages, as a bad block or another program would."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        for number in pages:
            file.seek((number - 1) * PAGE)
            file.write(content)
