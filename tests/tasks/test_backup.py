"""The day's backup of a catalogue that is in use."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.backup import keep_daily_while, list_backups
from mlcatalog.tasks.index import index


def soon(path: Path) -> list[Path]:
    """The backups, once there are some."""
    for _ in range(600):
        if list_backups(path):
            return list_backups(path)
        time.sleep(0.1)
    pytest.fail("there was no backup")


def test_a_catalogue_that_is_followed_is_backed_up_once_a_day(tmp_path: Path) -> None:
    project, path = tmp_path / "project", tmp_path / "catalog.db"
    project.mkdir()
    (project / "churn.csv").write_text("a,b\n1,2\n")
    ended = threading.Event()
    with Catalog.open(path) as catalog:
        index(catalog, [project], settle_seconds=0)
        first = keep_daily_while(catalog, lambda: not ended.is_set(), first=0)
        copies = soon(path)
        second = keep_daily_while(catalog, lambda: not ended.is_set(), first=0)
        time.sleep(2)
        assert list_backups(path) == copies, "a second one on the same day"
        ended.set()
        for thread in (first, second):
            thread.join()
    assert copies[0].name.endswith("-daily.db")
    with Catalog.open(copies[0], read_only=True) as copy:
        assert [row.name for row in copy.list()] == ["churn"]


def test_an_empty_catalogue_is_not_backed_up(tmp_path: Path) -> None:
    ended = threading.Event()
    with Catalog.open(tmp_path / "catalog.db") as catalog:
        thread = keep_daily_while(catalog, lambda: not ended.is_set(), first=0)
        time.sleep(2)
        ended.set()
        thread.join()
    assert list_backups(tmp_path / "catalog.db") == []
