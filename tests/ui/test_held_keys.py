"""What the program chooses does not hang on the keys that are held meanwhile."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from mlcatalog.ui.main_window import MainWindow
from tests.ui.conftest import quiet

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(params=[CONTROL, SHIFT, CONTROL | SHIFT], ids=["ctrl", "shift", "both"])
def held(request: pytest.FixtureRequest, qtbot: QtBot, window: MainWindow) -> object:
    """A key that stays down."""
    button = QPushButton("anything")
    qtbot.addWidget(button)
    button.show()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton, request.param)
    assert QApplication.keyboardModifiers() == request.param
    return request.param


def test_a_search_chooses_its_first_line_whatever_key_is_held(
    window: MainWindow, held: object, qtbot: QtBot
) -> None:
    table = window.library.table
    table.selectAll()
    window.library.set_query("kind:config")
    qtbot.waitUntil(lambda: len(table.item_model.ids) == 1)
    quiet(window, qtbot)
    window.library.set_query("kind:dataset")
    qtbot.waitUntil(lambda: len(table.item_model.ids) == 2)
    quiet(window, qtbot)
    assert table.chosen_rows() == [0]
    table.choose_line(1)
    assert table.chosen_rows() == [1]
    assert table.current_line() == 1
