"""Backup and restore of the catalogue."""

from __future__ import annotations

from pathlib import Path

from mlcatalog.catalog import backups
from mlcatalog.catalog.store import Catalog


def back_up(catalog: Catalog, target: Path | None = None) -> Path:
    """Copy the catalogue while it is in use; raises CatalogError."""
    copy = backups.backup(catalog.path, "by-hand", target)
    if not catalog.read_only:
        catalog.record("backup", str(copy), {})
    return copy


def list_backups(path: Path) -> list[Path]:
    """The backups of the catalogue at a path, newest first."""
    return backups.backups(path)


def restore(path: Path, source: Path) -> Path | None:
    """Put a backup in the catalogue's place; gives where the old file went.

    The restore is itself a journal entry. Raises CatalogError when the
    backup is damaged; the catalogue is as it was then.
    """
    set_aside = backups.restore(path, source)
    with Catalog.open(path) as catalog:
        catalog.record("restore", str(source), {"set aside": str(set_aside or "")})
    return set_aside
