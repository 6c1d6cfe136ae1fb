"""Backup and restore of the catalogue."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from mlcatalog.catalog import backups
from mlcatalog.catalog.backup_preview import Preview
from mlcatalog.catalog.backup_preview import preview as compared
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.errors import CatalogError

log = logging.getLogger(__name__)
FIRST_BACKUP = 120  # seconds after the start: starting comes first
BACKUP_EVERY = 3_600  # seconds between two looks whether the day's backup is due


def back_up(catalog: Catalog, target: Path | None = None) -> Path:
    """Copy the catalogue while it is in use; raises CatalogError."""
    copy = backups.backup(catalog.path, "by-hand", target)
    if not catalog.read_only:
        catalog.record("backup", str(copy), {})
    return copy


def keep_daily(catalog: Catalog) -> Path | None:
    """The day's backup, where it is due; that it failed is said, and no error."""
    if catalog.read_only:
        return None
    try:
        return backups.daily(catalog.path)
    except (CatalogError, OSError) as error:
        log.warning("The daily backup was not made: %s", error)
        return None


def keep_daily_while(
    catalog: Catalog, is_running: Callable[[], bool], *, first: int = FIRST_BACKUP
) -> threading.Thread:
    """Make the day's backup whenever it is due, in a thread, as long as one runs."""
    thread = threading.Thread(
        target=_keep_daily_while, args=(catalog, is_running, first), daemon=True
    )
    thread.start()
    return thread


def _keep_daily_while(
    catalog: Catalog, is_running: Callable[[], bool], first: int
) -> None:
    wait = first
    while is_running():
        time.sleep(1)
        wait -= 1
        if wait <= 0 and is_running():
            wait = BACKUP_EVERY
            try:
                if catalog.projects():
                    keep_daily(catalog)
            except CatalogError as error:
                log.warning("The daily backup was not made: %s", error)


def preview(path: Path, source: Path) -> Preview:
    """What a restore would lose and gain; raises CatalogError for a bad backup."""
    return compared(path, source)


def list_backups(path: Path) -> list[Path]:
    """The backups of the catalogue at a path, newest first."""
    return backups.backups(path)


def restore(path: Path, source: Path) -> Path | None:
    """Put a backup in the catalogue's place; gives where the old file went.

    The restore is itself a journal entry. Raises CatalogError when the
    backup is damaged; the catalogue is as it was then.
    """
    backups.clear_leftovers(path)
    set_aside = backups.restore(path, source)
    with Catalog.open(path) as catalog:
        catalog.record("restore", str(source), {"set aside": str(set_aside or "")})
    return set_aside
