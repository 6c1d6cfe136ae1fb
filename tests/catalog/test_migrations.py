"""Migrations: an older catalogue is backed up, brought up to date and keeps its rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

import mlcatalog.catalog
from mlcatalog.catalog.backups import backups
from mlcatalog.catalog.database import Database
from mlcatalog.catalog.opening import HEAD, KNOWN, opened
from mlcatalog.catalog.store import Catalog
from mlcatalog.catalog.tables import DERIVED, KEPT, table

MIGRATIONS = Path(mlcatalog.catalog.__file__).with_name("migrations")


def catalogue_of(path: Path, revision: str) -> None:
    """A catalogue as the program of that revision left it, with one artifact."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    database = Database(path)
    with database.migrating() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    database.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        project = {
            "id": 1, "uid": "p", "name": "churn", "path": b"/p", "path_text": "/p",
            "state": "idle", "state_note": "", "added_at": 1,
        }  # fmt: skip
        if revision < "0005":  # turns have a table of their own since
            project |= {"lease_owner": "", "lease_token": 0, "lease_until": 0}
        connection.execute(
            f"INSERT INTO project ({', '.join(project)})"
            f" VALUES ({', '.join('?' * len(project))})",
            tuple(project.values()),
        )
        connection.execute(
            "INSERT INTO artifact (uid, project_id, kind, name, path, path_text,"
            " bundle, owner, created_at, format, presence, present, stage, metric_name,"
            " met, applicable, findings, name_broken) VALUES ('a', 1, 'model', 'bert',"
            " x'62', 'b', 0, 'nlp-team', 1, 'onnx', 'present', 1, 'production', '',"
            " 0, 0, 0, 0)"
        )


def schema_of(path: Path) -> set[tuple[str, str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        )
        return {(kind, name, " ".join(sql.split())) for kind, name, sql in rows}


@pytest.mark.parametrize("revision", [one for one in KNOWN if one != HEAD])
def test_an_older_catalogue_is_brought_up_to_date(
    tmp_path: Path, revision: str
) -> None:
    path, fresh = tmp_path / "catalog.db", tmp_path / "fresh.db"
    catalogue_of(path, revision)
    opened(fresh).close()
    with Catalog.open(path) as catalog:
        found = catalog.list("bert owner:nlp stage:production")
        assert [row.name for row in found] == ["bert"]
        assert catalog.integrity() == ()
    assert schema_of(path) == schema_of(fresh)
    assert len(backups(path)) == 1
    with closing(sqlite3.connect(backups(path)[0])) as kept:
        revisions = kept.execute("SELECT version_num FROM alembic_version").fetchall()
    assert revisions == [(revision,)]


def test_the_tables_name_the_indices_that_are_there(tmp_path: Path) -> None:
    opened(tmp_path / "c.db").close()
    real = {name for kind, name, _ in schema_of(tmp_path / "c.db") if kind == "index"}
    named = {str(one.name) for row in (*KEPT, *DERIVED) for one in table(row).indexes}
    assert named == real
