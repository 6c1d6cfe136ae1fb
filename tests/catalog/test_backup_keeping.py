"""Which backups are kept, and that a failed restore leaves the catalogue there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlcatalog.catalog import backups
from mlcatalog.domain.errors import CatalogError


def _database(path: Path, word: str) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE said (word TEXT)")
        connection.execute("INSERT INTO said VALUES (?)", (word,))
    return path


def _word(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT word FROM said").fetchone()[0])


def test_old_months_stay_when_many_copies_are_made_in_a_day(tmp_path: Path) -> None:
    path = _database(tmp_path / "c.db", "now")
    folder = tmp_path / "backups"
    folder.mkdir()
    now = datetime.now(UTC)
    long_ago = [now - timedelta(days=31 * n) for n in range(1, 9)]
    for moment in long_ago:
        (folder / f"c-{moment:%Y%m%dT%H%M%S%f}-daily.db").touch()
    other = folder / "c-old-20200101T000000000000-daily.db"
    other.touch()
    for _ in range(25):
        backups.backup(path, "by-hand")
    kept = backups.backups(path)
    assert len([copy for copy in kept if "by-hand" in copy.name]) == 20
    months = {copy.name[2:8] for copy in kept}
    assert {f"{moment:%Y%m}" for moment in long_ago[:5]} <= months
    assert f"{long_ago[-1]:%Y%m}" not in months
    assert other.exists(), "another catalogue's backup was taken for ours"


def test_copies_of_a_clock_that_ran_ahead_do_not_drive_new_ones_out(
    tmp_path: Path,
) -> None:
    path = _database(tmp_path / "c.db", "now")
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in range(1, 31):
        (folder / f"c-21000101T0000000000{day:02}-daily.db").touch()
    made = backups.daily(path)
    assert made is not None, "a copy dated 2100 was taken for today's"
    assert made.exists()
    assert backups.backups(path)[0] == made
    assert backups.newest_sound(path) == made
    assert backups.daily(path) is None


def test_a_restore_that_cannot_be_written_leaves_the_catalogue(tmp_path: Path) -> None:
    path = _database(tmp_path / "c.db", "now")
    source = _database(tmp_path / "then.db", "then")
    blocked = tmp_path / "c.db.restoring"
    blocked.mkdir()
    with pytest.raises(CatalogError):
        backups.restore(path, source)
    assert _word(path) == "now"
    blocked.rmdir()
    set_aside = backups.restore(path, source)
    assert set_aside is not None
    assert (_word(path), _word(set_aside)) == ("then", "now")
    assert not blocked.exists()
