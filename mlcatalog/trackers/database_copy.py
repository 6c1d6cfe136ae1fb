"""A copy of another tool's SQLite database, so that nothing is written beside it."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mlcatalog.domain.errors import FormatError

MAGIC = b"SQLite format 3\x00"  # sqlite.org/fileformat.html, section 1.3
SIZE_LIMIT = 4 * 2**30  # bytes copied to scratch
LENGTH_LIMIT = 16 * 2**20  # bytes of one value
ATTEMPTS = 3
# The journal lets SQLite roll back a write that was going on; the shared
# memory file is made anew from the log.
COMPANIONS = ("-wal", "-journal")


@contextmanager
def opened(place: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a scratch copy that refuses writes; raises FormatError."""
    _check(place)
    with tempfile.TemporaryDirectory(prefix="mlcatalog-") as scratch:
        copy = _copied(place, Path(scratch))
        with closing(sqlite3.connect(copy)) as database:
            database.row_factory = sqlite3.Row
            database.text_factory = _text
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LENGTH_LIMIT)
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA query_only = ON")
            yield database


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _check(place: Path) -> None:
    with place.open("rb") as file:
        head = file.read(len(MAGIC))
    if head != MAGIC:
        raise FormatError(
            "This is no SQLite database",
            where=str(place),
            why="Its first bytes are not those of SQLite 3",
            remedy="Look whether the file was copied whole, or is encrypted.",
        )
    size = sum(path.stat().st_size for path in _parts(place))
    if size > SIZE_LIMIT:
        raise FormatError(
            "This database is too large to be copied for reading",
            where=str(place),
            why=f"It has {size:,} bytes; the limit is {SIZE_LIMIT:,}",
        )


def _copied(place: Path, scratch: Path) -> Path:
    """Copy until nobody wrote meanwhile."""
    copy = scratch / "copy.db"
    for _ in range(ATTEMPTS):
        before = _state(place)
        for suffix in ("", *COMPANIONS):
            target = copy.with_name(copy.name + suffix)
            target.unlink(missing_ok=True)
            source = place.with_name(place.name + suffix)
            if source.is_file():
                shutil.copyfile(source, target)
        if _state(place) == before:
            return copy
    raise FormatError(
        "This database is being written all the time",
        where=str(place),
        why=f"It changed during each of {ATTEMPTS} attempts to copy it",
        remedy="It is read again when it next changes.",
    )


def _state(place: Path) -> list[tuple[str, int, int]]:
    stats = [(path.name, path.stat()) for path in _parts(place)]
    return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]


def _parts(place: Path) -> list[Path]:
    paths = [place.with_name(place.name + suffix) for suffix in ("", *COMPANIONS)]
    return [path for path in paths if path.is_file()]
