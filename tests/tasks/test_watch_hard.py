"""Watching what is hard to follow: storms, floods, slow writers, lost watches."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.index import index
from mlcatalog.tasks.watch import Watch
from tests.tasks.present import present_state
from tests.tasks.waiting import wait_for

FLOOD = 12_000  # renames; the kernel keeps 16,384 events and each makes two


@contextmanager
def followed(
    catalog: Catalog, *folders: Path, settle_seconds: float = 0.2
) -> Iterator[Watch]:
    """The folders, indexed and followed meanwhile."""
    watch = Watch(catalog, lambda event: None, settle_seconds=settle_seconds)
    for folder in folders:
        watch.add(catalog.add_project(folder))
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        wait_for(
            lambda: {p.state.value for p in catalog.projects()} == {"watching"},
            "the first scan",
        )
        yield watch
    finally:
        watch.stop()
        thread.join()


def fresh_state(tmp_path: Path, *folders: Path) -> dict[str, Any]:
    """What a catalogue says that sees the folders for the first time."""
    with Catalog.open(tmp_path / "fresh.db") as fresh:
        index(fresh, folders, settle_seconds=0)
        return present_state(fresh)


def becomes(catalog: Catalog, wanted: dict[str, Any]) -> None:
    wait_for(lambda: present_state(catalog) == wanted, "the state of a fresh scan")


def test_a_storm_of_renames_ends_where_the_files_are(
    catalog: Catalog, folder: Path, tmp_path: Path
) -> None:
    deep = folder / "data" / "raw"
    deep.mkdir(parents=True)
    for number in range(60):
        (deep / f"part-{number}.csv").write_text(f"id,v\n1,{number}\n")
    with followed(catalog, folder):
        for turn in range(10):
            for number in range(0, 60, 3):
                old = next(deep.glob(f"part-{number}.csv*"))
                old.rename(deep / f"part-{number}.csv{turn}.csv")
            moved = folder / f"data-{turn}"
            (deep.parent).rename(moved)
            deep = moved / "raw"
        becomes(catalog, fresh_state(tmp_path, folder))
        kept = catalog.detail(catalog.find("name:part-1").id)
        assert len(kept.versions) == 1, "a renamed file was taken for a new one"


def test_folders_that_move_in_and_out_and_back(
    catalog: Catalog, folder: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside" / "run"
    outside.mkdir(parents=True)
    for number in range(20):
        (outside / f"d{number}.csv").write_text(f"a\n{number}\n")
    with followed(catalog, folder):
        outside.rename(folder / "run")
        wait_for(lambda: catalog.count("path:run has:digest") == 20, "moved in")
        ids = {row.id for row in catalog.list("path:run kind:dataset")}
        (folder / "run").rename(outside)
        wait_for(lambda: catalog.count("kind:dataset") == 0, "moved out")
        assert catalog.count("state:missing kind:dataset") == 20
        outside.rename(folder / "again")
        wait_for(lambda: catalog.count("path:again kind:dataset") == 20, "back")
        wait_for(
            lambda: {row.id for row in catalog.list("path:again kind:dataset")} == ids,
            "the same artifacts as before",
        )


def test_atomic_saves_are_one_file_with_its_last_content(
    catalog: Catalog, folder: Path, tmp_path: Path
) -> None:
    with followed(catalog, folder):
        before = catalog.find("name:train.yaml").id
        for number in range(40):
            temporary = folder / f".train.yaml.tmp{number}"
            temporary.write_text(f"lr: 0.{number}\nseed: {number}\n")
            temporary.replace(folder / "train.yaml")
            time.sleep(0.01)
        becomes(catalog, fresh_state(tmp_path, folder))
        assert catalog.find("name:train.yaml").id == before
        assert catalog.detail(before).params["seed"].text == "39"
        assert catalog.count("state:present,missing") == 1


def test_a_file_that_grows_is_read_when_it_is_whole(
    catalog: Catalog, folder: Path, tmp_path: Path
) -> None:
    with followed(catalog, folder, settle_seconds=1.5):
        with (folder / "large.csv").open("w") as file:
            file.write("id,value\n")
            for number in range(40):
                file.write(f"{number},1\n")
                file.flush()
                time.sleep(0.05)
                for row in catalog.list("name:large"):
                    assert row.digest is None, "digested while it was written"
        becomes(catalog, fresh_state(tmp_path, folder))
        large = catalog.detail(catalog.find("name:large").id)
        assert [version.number for version in large.versions] == [1]


def test_a_folder_that_is_removed_and_made_again_is_still_followed(
    catalog: Catalog, folder: Path, tmp_path: Path
) -> None:
    with followed(catalog, folder):
        for number in range(3):
            (folder / "out").mkdir()
            (folder / "out" / f"d{number}.csv").write_text(f"a\n{number}\n")
            wait_for(
                lambda n=number: catalog.count(f"name:d{n} has:digest") == 1,
                f"file {number}",
            )
            shutil.rmtree(folder / "out")
            wait_for(lambda: catalog.count("kind:dataset") == 0, "gone again")
        shutil.rmtree(folder)
        wait_for(lambda: catalog.projects()[0].state.value == "offline", "offline")
        folder.mkdir()
        (folder / "new.csv").write_text("a\n9\n")
        wait_for(lambda: catalog.count("name:new has:digest") == 1, "the new folder")
        (folder / "later.csv").write_text("a\n10\n")
        wait_for(lambda: catalog.count("name:later has:digest") == 1, "a later file")


def test_what_changed_while_a_drive_was_away_is_seen_when_it_is_back(
    catalog: Catalog, folder: Path, tmp_path: Path
) -> None:
    away = tmp_path / "away"
    with followed(catalog, folder):
        before = catalog.find("name:train.yaml").id
        folder.rename(away)
        wait_for(lambda: catalog.count("state:offline") == 1, "offline")
        (away / "train.yaml").write_text("lr: 0.5\n")
        (away / "more.csv").write_text("a\n1\n")
        away.rename(folder)
        becomes(catalog, fresh_state(tmp_path, folder))
        assert catalog.find("name:train.yaml").id == before
        wait_for(lambda: catalog.projects()[0].state.value == "watching", "watching")
        (folder / "late.csv").write_text("a\n2\n")
        wait_for(lambda: catalog.count("name:late has:digest") == 1, "followed again")


def test_a_file_of_an_inner_project_is_told_by_that_one_alone(
    catalog: Catalog, folder: Path, tmp_path: Path
) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (inner / "a.csv").write_text("a\n1\n")
    with followed(catalog, folder, inner):
        wait_for(lambda: catalog.count("kind:dataset has:digest") == 1, "one artifact")
        (inner / "b.csv").write_text("a\n2\n")
        (folder / "c.csv").write_text("a\n3\n")
        wait_for(lambda: catalog.count("kind:dataset has:digest") == 3, "three")
        counts = {p.name: p.artifacts for p in catalog.projects()}
        assert counts == {"project": 2, "inner": 2}
        shutil.move(inner / "b.csv", folder / "b.csv")
        wait_for(
            lambda: (
                {p.name: p.artifacts for p in catalog.projects()}
                == {"project": 3, "inner": 1}
            ),
            "moved over",
        )


def test_the_same_file_in_two_projects_is_two_that_are_joined(
    catalog: Catalog, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with followed(catalog, folder, other):
        (folder / "shared.csv").write_text("id,v\n1,2\n")
        os.link(folder / "shared.csv", other / "shared.csv")
        wait_for(lambda: catalog.count("name:shared has:digest") == 2, "both")
        wait_for(
            lambda: "copy_of" in {e.relation.value for e in catalog.graph("").edges},
            "joined",
        )
        (folder / "shared.csv").unlink()
        wait_for(lambda: catalog.count("name:shared") == 1, "one is left")


def start(path: Path, *command: str) -> subprocess.Popen[str]:
    """The real program; its project states and rows are looked up in the catalogue."""
    return subprocess.Popen(
        [*command, sys.executable, "-m", "mlcatalog", "watch", str(path / "project")],
        env={
            **os.environ,
            "MLCATALOG_CATALOG": str(path / "watched.db"),
            "MLCATALOG_HOME": str(path / "home"),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running(path: Path, *command: str) -> Iterator[tuple[Catalog, Any]]:
    with (
        Catalog.open(path / "watched.db") as catalog,
        start(path, *command) as process,
    ):
        try:
            wait_for(
                lambda: (
                    process.poll() is not None
                    or catalog.count("name:train.yaml has:digest") == 1
                ),
                "the first scan",
            )
            assert process.poll() is None, process.stderr and process.stderr.read()
            yield catalog, process
        finally:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            process.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="the queue is inotify's")
def test_an_overflow_is_reconciled_unasked(folder: Path, tmp_path: Path) -> None:
    with running(tmp_path) as (catalog, process):
        wait_for(lambda: catalog.projects()[0].state.value == "watching", "watching")
        process.send_signal(signal.SIGSTOP)  # nobody empties the queue
        storm = [folder / "storm.csv", folder / "storm2.csv"]
        storm[0].write_text("a\n1\n")
        for number in range(FLOOD):
            storm[number % 2].rename(storm[1 - number % 2])
        (folder / "late" / "deep").mkdir(parents=True)
        (folder / "late" / "deep" / "lost.csv").write_text("a\n2\n")  # told to nobody
        process.send_signal(signal.SIGCONT)
        wait_for(lambda: catalog.count("name:lost has:digest") == 1, "the lost file")
        (folder / "late" / "deep" / "next.csv").write_text("a\n3\n")
        wait_for(lambda: catalog.count("name:next has:digest") == 1, "watched again")


FEW = 12  # watches


@pytest.fixture
def few_watches() -> tuple[str, ...]:
    """How a program is started by somebody who may have few watches."""
    few = f"echo {FEW} > /proc/sys/user/max_inotify_watches"
    command = ("unshare", "-Ur", "bash", "-c", f'{few} && exec "$@"', "bash")
    try:
        tried = subprocess.run([*command, "true"], capture_output=True, check=False)
    except OSError:
        pytest.skip("there is no unshare here")
    if tried.returncode:
        pytest.skip(f"no user namespaces here: {tried.stderr.decode()[:80]}")
    return command


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is inotify's")
def test_more_folders_than_watches_are_polled_and_that_is_said(
    folder: Path, tmp_path: Path, few_watches: tuple[str, ...]
) -> None:
    for number in range(2 * FEW):
        (folder / f"f{number:02}").mkdir()
    with running(tmp_path, *few_watches) as (catalog, _):
        wait_for(lambda: catalog.projects()[0].state.value == "limited", "limited")
        assert "watch limit" in catalog.projects()[0].note
        for number in (0, 2 * FEW - 1):
            (folder / f"f{number:02}" / "d.csv").write_text(f"a\n{number}\n")
        wait_for(lambda: catalog.count("kind:dataset has:digest") == 2, "both files")


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is inotify's")
def test_watches_that_run_out_later_are_noticed(
    folder: Path, tmp_path: Path, few_watches: tuple[str, ...]
) -> None:
    with running(tmp_path, *few_watches) as (catalog, _):
        wait_for(lambda: catalog.projects()[0].state.value == "watching", "watching")
        for number in range(2 * FEW):
            (folder / f"f{number:02}").mkdir()
        wait_for(lambda: catalog.projects()[0].state.value == "limited", "limited")
        for number in range(2 * FEW):
            (folder / f"f{number:02}" / "d.csv").write_text(f"a\n{number}\n")
        wait_for(
            lambda: catalog.count("kind:dataset has:digest") == 2 * FEW, "every file"
        )
