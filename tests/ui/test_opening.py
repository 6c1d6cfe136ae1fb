"""A catalogue that cannot be used: a choice for each reason, and the file left as it is."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.backups import backup
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.errors import (
    CatalogDamagedError,
    CatalogError,
    CatalogLockedError,
    CatalogMissingError,
    CatalogTooNewError,
)
from mlcatalog.ui.opening import Answer, Choice, choices, opened, opening_dialog

Spoil = Callable[[Path], None]
HOLD = (
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
    "c.execute('PRAGMA locking_mode=EXCLUSIVE'); c.execute('BEGIN EXCLUSIVE'); "
    "c.execute('UPDATE change SET sequence = sequence'); print('held', flush=True); "
    "sys.stdin.read()"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A catalogue with something in it, at rest."""
    path = tmp_path / "place" / "catalogue.db"
    path.parent.mkdir()
    (tmp_path / "project").mkdir()
    with Catalog.open(path) as catalog:
        catalog.add_project(tmp_path / "project")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def garbage(path: Path) -> None:
    path.write_bytes(os.urandom(20_000))


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE songs (title)")


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("PRAGMA journal_mode = DELETE")


def folder_gone(path: Path) -> None:
    shutil.rmtree(path.parent)


SPOILED = [
    (garbage, CatalogDamagedError),
    (truncated, CatalogDamagedError),
    (foreign, CatalogDamagedError),
    (newer, CatalogTooNewError),
    (folder_gone, CatalogMissingError),
]


def beside(path: Path) -> dict[str, bytes]:
    """The files at the catalogue's place, with their bytes."""
    return {f.name: f.read_bytes() for f in path.parent.glob("*") if f.is_file()}


def refused(path: Path) -> CatalogError:
    """The error that the window would show; the person quits."""
    seen: list[CatalogError] = []

    def quit_(error: CatalogError, path: Path) -> Answer:
        seen.append(error)
        return Answer(Choice.QUIT, path)

    assert opened(path, quit_) is None
    return seen[0]


def command_line(path: Path, *command: str) -> dict[str, str]:
    """The error that a command gives as JSON."""
    ended = subprocess.run(
        [sys.executable, "-m", "mlcatalog", *command, "--json", "--catalog", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 3, ended.stdout + ended.stderr
    error = json.loads(ended.stdout)["error"]
    assert isinstance(error, dict)
    return error


@pytest.mark.parametrize(("spoil", "kind"), SPOILED)
def test_what_cannot_be_used_is_said_and_left_as_it_is(
    path: Path, spoil: Spoil, kind: type[CatalogError]
) -> None:
    spoil(path)
    before = beside(path)
    error = refused(path)
    assert type(error) is kind
    assert error.where == str(path)
    assert error.remedy
    for command in (("list",), ("index", str(path.parent.parent / "project"))):
        said = command_line(path, *command)
        assert said["what"] == error.what
        assert said["where"] == str(path)
        assert said["remedy"]
    assert beside(path) == before


@pytest.mark.parametrize(("spoil", "kind"), SPOILED)
def test_the_dialog_offers_only_what_can_help(
    path: Path, spoil: Spoil, kind: type[CatalogError], qtbot: QtBot
) -> None:
    spoil(path)
    box, buttons = opening_dialog(refused(path), path)
    qtbot.addWidget(box)
    offered = set(buttons.values())
    assert offered >= {Choice.ANOTHER, Choice.NEW, Choice.QUIT}
    assert (Choice.FOLDER in offered) is (kind is CatalogMissingError)
    assert Choice.READ_ONLY not in offered
    assert Choice.RESTORE not in offered  # there is no backup
    assert box.text()
    assert str(path) in box.informativeText()


@pytest.fixture
def held(path: Path) -> Iterator[Path]:
    """The catalogue while another program holds it."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield path
        holder.kill()


def test_a_locked_catalogue_can_be_tried_again(held: Path) -> None:
    before = held.read_bytes()
    error = refused(held)
    assert type(error) is CatalogLockedError
    assert choices(error, held)[0] is Choice.AGAIN
    assert command_line(held, "list")["what"] == error.what
    assert held.read_bytes() == before


def test_a_damaged_catalogue_is_replaced_by_its_backup_and_kept(path: Path) -> None:
    backup(path, "daily")
    garbage(path)
    damaged = path.read_bytes()
    asked: list[CatalogError] = []

    def restore(error: CatalogError, path: Path) -> Answer:
        asked.append(error)
        assert choices(error, path)[0] is Choice.RESTORE
        return Answer(Choice.RESTORE, path)

    catalog = opened(path, restore)
    assert catalog is not None
    with catalog:
        assert [project.name for project in catalog.projects()] == ["project"]
    assert len(asked) == 1
    (kept,) = path.parent.glob("catalogue-replaced-*.db")
    assert kept.read_bytes() == damaged


def test_a_missing_folder_is_made_only_when_that_is_chosen(path: Path) -> None:
    folder_gone(path)
    catalog = opened(path, lambda _, path: Answer(Choice.FOLDER, path))
    assert catalog is not None
    catalog.close()
    assert path.exists()


def test_another_catalogue_is_opened_in_its_stead(path: Path, tmp_path: Path) -> None:
    garbage(path)
    other = tmp_path / "other.db"
    catalog = opened(path, lambda *_: Answer(Choice.NEW, other))
    assert catalog is not None
    with catalog:
        assert catalog.path == other


READ_ONLY_TEST = """
import os, sys
from pathlib import Path
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.errors import CatalogReadOnlyError
from mlcatalog.ui.opening import Answer, Choice, choices, opened
path = Path(sys.argv[1])
if os.geteuid() == 0:  # permissions mean nothing to root: load all, be somebody else
    Catalog.open(Path(sys.argv[2])).close()
    os.setgid(65534)
    os.setuid(65534)
def ask(error, path):
    assert type(error) is CatalogReadOnlyError, repr(error)
    assert choices(error, path)[0] is Choice.READ_ONLY
    return Answer(Choice.READ_ONLY, path)
with opened(path, ask) as catalog:
    assert catalog.read_only
    assert len(catalog.projects()) == 1
print("read")
"""


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_read_only_catalogue_is_opened_for_reading(path: Path, what: str) -> None:
    # pytest's own folders are closed to the one who has no permissions here.
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)
        here = Path(scratch) / "place" / path.name
        here.parent.mkdir(mode=0o755)
        shutil.copy(path, here)
        here.chmod(0o444)
        before = beside(here)
        if what == "folder":
            here.parent.chmod(0o555)
        ended = subprocess.run(
            [sys.executable, "-c", READ_ONLY_TEST, here, path.with_name("warm.db")],
            capture_output=True,
            text=True,
            check=False,
        )
        here.parent.chmod(0o755)
        assert ended.stdout == "read\n", ended.stderr
        assert beside(here) == before


def test_the_window_tells_a_picture_that_cannot_be_taken_without_a_trace(
    tmp_path: Path,
) -> None:
    broken = tmp_path / "broken.db"
    garbage(broken)
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "mlcatalog", "--catalog", broken),
            *("--screenshot", tmp_path / "x.png"),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert ended.returncode == 3
    assert "no catalogue" in ended.stderr
    assert "Traceback" not in ended.stderr
