"""Opening: new, old, too new, damaged, foreign, read-only and locked catalogues."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mlcatalog.catalog import journal
from mlcatalog.catalog.backups import backup, backups, restore
from mlcatalog.catalog.database import Database
from mlcatalog.catalog.opening import opened
from mlcatalog.catalog.tables import DERIVED, KEPT
from mlcatalog.domain.errors import CatalogError, CatalogTooNewError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.db"


def tables_of(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        return {row[0] for row in rows}


def test_a_new_catalogue_has_every_table_and_the_search_index(path: Path) -> None:
    opened(path).close()
    expected = {row.__tablename__ for row in (*KEPT, *DERIVED)}
    assert expected <= tables_of(path)
    assert "artifact_search" in tables_of(path)


def test_a_migrated_catalogue_has_the_columns_of_the_tables(path: Path) -> None:
    opened(path).close()
    with closing(sqlite3.connect(path)) as connection:
        for row in (*KEPT, *DERIVED):
            name = str(row.__tablename__)
            real = {r[1] for r in connection.execute(f"PRAGMA table_info('{name}')")}
            assert real == {column.name for column in row.__table__.columns}  # type: ignore[attr-defined]


def test_it_is_in_wal_mode_with_foreign_keys(path: Path) -> None:
    database = opened(path)
    with database.reading() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    database.close()


def test_a_catalogue_of_a_later_program_is_refused_and_untouched(path: Path) -> None:
    opened(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(CatalogTooNewError, match="later mlcatalog"):
        opened(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0"])
def test_a_damaged_catalogue_is_refused_and_untouched(
    path: Path, content: bytes
) -> None:
    path.write_bytes(content)
    with pytest.raises(CatalogError) as refused:
        opened(path)
    assert refused.value.remedy
    assert path.read_bytes() == content


def test_a_foreign_database_is_refused_and_untouched(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE songs (title)")
    with pytest.raises(CatalogError, match="no catalogue"):
        opened(path)
    assert tables_of(path) == {"songs"}


def test_reading_only_needs_a_catalogue_that_is_there(path: Path) -> None:
    with pytest.raises(CatalogError, match="no catalogue to read"):
        opened(path, read_only=True)
    assert not path.exists()


def test_a_read_only_catalogue_is_not_written(path: Path) -> None:
    opened(path).close()
    database = opened(path, read_only=True)
    with pytest.raises(CatalogError, match="reading only"), database.writing():
        pass
    database.close()


def test_the_sequence_grows_with_each_write_and_not_with_a_failed_one(
    path: Path,
) -> None:
    database = opened(path)
    start = database.sequence()
    with database.writing():
        pass
    with pytest.raises(ZeroDivisionError), database.writing():
        raise ZeroDivisionError
    assert database.sequence() == start + 1
    database.close()


def note(database: Database, subject: str) -> None:
    with database.writing() as connection:
        journal.append(
            connection, actor="me", kind="test", subject=subject, payload={"é": 1}
        )


def test_the_journal_is_a_chain_that_cannot_be_rewritten(path: Path) -> None:
    database = opened(path)
    for number in range(3):
        note(database, f"s{number}")
    with database.reading() as connection:
        assert journal.verify(connection)[0]
        entries = journal.entries(connection, 10)
    assert [entry.subject for entry in entries] == ["s2", "s1", "s0"]
    assert entries[0].prev_hash == entries[1].hash
    for statement in ("UPDATE journal SET actor='x'", "DELETE FROM journal"):
        with pytest.raises((CatalogError, DBAPIError)), database.writing() as writer:
            writer.execute(text(statement))
    database.close()


def test_a_rewritten_journal_is_noticed(path: Path) -> None:
    database = opened(path)
    for number in range(3):
        note(database, f"s{number}")
    with database.writing() as connection:
        connection.execute(text("DROP TRIGGER journal_is_not_changed"))
        connection.execute(text("UPDATE journal SET subject = 'forged' WHERE seq = 2"))
    with database.reading() as connection:
        holds, sentence = journal.verify(connection)
    assert not holds
    assert "2" in sentence
    database.close()


def test_a_backup_is_restored_with_what_was_there(path: Path) -> None:
    database = opened(path)
    note(database, "before")
    copy = backup(path, "test")
    note(database, "after")
    database.close()
    assert backups(path) == [copy]
    set_aside = restore(path, copy)
    assert set_aside is not None
    assert set_aside.exists()
    database = opened(path)
    with database.reading() as connection:
        assert [e.subject for e in journal.entries(connection, 9)] == ["before"]
    database.close()


def test_a_damaged_backup_is_not_restored(path: Path, tmp_path: Path) -> None:
    opened(path).close()
    before = path.read_bytes()
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"junk" * 500)
    with pytest.raises(CatalogError):
        restore(path, broken)
    assert path.read_bytes() == before
