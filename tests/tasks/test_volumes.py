"""A volume below a project's folder that is unplugged is not taken for deletion."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlcatalog.scanning.mounts import volume_kind

ROOT = Path(__file__).resolve().parents[2]
OWN = ("unshare", "-Urm")


def test_files_of_an_unplugged_volume_are_away_and_not_gone(tmp_path: Path) -> None:
    if volume_kind(os.fsencode(tmp_path)) in ("overlay", ""):
        pytest.skip("here a file's device is not told from another volume's")
    try:
        tried = subprocess.run(
            [*OWN, "mount", "-t", "tmpfs", "none", str(tmp_path)],
            capture_output=True,
            check=False,
        )
    except OSError:
        pytest.skip("there is no unshare here")
    if tried.returncode:
        pytest.skip(f"nothing may be mounted here: {tried.stderr.decode()[:80]}")
    ended = subprocess.run(
        [*OWN, sys.executable, "-m", "tests.tasks.volume_trial", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [
        "there far,near,old - 1",
        "away far,near scan.volume-away 1",
        "back far,near - 1",
        "deleted near - 1",
    ]
