"""Disks that are full or may not be written, under projects and under the catalogue.

A small disk of its own (tmpfs) is mounted in a name space that ends with the test.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mlcatalog.tasks.demo import write_demo

REPOSITORY = Path(__file__).parents[2]
ENTER = ("unshare", "--map-root-user", "--mount")
MEGABYTES = 40
SETUP = f"""
set -u
disk=$PWD/disk; mkdir -p "$disk"
mount -t tmpfs -o size={MEGABYTES}m tmpfs "$disk"
run() {{ "$PYTHON" -m mlcatalog "$@" 2>&1; echo "status $?"; }}
fill() {{ dd if=/dev/zero of="$disk/fill" bs=64k 2>/dev/null; true; }}
mkdir "$disk/demo"; cp -a "$DEMO" "$disk/demo/"
demo="$disk/demo/churn-prediction"
"""


def may_mount() -> bool:
    """Whether this system lets a program mount a disk that only it sees."""
    if shutil.which("unshare") is None:
        return False
    command = (*ENTER, "mount", "-t", "tmpfs", "tmpfs", "/mnt")
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(
    not may_mount(), reason="this system mounts no disk for a test"
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "ml"
    write_demo(folder)
    return folder / "churn-prediction"


def answers(tmp_path: Path, demo: Path, script: str) -> list[str]:
    """What the program said after each `step`, its status last."""
    said = subprocess.run(
        (*ENTER, "bash", "-c", f"{SETUP}\nstep() {{ echo @@@; }}\n{script}"),
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHON": sys.executable,
            "DEMO": str(demo),
            "PYTHONPATH": str(REPOSITORY),
            "MLCATALOG_HOME": str(tmp_path / "home"),
            "MLCATALOG_CATALOG": str(tmp_path / "c.db"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stderr == ""
    return said.stdout.split("@@@\n")[1:]


def test_a_project_on_a_full_disk_is_read_and_nothing_there_is_half_written(
    tmp_path: Path, demo: Path
) -> None:
    indexed, renamed, after, freed = answers(
        tmp_path,
        demo,
        """
        fill
        step; run index "$demo"
        step; run rename "$demo" --apply
        step; find "$demo" -name '.mlcatalog-*'; run check "$demo" --json | grep -c rb2e0
        rm "$disk/fill"
        step; run rename "$demo" --apply
        """,
    )
    assert indexed.endswith("status 0\n")
    assert "No space left on device" in renamed
    assert "Everything is as it was. Free some space and try again." in renamed
    assert f"{tmp_path}/disk/demo/" in renamed  # the file that could not be written
    assert renamed.endswith("status 3\n")
    assert ".mlcatalog-" not in after
    assert int(after.splitlines()[0]) > 0  # the bad name is still there
    assert freed.endswith("status 0\n")


def test_a_project_on_a_read_only_disk_is_read_and_said_to_be_so(
    tmp_path: Path, demo: Path
) -> None:
    indexed, renamed, listed = answers(
        tmp_path,
        demo,
        """
        mount -o remount,ro "$disk"
        step; run index "$demo"
        step; run rename "$demo" --apply
        step; run list kind:model --limit 1
        """,
    )
    assert indexed.endswith("status 0\n")
    assert "its folder may not be written to" in renamed
    assert renamed.endswith("status 3\n")
    assert listed.endswith("status 0\n")


def test_a_catalogue_on_a_full_disk_says_so_and_goes_on_when_there_is_space(
    tmp_path: Path, demo: Path
) -> None:
    first, freed, looked, tagged, doctor, again = answers(
        tmp_path,
        demo,
        """
        export MLCATALOG_CATALOG="$disk/c.db"
        fill
        step; run index "$demo"
        rm "$disk/fill"
        step; run index "$demo"
        fill
        echo a,b > new.csv
        step; run list kind:model --limit 1
        step; run register new.csv --set owner=me
        step; run doctor
        rm "$disk/fill"
        step; run register new.csv --set owner=me
        """,
    )
    for refused in (first, tagged):
        assert "The disk is full; the change was not kept." in refused
        assert f"{tmp_path}/disk/c.db" in refused
        assert "Free some space and try again." in refused
        assert refused.endswith("status 3\n")
    for done in (freed, looked, doctor, again):
        assert done.endswith("status 0\n")


def test_a_catalogue_on_a_read_only_disk_is_shown_and_not_written(
    tmp_path: Path, demo: Path
) -> None:
    looked, indexed, doctor = answers(
        tmp_path,
        demo,
        """
        export MLCATALOG_CATALOG="$disk/c.db"
        run index "$demo" > index.log
        mount -o remount,ro "$disk"
        step; run list kind:model --limit 1
        step; run index "$demo"
        step; run doctor
        """,
    )
    assert looked.endswith("status 0\n")
    assert "The file is read-only for you." in indexed
    assert indexed.endswith("status 3\n")
    assert doctor.endswith("status 0\n")
