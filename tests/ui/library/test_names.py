"""A wrong name is told in the inspector, and mended or accepted from there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.moments import now
from mlcatalog.tasks.index import index
from mlcatalog.ui.library.name_part import NamePart
from mlcatalog.ui.main_window import MainWindow
from mlcatalog.ui.naming.fix_dialog import FixDialog
from mlcatalog.ui.naming.waiving import WaiveDialog
from mlcatalog.ui.pieces import Words
from tests.ui.conftest import quiet
from tests.ui.conventions.conftest import BAD_DAY, GOOD, UNREADABLE, model

RIGHT_DAY = "churn-cls-mlp-telco_v3-20260228-r0a12"


@pytest.fixture
def named(
    tmp_path: Path, open_window: Callable[[], MainWindow], qtbot: QtBot
) -> MainWindow:
    """The window on a project with a right, a wrong and a senseless name."""
    root = tmp_path / "churn"
    for seed, name in enumerate((GOOD, BAD_DAY, UNREADABLE), 1):
        model(root / "models" / f"{name}.safetensors", seed)
    (root / "train.yaml").write_text(f"start: models/{BAD_DAY}.safetensors\n")
    with Catalog.open(tmp_path / "catalogue.db") as catalog:
        index(catalog, [root], settle_seconds=0)
    window = open_window()
    qtbot.waitUntil(lambda: len(window.library.table.item_model.ids) == 4)
    quiet(window, qtbot)
    return window


def look_at(window: MainWindow, name: str, qtbot: QtBot) -> NamePart:
    """Choose an artifact; what the inspector says of its name."""
    window.library.show_artifacts([window.catalog.find(f"name:{name}").id])
    quiet(window, qtbot)
    detail = window.library.inspector.detail
    assert detail is not None
    assert detail.summary.name == name
    return window.library.inspector.findChildren(NamePart)[-1]


def said(part: NamePart) -> list[str]:
    return [label.said for label in part.findChildren(Words)]


def press(part: NamePart, text: str, qtbot: QtBot) -> None:
    (made,) = [one for one in part.findChildren(QPushButton) if one.text() == text]
    qtbot.mouseClick(made, Qt.MouseButton.LeftButton)


def preview(window: MainWindow, qtbot: QtBot) -> FixDialog:
    qtbot.waitUntil(lambda: bool(window.findChildren(FixDialog)))
    quiet(window, qtbot)
    return window.findChildren(FixDialog)[-1]


def test_the_inspector_names_the_wrong_field_and_one_click_previews_the_right_name(
    named: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    library, models = named.library, tmp_path / "churn" / "models"
    part = look_at(named, BAD_DAY, qtbot)
    assert "✗ Breaks the template" in said(part)
    assert "2026-02-31 does not exist" in said(part)
    assert "r0a12" in said(part)  # a field that is as it should be
    press(part, "Fill in 1 field…", qtbot)  # nothing recorded its day
    dialog = preview(named, qtbot)
    assert [fix.line.name for fix in dialog.table.fixes] == [BAD_DAY]
    dialog.form.fields["date"].setCurrentText("20260228")
    qtbot.waitUntil(dialog.do.isEnabled)
    dialog.do.click()
    quiet(named, qtbot)
    assert (models / f"{RIGHT_DAY}.safetensors").exists()
    assert RIGHT_DAY in (tmp_path / "churn" / "train.yaml").read_text()
    assert library.undo_stack.undoText() == f"Rename {BAD_DAY}.safetensors"
    assert "✓ Keeps the template" in said(look_at(named, RIGHT_DAY, qtbot))
    library.undo_stack.undo()
    quiet(named, qtbot)
    assert (models / f"{BAD_DAY}.safetensors").exists()


def test_wrong_names_among_the_chosen_are_fixed_from_the_menu_and_the_palette(
    named: MainWindow, qtbot: QtBot
) -> None:
    look_at(named, GOOD, qtbot)
    named.library.table.selectAll()
    named.library.chosen.fix_names()
    dialog = preview(named, qtbot)
    names = sorted(fix.line.name for fix in dialog.table.fixes)
    assert names == [BAD_DAY, UNREADABLE]
    dialog.reject()
    quiet(named, qtbot)


def test_a_name_is_waived_in_the_inspector_which_says_who_why_and_how_long(
    named: MainWindow, qtbot: QtBot
) -> None:
    press(look_at(named, UNREADABLE, qtbot), "Waive…", qtbot)
    dialog = named.findChildren(WaiveDialog)[-1]
    dialog.reason.setPlainText("legacy import")
    dialog.person.setText("nlp-team")
    dialog.do.click()
    qtbot.waitUntil(lambda: bool(named.catalog.waivers()))
    quiet(named, qtbot)
    part = look_at(named, UNREADABLE, qtbot)
    assert "\u2013 Waived" in said(part)
    (waiver,) = [text for text in said(part) if "legacy import" in text]
    assert waiver.startswith("Waived by nlp-team until 20")
    press(part, "End the waiver", qtbot)
    qtbot.waitUntil(lambda: not named.catalog.waivers())
    quiet(named, qtbot)
    assert "✗ Breaks the template" in said(look_at(named, UNREADABLE, qtbot))
    named.library.undo_stack.undo()
    qtbot.waitUntil(lambda: bool(named.catalog.waivers()))
    quiet(named, qtbot)


def test_a_waiver_whose_day_is_over_is_told_beside_the_name_that_is_broken_again(
    named: MainWindow, qtbot: QtBot
) -> None:
    (finding,) = findings_of(named.catalog, UNREADABLE)
    named.catalog.waive(finding, "until the audit", now() + 1, "ana")
    named.catalog.end_waivers()
    part = look_at(named, UNREADABLE, qtbot)
    assert "✗ Breaks the template" in said(part)
    (over,) = [text for text in said(part) if "until the audit" in text]
    assert over.startswith("The waiver of ana is over since 20")


def test_what_no_template_speaks_of_has_no_line_about_its_name(
    named: MainWindow, qtbot: QtBot
) -> None:
    window = named
    (config,) = window.catalog.list("kind:config")
    window.library.show_artifacts([config.id])
    quiet(window, qtbot)
    assert window.library.inspector.name is None


def findings_of(catalog: Catalog, name: str) -> list[Finding]:
    identity = catalog.find(f"name:{name}").id
    found = catalog.findings(rule_prefix="name.")
    return [one for one in found if one.artifact == identity]
