"""Completing a search while it is typed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mlcatalog.ui.library.completion import suggestions, word_at
from mlcatalog.ui.main_window import MainWindow

VALUES = {"project": ["churn", "support intent"], "format": ["csv"]}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("ki", ["kind:"]),
        ("-ki", ["-kind:"]),
        ("kind:mo", ["kind:model"]),
        ("-kind:mo", ["-kind:model"]),
        ("kind:model", []),
        ("has:con", ["has:config"]),
        ("project:s", ['project:"support intent"']),
        ("format:", ["format:csv"]),
        ("par", ["param."]),
        ("zebra", []),
        ("", []),
    ],
)
def test_a_half_typed_word_becomes(word: str, expected: list[str]) -> None:
    assert suggestions(word, VALUES) == expected


@pytest.mark.parametrize(
    ("text", "cursor", "word"),
    [
        ("kind:model na", 13, "na"),
        ("kind:mo name:x", 7, "kind:mo"),
        ("(kind:model or ki", 17, "ki"),
        ('check:"data ver', 15, 'check:"data ver'),
        ("a ", 2, ""),
    ],
)
def test_the_word_before_the_cursor(text: str, cursor: int, word: str) -> None:
    assert word_at(text, cursor) == (cursor - len(word), word)


def test_down_and_enter_take_a_completion(window: MainWindow, qtbot: QtBot) -> None:
    field, popup = window.search_field, window.completer.popup
    field.setFocus()
    qtbot.keyClicks(field, "train ki")
    qtbot.waitUntil(popup.isVisible)
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert field.text() == "train kind:"
    qtbot.waitUntil(popup.isVisible)
    qtbot.keyClicks(popup, "da")
    window.completer.complete("kind:dataset")
    assert field.text() == "train kind:dataset "
    popup.hide()


def test_a_bad_clause_gets_its_hint_under_the_field(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.completer.is_on = False
    qtbot.keyClicks(window.search_field, "knd:model")
    qtbot.waitUntil(lambda: "Did you mean kind:?" in window.top.hint)
    window.search_field.setFocus()
    qtbot.keyClick(window.search_field, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.top.hint == "")
    assert window.search_field.text() == ""
