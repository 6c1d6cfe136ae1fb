"""The window on a real catalogue: listing, dropping, editing, names for everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QAbstractScrollArea, QWidget
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.words import Stage
from mlcatalog.tasks.index import index
from mlcatalog.ui.errors import error_box
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.library.place import LibraryPlace
from mlcatalog.ui.main_window import MainWindow
from mlcatalog.ui.registration.sheet import RegistrationSheet


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "train.csv").write_text("age,churned\n1,0\n2,1\n")
    (folder / "<b>bold.csv").write_text("a,b\n1,2\n")
    (folder / "train.yaml").write_text("lr: 0.1\ndata: train.csv\n")
    return folder


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, project: Path) -> Iterator[MainWindow]:
    with Catalog.open(tmp_path / "catalogue.db") as catalog:
        index(catalog, [project], settle_seconds=0)
        jobs = Jobs()
        settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
        made = MainWindow(catalog, jobs, settings, [LibraryPlace])
        qtbot.addWidget(made)
        made.show()
        qtbot.waitUntil(lambda: len(made.library.table.item_model.ids) == 3)
        qtbot.waitUntil(lambda: jobs.running == 0)
        yield made
        qtbot.waitUntil(lambda: jobs.running == 0)
        jobs.wait()


def names(window: MainWindow) -> set[str]:
    model = window.library.table.item_model
    return {str(model.index(row, 0).data()) for row in range(model.rowCount())}


def test_the_table_keeps_the_rules_of_qt(window: MainWindow) -> None:
    tester = QAbstractItemModelTester(
        window.library.table.item_model,
        QAbstractItemModelTester.FailureReportingMode.Fatal,
    )
    assert tester.model() is window.library.table.item_model
    window.library.table.item_model.show_ids(window.library.table.item_model.ids[:1])


def test_markup_in_a_name_is_shown_as_text(window: MainWindow) -> None:
    assert any("<b>bold" in name for name in names(window))


def test_typing_searches_and_escape_clears(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(window.search_field, "kind:config")
    model = window.library.table.item_model
    qtbot.waitUntil(lambda: len(model.ids) == 1)
    window.search_field.setFocus()
    qtbot.keyClick(window.search_field, Qt.Key.Key_Escape)
    window.library.set_query("")
    qtbot.waitUntil(lambda: len(model.ids) == 3)


def test_a_stage_is_one_named_undo_step(window: MainWindow, qtbot: QtBot) -> None:
    library = window.library
    library.table.selectAll()
    library.set_stage(Stage.CANDIDATE)
    query = "stage:candidate"
    qtbot.waitUntil(lambda: window.catalog.count(query) == 3)
    assert library.undo_stack.undoText() == "Set stage of 3 artifacts"
    qtbot.waitUntil(lambda: window.jobs.running == 0)
    library.undo_stack.undo()
    qtbot.waitUntil(lambda: window.catalog.count(query) == 0)


def test_a_drop_asks_once_and_registers_in_place(
    window: MainWindow, project: Path, qtbot: QtBot
) -> None:
    carried = QMimeData()
    carried.setUrls([QUrl.fromLocalFile(str(project / "train.csv"))])
    event = QDropEvent(
        QPointF(200, 200),
        Qt.DropAction.CopyAction | Qt.DropAction.LinkAction,
        carried,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    assert event.dropAction() == Qt.DropAction.LinkAction
    sheet = window.findChild(RegistrationSheet)
    assert isinstance(sheet, RegistrationSheet)
    sheet.owner.setText("data team")
    with qtbot.waitSignal(window.asked) as asked:
        sheet.accept()
    assert asked.args is not None
    command = asked.args[0]
    assert command["paths"] == [str(project / "train.csv")]
    assert command["values"] == {"owner": "data team"}


def test_every_widget_that_takes_the_focus_has_a_name(window: MainWindow) -> None:
    nameless = [
        widget
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisibleTo(window)
        and not isinstance(widget.parent(), QAbstractScrollArea)
        and not (widget.accessibleName() or widget.property("text"))
    ]
    assert nameless == []


def test_an_unexpected_error_can_be_copied(window: MainWindow) -> None:
    box = error_box(ValueError("odd"), window)
    assert box.textFormat() == Qt.TextFormat.PlainText
    assert "odd" in box.detailedText()
    box.deleteLater()
