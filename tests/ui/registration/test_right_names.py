"""What is dropped with a wrong name is asked for the right one as soon as it is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.index import index
from mlcatalog.tasks.register import register
from mlcatalog.ui.main_window import MainWindow
from mlcatalog.ui.naming.fix_dialog import FixDialog
from mlcatalog.ui.registration.sheet import RegistrationSheet
from tests.ui.conftest import quiet
from tests.ui.conventions.conftest import GOOD, UNREADABLE, model
from tests.ui.conventions.test_names import labels

FILLED = {"architecture": "mlp", "date": "20260601", "run-id": "r0b77", "task": "cls"}
NEW = "churn-cls-mlp-telco_v3-20260601-r0b77"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """The folder of models of a project that is watched already."""
    root = tmp_path / "churn"
    model(root / "models" / f"{GOOD}.safetensors", 1)
    (root / "data").mkdir()
    (root / "data" / "telco_v3.csv").write_text("age,churned\n1,0\n2,1\n")
    with Catalog.open(tmp_path / "catalogue.db") as catalog:
        index(catalog, [root], settle_seconds=0)
    return root / "models"


@pytest.fixture
def opened(
    models: Path, open_window: Callable[[], MainWindow], qtbot: QtBot
) -> MainWindow:
    window = open_window()
    window.asked.connect(lambda command: registers(window, command))
    return window


def registers(window: MainWindow, command: dict[str, object]) -> None:
    """Do what the engine does, with the same function."""
    paths, data = command["paths"], command["data"]
    assert isinstance(paths, list)
    made = register(
        window.catalog,
        [Path(path) for path in paths],
        data=str(data or ""),
        settle_seconds=0,
    )
    window.registered([one.id for one in made.artifacts])


def drop(window: MainWindow, path: Path, qtbot: QtBot, *, data: str = "") -> None:
    window.register([path])
    sheet = window.findChildren(RegistrationSheet)[-1]
    quiet(window, qtbot)
    sheet.data.setText(data)
    sheet.accept()
    quiet(window, qtbot)


def question(window: MainWindow, qtbot: QtBot) -> FixDialog:
    qtbot.waitUntil(lambda: bool(window.findChildren(FixDialog)))
    quiet(window, qtbot)
    return window.findChildren(FixDialog)[-1]


def test_a_dropped_file_with_a_wrong_name_is_asked_for_the_right_one_filled_in(
    opened: MainWindow, models: Path, qtbot: QtBot
) -> None:
    file = model(models / f"{UNREADABLE}.safetensors", 2)
    (models.parent / "train.yaml").write_text(f"start: models/{file.name}\n")
    drop(opened, file, qtbot, data="telco_v3")
    dialog = question(opened, qtbot)
    assert f"“{UNREADABLE}” is registered." in labels(dialog)
    (fix,) = dialog.table.fixes
    # The project's own name, and the data that the sheet was told a moment ago.
    assert fix.values["project"] == "churn"
    assert fix.values["dataset-version"] == "telco_v3"
    assert set(fix.blanks) == set(FILLED)
    task = dialog.form.fields["task"]
    assert task.itemText(0) == "cls"  # what is known stands first
    for field, text in FILLED.items():
        dialog.form.fields[field].setCurrentText(text)
    qtbot.waitUntil(dialog.do.isEnabled)
    dialog.do.click()
    quiet(opened, qtbot)
    assert (models / f"{NEW}.safetensors").exists()
    assert NEW in (models.parent / "train.yaml").read_text()
    assert "rename" in opened.catalog.journal(1)[0].kind
    opened.library.undo_stack.undo()
    quiet(opened, qtbot)
    assert file.exists()


def test_a_name_may_be_kept(opened: MainWindow, models: Path, qtbot: QtBot) -> None:
    file = model(models / f"{UNREADABLE}.safetensors", 2)
    drop(opened, file, qtbot)
    dialog = question(opened, qtbot)
    assert dialog.refuse.text() == "Keep the name"
    dialog.refuse.click()
    quiet(opened, qtbot)
    assert file.exists()
    assert opened.catalog.find(f"name:{UNREADABLE}").name_broken
    assert not opened.library.undo_stack.canUndo()


def test_a_right_name_is_not_asked_about(
    opened: MainWindow, models: Path, qtbot: QtBot
) -> None:
    drop(opened, model(models / f"{NEW}.safetensors", 3), qtbot)
    assert not opened.findChildren(FixDialog)
    assert not opened.library.notice.isVisible()


def test_of_a_dropped_folder_it_is_told_how_many_names_are_wrong(
    opened: MainWindow, models: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    for seed, name in enumerate(("first_try", "second_try"), 4):
        model(tmp_path / "vision" / f"{name}.safetensors", seed)
    drop(opened, tmp_path / "vision", qtbot)
    notice = opened.library.notice
    assert notice.said == "2 names of what was registered break the convention."
    (fix,) = [b for b in notice.findChildren(QPushButton) if b.text() == "Fix names…"]
    fix.click()
    dialog = question(opened, qtbot)
    assert sorted(one.line.name for one in dialog.table.fixes) == [
        "first_try",
        "second_try",
    ]
    dialog.reject()
    quiet(opened, qtbot)
