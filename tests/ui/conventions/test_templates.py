"""A template is tried on the real names, shown as a difference, and saved in the project."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.store import Catalog
from mlcatalog.conventions.template import DEFAULT_TEMPLATE
from mlcatalog.conventions.writing import Change, WordsChange, edited
from mlcatalog.domain.errors import MlcatalogError, SettingsError
from mlcatalog.settings import load
from mlcatalog.tasks.conventions_file import plan_change, write
from mlcatalog.ui.conventions.place import ConventionsPlace
from mlcatalog.ui.conventions.saving import SaveDialog
from tests.ui.conventions.conftest import GOOD, quiet, shown
from tests.ui.conventions.test_names import labels

LOOSE = "{name}"


def typed(place: ConventionsPlace, qtbot: QtBot, text: str) -> None:
    place.template.edit.clear()
    qtbot.keyClicks(place.template.edit, text)
    quiet(place, qtbot)


def accept(place: ConventionsPlace, qtbot: QtBot) -> str:
    """Press Save, look at the preview, and accept it; gives the difference."""
    place.template.save.click()
    qtbot.waitUntil(lambda: bool(place.findChildren(SaveDialog)))
    dialog = place.findChildren(SaveDialog)[-1]
    said = dialog.diff.toPlainText()
    dialog.do.click()
    quiet(place, qtbot)
    return said


def test_a_template_says_what_would_become_of_the_names(
    place: ConventionsPlace, qtbot: QtBot
) -> None:
    typed(place, qtbot, "{task}-{date}")
    assert "3 of 3 names would break it (1 that keeps it now)" in labels(place.template)
    assert shown(place)[:2] == [
        ("✗ Would break   1", ""),
        (GOOD, "✗ would break"),
    ]
    # What a tried template says wrong is no reason to rename anything yet.
    assert not place.fix_all.isEnabled()
    assert not place.right.fix.isEnabled()
    typed(place, qtbot, LOOSE)
    assert "0 of 3 names would break it (2 would be mended)" in labels(place.template)
    assert ("✓ Would be mended   2", "") in shown(place)
    place.template.revert.click()
    quiet(place, qtbot)
    assert place.fix_all.isEnabled()


def test_a_template_that_cannot_be_used_says_why_and_cannot_be_saved(
    place: ConventionsPlace, qtbot: QtBot
) -> None:
    typed(place, qtbot, "{nothing}")
    assert "there is no field nothing" in labels(place.template)
    assert not place.template.save.isEnabled()
    place.template.revert.click()
    quiet(place, qtbot)
    assert place.template.text == DEFAULT_TEMPLATE
    assert "2 break it" in labels(place.template)


def test_saving_writes_the_projects_file_and_the_window_follows(
    place: ConventionsPlace, qtbot: QtBot, project: Path
) -> None:
    asked: list[object] = []
    place.engine_wanted.connect(asked.append)
    typed(place, qtbot, LOOSE)
    said = accept(place, qtbot)
    assert '+template = "{name}"' in said
    file = project / ".mlcatalog.toml"
    assert 'template = "{name}"' in file.read_text()
    assert place.template.text == LOOSE
    assert "3 names checked: 3 keep it" in labels(place.template)
    assert "churn/.mlcatalog.toml" in labels(place.template)
    assert asked == [{"do": "rescan", "path": str(project)}]
    place.undo_stack.undo()
    quiet(place, qtbot)
    assert not file.exists()
    assert place.template.text == DEFAULT_TEMPLATE


def test_the_settings_hold_the_template_of_all_projects(
    place: ConventionsPlace, qtbot: QtBot, project: Path
) -> None:
    place.bar.folders.setCurrentIndex(0)
    quiet(place, qtbot)
    typed(place, qtbot, LOOSE)
    place.template.save.click()
    quiet(place, qtbot)
    assert load(place.settings_path).name_template == LOOSE
    assert not (project / ".mlcatalog.toml").exists()


def test_a_preset_comes_with_the_rules_of_its_fields(
    place: ConventionsPlace, qtbot: QtBot, project: Path
) -> None:
    place.template.take("release")
    quiet(place, qtbot)
    accept(place, qtbot)
    assert 'preset = "release"' in (project / ".mlcatalog.toml").read_text()
    assert place.template.text == "{name}-{version}"


def test_a_file_that_changes_outside_is_followed(
    place: ConventionsPlace, qtbot: QtBot, project: Path
) -> None:
    (project / ".mlcatalog.toml").write_text("[names.model]\ntemplate = '{name}'\n")
    place.refresh(None)
    quiet(place, qtbot)
    assert place.template.text == LOOSE
    assert shown(place) == []


def test_a_folder_with_its_own_file_is_chosen_and_says_where_its_rules_come_from(
    place: ConventionsPlace, qtbot: QtBot, project: Path
) -> None:
    (project / ".mlcatalog.toml").write_text("[vocabulary]\ntask = ['x']\n")
    (project / "models" / ".mlcatalog.toml").write_text(
        "[names.model]\ntemplate = '{name}'\n"
    )
    place.refresh(None)
    quiet(place, qtbot)
    folders = place.bar.folders
    assert folders.itemText(2) == "churn \u203a models"
    folders.setCurrentIndex(2)
    quiet(place, qtbot)
    said = labels(place.right)
    assert said.index("Built into mlcatalog") < said.index("churn/.mlcatalog.toml")
    assert said.index("churn/.mlcatalog.toml") < said.index("models/.mlcatalog.toml")
    assert "1 word of task" in said


BEFORE = """# who: the platform team
root = true

[vocabulary]
# agreed on 2026-03-01
task = [
    "cls",  # classification
    "ner",
]

[names.model]
exempt = ["legacy_*"]  # until the migration
"""


def test_comments_order_and_the_rest_of_the_file_stay() -> None:
    change = Change(
        template="{task}-{date}", words={"task": WordsChange(added=("cls", "seg"))}
    )
    after = edited(BEFORE, change, Path("/p/.mlcatalog.toml"))
    assert "# agreed on 2026-03-01" in after
    assert '"cls",  # classification' in after
    assert '"ner"' not in after
    assert '"seg"' in after
    assert after.startswith("# who: the platform team\nroot = true\n")
    assert 'exempt = ["legacy_*"]  # until the migration\n' in after
    assert 'template = "{task}-{date}"' in after


def test_a_file_that_changed_meanwhile_is_not_written(
    catalog: Catalog, project: Path
) -> None:
    plan = plan_change(project, Change(template=LOOSE))
    file = project / ".mlcatalog.toml"
    file.write_text("root = true\n")
    with pytest.raises(MlcatalogError, match="changed by another program"):
        write(catalog, plan)
    assert file.read_text() == "root = true\n"


def test_a_file_that_is_no_toml_is_left_alone(project: Path) -> None:
    (project / ".mlcatalog.toml").write_text("[[[\n")
    with pytest.raises(SettingsError, match="cannot be changed"):
        plan_change(project, Change(template=LOOSE))
