"""What a person comes back to, who may be open at once, and how the window ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess, QSettings, QSize, Qt
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.search import FIELDS
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.errors import CatalogError
from mlcatalog.tasks.index import index
from mlcatalog.ui.crash import KEPT, crash_hook, write_crash
from mlcatalog.ui.help_pages import search_page
from mlcatalog.ui.main_window import MainWindow
from mlcatalog.ui.single_instance import SingleInstance
from tests.ui.conftest import quiet

WIDE = QSize(1_480, 920)


def odd() -> ZeroDivisionError:
    try:
        1 / 0  # noqa: B018 - a real trace is wanted
    except ZeroDivisionError as error:
        return error
    raise AssertionError


def test_query_sorting_panes_and_choice_come_back(
    open_window: Callable[[], MainWindow], window: MainWindow, qtbot: QtBot
) -> None:
    window.resize(WIDE)
    window.library.set_query("kind:dataset")
    header = window.library.table.horizontalHeader()
    header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
    header.moveSection(2, 4)
    quiet(window, qtbot)
    window.library.table.choose_line(1)
    quiet(window, qtbot)
    window.library.parts.down.setSizes([500, 0])
    chosen = window.library.chosen.current()
    order = [column.key for column in window.library.table.shown_columns()]
    window.close()
    again = open_window()
    again.resize(WIDE)  # the screen of these tests is small
    qtbot.waitUntil(lambda: len(again.library.table.item_model.ids) == 2)
    quiet(again, qtbot)
    assert again.search_field.text() == "kind:dataset"
    assert again.library.chosen.current() == chosen
    assert [column.key for column in again.library.table.shown_columns()] == order
    names = [again.library.table.item_model.summary(row) for row in (0, 1)]
    assert [row.name for row in names if row] == ["<b>bold", "train"]
    assert again.library.parts.down.sizes()[1] == 0
    again.commands.reset_layout()
    assert again.library.parts.down.sizes()[1] > 0


def test_a_damaged_settings_file_opens_the_window_as_at_first(
    open_window: Callable[[], MainWindow], window: MainWindow, tmp_path: Path
) -> None:
    window.close()
    settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
    for key in ("window", "panes", "strip", "columns", "columns wanted", "chosen"):
        settings.setValue(key, "nonsense")
    settings.sync()
    assert open_window().library.table.shown_columns()[0].key == "name"


def test_an_empty_catalogue_says_how_to_begin(
    open_window: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    window = open_window()
    page = window.library.start_page
    qtbot.waitUntil(page.isVisible)
    assert "Drop a folder anywhere" in page.said
    assert page.add.isVisible()
    assert not page.clear.isVisible()
    # Two panels with nothing in them would stand beside it.
    assert not window.library.sidebar.isVisible()
    assert not window.library.inspector.isVisible()
    assert not window.library.parts.count.isVisible()
    # One key begins.
    assert window.focusWidget() is page.add


def test_a_watched_folder_without_artifacts_says_that_nothing_is_found(
    open_window: Callable[[], MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "empty").mkdir()
    with Catalog.open(tmp_path / "catalogue.db") as catalog:
        catalog.add_project(tmp_path / "empty")
    window = open_window()
    page = window.library.start_page
    qtbot.waitUntil(lambda: "Nothing is found yet" in page.said)
    (tmp_path / "empty" / "rows.csv").write_text("a,b\n1,2\n")
    index(window.catalog, [tmp_path / "empty"], settle_seconds=0)
    window.refresh(None)
    qtbot.waitUntil(lambda: not page.isVisible())
    assert window.library.sidebar.isVisible()
    assert window.library.inspector.isVisible()
    assert window.library.parts.count.isVisible()


def test_the_demo_is_one_click_away(
    open_window: Callable[[], MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window()
    asked: list[dict[str, object]] = []
    window.asked.connect(asked.append)
    window.commands.write_demo(tmp_path)
    qtbot.waitUntil(lambda: len(asked) == 2, timeout=240_000)
    assert all(Path(str(command["path"])).is_dir() for command in asked)


def test_a_second_start_raises_the_first_and_passes_its_paths(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    catalog = tmp_path / "catalogue.db"
    first, second = SingleInstance(catalog), SingleInstance(catalog)
    first.called.connect(window.welcome)
    assert first.claim()
    assert not second.claim()
    asked: list[dict[str, object]] = []
    window.asked.connect(asked.append)
    script = (
        "import sys; from pathlib import Path;"
        "from mlcatalog.ui.single_instance import SingleInstance;"
        "called = SingleInstance(Path(sys.argv[1])).call([Path(sys.argv[2])]);"
        "sys.exit(0 if called else 1)"
    )
    other = QProcess()
    other.start(sys.executable, ["-c", script, str(catalog), str(tmp_path)])
    stopped = QProcess.ProcessState.NotRunning
    qtbot.waitUntil(lambda: other.state() == stopped, timeout=60_000)
    assert other.exitCode() == 0
    assert asked == [{"do": "add", "path": str(tmp_path)}]
    first.release()
    assert second.claim()
    second.release()


def test_two_catalogues_may_be_open_at_once(tmp_path: Path) -> None:
    first = SingleInstance(tmp_path / "a.db")
    other = SingleInstance(tmp_path / "b.db")
    assert first.claim()
    assert other.claim()
    first.release()
    other.release()


def test_quitting_while_something_runs_asks_once(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.activity.show_engine(
        {"event": "began", "project": "/p", "job": 1, "stage": "walk"}
    )
    window.activity.show_engine(
        {"event": "progress", "project": "/p", "done": 1, "total": 9, "note": ""}
    )
    assert window.activity.is_busy
    window.close()
    assert window.isVisible()
    box = window.findChildren(QMessageBox)[-1]
    assert "still indexing" in box.text()
    quits = next(b for b in box.buttons() if b.text() == "Quit")
    assert isinstance(quits, QPushButton)
    qtbot.mouseClick(quits, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.isVisible())


def test_an_unexpected_error_leaves_a_report_and_is_told_once(
    window: MainWindow, tmp_path: Path
) -> None:
    logs = tmp_path / "logs"
    hook = crash_hook(window, logs)
    for _ in range(2):
        error = odd()
        hook(type(error), error, error.__traceback__)
    boxes = window.findChildren(QMessageBox)
    assert len(boxes) == 1
    assert str(logs) in boxes[0].informativeText()
    reports = sorted(logs.glob("crash-*.txt"))
    assert len(reports) == 2
    assert "ZeroDivisionError: division by zero" in reports[0].read_text("utf-8")
    boxes[0].close()


def test_a_known_error_leaves_no_report(window: MainWindow, tmp_path: Path) -> None:
    hook = crash_hook(window, tmp_path / "logs")
    error = CatalogError("The catalogue is locked.")
    hook(CatalogError, error, None)
    assert not (tmp_path / "logs").exists()
    window.findChildren(QMessageBox)[-1].close()


def test_only_the_newest_reports_are_kept(tmp_path: Path) -> None:
    for _ in range(KEPT + 5):
        write_crash(tmp_path, ValueError("odd"))
    assert len(list(tmp_path.glob("crash-*.txt"))) == KEPT


def test_a_report_that_cannot_be_written_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    assert write_crash(tmp_path / "logs", ValueError("odd")) is None
    assert "no crash file" in caplog.text


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_every_field_stands_in_the_help(name: str) -> None:
    assert f"| `{name}` |" in search_page()
