"""Logs: on standard error and in a file, never in a document."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


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


def test_a_level_there_is_not_is_wrong_use(tmp_path: Path) -> None:
    ended = run(tmp_path, "readers", "--log-level", "loud")
    assert ended.returncode == 2
    assert "debug, info, warning, error" in ended.stderr


def test_a_log_folder_that_cannot_be_made_costs_the_file_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("a file where the folder should be")
    assert run(home, "readers", "--log-level", "debug").returncode == 0
