"""Upkeep through the real program: old formats, backups, restore, doctor, projects."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config

import mlcatalog.catalog
from mlcatalog.catalog.backups import backups
from mlcatalog.catalog.database import Database
from mlcatalog.catalog.opening import HEAD

PROGRAM = "import sys; from mlcatalog.cli import main; sys.exit(main())"
MIGRATIONS = Path(mlcatalog.catalog.__file__).with_name("migrations")


def run(catalog: Path, *arguments: str) -> tuple[int, str, str]:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env={**os.environ, "MLCATALOG_CATALOG": str(catalog)},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def document(catalog: Path, *arguments: str, status: int = 0) -> dict[str, Any]:
    code, out, err = run(catalog, *arguments, "--json")
    assert code == status, f"{out}{err}"
    said: dict[str, Any] = json.loads(out)
    assert said["schema"] == 1
    return said


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small project and its catalogue; tests work on copies."""
    folder = tmp_path_factory.mktemp("upkeep")
    project = folder / "project"
    project.mkdir()
    (project / "churn-train.csv").write_text("age,churned\n31,0\n52,1\n")
    (project / "config.yaml").write_text("lr: 0.1\nepochs: 3\n")
    document(folder / "catalog.db", "index", str(project))
    return folder


@pytest.fixture
def catalog(indexed: Path, tmp_path: Path) -> Path:
    shutil.copy(indexed / "catalog.db", tmp_path / "catalog.db")
    return tmp_path / "catalog.db"


def older(path: Path, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    database = Database(path)
    with database.migrating() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    database.close()


def revision_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0])


def test_a_catalogue_of_an_older_format_is_brought_up_to_date_to_be_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "catalog.db"
    older(path, "0002")
    assert document(path, "list")["total"] == 0
    assert revision_of(path) == HEAD
    assert [revision_of(copy) for copy in backups(path)] == ["0002"]


@pytest.mark.parametrize("content", [b"", None], ids=["empty", "without tables"])
def test_a_catalogue_whose_making_was_killed_is_made_and_read(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "catalog.db"
    if content is None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("VACUUM")
    else:
        path.write_bytes(content)
    assert document(path, "list")["total"] == 0
    assert backups(path) == []


# Root may write everything: the program gives its rights up once it is loaded.
UNPRIVILEGED = """
import os, sys
import logging.handlers, mlcatalog.cli, mlcatalog.cli.commands.asking, orjson
import sqlalchemy.dialects.sqlite
if os.geteuid() == 0:
    os.setuid(65534)
sys.exit(mlcatalog.cli.main(["list", "--json"]))
"""


@pytest.mark.skipif(os.name == "nt", reason="folders are not read-only there")
def test_an_older_format_that_may_not_be_written_is_said_so() -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "catalog.db"
        older(path, "0002")
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        path.chmod(0o444)
        path.parent.chmod(0o555)
        ended = subprocess.run(
            [sys.executable, "-c", UNPRIVILEGED],
            env={**os.environ, "MLCATALOG_CATALOG": str(path)},
            capture_output=True,
            text=True,
            check=False,
        )
        path.parent.chmod(0o755)
        assert ended.returncode == 3, ended.stderr
        error = json.loads(ended.stdout)["error"]
        assert revision_of(path) == "0002"
    assert "0002" in error["why"]
    assert HEAD in error["why"]
    assert "--catalog" in error["remedy"]


def test_reading_where_there_is_none_makes_none(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    error = document(path, "list", status=3)["error"]
    assert error["what"] == "There is no catalogue to read here."
    assert not path.exists()


def test_a_restore_is_told_before_it_is_done(catalog: Path) -> None:
    copy = document(catalog, "backup")["path"]
    extra = catalog.parent / "later"
    extra.mkdir()
    (extra / "later.csv").write_text("a,b\n1,2\n")
    document(catalog, "index", str(extra))
    told = document(catalog, "restore", copy)
    assert told["restored"] is False
    assert told["lost"]["projects"] == 1
    assert told["lost"]["artifacts"] == 1
    assert told["gained"] == dict.fromkeys(told["gained"], 0)
    assert str(extra) in {entry["subject"] for entry in told["lost_entries"]}
    assert len(document(catalog, "projects")["projects"]) == 2, "a preview changed it"
    code, out, _ = run(catalog, "restore", copy)
    assert code == 0
    assert "Lost: 1 projects, 1 artifacts" in out
    assert "--yes" in out


def test_a_restore_is_an_entry_of_the_restored_catalogue(catalog: Path) -> None:
    copy = document(catalog, "backup")["path"]
    extra = catalog.parent / "later"
    extra.mkdir()
    document(catalog, "index", str(extra))
    done = document(catalog, "restore", copy, "--yes")
    assert done["restored"] is True
    assert Path(done["set_aside"]).exists()
    assert len(document(catalog, "projects")["projects"]) == 1
    newest = document(catalog, "journal")["entries"][0]
    assert (newest["kind"], newest["subject"]) == ("restore", copy)
    assert document(catalog, "journal", "--verify")["ok"] is True


def test_a_damaged_catalogue_is_replaced_by_its_backup(catalog: Path) -> None:
    copy = document(catalog, "backup")["path"]
    catalog.write_bytes(b"no database" * 1000)
    assert document(catalog, "restore", copy)["problem"]
    document(catalog, "restore", copy, "--yes")
    assert len(document(catalog, "projects")["projects"]) == 1


def test_a_backup_that_is_none_is_refused(catalog: Path, tmp_path: Path) -> None:
    missing = document(catalog, "restore", str(tmp_path / "no.db"), status=3)
    assert missing["error"]["what"] == "There is no such backup."
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"junk" * 500)
    document(catalog, "restore", str(broken), "--yes", status=3)
    assert len(document(catalog, "projects")["projects"]) == 1


def test_indexing_keeps_a_backup_a_day_and_clears_old_leftovers(
    catalog: Path, indexed: Path
) -> None:
    folder = catalog.parent / "backups"
    folder.mkdir()
    stamp = "20200101T000000000000"
    left = [folder / f"catalog-{stamp}-daily.db.partial", Path(f"{catalog}.restoring")]
    for file in left:
        file.write_bytes(b"half")
        os.utime(file, (1, 1))
    at_work = folder / "catalog-20990101T000000000000-by-hand.db.partial"
    at_work.write_bytes(b"half")
    for _ in range(2):
        document(catalog, "index", str(indexed / "project"))
    assert [copy.name.endswith("-daily.db") for copy in backups(catalog)] == [True]
    assert not any(file.exists() for file in left)
    assert at_work.exists(), "a backup that may still be written was removed"


def test_a_project_that_moved_is_followed_with_all_that_was_known(
    tmp_path: Path,
) -> None:
    catalog, old, new = (tmp_path / name for name in ("catalog.db", "old", "new"))
    old.mkdir()
    (old / "churn.csv").write_text("a,b\n1,2\n")
    document(catalog, "index", str(old))
    before = document(catalog, "list")["items"]
    shutil.copytree(old, new)  # another inode: only the person knows
    shutil.rmtree(old)
    listed = document(catalog, "projects", "move", str(old), str(new))["projects"]
    assert [project["path"] for project in listed] == [str(new)]
    document(catalog, "index", str(new))
    after = document(catalog, "list")["items"]
    assert [item["id"] for item in after] == [item["id"] for item in before]
    assert after[0]["path"] == str(new / "churn.csv")
    assert document(catalog, "journal")["entries"][0]["payload"] == {
        "moved from": str(old)
    }


def test_projects_are_added_and_removed(catalog: Path, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    added = document(catalog, "projects", "add", str(more))["projects"]
    assert str(more) in {project["path"] for project in added}
    left = document(catalog, "projects", "remove", str(more))["projects"]
    assert str(more) not in {project["path"] for project in left}
    assert more.is_dir()
    error = document(catalog, "projects", "remove", str(more), status=3)["error"]
    assert error["what"] == "This folder is not watched."
    assert run(catalog, "projects", "move", str(more))[0] == 2


def test_doctor_finds_a_file_that_is_not_what_the_catalogue_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog, project = tmp_path / "catalog.db", tmp_path / "project"
    project.mkdir()
    (project / "churn.csv").write_text("a,b\n1,2\n")
    document(catalog, "index", str(project))
    monkeypatch.setenv("MLCATALOG_TOKEN", "s3cr3t")
    monkeypatch.setenv("MLCATALOG_HOME", str(tmp_path / "home"))
    sound = document(catalog, "doctor", "--deep", "--diagnostics")
    assert sound["diagnostics"]["projects"] == "1 idle"
    told = sound["diagnostics"]
    assert {"key store", "watcher", "backups", "free bytes"} <= told.keys()
    private = (str(tmp_path), "churn", "s3cr3t")
    assert not [word for word in private if word in json.dumps(told)]
    (project / "churn.csv").write_text("a,b\n9,9\n")
    assert document(catalog, "doctor")["ok"] is True
    deep = document(catalog, "doctor", "--deep", status=1)
    digests = next(one for one in deep["checks"] if one["check"] == "digests")
    assert "churn.csv" in digests["detail"]


def test_doctor_repairs_and_says_what_it_did(catalog: Path) -> None:
    with closing(sqlite3.connect(catalog)) as connection, connection:
        connection.execute("DELETE FROM file")
    found = document(catalog, "doctor", status=1)
    rows = next(one for one in found["checks"] if one["check"] == "rows")
    assert "artifacts have no file" in rows["detail"]
    told = document(catalog, "doctor", "--repair")
    assert told["ok"] is True
    assert told["repair"]["not_repaired"] == []
    assert told["repair"]["kept"]["artifacts"] == 2
    copy = Path(told["repair"]["backup"])
    assert copy in backups(catalog)
    assert copy.name.endswith("-before-repair.db")
    code, out, _ = run(catalog, "doctor", "--repair")
    assert code == 0
    assert "Backed up to" in out
    assert "Kept: 1 projects, 2 artifacts" in out
    assert document(catalog, "journal")["entries"][0]["kind"] == "repair"


def test_doctor_leaves_what_it_cannot_read_and_names_a_backup(catalog: Path) -> None:
    copy = document(catalog, "backup")["path"]
    catalog.write_bytes(b"no database" * 1000)
    error = document(catalog, "doctor", "--repair", status=3)["error"]
    assert f"mlcatalog restore {copy}" in error["remedy"]
    assert catalog.read_bytes() == b"no database" * 1000
    missing = document(catalog.with_name("none.db"), "doctor", "--repair", status=3)
    assert missing["error"]["what"] == "There is no catalogue to read here."
