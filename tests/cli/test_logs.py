"""Logs: on standard error and in a file, never in a document."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from mlcatalog import logs


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mlcatalog", *arguments],
        env={**os.environ, "MLCATALOG_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_level_stands_before_or_behind_and_logs_stay_off_the_document(
    tmp_path: Path,
) -> None:
    for arguments in (
        ("--log-level", "debug", "readers", "--json"),
        ("readers", "--json", "--log-level=debug"),
    ):
        ended = run(tmp_path, *arguments)
        assert ended.returncode == 0
        assert json.loads(ended.stdout)["readers"]
        assert "readers" in ended.stderr
    written = (tmp_path / "logs" / "mlcatalog.log").read_text()
    assert written.count("DEBUG mlcatalog.cli.main") == 2


def test_without_a_level_nothing_is_said_and_no_file_is_made(tmp_path: Path) -> None:
    ended = run(tmp_path, "readers")
    assert ended.stderr == ""
    assert not (tmp_path / "logs" / "mlcatalog.log").exists()


def test_at_info_the_log_tells_what_was_done_and_how_long_it_took(
    tmp_path: Path,
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "churn.csv").write_text("a,b\n1,2\n")
    catalog = ("--catalog", str(tmp_path / "c.db"), "--log-level", "info")
    assert run(tmp_path, "index", str(project), *catalog).returncode == 0
    assert run(tmp_path, "backup", *catalog).returncode == 0
    written = (tmp_path / "logs" / "mlcatalog.log").read_text()
    scanned = next(line for line in written.splitlines() if "scanned" in line)
    assert "1 files, 0 unreadable" in scanned
    assert all(f"{stage} " in scanned for stage in ("walk", "list", "read", "digest"))
    assert "linked and judged" in written
    assert "backed" in written


def test_the_log_is_rotated_and_never_large(tmp_path: Path) -> None:
    code = (
        "import logging; from mlcatalog import logs; logs.set_up('debug')\n"
        "for n in range(30_000): logging.getLogger('mlcatalog.x').debug('x' * 300)"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "MLCATALOG_HOME": str(tmp_path)},
        stderr=subprocess.DEVNULL,
        check=True,
    )
    files = list((tmp_path / "logs").iterdir())
    assert len(files) == logs.KEPT_FILES + 1
    assert all(file.stat().st_size <= logs.FILE_BYTES for file in files)


def test_the_engine_logs_at_the_level_of_its_window(tmp_path: Path) -> None:
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "mlcatalog", "engine"),
            *("--catalog", str(tmp_path / "c.db"), "--log-level", "info"),
        ],
        env={**os.environ, "MLCATALOG_HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0
    assert "format none is now" in (tmp_path / "logs" / "mlcatalog.log").read_text()


def test_a_level_there_is_not_is_wrong_use(tmp_path: Path) -> None:
    ended = run(tmp_path, "readers", "--log-level", "loud")
    assert ended.returncode == 2
    assert "debug, info, warning, error" in ended.stderr


def test_a_log_folder_that_cannot_be_made_costs_the_file_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("a file where the folder should be")
    assert run(home, "readers", "--log-level", "debug").returncode == 0
