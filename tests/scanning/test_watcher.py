"""Tests of the watcher on real folders."""

from __future__ import annotations

import errno
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watchdog.observers.api import BaseObserver

from mlcatalog.scanning.sleeping import seconds_asleep
from mlcatalog.scanning.watcher import Dirty, FolderWatcher


class Heard:
    """What a watcher told, and a way to wait for it."""

    def __init__(self) -> None:
        self.told: list[Dirty] = []

    def __call__(self, dirty: Dirty) -> None:
        self.told.append(dirty)

    def folders(self) -> set[bytes]:
        return {dirty.folder for dirty in self.told}

    def recursive(self) -> set[bytes]:
        return {dirty.folder for dirty in self.told if dirty.recursive}


def soon(condition: Callable[[], bool]) -> bool:
    for _ in range(400):
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def watcher() -> Iterator[FolderWatcher]:
    watcher = FolderWatcher(look_seconds=0.1, poll_seconds=0.2)
    yield watcher
    watcher.close()


def no_watches_left() -> BaseObserver:
    raise OSError(errno.ENOSPC, "inotify watch limit reached")


def test_a_new_file_makes_its_folder_dirty(
    tmp_path: Path, watcher: FolderWatcher
) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    heard = Heard()
    watcher.watch(tmp_path, heard)
    assert watcher.state(tmp_path) == ("watching", "")
    (tmp_path / "a/b/x.pt").write_bytes(b"x")
    assert soon(lambda: b"a/b" in heard.folders())
    assert heard.recursive() == set()
    assert {dirty.root for dirty in heard.told} == {tmp_path}


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.write_bytes(b"yy"),
        lambda file: file.unlink(),
        lambda file: file.rename(file.with_name("other")),
        lambda file: os.link(file, file.with_name("hard")),
        lambda file: file.with_name("soft").symlink_to("x"),
    ],
)
def test_every_change_makes_its_folder_dirty(
    tmp_path: Path, watcher: FolderWatcher, change: Callable[[Path], object]
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x").write_bytes(b"x")
    heard = Heard()
    watcher.watch(tmp_path, heard)
    change(tmp_path / "a/x")
    assert soon(lambda: b"a" in heard.folders())


def test_reading_makes_nothing_dirty(tmp_path: Path, watcher: FolderWatcher) -> None:
    (tmp_path / "x").write_bytes(b"x")
    heard = Heard()
    watcher.watch(tmp_path, heard)
    (tmp_path / "x").read_bytes()
    list(tmp_path.iterdir())
    (tmp_path / "sub").mkdir()
    assert soon(lambda: b"sub" in heard.folders())
    assert heard.recursive() == {b"sub"}


def test_a_move_between_folders_makes_both_dirty(
    tmp_path: Path, watcher: FolderWatcher
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "a/x").write_bytes(b"x")
    heard = Heard()
    watcher.watch(tmp_path, heard)
    (tmp_path / "a/x").rename(tmp_path / "b/x")
    assert soon(lambda: {b"a", b"b"} <= heard.folders())


def test_a_folder_that_arrives_is_dirty_with_all_below(
    tmp_path: Path, watcher: FolderWatcher
) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    (outside / "deep").mkdir(parents=True)
    (outside / "deep/x").write_bytes(b"x")
    heard = Heard()
    watcher.watch(root, heard)
    outside.rename(root / "inside")
    assert soon(lambda: b"inside" in heard.recursive())
    (root / "inside/deep/y").write_bytes(b"y")
    assert soon(lambda: b"inside/deep" in heard.folders())


def test_names_of_any_bytes_are_told(tmp_path: Path, watcher: FolderWatcher) -> None:
    odd = os.fsdecode(b"odd\xff")
    (tmp_path / odd).mkdir()
    heard = Heard()
    watcher.watch(tmp_path, heard)
    (tmp_path / odd / "x").write_bytes(b"x")
    assert soon(lambda: b"odd\xff" in heard.folders())


def test_lost_events_make_everything_dirty(
    tmp_path: Path, watcher: FolderWatcher
) -> None:
    heard = Heard()
    watcher.watch(tmp_path, heard)
    logging.getLogger("watchdog.observers.inotify_c").warning(
        "Inotify queue overflowed; filesystem events were lost"
    )
    assert soon(lambda: b"" in heard.recursive())


def test_after_a_sleep_everything_is_dirty(tmp_path: Path) -> None:
    asleep = [100.0]
    watcher = FolderWatcher(look_seconds=0.05, asleep=lambda: asleep[0])
    heard = Heard()
    watcher.watch(tmp_path, heard)
    time.sleep(0.3)
    assert not heard.told, "nothing happened, and it was looked at"
    asleep[0] += 3_600  # the lid was closed for an hour
    assert soon(lambda: b"" in heard.recursive())
    watcher.close()


def test_the_time_asleep_does_not_grow_while_nobody_sleeps() -> None:
    before = seconds_asleep()
    time.sleep(0.5)
    assert abs(seconds_asleep() - before) < 0.4


def test_without_watches_a_folder_is_polled(tmp_path: Path) -> None:
    watcher = FolderWatcher(observer=no_watches_left, poll_seconds=0.1)
    heard = Heard()
    watcher.watch(tmp_path, heard)
    state, why = watcher.state(tmp_path)
    assert state == "limited"  # polled, and a person can raise the limit
    assert "limit reached" in why
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/x").write_bytes(b"x")
    assert soon(lambda: b"sub" in heard.folders())
    watcher.close()


def test_a_folder_that_vanishes_is_offline_until_it_is_back(
    tmp_path: Path, watcher: FolderWatcher
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    heard = Heard()
    watcher.watch(root, heard)
    root.rename(tmp_path / "elsewhere")
    assert soon(lambda: watcher.state(root)[0] == "offline")
    assert soon(lambda: b"" in heard.recursive())
    heard.told.clear()
    (tmp_path / "elsewhere").rename(root)
    assert soon(lambda: watcher.state(root)[0] == "watching")
    assert soon(lambda: b"" in heard.recursive())
    (root / "x").write_bytes(b"x")
    assert soon(lambda: b"" in heard.folders())


def test_a_folder_that_was_never_there_is_offline(
    tmp_path: Path, watcher: FolderWatcher
) -> None:
    watcher.watch(tmp_path / "gone", Heard())
    assert watcher.state(tmp_path / "gone")[0] == "offline"
    assert watcher.state(tmp_path / "unknown")[0] == "offline"


def test_a_forgotten_folder_is_silent(tmp_path: Path, watcher: FolderWatcher) -> None:
    heard, other = Heard(), Heard()
    for name, told in (("a", heard), ("b", other)):
        (tmp_path / name).mkdir()
        watcher.watch(tmp_path / name, told)
    watcher.forget(tmp_path / "a")
    (tmp_path / "a/x").write_bytes(b"x")
    (tmp_path / "b/x").write_bytes(b"x")
    assert soon(lambda: bool(other.told))
    assert not heard.told


def test_a_burst_is_told_in_few_calls(tmp_path: Path, watcher: FolderWatcher) -> None:
    heard = Heard()
    watcher.watch(tmp_path, heard)
    for number in range(500):
        (tmp_path / f"{number}").write_bytes(b"x")
    assert soon(lambda: b"" in heard.folders())
    time.sleep(0.3)
    assert len(heard.told) < 250


def test_closing_ends_every_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    watcher = FolderWatcher()
    watcher.watch(tmp_path, Heard())
    watcher.close()
    assert soon(lambda: set(threading.enumerate()) <= before)
