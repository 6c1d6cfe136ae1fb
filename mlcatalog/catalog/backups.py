"""Backups by SQLite's online backup, beside the catalogue in `backups/`."""

from __future__ import annotations

import logging
import re
import sqlite3
import time
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mlcatalog.catalog.database import UNREADABLE, reading_uri
from mlcatalog.domain.errors import CatalogError

log = logging.getLogger(__name__)
KEPT_BACKUPS = 20  # the newest, whatever their dates
# Beyond these, the newest copy of so many days, weeks and months.
KEPT_SPANS = (("%Y-%m-%d", 7), ("%G-%V", 4), ("%Y-%m", 6))
LEFTOVER_SECONDS = 3_600  # what is younger may still be written
STAMP = "%Y%m%dT%H%M%S%f"


def backup(
    path: Path,
    reason: str,
    target: Path | None = None,
    *,
    may_be_damaged: bool = False,
    is_copy: bool = False,
) -> Path:
    """Copy the catalogue while it is in use; gives the copy's path.

    The copy is opened and checked before it takes its name. Raises
    CatalogError when it cannot be written or is not sound; no half of one
    stays. Before a repair it may be as damaged as the catalogue is.
    """
    folder = path.parent / "backups"
    stamp = datetime.now(UTC).strftime(STAMP)
    copy = target or folder / f"{path.stem}-{stamp}-{reason}.db"
    partial = copy.with_name(f"{copy.name}.partial")
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        with (
            closing(_open(path, is_copy=is_copy)) as source,
            closing(sqlite3.connect(partial)) as sink,
        ):
            source.backup(sink)
            verdict = "ok" if may_be_damaged else _check(sink, copy)
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        partial.replace(copy)
    except (*UNREADABLE, OSError) as error:
        partial.unlink(missing_ok=True)
        raise CatalogError(
            "The backup could not be written; the catalogue is as it was.",
            where=str(copy),
            why=str(error),
            remedy="Free some space or choose another folder.",
        ) from error
    log.info("backed %s up to %s (%s)", path, copy, reason)
    if target is None:
        _rotate(folder, path.stem)
    return copy


def backups(path: Path) -> list[Path]:
    """The backups of a catalogue, newest first."""
    return _copies(path.parent / "backups", path.stem)


def newest_sound(path: Path) -> Path | None:
    """The newest backup that can be restored."""
    for copy in backups(path):
        with suppress(*UNREADABLE), closing(_open(copy, is_copy=True)) as connection:
            if _check(connection, copy) == "ok":
                return copy
    return None


def daily(path: Path) -> Path | None:
    """A backup, unless there is one of the last 24 hours; clears leftovers."""
    clear_leftovers(path)
    newest, now = backups(path)[:1], datetime.now(UTC)
    if newest and now - timedelta(days=1) < _moment(newest[0], path.stem) <= now:
        return None
    return backup(path, "daily")


def clear_leftovers(path: Path) -> list[Path]:
    """Remove what backups and restores that were killed left; gives what went.

    Only what nobody has written to for an hour: another may be at work.
    """
    begun = re.compile(
        rf"{re.escape(path.stem)}-\d{{8}}T\d{{12}}-.+\.db\.partial(-journal)?"
    )
    restoring = re.compile(rf"{re.escape(path.name)}\.restoring(\.partial)?(-journal)?")
    cleared = []
    for folder, name in ((path.parent / "backups", begun), (path.parent, restoring)):
        for file in folder.iterdir() if folder.is_dir() else ():
            with suppress(OSError):
                if name.fullmatch(file.name) and _is_old(file):
                    file.unlink()
                    cleared.append(file)
    return cleared


def _is_old(file: Path) -> bool:
    return file.is_file() and time.time() - file.stat().st_mtime > LEFTOVER_SECONDS


def restore(path: Path, source: Path) -> Path | None:
    """Put a backup in the catalogue's place; gives where the old one went.

    The old file is kept beside it. Raises CatalogError when the backup is
    damaged; the catalogue is as it was then.
    """
    with closing(_open(source, is_copy=True)) as connection:
        verdict = _check(connection, source)
    if verdict != "ok":
        raise CatalogError(
            "The backup is damaged and was not restored.",
            where=str(source),
            why=verdict,
            remedy="Choose another backup.",
        )
    # The new file is whole before the old one leaves its place.
    target = path.with_name(f"{path.name}.restoring")
    staged = backup(source, "restore", target=target, is_copy=True)
    return replace(path, staged, "replaced")


def replace(path: Path, staged: Path, word: str) -> Path | None:
    """Put a whole file in the catalogue's place; gives where the old one went.

    There is a catalogue in its place at every moment, were this killed.
    """
    set_aside = None
    if path.exists():
        _empty_log(path)
        stamp = datetime.now(UTC).strftime(STAMP)
        set_aside = path.with_name(f"{path.stem}-{word}-{stamp}.db")
        try:
            set_aside.hardlink_to(path)
        except OSError:  # a volume without hard links
            path.rename(set_aside)
        for suffix in ("-wal", "-shm"):
            old = path.with_name(path.name + suffix)
            if old.exists():
                old.rename(set_aside.with_name(set_aside.name + suffix))
    staged.replace(path)
    return set_aside


def _empty_log(path: Path) -> None:
    """Have what is in the log written into the file, where that can be done."""
    with (
        suppress(*UNREADABLE),
        closing(sqlite3.connect(path, timeout=1)) as connection,
    ):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def is_held(path: Path) -> bool:
    """Whether another program, or another part of this one, has the catalogue open."""
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
        except UNREADABLE as error:
            return "locked" in str(error)
    return False


def _rotate(folder: Path, stem: str) -> None:
    copies = _copies(folder, stem)
    kept = set(copies[:KEPT_BACKUPS])
    for form, count in KEPT_SPANS:
        newest: dict[str, Path] = {}
        for copy in copies:
            newest.setdefault(_moment(copy, stem).strftime(form), copy)
        kept.update(list(newest.values())[:count])
    for old in copies:
        if old not in kept:
            old.unlink(missing_ok=True)


def _copies(folder: Path, stem: str) -> list[Path]:
    """This catalogue's copies, newest first; not those of one named alike.

    What a clock that ran ahead has dated later than now comes last: no new copy
    may look older than those, and be cleared away for them.
    """
    ours = re.compile(rf"{re.escape(stem)}-\d{{8}}T\d{{12}}-.+\.db")
    if not folder.is_dir():
        return []
    found = (copy for copy in folder.iterdir() if ours.fullmatch(copy.name))
    now = f"{stem}-{datetime.now(UTC).strftime(STAMP)}~"
    return sorted(found, key=lambda copy: (copy.name <= now, copy.name), reverse=True)


def _moment(copy: Path, stem: str) -> datetime:
    written = copy.name[len(stem) + 1 :].partition("-")[0]
    return datetime.strptime(written, STAMP).replace(tzinfo=UTC)


def _open(path: Path, *, is_copy: bool = False) -> sqlite3.Connection:
    """For reading; a copy is nobody's to write, and nothing is left beside it."""
    return sqlite3.connect(reading_uri(path, is_brief=is_copy), uri=True)


def _check(connection: sqlite3.Connection, path: Path) -> str:
    try:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    except UNREADABLE as error:
        return f"{path.name}: {error}"
