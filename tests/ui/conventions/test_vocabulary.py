"""The vocabulary is edited beside what names hold, tried at once, and saved in the file."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pytestqt.qtbot import QtBot

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.index import index
from mlcatalog.ui.conventions.place import ConventionsPlace
from mlcatalog.ui.conventions.saving import SaveDialog
from mlcatalog.ui.conventions.vocabulary_dialog import VocabularyDialog
from mlcatalog.ui.naming.fix_dialog import FixDialog
from tests.ui.conventions.conftest import model, quiet
from tests.ui.conventions.test_names import labels

OTHER = "churn-cls-perceptron-telco_v3-20260502-r0a19"


def open_editor(place: ConventionsPlace, qtbot: QtBot, field: str) -> VocabularyDialog:
    place.edit_words.click()
    qtbot.waitUntil(lambda: bool(place.findChildren(VocabularyDialog)))
    quiet(place, qtbot)
    dialog = place.findChildren(VocabularyDialog)[-1]
    dialog.fields.setCurrentRow(list(dialog.words).index(field))
    return dialog


def rows(dialog: VocabularyDialog) -> dict[str, tuple[str, ...]]:
    table = dialog.table
    found = {}
    for row in range(table.rowCount()):
        cells = [table.item(row, column) for column in range(table.columnCount())]
        texts = [cell.text() if cell else "" for cell in cells]
        found[texts[0]] = tuple(texts[1:])
    return found


def save(dialog: VocabularyDialog, place: ConventionsPlace, qtbot: QtBot) -> None:
    dialog.save.click()
    qtbot.waitUntil(lambda: bool(dialog.findChildren(SaveDialog)))
    dialog.findChildren(SaveDialog)[-1].do.click()
    quiet(place, qtbot)


def said(project: Path) -> dict[str, object]:
    return tomllib.loads((project / ".mlcatalog.toml").read_text())


def test_found_values_are_offered_with_counts_and_the_effect_is_told_at_once(
    place: ConventionsPlace, qtbot: QtBot, project: Path
) -> None:
    dialog = open_editor(place, qtbot, "architecture")
    assert rows(dialog)["mlp"] == ("1", "", "", "")
    dialog.more.setText("bert_base")
    dialog.add()
    dialog.only.setChecked(True)
    quiet(place, qtbot)
    assert "3 of 3 names would break it (1 that keeps it now)" in labels(dialog)
    dialog.tick("mlp", is_listed=True)
    quiet(place, qtbot)
    assert "2 of 3 names would break it, as many as now" in labels(dialog)
    save(dialog, place, qtbot)
    assert said(project) == {
        "vocabulary": {"architecture": ["bert_base", "mlp"]},
        "names": {"model": {"fields": {"architecture": {"type": "vocabulary"}}}},
    }
    assert "churn/.mlcatalog.toml" in labels(place.right)


def test_a_usual_value_that_is_taken_out_is_written_as_the_fields_own_list(
    place: ConventionsPlace, qtbot: QtBot, project: Path
) -> None:
    dialog = open_editor(place, qtbot, "task")
    dialog.tick("cls", is_listed=False)
    quiet(place, qtbot)
    assert "3 of 3 names would break it (1 that keeps it now)" in labels(dialog)
    save(dialog, place, qtbot)
    fields = said(project)["names"]["model"]["fields"]  # type: ignore[index]
    assert "cls" not in fields["task"]["values"]
    assert "ner" in fields["task"]["values"]


def test_what_a_file_above_lists_is_named_and_stays(
    place: ConventionsPlace, qtbot: QtBot, project: Path
) -> None:
    (project / ".mlcatalog.toml").write_text("[vocabulary]\narchitecture = ['gru']\n")
    (project / "models" / ".mlcatalog.toml").write_text("# ours\n")
    place.refresh(None)
    quiet(place, qtbot)
    place.bar.folders.setCurrentIndex(2)
    quiet(place, qtbot)
    dialog = open_editor(place, qtbot, "architecture")
    assert rows(dialog)["gru"][-1] == "churn/.mlcatalog.toml"
    dialog.tick("gru", is_listed=False)
    assert dialog.words["architecture"].listed == ("gru",)
    dialog.reject()
    quiet(place, qtbot)


def test_merged_values_become_one_and_their_names_are_offered_for_renaming(
    place: ConventionsPlace, qtbot: QtBot, project: Path, catalog: Catalog
) -> None:
    model(project / "models" / f"{OTHER}.safetensors", 9)
    index(catalog, [project], settle_seconds=0)
    place.refresh(None)
    quiet(place, qtbot)
    dialog = open_editor(place, qtbot, "architecture")
    assert set(rows(dialog)) == {"mlp", "perceptron"}
    dialog.table.selectAll()
    dialog.merge("mlp")
    quiet(place, qtbot)
    save(dialog, place, qtbot)
    qtbot.waitUntil(lambda: bool(place.findChildren(FixDialog)))
    quiet(place, qtbot)
    fixes = place.findChildren(FixDialog)[-1]
    assert [fix.name for fix in fixes.table.fixes] == [
        OTHER.replace("perceptron", "mlp")
    ]
    assert said(project)["vocabulary"] == {"architecture": ["mlp"]}
    fixes.reject()
    quiet(place, qtbot)
