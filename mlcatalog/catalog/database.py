"""The SQLite file: connections, transactions and what SQLite says when it refuses."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from mlcatalog.domain.errors import (
    Cancelled,
    CatalogDamagedError,
    CatalogError,
    CatalogLockedError,
    CatalogReadOnlyError,
)

# What SQLite says of a damaged file may quote bytes of it that are no text.
UNREADABLE = (sqlite3.Error, UnicodeError)
BUSY_MS = 10_000
SHORTLY = 0.05  # seconds between two tries
NO_SPACE = 1 << 16  # bytes free on a disk that is as good as full
IO_ERROR = "disk I/O error"
MALFORMED = "malformed"
STEPS = 20_000  # of SQLite's machine between two looks whether an answer is wanted


class Database:
    """One SQLite file in WAL mode; any thread reads, one at a time writes."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.read_only = read_only
        self._writer = threading.RLock()
        self._engine = _engine(path, read_only=read_only)

    @contextmanager
    def reading(
        self, is_unwanted: Callable[[], bool] | None = None
    ) -> Iterator[Connection]:
        """A connection that sees one state of the catalogue.

        is_unwanted: asked while a statement runs; the first True ends it, and
        Cancelled is raised.
        """
        with self._said_plainly(), self._engine.connect() as connection:
            if is_unwanted is None:
                yield connection
                return
            raw: Any = connection.connection.driver_connection
            raw.set_progress_handler(is_unwanted, STEPS)
            try:
                yield connection
            finally:
                raw.set_progress_handler(None, STEPS)

    @contextmanager
    def writing(self, *, announce: bool = True) -> Iterator[Connection]:
        """One short transaction: BEGIN IMMEDIATE, committed at the end.

        Others are told of it by the sequence number, unless it is nothing
        that they show.

        Raises CatalogError when the catalogue was opened read-only, is
        locked by another program for longer than ten seconds, or the disk
        is full; nothing of the transaction is kept then.
        """
        if self.read_only:
            raise CatalogError(
                "The catalogue is open for reading only.",
                where=str(self.path),
                remedy="Open it again where it may be written.",
            )
        with (
            self._writer,
            self._said_plainly(),
            self._engine.connect() as connection,
        ):
            writer = connection.execution_options(mlcatalog_writes=True)
            with writer.begin():
                yield writer
                if announce:
                    writer.execute(text("UPDATE change SET sequence = sequence + 1"))

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """One transaction for a change of the tables: all of it or nothing."""
        with self._writer, self._said_plainly(), self._engine.connect() as connection:
            writer = connection.execution_options(mlcatalog_writes=True)
            with writer.begin():
                yield writer

    def sequence(self) -> int:
        """A number that grows with every committed write, by any process."""
        with self.reading() as connection:
            return int(connection.scalar(text("SELECT sequence FROM change")) or 0)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _said_plainly(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if str(error.orig) == "interrupted":
                raise Cancelled from error
            raise plain_error(error.orig or error, self.path) from error


def plain_error(error: BaseException, path: Path) -> CatalogError:
    """What SQLite refused, as a sentence with a remedy."""
    reason = str(error)
    # SQLite cannot always say why it could not write, as beside its shared memory.
    known = "disk is full" if reason == IO_ERROR and _is_full(path) else reason
    if isinstance(error, UnicodeError):
        known = MALFORMED
    for sign, kind, what, remedy in _REFUSALS:
        if sign in known:
            return kind(what, where=str(path), why=reason, remedy=remedy)
    return CatalogError(
        "The catalogue could not be used.",
        where=str(path),
        why=reason,
        remedy="Run `mlcatalog doctor` to see what is wrong with it.",
    )


def _is_full(path: Path) -> bool:
    with suppress(OSError):
        return shutil.disk_usage(path.parent).free < NO_SPACE
    return False


_REFUSALS: tuple[tuple[str, type[CatalogError], str, str], ...] = (
    (
        "locked",
        CatalogLockedError,
        "Another program is holding the catalogue.",
        "Close it, or wait until it has finished, and try again.",
    ),
    (
        "readonly",
        CatalogReadOnlyError,
        "The catalogue may not be written.",
        "Give yourself permission to write the file and its folder.",
    ),
    (
        "disk is full",
        CatalogError,
        "The disk is full; the change was not kept.",
        "Free some space and try again.",
    ),
    (
        "disk I/O",
        CatalogError,
        "The disk refused to read or write the catalogue.",
        "Check the disk, then restore a backup with `mlcatalog restore`.",
    ),
    (
        MALFORMED,
        CatalogDamagedError,
        "The catalogue is damaged.",
        "`mlcatalog doctor --repair` backs it up and saves what can be read; "
        "`mlcatalog restore` brings a backup back. The file was left as it is.",
    ),
    (
        "not a database",
        CatalogDamagedError,
        "This file is no catalogue.",
        "Choose another file, or move this one away to start a new catalogue.",
    ),
    (
        "unable to open",
        CatalogError,
        "The catalogue cannot be opened.",
        "Check that the folder exists and that you may write there.",
    ),
)


def reading_uri(path: Path, *, is_brief: bool = False) -> str:
    """Where SQLite reads a file without leaving anything beside it.

    A file whose log is empty is read as it stands where nothing may be written
    beside it, or for a brief look.
    """
    log = path.with_name(f"{path.name}-wal")
    is_alone = not log.exists() or log.stat().st_size == 0
    as_it_stands = is_alone and (is_brief or not _can_write_beside(path))
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if as_it_stands else ''}"


def _can_write_beside(path: Path) -> bool:
    return os.access(path.parent, os.W_OK) and not _is_full(path)


def _engine(path: Path, *, read_only: bool) -> Engine:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            reading_uri(path) if read_only else f"{path.absolute().as_uri()}?mode=rwc",
            uri=True,
            isolation_level=None,  # BEGIN is ours, below
            check_same_thread=False,
            timeout=BUSY_MS / 1_000,
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        if not read_only:
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=8, max_overflow=8
    )
    event.listen(engine, "begin", _begin)
    event.listen(engine, "invalidate", _let_go)
    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL; SQLite itself does not wait for a lock here, whatever the timeout."""
    until = time.monotonic() + BUSY_MS / 1_000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(SHORTLY)
        else:
            return


def _let_go(raw: sqlite3.Connection, record: object, error: BaseException) -> None:
    """Ctrl+C within a statement: what was closed then would hold the lock on."""
    with suppress(sqlite3.Error):
        raw.rollback()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("mlcatalog_writes", False)
    # A statement that fires triggers keeps what it may have to take back: in a
    # file that costs more than the rows. What is sorted for reading may be large.
    place = "MEMORY" if writes else "DEFAULT"
    connection.exec_driver_sql(f"PRAGMA temp_store = {place}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
