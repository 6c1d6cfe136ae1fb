"""Backups by SQLite's online backup, beside the catalogue in `backups/`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from mlcatalog.domain.errors import CatalogError

KEPT_BACKUPS = 20


def backup(path: Path, reason: str, target: Path | None = None) -> Path:
    """Copy the catalogue while it is in use; gives the copy's path.

    Raises CatalogError when the copy cannot be written; no half of one stays.
    """
    folder = path.parent / "backups"
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    copy = target or folder / f"{path.stem}-{stamp}-{reason}.db"
    partial = copy.with_name(f"{copy.name}.partial")
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        with (
            closing(_open(path)) as source,
            closing(sqlite3.connect(partial)) as sink,
        ):
            source.backup(sink)
        partial.replace(copy)
    except (sqlite3.Error, OSError) as error:
        partial.unlink(missing_ok=True)
        raise CatalogError(
            "The backup could not be written; the catalogue is as it was.",
            where=str(copy),
            why=str(error),
            remedy="Free some space or choose another folder.",
        ) from error
    if target is None:
        _rotate(folder, path.stem)
    return copy


def backups(path: Path) -> list[Path]:
    """The backups of a catalogue, newest first."""
    folder = path.parent / "backups"
    return sorted(folder.glob(f"{path.stem}-*.db"), reverse=True)


def restore(path: Path, source: Path) -> Path | None:
    """Put a backup in the catalogue's place; gives where the old one went.

    The old file is kept beside it. Raises CatalogError when the backup is
    damaged; the catalogue is as it was then.
    """
    with closing(_open(source)) as connection:
        verdict = _check(connection, source)
    if verdict != "ok":
        raise CatalogError(
            "The backup is damaged and was not restored.",
            where=str(source),
            why=verdict,
            remedy="Choose another backup.",
        )
    set_aside = None
    if path.exists():
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        set_aside = path.with_name(f"{path.stem}-replaced-{stamp}.db")
        for suffix in ("", "-wal", "-shm"):
            old = path.with_name(path.name + suffix)
            if old.exists():
                old.rename(set_aside.with_name(set_aside.name + suffix))
    backup(source, "restore", target=path)
    return set_aside


def _rotate(folder: Path, stem: str) -> None:
    copies = sorted(folder.glob(f"{stem}-*.db"), reverse=True)
    for old in copies[KEPT_BACKUPS:]:
        old.unlink(missing_ok=True)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _check(connection: sqlite3.Connection, path: Path) -> str:
    try:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return f"{path.name}: {error}"
