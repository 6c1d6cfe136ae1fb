"""Errors reach a person once: one dialog, then a quiet line while they repeat."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from mlcatalog.domain.errors import CatalogError
from mlcatalog.ui.errors import ErrorDialogs


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    made = QWidget()
    qtbot.addWidget(made)
    logging.getLogger("mlcatalog.ui.errors").setLevel(logging.CRITICAL)
    yield made
    logging.getLogger("mlcatalog.ui.errors").setLevel(logging.NOTSET)


def locked() -> CatalogError:
    return CatalogError("Another program holds it.", remedy="Close it.")


def boxes(window: QWidget) -> list[QMessageBox]:
    return [box for box in window.findChildren(QMessageBox) if box.isVisible()]


def test_the_same_error_again_and_again_opens_one_dialog(window: QWidget) -> None:
    dialogs, lines = ErrorDialogs(window), []
    dialogs.repeated.connect(lines.append)
    for _ in range(50):
        dialogs.show("Look", locked())
    assert len(boxes(window)) == 1
    assert len(lines) == 49
    assert lines[0] == "Another program holds it. Close it."
    boxes(window)[0].close()
    dialogs.show("Look", locked())
    assert boxes(window) == []


def test_another_error_is_told_beside_it(window: QWidget) -> None:
    dialogs = ErrorDialogs(window)
    dialogs.show("Look", locked())
    dialogs.show("Look", CatalogError("The disk is full."))
    assert len(boxes(window)) == 2


def test_an_error_that_ceased_is_news_when_it_comes_back(window: QWidget) -> None:
    dialogs = ErrorDialogs(window, forget_after=0)
    dialogs.show("Look", locked())
    boxes(window)[0].close()
    dialogs.show("Look", locked())
    assert len(boxes(window)) == 1
