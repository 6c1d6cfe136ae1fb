from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.store import Catalog
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.conventions.template import DEFAULT_TEMPLATE
from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.words import Kind, Presence, Severity, Stage
from mlcatalog.settings import load
from mlcatalog.tasks.rename_plan import PlanRow, RenamePlan, TextChange
from mlcatalog.ui.conventions.field_cards import FieldCards
from mlcatalog.ui.conventions.fixing import FixDialog
from mlcatalog.ui.conventions.judging import FieldLine, NameLine, line_of, lines_of
from mlcatalog.ui.conventions.loading import judged
from mlcatalog.ui.conventions.names_table import NamesTable
from mlcatalog.ui.conventions.place import ConventionsPlace, compared
from mlcatalog.ui.conventions.score_panel import ScorePanel, scores
from mlcatalog.ui.conventions.template_panel import TemplatePanel
from mlcatalog.ui.conventions.waiving import WaiveDialog
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.theme import LIGHT


def model(name: str, project: str = "intents") -> Summary:
    return Summary(
        1,
        name,
        Kind.MODEL,
        "safetensors",
        name,
        f"/p/{name}",
        project,
        1,
        None,
        Stage.DRAFT,
        "",
        0,
        Presence.PRESENT,
    )


def finding(rule: str, artifact: str = "m", state: str = "open") -> Finding:
    return Finding(
        rule,
        Severity.WARNING,
        f"{rule} is broken",
        artifact,
        state=state,
        suggestion="right",
    )


def labels(widget: QWidget) -> str:
    QApplication.processEvents()
    return "\n".join(
        label.text() for label in widget.findChildren(QLabel) if label.isVisible()
    )


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ([], "keeps"),
        ([finding("name.invalid")], "breaks"),
        ([finding("name.ambiguous"), finding("name.contradicts")], "contradicts"),
        ([finding("name.duplicate")], "duplicate"),
        ([finding("name.invalid", state="waived")], "waived"),
        (
            [finding("name.invalid", state="waived"), finding("name.duplicate")],
            "duplicate",
        ),
    ],
)
def test_the_gravest_open_rule_is_the_verdict(
    findings: list[Finding], verdict: str
) -> None:
    assert line_of(model("m"), findings).verdict == verdict


def test_broken_names_come_first() -> None:
    found = lines_of([model("a"), model("b")], [finding("name.invalid", "b")])
    assert [line.name for line in found] == ["b", "a"]
    assert found[0].right == "right"


LINES = [
    NameLine("1", "bad\nname", "intents", "breaks", "no field", "good-name"),
    NameLine("2", "fine", "intents", "keeps"),
    NameLine("3", "old", "churn", "waived", "legacy"),
]


def test_the_table_shows_problems_first_and_all_on_demand(
    qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    table = NamesTable(LIGHT)
    qtbot.addWidget(table)
    table.names.show(LINES)
    qtmodeltester.check(table.names)
    assert table.names.rowCount() == 2
    assert table.names.index(0, 0).data() == "bad name"
    assert table.names.index(0, 1).data() == "✗ breaks"
    table.names.narrow("", only_broken=False)
    assert table.names.rowCount() == 3
    table.names.narrow("fine", only_broken=False)
    assert table.names.rowCount() == 1


def test_scores_count_waived_names_as_kept() -> None:
    assert scores(LINES) == {"churn": 100.0, "intents": 50.0}


def test_only_a_broken_name_can_be_waived(qtbot: QtBot) -> None:
    panel = ScorePanel()
    qtbot.addWidget(panel)
    panel.show_line(line_of(model("m"), [finding("name.invalid")]))
    assert panel.waive.isEnabled()
    assert panel.copy.isEnabled()
    panel.show_line(line_of(model("m"), []))
    assert not panel.waive.isEnabled()
    assert not panel.copy.isEnabled()


def test_each_field_is_a_card(qtbot: QtBot) -> None:
    cards = FieldCards()
    qtbot.addWidget(cards)
    cards.show()
    fields = (
        FieldLine("task", "<b>cls</b>", "good", "in the vocabulary"),
        FieldLine("dataset-version", "v3", "bad", "linked data: v4"),
    )
    cards.show_line(NameLine("1", "n", "p", "contradicts", fields=fields))
    assert len(cards.findChildren(QFrame, "fieldCard")) == 2
    assert "<b>cls</b>" in labels(cards)
    assert "✗ linked data: v4" in labels(cards)


def test_a_template_is_saved_only_when_it_was_tried_and_is_right(qtbot: QtBot) -> None:
    panel = TemplatePanel()
    qtbot.addWidget(panel)
    panel.show_saved("{task}")
    assert not panel.save.isEnabled()
    with qtbot.waitSignal(panel.tried) as tried:
        qtbot.keyClicks(panel.edit, "-{date}")
    assert tried.args == ["{task}-{date}"]
    assert not panel.save.isEnabled()
    panel.say("1 would break")
    assert panel.save.isEnabled()
    panel.say("no such field", is_problem=True)
    assert not panel.save.isEnabled()


def test_a_waiver_needs_a_reason(qtbot: QtBot) -> None:
    dialog = WaiveDialog("m", "wrong")
    qtbot.addWidget(dialog)
    assert not dialog._waive.isEnabled()
    dialog.reason.setPlainText("legacy import")
    assert dialog._waive.isEnabled()
    assert dialog.end is not None
    dialog.ends.setChecked(False)
    assert dialog.end is None


def test_a_template_is_tried_on_real_names() -> None:
    bad, good = model("final_v2"), model("intents-cls-bert-intents_v4-20260502-r0a11")
    subjects = [
        (one, NameSubject(one.id, one.path, one.name, Kind.MODEL))
        for one in (bad, good)
    ]
    answer = judged(subjects, DEFAULT_TEMPLATE)
    assert [(line.name, line.verdict) for line in answer.lines] == [
        (bad.name, "breaks"),
        (good.name, "keeps"),
    ]
    assert [field.text for field in answer.lines[1].fields][:3] == [
        "intents",
        "cls",
        "bert",
    ]
    assert judged(subjects, "{nothing}").problem
    assert "2 of 2" in compared(answer, judged(subjects, "{task}-{date}"))


def test_a_saved_template_is_in_force(qtbot: QtBot, tmp_path: Path) -> None:
    with Catalog.open(tmp_path / "catalogue.sqlite") as catalog:
        jobs = Jobs()
        place = ConventionsPlace(catalog, jobs, LIGHT)
        place.settings_path = tmp_path / "settings.toml"
        qtbot.addWidget(place)
        place.show_artifacts([])
        qtbot.waitUntil(lambda: place.template.text == DEFAULT_TEMPLATE)
        qtbot.keyClicks(place.template.edit, "x")
        qtbot.waitUntil(place.template.save.isEnabled)
        place.template.save.click()
        qtbot.waitUntil(lambda: load(place.settings_path).name_template.endswith("x"))
        qtbot.waitUntil(lambda: not place.template.is_changed and jobs.running == 0)


def test_the_preview_offers_only_what_can_be_renamed(qtbot: QtBot) -> None:
    rows = (
        PlanRow("1", "/p/old.onnx", "/p/new.onnx", is_folder=False),
        PlanRow("2", "/p/b.onnx", "/p/????.onnx", False, ("to be filled in",)),
    )
    change = TextChange("/p/c.yaml", b"m: old.onnx\n", b"m: new.onnx\n", 1)
    dialog = FixDialog(RenamePlan(rows, (change,)))
    qtbot.addWidget(dialog)
    assert dialog.do.text() == "Rename 1"
    assert "+m: new.onnx" in dialog.texts.toPlainText()
    assert [row.old for row in dialog.plan.rows] == ["/p/old.onnx"]
