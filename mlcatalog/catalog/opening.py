"""Opening a catalogue: making, migrating and, where that is wrong, refusing."""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from mlcatalog.catalog.backups import backup
from mlcatalog.catalog.database import (
    UNREADABLE,
    Database,
    plain_error,
    reading_uri,
)
from mlcatalog.domain.errors import (
    CatalogDamagedError,
    CatalogError,
    CatalogMissingError,
    CatalogReadOnlyError,
    CatalogTooNewError,
)

log = logging.getLogger(__name__)
HEAD = "0012"
KNOWN = tuple(f"{number:04}" for number in range(1, 13))


def opened(path: Path, *, read_only: bool = False) -> Database:
    """The database at the path, made or brought up to date when it has to be.

    One that is only read is brought up to date too, where it may be written.
    Raises CatalogTooNewError for one that a later mlcatalog wrote and
    CatalogError for one that is missing (read-only), locked, damaged or no
    catalogue at all. What cannot be used is left as it was.
    """
    _refuse_missing_folder(path)
    revision = _revision(path, read_only=read_only)
    if revision is not None and revision not in KNOWN:
        raise CatalogTooNewError(
            "This catalogue was written by a later mlcatalog.",
            where=str(path),
            why=f"Its format is {revision}; this program knows up to {HEAD}",
            remedy="Update mlcatalog, or choose another catalogue with --catalog.",
        )
    if read_only and not path.exists():
        raise CatalogMissingError(
            "There is no catalogue to read here.",
            where=str(path),
            remedy="Index a folder first, or choose another catalogue.",
        )
    if not read_only:
        _refuse_read_only(path)
    elif revision != HEAD:
        _refuse_unmigratable(path, revision)
    if revision != HEAD:
        _brought_up(path, revision)
    return _probed(Database(path, read_only=read_only))


def _brought_up(path: Path, revision: str | None) -> None:
    """Make the tables, or bring them up to date; an older state is backed up."""
    if revision is not None:
        backup(path, "before-migration")
    made(path)
    log.info("%s: format %s is now %s", path, revision or "none", HEAD)


def _refuse_unmigratable(path: Path, revision: str | None) -> None:
    """Reading needs today's format; say so where the file cannot be given it."""
    try:
        _refuse_read_only(path)
    except CatalogReadOnlyError as error:
        held = f"Its format is {revision}" if revision else "It holds no tables yet"
        raise CatalogReadOnlyError(
            "This catalogue has to be brought up to date before it can be read.",
            where=str(path),
            why=f"{held}, this program reads {HEAD}, and {_lowered(error.why)}",
            remedy=(
                "Give yourself permission to write the file and its folder, or copy "
                "it to where you may write and name the copy with --catalog."
            ),
        ) from error


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _refuse_missing_folder(path: Path) -> None:
    """A folder that is not there may be a drive that is not plugged in."""
    # os.path, since pathlib raises where a folder above may not be searched.
    if not os.path.isdir(path.parent):  # noqa: PTH112
        raise CatalogMissingError(
            "The catalogue's folder is not there.",
            where=str(path),
            why=f"There is no folder {path.parent}",
            remedy=(
                "Plug in the drive it is on, make the folder, or choose another "
                "catalogue with --catalog."
            ),
        )


def _refuse_read_only(path: Path) -> None:
    for place, word in ((path, "The file"), (path.parent, "Its folder")):
        if os.access(place, os.F_OK) and not os.access(place, os.W_OK):
            raise CatalogReadOnlyError(
                "The catalogue may not be written.",
                where=str(path),
                why=f"{word} is read-only for you",
                remedy=(
                    "Give yourself permission to write the file and its folder, or "
                    "choose another catalogue with --catalog."
                ),
            )


def _revision(path: Path, *, read_only: bool) -> str | None:
    """The revision a file says it has; None for a new or an empty one."""
    try:
        if not path.exists() or path.stat().st_size == 0:
            return None
        with closing(
            sqlite3.connect(reading_uri(path, is_brief=True), uri=True, timeout=10)
        ) as connection:
            names = {
                row[0]
                for row in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                )
            }
            if "alembic_version" not in names:
                if names:
                    raise CatalogDamagedError(
                        "This file is a database, but no catalogue.",
                        where=str(path),
                        remedy="Choose another file with --catalog; it was left as it is.",
                    )
                return None
            row = connection.execute(
                "SELECT version_num FROM alembic_version"
            ).fetchone()
            return str(row[0]) if row else None
    except (*UNREADABLE, OSError) as error:
        raise plain_error(error, path) from error


def made(path: Path, revision: str = "head") -> None:
    """Make the tables, or bring them up to date, as the program of a revision had them."""
    database = Database(path)
    try:
        _migrate(database, revision)
    finally:
        database.close()


def _migrate(database: Database, revision: str = "head") -> None:
    # Alembic costs a fifth of a second and is needed once in a catalogue's life.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option(
        "script_location", str(Path(__file__).with_name("migrations"))
    )
    with database.migrating() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _probed(database: Database) -> Database:
    try:
        database.sequence()
    except CatalogError:
        database.close()
        raise
    return database
