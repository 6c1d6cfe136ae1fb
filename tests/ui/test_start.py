"""The window is there before its catalogue: what it imports, what waits, how it ends."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QEvent, QSettings, Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from mlcatalog.app import PLACES, _places
from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.index import index
from mlcatalog.ui.arrival import ComingCatalog
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.library.loading import first_rows
from mlcatalog.ui.main_window import MainWindow

PATIENCE = 120_000  # ms

# The real program; `seen` is called once, when the first row has been painted.
PROGRAM = """
import sys
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QTableView

class Eye(QObject):
    is_done = False

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and not self.is_done:
            table = watched.parent()
            if isinstance(table, QTableView) and table.model().rowCount():
                name = str(table.model().index(0, 0).data())
                if name != "\\u2026":
                    self.is_done = True
                    print("rows", table.model().rowCount(), name)
                    seen(table.window())
        return False

eye, execute = Eye(), QApplication.exec

def watched(*_):
    QApplication.instance().installEventFilter(eye)
    return execute()

QApplication.exec = watched
"""
CLOSING = """
def seen(window):
    heavy = ("sqlmodel", "sqlalchemy", "pyqtgraph", "numpy", "keyring", "watchdog")
    print("imported", *(name for name in heavy if name in sys.modules))
    QTimer.singleShot(0, window.close)
"""
FOLLOWING = """
def seen(window):
    tries = 0

    def look():
        nonlocal tries
        tries += 1
        said = window.activity._what.text()
        if "Waiting for the catalogue" in said:
            print("said", said)
            open(marks[0], "w").close()  # the test lets the catalogue go
            timer.stop()
            again.start()

    def look_again():
        if not window.jobs.are_held and not window.jobs.running:
            again.stop()
            print("listed", window.library.parts.count.text())
            window.activity.log.running.clear()
            window.close()

    timer, again = QTimer(window, interval=50), QTimer(window, interval=50)
    timer.timeout.connect(look)
    again.timeout.connect(look_again)
    timer.start()
"""
RUN = """
from mlcatalog.__main__ import main
catalog = sys.argv[1]
marks = sys.argv[2:]
sys.argv = ["mlcatalog", "--catalog", catalog]
sys.exit(main())
"""


@pytest.fixture
def catalogue(tmp_path: Path, project: Path) -> Path:
    path = tmp_path / "catalogue.db"
    with Catalog.open(path) as catalog:
        index(catalog, [project], settle_seconds=0)
    return path


def environment(home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "MLCATALOG_HOME": str(home),
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "PYTHONWARNINGS": "default",
    }


def test_the_first_rows_are_painted_before_the_database_library_is_imported(
    catalogue: Path, tmp_path: Path
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM + CLOSING + RUN, str(catalogue)],
        env=environment(tmp_path / "home"),
        capture_output=True,
        text=True,
        timeout=PATIENCE / 1000,
        check=False,
    )
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("rows 3 ")
    assert lines[1] == "imported"
    # Closed while the catalogue was being opened: no trace, no error.
    assert ended.returncode == 0
    assert "Traceback" not in ended.stderr
    assert "QThread" not in ended.stderr


@pytest.fixture
def window(
    qtbot: QtBot, tmp_path: Path, catalogue: Path
) -> Iterator[Callable[[], MainWindow]]:
    """The whole window before its catalogue; calling lets the catalogue come."""
    coming = ComingCatalog(catalogue)
    jobs = Jobs(are_held=True)
    settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
    made = MainWindow(cast("Catalog", coming), jobs, settings, _places())
    made.resize(1_480, 920)
    made.show()
    made.library.show_first(first_rows(catalogue))
    catalogs: list[Catalog] = []

    def come() -> MainWindow:
        if not catalogs:
            catalogs.append(Catalog.open(catalogue))
            coming.arrive(catalogs[0])
            made.begin()
        qtbot.waitUntil(lambda: jobs.running == 0)
        return made

    come.early = made  # type: ignore[attr-defined]
    yield come
    made.close()
    jobs.wait()
    for catalog in catalogs:
        catalog.close()
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def early(window: Callable[[], MainWindow]) -> MainWindow:
    made: MainWindow = window.early  # type: ignore[attr-defined]
    return made


def test_rows_are_there_before_the_catalogue_and_stay_when_it_comes(
    window: Callable[[], MainWindow],
) -> None:
    table = early(window).library.table
    before = [row.name for row in table.chosen()]
    shown = list(table.item_model.ids)
    assert len(shown) == 3
    assert len(before) == 1
    window()
    assert list(table.item_model.ids) == shown
    assert [row.name for row in table.chosen()] == before


def test_what_is_typed_and_clicked_before_the_catalogue_is_done_when_it_comes(
    window: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    made = early(window)
    qtbot.keyClicks(made.search_field, "kind:config")
    qtbot.mouseClick(made.top.tabs[3], Qt.MouseButton.LeftButton)
    assert made.top.tabs[3].isChecked()
    said = [one.text() for one in made.pages.findChildren(QLabel) if one.isVisible()]
    assert "Opening Conventions…" in said
    window()
    assert made.place.title == "Conventions"
    made.open_named("Library")
    qtbot.waitUntil(lambda: len(made.library.table.item_model.ids) == 1)
    assert made.search_field.text() == "kind:config"


def test_a_place_is_made_when_it_is_first_opened(
    window: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    made = window()
    assert [place.title for place in made.pages] == ["Library"]
    for title, _, kind in PLACES:
        made.open_named(title)
        qtbot.waitUntil(lambda: made.jobs.running == 0)
        assert type(made.place).__name__ == kind
        texts = [label.text() for label in made.place.findChildren(QLabel)]
        assert any(text for text in texts)
    assert len(list(made.pages)) == len(PLACES)


def test_the_place_where_a_person_was_opens_with_the_catalogue(
    window: Callable[[], MainWindow], tmp_path: Path, catalogue: Path, qtbot: QtBot
) -> None:
    made = window()
    made.library.set_query("kind:dataset")
    qtbot.waitUntil(lambda: len(made.library.table.item_model.ids) == 2)
    qtbot.waitUntil(lambda: made.jobs.running == 0)
    made.library.table.choose_line(1)
    qtbot.waitUntil(
        lambda: made.library.chosen.current() is not None
    )  # its row is read
    chosen = made.library.chosen.current()
    assert chosen is not None
    made.open_named("Lineage")
    qtbot.waitUntil(lambda: made.jobs.running == 0)
    made.session.save(made.place.title)
    coming, jobs = ComingCatalog(catalogue), Jobs(are_held=True)
    settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
    again = MainWindow(cast("Catalog", coming), jobs, settings, _places())
    qtbot.addWidget(again)
    again.show()
    # The same lines, though a search chose them, and the same one of them.
    again.library.show_first(first_rows(catalogue, again.left.rows))
    assert again.library.table.item_model.ids == made.library.table.item_model.ids
    assert again.library.wanted == chosen.id
    assert again.top.tabs[1].isChecked()
    # Closed before the catalogue came, nothing of it is forgotten.
    again.session.save("Lineage")
    with Catalog.open(catalogue) as catalog:
        coming.arrive(catalog)
        again.begin()
        qtbot.waitUntil(lambda: jobs.running == 0)
        assert again.place.title == "Lineage"
        assert again.library.chosen.current() == chosen
        assert again.search_field.text() == ""
        again.open_named("Library")
        assert again.search_field.text() == "kind:dataset"
        again.close()
        jobs.wait()


def test_a_locked_catalogue_does_not_hold_the_window_and_it_says_so(
    catalogue: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    free = tmp_path / "free"
    with closing(sqlite3.connect(catalogue, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")  # a switch to WAL needs the lock
        other.execute("BEGIN IMMEDIATE")
        code = PROGRAM + FOLLOWING + RUN
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(catalogue), str(free)],
            env=environment(tmp_path / "home"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        qtbot.waitUntil(
            lambda: free.exists() or process.poll() is not None, timeout=PATIENCE
        )
        other.execute("COMMIT")
    said, errors = process.communicate(timeout=PATIENCE / 1000)
    lines = said.splitlines()
    assert lines[0].startswith("rows 3 "), errors
    assert "another program may be holding it" in lines[1]
    assert lines[2] == "listed 3 artifacts"
    assert process.returncode == 0
