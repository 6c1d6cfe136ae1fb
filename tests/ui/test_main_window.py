"""The window on a real catalogue: listing, dropping, editing, names for everything."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QAbstractScrollArea, QWidget
from pytestqt.qtbot import QtBot

from mlcatalog.domain.words import Stage
from mlcatalog.ui.errors import error_box
from mlcatalog.ui.main_window import MainWindow
from mlcatalog.ui.registration.sheet import RegistrationSheet


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
    library.chosen.set_stage(Stage.CANDIDATE)
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
