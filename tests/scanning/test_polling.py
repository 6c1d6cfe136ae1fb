"""Polling: what changed is found by looking, and looking stays cheap."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlcatalog.scanning.polling import Polling


class Heard:
    """What was marked."""

    def __init__(self) -> None:
        self.marked: set[tuple[bytes, bool]] = set()

    def mark(self, folder: bytes, *, recursive: bool) -> None:
        self.marked.add((folder, recursive))

    def moved(self) -> None:
        raise AssertionError("nobody tells a poller that")

    def unwatched(self, error: OSError) -> None:
        raise error


@pytest.fixture
def polling() -> Iterator[Polling]:
    polling = Polling(0.05)
    yield polling
    polling.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "x").write_text("x")
    (root / "a" / "b" / "y").write_text("y")
    return root


def soon(condition: Callable[[], bool]) -> bool:
    for _ in range(400):
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda root: (root / "a" / "x").write_text("longer"), {(b"a", False)}),
        (lambda root: os.utime(root / "a" / "x", (5, 5)), {(b"a", False)}),
        (lambda root: (root / "a" / "b" / "y").unlink(), {(b"a/b", False)}),
        (lambda root: (root / "a" / "x").rename(root / "x"), {(b"", False), (b"a", False)}),
        (lambda root: (root / "new").mkdir(), {(b"", False), (b"new", True)}),
        (
            lambda root: shutil.rmtree(root / "a" / "b"),
            {(b"a", False), (b"a/b", True)},
        ),
    ],
)  # fmt: skip
def test_a_change_marks_its_folder(
    polling: Polling,
    root: Path,
    change: Callable[[Path], object],
    expected: set[tuple[bytes, bool]],
) -> None:
    heard = Heard()
    polling.schedule(heard, os.fsencode(root))
    time.sleep(0.2)
    assert heard.marked == set(), "nothing changed, and something was marked"
    change(root)
    assert soon(lambda: expected <= heard.marked)


def test_what_is_scheduled_no_longer_is_silent(polling: Polling, root: Path) -> None:
    heard, other = Heard(), Heard()
    polled = polling.schedule(heard, os.fsencode(root))
    polling.schedule(other, os.fsencode(root))
    polling.unschedule(polled)
    (root / "z").write_text("z")
    assert soon(lambda: bool(other.marked))
    assert heard.marked == set()


def test_a_folder_that_is_not_there_is_refused(polling: Polling, root: Path) -> None:
    with pytest.raises(OSError, match="none"):
        polling.schedule(Heard(), os.fsencode(root / "none"))
