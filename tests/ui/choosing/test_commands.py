"""The table of actions, and the palette, sheet and quick open made from it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot

from mlcatalog.ui.actions import ACTIONS, CHOICE, UNDONE
from mlcatalog.ui.choosing.chooser import Chooser
from mlcatalog.ui.choosing.commands import fitting, keys_text
from mlcatalog.ui.main_window import MainWindow
from tests.ui.conftest import quiet

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def chooser(window: MainWindow) -> Chooser:
    return window.findChildren(Chooser)[-1]


def test_no_two_actions_share_a_key() -> None:
    keys = [key for action in ACTIONS for key in action.keys]
    assert sorted(keys) == sorted(set(keys))
    assert all(not QKeySequence(key).isEmpty() for key in keys)


def test_every_action_has_its_method(window: MainWindow) -> None:
    assert all(callable(window.commands.method(action)) for action in ACTIONS)


def test_no_two_lines_of_a_menu_share_a_mnemonic() -> None:
    menus = {action.menu for action in ACTIONS}
    for menu in menus:
        letters = [
            action.text.partition("&")[2][:1].lower()
            for action in ACTIONS
            if action.menu == menu
        ]
        assert sorted(letters) == sorted(set(letters)), menu


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("lineage", "Artifact: Show lineage"),
        ("dark", "View: Theme: dark"),
        ("palete", "Edit: Command palette…"),
        ("remove", "Artifact: Remove from catalogue"),
    ],
)
def test_the_palette_forgives_what_is_typed(typed: str, first: str) -> None:
    assert fitting(typed, lambda _: "")[0].title == first


def test_the_palette_lists_every_action_with_its_keys_and_says_why_not(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.library.table.clearSelection()
    quiet(window, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_P, CONTROL | SHIFT)
    lines = chooser(window).lines
    assert [line.value for line in lines] == list(ACTIONS)
    assert [line.right for line in lines] == [keys_text(a) for a in ACTIONS]
    reasons = {line.title: line.reason for line in lines}
    assert reasons["Artifact: Show lineage"] == CHOICE
    assert reasons["Edit: Undo"] == UNDONE
    assert reasons["View: Rescan now"] == ""
    chooser(window).close()


def test_enter_in_the_palette_does_the_action(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_P, CONTROL | SHIFT)
    opened = chooser(window)
    qtbot.keyClicks(opened.field, "theme dark")
    qtbot.keyClick(opened.field, Qt.Key.Key_Return)
    assert window.tokens.dark


def test_what_cannot_be_done_is_not_done_from_the_palette(
    window: MainWindow, qtbot: QtBot
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_P, CONTROL | SHIFT)
    opened = chooser(window)
    qtbot.keyClicks(opened.field, "edit undo")
    qtbot.keyClick(opened.field, Qt.Key.Key_Return)
    assert opened.isVisible()
    opened.close()


def test_quick_open_finds_an_artifact_and_chooses_it(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.library.set_query("kind:config")
    quiet(window, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_P, CONTROL)
    opened = chooser(window)
    qtbot.keyClicks(opened.field, "bold")
    qtbot.waitUntil(lambda: [line.title for line in opened.lines] == ["<b>bold"])
    qtbot.keyClick(opened.field, Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: [row.name for row in window.library.table.chosen()] == ["<b>bold"]
    )


@pytest.mark.parametrize("key", [Qt.Key.Key_F1, Qt.Key.Key_Question])
def test_a_key_shows_the_sheet_of_keys(
    window: MainWindow, qtbot: QtBot, key: Qt.Key
) -> None:
    window.library.table.setFocus()
    qtbot.keyClick(window.library.table, key)
    opened = chooser(window)
    titles = {line.title for line in opened.lines}
    assert {line.title for line in fitting("", lambda _: "") if line.right} < titles
    qtbot.keyClicks(opened.field, "f6")
    assert {line.title for line in opened.lines} == {
        "View: Next pane",
        "View: Previous pane",
    }
    opened.close()
