"""A small catalogue in a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QSettings, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.index import index
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.library.place import LibraryPlace
from mlcatalog.ui.main_window import MainWindow

PATIENCE = 60_000  # ms; a test fails by what it sees, not by a busy machine


@pytest.fixture
def qtbot(qtbot: QtBot) -> QtBot:
    """A robot that waits as long as a busy machine needs."""
    qtbot.waitUntil = partial(qtbot.waitUntil, timeout=PATIENCE)  # type: ignore[method-assign]
    return qtbot


@pytest.fixture(autouse=True)
def free_keys(qtbot: QtBot) -> None:
    """No key is held from a test before: the last click said which are."""
    if QApplication.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
        widget = QWidget()
        qtbot.addWidget(widget)
        widget.show()
        qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "train.csv").write_text("age,churned\n1,0\n2,1\n")
    (folder / "<b>bold.csv").write_text("a,b\n1,2\n")
    (folder / "train.yaml").write_text("lr: 0.1\ndata: train.csv\n")
    return folder


@pytest.fixture
def open_window(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[], MainWindow]]:
    """A function that opens the window on one catalogue, again and again."""
    opened: list[tuple[MainWindow, Catalog]] = []

    def open_it() -> MainWindow:
        catalog = Catalog.open(tmp_path / "catalogue.db")
        jobs = Jobs()
        settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
        window = MainWindow(catalog, jobs, settings, [LibraryPlace])
        window.show()
        qtbot.waitUntil(lambda: jobs.running == 0)
        opened.append((window, catalog))
        return window

    yield open_it
    for window, catalog in opened:
        quiet(window, qtbot)
        window.close()
        quiet(window, qtbot)
        catalog.close()
        window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(
    open_window: Callable[[], MainWindow],
    tmp_path: Path,
    project: Path,
    qtbot: QtBot,
) -> MainWindow:
    with Catalog.open(tmp_path / "catalogue.db") as catalog:
        index(catalog, [project], settle_seconds=0)
    made = open_window()
    qtbot.waitUntil(lambda: len(made.library.table.item_model.ids) == 3)
    quiet(made, qtbot)
    return made


def quiet(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until nothing is asked of the catalogue."""

    def is_quiet() -> bool:
        return window.library.is_quiet and window.jobs.running == 0

    qtbot.waitUntil(is_quiet)
