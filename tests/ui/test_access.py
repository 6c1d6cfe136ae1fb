"""Everything by keyboard and by name, in every place and dialog of the window."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QSettings, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QDialog,
    QLineEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mlcatalog.app import PLACES, _places
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.errors import CatalogError
from mlcatalog.tasks.index import index
from mlcatalog.ui.conventions.place import ConventionsPlace
from mlcatalog.ui.errors import error_box
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.main_window import MainWindow
from mlcatalog.ui.panes import panes_of

TITLES = ("Library", "Lineage", "Compare", "Conventions", "Reuse", "Audit")


def safetensors(path: Path, values: list[float]) -> None:
    head = {"w": {"dtype": "F32", "shape": [len(values)], "data_offsets": [0, 8]}}
    text = json.dumps(head).encode()
    data = struct.pack(f"<{len(values)}f", *values)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


@pytest.fixture
def whole(tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    """The window with every place, on a project with two models and their data."""
    folder = tmp_path / "project"
    folder.mkdir()
    safetensors(folder / "churn-cls-mlp-telco_v1-20260501-ra1.safetensors", [1.0, 2.0])
    safetensors(folder / "final model.safetensors", [1.0, 2.0])
    (folder / "telco.csv").write_text("age,churned\n1,0\n2,1\n")
    (folder / "train.yaml").write_text("lr: 0.1\ntrain_data: telco.csv\n")
    (folder / "train.py").write_text("import torch\n")
    with Catalog.open(tmp_path / "catalogue.db") as catalog:
        index(catalog, [folder], settle_seconds=0)
        jobs = Jobs()
        settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
        window = MainWindow(catalog, jobs, settings, _places())
        window.resize(1_480, 920)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(lambda: len(window.library.table.item_model.ids) == 5)
        settled(window, qtbot)
        yield window
        settled(window, qtbot)
        window.close()
        settled(window, qtbot)
        window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def settled(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.wait(100)
    qtbot.waitUntil(lambda: window.jobs.running == 0)


def takes_focus(part: QWidget) -> bool:
    return bool(part.focusPolicy() & Qt.FocusPolicy.TabFocus)


def nameless(root: QWidget) -> list[str]:
    """What takes the focus, is seen, and has no name for a screen reader."""
    found = [root, *root.findChildren(QWidget)] if takes_focus(root) else []
    found = found or root.findChildren(QWidget)
    return [
        f"{type(part).__name__} in {type(part.parentWidget()).__name__}"
        for part in found
        if takes_focus(part)
        and part.isVisibleTo(root)
        and not isinstance(part.parent(), QAbstractScrollArea)
        and not _is_inner_field(part)
        and not _name(part)
    ]


def _name(part: QWidget) -> str:
    is_button = isinstance(part, QAbstractButton)
    return part.accessibleName() or (part.text() if is_button else "")


def _is_inner_field(part: QWidget) -> bool:
    """The field inside a combo or spin box speaks by its box's name."""
    outer = part.parentWidget()
    return isinstance(part, QLineEdit) and outer is not None and takes_focus(outer)


def test_a_field_without_a_name_is_found(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    unnamed, named = QLineEdit("text is no name", window), QLineEdit(window)
    named.setAccessibleName("Search")
    assert nameless(window) == ["QLineEdit in QWidget"]
    assert unnamed.parent() is window


def test_every_place_is_tried() -> None:
    assert len(TITLES) == len(PLACES)


@pytest.mark.parametrize("title", TITLES)
def test_every_widget_of_a_place_has_a_name(
    whole: MainWindow, qtbot: QtBot, title: str
) -> None:
    whole.library.table.selectAll()
    settled(whole, qtbot)
    whole.open_named(title)
    settled(whole, qtbot)
    assert whole.place.title == title
    assert nameless(whole) == []


DIALOGS: dict[str, Callable[[MainWindow], object]] = {
    "palette": lambda window: window.commands.open_palette(),
    "quick open": lambda window: window.commands.quick_open(),
    "keys": lambda window: window.commands.show_keys(),
    "help": lambda window: window.commands.show_search_language(),
    "about": lambda window: window.commands.about(),
    "registration": lambda window: window.register([Path("model.onnx")]),
    "right names": lambda window: window.library.chosen.names.fix(
        window.catalog.list("rule:name.")
    ),
    "quit": lambda window: window._ask_to_quit(),
    "error": lambda window: error_box(
        CatalogError("The catalogue is locked."), window
    ).open(),
    "crash": lambda window: error_box(ValueError("odd"), window).open(),
}


@pytest.mark.parametrize("name", DIALOGS)
def test_every_widget_of_a_dialog_has_a_name(
    whole: MainWindow, qtbot: QtBot, name: str
) -> None:
    DIALOGS[name](whole)
    settled(whole, qtbot)
    dialogs = [one for one in whole.findChildren(QDialog) if one.isVisible()]
    assert len(dialogs) == 1
    assert nameless(dialogs[0]) == []
    dialogs[0].close()


OF_NAMES: dict[str, Callable[[ConventionsPlace], object]] = {
    "waive": lambda place: place.right.waive.click(),
    "waivers": lambda place: place.waivers.show_list(),
    "vocabulary": lambda place: place.edit_words.click(),
    "fix all": lambda place: place.fix_all.click(),
}


@pytest.mark.parametrize("name", OF_NAMES)
def test_every_widget_of_a_dialog_about_names_has_a_name(
    whole: MainWindow, qtbot: QtBot, name: str
) -> None:
    whole.open_named("Conventions")
    place = whole.place
    assert isinstance(place, ConventionsPlace)
    qtbot.waitUntil(lambda: place.line is not None)
    settled(whole, qtbot)
    OF_NAMES[name](place)
    settled(whole, qtbot)
    dialogs = [one for one in whole.findChildren(QDialog) if one.isVisible()]
    assert len(dialogs) == 1
    assert nameless(dialogs[0]) == []
    dialogs[0].close()


@pytest.mark.parametrize("title", TITLES)
def test_f6_goes_through_every_pane_and_comes_back(
    whole: MainWindow, qtbot: QtBot, title: str
) -> None:
    whole.open_named(title)
    settled(whole, qtbot)
    whole.search_field.setFocus()
    seen = [QApplication.focusWidget()]
    for _ in range(12):
        qtbot.keyClick(whole, Qt.Key.Key_F6)
        seen.append(QApplication.focusWidget())
        if seen[-1] is whole.search_field:
            break
    assert seen[-1] is whole.search_field
    panes = panes_of(whole.place)
    reached = [
        pane
        for pane in panes
        if any(pane is part or pane.isAncestorOf(part) for part in seen if part)
    ]
    assert reached
    qtbot.keyClick(whole, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() is seen[-2]
