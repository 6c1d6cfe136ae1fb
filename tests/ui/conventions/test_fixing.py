"""Names are mended through a preview, in one step that can be taken back."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from mlcatalog.catalog.store import Catalog
from mlcatalog.ui.conventions.place import ConventionsPlace
from mlcatalog.ui.naming.fix_dialog import FixDialog
from tests.ui.conventions.conftest import BAD_DAY, UNREADABLE, quiet
from tests.ui.conventions.test_names import labels

FILLED = {
    "task": "cls",
    "architecture": "mlp",
    "dataset-version": "telco_v3",
    "date": "20260601",
    "run-id": "r0b77",
}
NEW = "churn-cls-mlp-telco_v3-20260601-r0b77"


def open_fixes(place: ConventionsPlace, qtbot: QtBot) -> FixDialog:
    place.fix_all.click()
    qtbot.waitUntil(lambda: bool(place.findChildren(FixDialog)))
    quiet(place, qtbot)
    return place.findChildren(FixDialog)[-1]


def fill(dialog: FixDialog, place: ConventionsPlace, qtbot: QtBot, name: str) -> None:
    rows = [fix.line.name for fix in dialog.table.fixes]
    dialog.table.choose_line(rows.index(name))
    for field, text in FILLED.items():
        dialog.form.fields[field].setCurrentText(text)
    qtbot.waitUntil(lambda: not dialog._pause.isActive())
    quiet(place, qtbot)


def test_blanks_are_filled_with_known_values_and_the_texts_follow(
    place: ConventionsPlace, qtbot: QtBot, project: Path, catalog: Catalog
) -> None:
    dialog = open_fixes(place, qtbot)
    assert "need filling in" in labels(dialog)
    assert not dialog.do.isEnabled()
    fill(dialog, place, qtbot, UNREADABLE)
    task = dialog.form.fields["task"]
    offered = [task.itemText(n) for n in range(task.count())]
    assert offered[0] == "cls"  # what the right names of the project say
    assert f"+start: models/{NEW}.safetensors" in dialog.texts.toPlainText()
    assert dialog.do.text() == "Rename 1"
    dialog.do.click()
    quiet(place, qtbot)
    assert (project / "models" / f"{NEW}.safetensors").exists()
    assert f"models/{NEW}.safetensors" in (project / "train.yaml").read_text()
    assert catalog.count(f"name:{NEW}") == 1
    assert place.undo_stack.undoText() == f"Rename {UNREADABLE}.safetensors"
    place.undo_stack.undo()
    quiet(place, qtbot)
    assert (project / "models" / f"{UNREADABLE}.safetensors").exists()
    assert f"models/{UNREADABLE}.safetensors" in (project / "train.yaml").read_text()
    place.undo_stack.redo()
    quiet(place, qtbot)
    assert (project / "models" / f"{NEW}.safetensors").exists()


def test_a_wrong_value_and_a_name_that_is_taken_stand_in_the_way(
    place: ConventionsPlace, qtbot: QtBot, project: Path
) -> None:
    (project / "models" / f"{NEW}.safetensors").write_bytes(b"taken")
    dialog = open_fixes(place, qtbot)
    fill(dialog, place, qtbot, UNREADABLE)
    model = dialog.table.item_model
    row = [fix.line.name for fix in dialog.table.fixes].index(UNREADABLE)
    assert "is there already" in model.index(row, 2).data()
    dialog.form.fields["date"].setCurrentText("20260231")
    qtbot.waitUntil(lambda: not dialog._pause.isActive())
    quiet(place, qtbot)
    assert "2026-02-31 does not exist" in model.index(row, 2).data()
    assert not dialog.do.isEnabled()
    dialog.reject()
    quiet(place, qtbot)


def test_a_rename_that_fails_is_told_and_leaves_everything_as_it_was(
    place: ConventionsPlace, qtbot: QtBot, project: Path
) -> None:
    told: list[str] = []
    place.jobs.failed.connect(lambda title, error: told.append(str(error)))
    dialog = open_fixes(place, qtbot)
    fill(dialog, place, qtbot, UNREADABLE)
    text = (project / "train.yaml").read_text()
    (project / "train.yaml").write_text(text + "# changed since\n")
    dialog.do.click()
    quiet(place, qtbot)
    assert len(told) == 1
    assert "train.yaml" in told[0]
    assert (project / "models" / f"{UNREADABLE}.safetensors").exists()
    assert not place.undo_stack.canUndo()


def test_one_name_is_mended_alone(
    place: ConventionsPlace, qtbot: QtBot, project: Path
) -> None:
    place.right.fix.click()
    qtbot.waitUntil(lambda: bool(place.findChildren(FixDialog)))
    quiet(place, qtbot)
    dialog = place.findChildren(FixDialog)[-1]
    assert [fix.line.name for fix in dialog.table.fixes] == [BAD_DAY]
    dialog.reject()
    quiet(place, qtbot)
