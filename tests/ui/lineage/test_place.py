from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mlcatalog.domain.lineage import Edge
from mlcatalog.domain.words import Evidence
from mlcatalog.lineage.collapse import group_id
from mlcatalog.ui.lineage.place import LineagePlace
from mlcatalog.ui.theme import DARK


def labels(widget: QWidget) -> str:
    QApplication.processEvents()
    return "\n".join(
        label.text() for label in widget.findChildren(QLabel) if label.isVisible()
    )


def suggestion(place: LineagePlace) -> Edge:
    return next(
        line.edge for line in place.graph_panel.scene.lines if line.edge.is_suggestion
    )


def choose_line(place: LineagePlace, edge: Edge) -> None:
    scene = place.graph_panel.scene
    scene.clearSelection()
    next(line for line in scene.lines if line.edge is edge).setSelected(True)


def test_an_empty_catalogue_says_so(place: LineagePlace, qtbot: QtBot) -> None:
    place.show_artifacts([])
    qtbot.waitUntil(lambda: "No lineage yet" in labels(place))


def test_every_node_and_edge_is_drawn_and_counted(shown: LineagePlace) -> None:
    scene = shown.graph_panel.scene
    assert set(scene.cards) == {
        "data",
        "config",
        "base",
        "run",
        "m",
        "onnx",
        "final",
        group_id("m"),
    }
    assert len(scene.lines) == 7
    assert "showing 9 of 9 (2 folded)" in labels(shown)


def test_cards_do_not_overlap_and_words_keep_clear_of_them(shown: LineagePlace) -> None:
    scene = shown.graph_panel.scene
    frames = [card.frame() for card in scene.cards.values()]
    assert not any(
        a.intersects(b) for n, a in enumerate(frames) for b in frames[n + 1 :]
    )
    for line in scene.lines:
        assert not any(line.words_frame().intersects(frame) for frame in frames), (
            line.words
        )


def test_words_do_not_lie_on_each_other(shown: LineagePlace) -> None:
    frames = [line.words_frame() for line in shown.graph_panel.scene.lines]
    assert not any(
        a.intersects(b) for n, a in enumerate(frames) for b in frames[n + 1 :]
    )


def test_the_chosen_artifact_is_shown_first(shown: LineagePlace) -> None:
    chosen = shown.graph_panel.scene.chosen_card()
    assert chosen is not None
    assert chosen.node.id == "m"
    assert "production" in labels(shown.inspector)


def test_an_edge_says_why_and_offers_a_decision(shown: LineagePlace) -> None:
    choose_line(shown, suggestion(shown))
    text = labels(shown.inspector).replace("\u200b", "")
    assert "199 of 201 equal" in text
    assert "0.99" in text
    assert shown.inspector.findChild(QPushButton, "decide-confirmed") is not None


@pytest.mark.parametrize("status", ["confirmed", "rejected"])
def test_a_decision_is_told(shown: LineagePlace, qtbot: QtBot, status: str) -> None:
    shown.inspector.decided.disconnect()
    choose_line(shown, suggestion(shown))
    decide = shown.inspector.findChild(QPushButton, f"decide-{status}")
    with qtbot.waitSignal(shown.inspector.decided) as told:
        qtbot.mouseClick(decide, Qt.MouseButton.LeftButton)
    assert told.args == [suggestion(shown), status]


def test_recorded_edges_offer_no_decision(shown: LineagePlace) -> None:
    edge = next(
        line.edge
        for line in shown.graph_panel.scene.lines
        if line.edge.best.evidence is Evidence.RECORDED
    )
    choose_line(shown, edge)
    offered = shown.inspector.findChildren(QPushButton)
    assert not [one for one in offered if one.objectName().startswith("decide-")]


def test_arrow_keys_move_between_nodes_and_say_where(
    shown: LineagePlace, qtbot: QtBot
) -> None:
    view = shown.graph_panel.view
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Left)
    chosen = shown.graph_panel.scene.chosen_card()
    assert chosen is not None
    assert chosen.node.id == "run"
    assert view.accessibleDescription() == "run run 0a11, child of 3, parent of 1"


def test_finding_makes_the_others_step_back(shown: LineagePlace) -> None:
    shown.search("onnx")
    scene = shown.graph_panel.scene
    assert scene.cards["onnx"].opacity() == 1.0
    assert scene.cards["run"].opacity() < 1.0
    assert "1 found" in labels(shown)
    shown.search("")
    assert scene.cards["run"].opacity() == 1.0


def test_impact_points_out_all_that_came_from_the_chosen(shown: LineagePlace) -> None:
    shown.graph_panel.choose("run")
    shown.graph_panel.impact.setChecked(True)
    scene = shown.graph_panel.scene
    assert scene.cards["onnx"].opacity() == 1.0
    assert scene.cards["data"].opacity() < 1.0


def test_the_tree_is_a_twin_of_the_graph(shown: LineagePlace) -> None:
    shown.graph_panel._switch_group.button(1).click()
    assert shown.graph_panel.tree.isVisible()
    shown.graph_panel.tree.chose.emit("final")
    chosen = shown.graph_panel.scene.chosen_card()
    assert chosen is not None
    assert chosen.node.id == "final"


def test_markup_in_a_name_is_text(shown: LineagePlace) -> None:
    shown.graph_panel.choose("onnx")
    heading = shown.inspector.findChildren(QLabel)[0]
    assert heading.textFormat() is Qt.TextFormat.PlainText
    assert "<b>bold</b> name" in labels(shown.inspector)


@pytest.mark.parametrize("suffix", ["svg", "dot", "png", "pdf", "txt"])
def test_what_is_shown_can_be_exported(
    shown: LineagePlace, qtbot: QtBot, tmp_path: Path, suffix: str
) -> None:
    target = tmp_path / f"lineage.{suffix}"
    shown.export_to(target, suffix)
    qtbot.waitUntil(lambda: shown.jobs.running == 0)
    assert target.stat().st_size > 200


def test_an_export_that_cannot_be_written_is_told(
    shown: LineagePlace, qtbot: QtBot, tmp_path: Path
) -> None:
    with qtbot.waitSignal(shown.jobs.failed) as told:
        shown.export_to(tmp_path / "no-such-folder" / "lineage.svg", "svg")
    assert "could not be written" in str(told.args[1])


def test_an_answer_that_was_overtaken_is_dropped(
    shown: LineagePlace, graph: object
) -> None:
    before = shown.graph_panel.graph
    late = shown._question
    shown.graph_panel.up.set_value(5)
    shown.show_drawing(type("Late", (), {"question": late, "graph": None})())
    assert shown.graph_panel.graph is before


def test_every_control_has_a_name(shown: LineagePlace) -> None:
    controls = [*shown.findChildren(QAbstractButton), *shown.findChildren(QLineEdit)]
    unnamed = [
        c
        for c in controls
        if c.isVisible()
        and c.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not (
            c.accessibleName()
            or getattr(c, "text", str)()
            or c.parent().accessibleName()
        )
    ]
    assert unnamed == []


def test_the_theme_can_change_while_it_is_shown(shown: LineagePlace) -> None:
    light = shown.grab().toImage().pixelColor(40, 400)
    shown.set_tokens(DARK)
    assert shown.grab().toImage().pixelColor(40, 400) != light


def test_depths_are_chosen_in_a_menu_and_said(shown: LineagePlace) -> None:
    up = shown.graph_panel.up
    assert up.text() == "Up 2"
    action = next(one for one in up.menu().actions() if one.data() == 4)
    action.trigger()
    assert up.text() == "Up 4"
    assert up.accessibleName().endswith(": 4")
    assert shown._question.up == 4


def test_a_relation_in_the_panel_leads_to_why(
    shown: LineagePlace, qtbot: QtBot
) -> None:
    shown.graph_panel.choose("final")
    why = next(
        one
        for one in shown.inspector.findChildren(QPushButton)
        if one.accessibleName().startswith("Why: final_model")
    )
    why.click()
    assert "199 of 201 equal" in labels(shown.inspector).replace("\u200b", "")
    qtbot.waitUntil(lambda: "Declared parent" in labels(shown.inspector))


def test_a_verdict_is_one_undo_step(shown: LineagePlace, qtbot: QtBot) -> None:
    edge = suggestion(shown)

    def status() -> list[str]:
        entries = shown.catalog.journal()
        return [str(e.payload["verdict"]) for e in entries if e.kind == "lineage"]

    choose_line(shown, edge)
    decide = shown.inspector.findChild(QPushButton, "decide-confirmed")
    qtbot.mouseClick(decide, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: status() == ["confirmed"])
    assert shown.undo_stack.undoText().startswith("Confirm that final_model")
    qtbot.waitUntil(lambda: shown.jobs.running == 0)
    shown.undo_stack.undo()
    qtbot.waitUntil(lambda: status() == ["open", "confirmed"])
    shown.undo_stack.redo()
    qtbot.waitUntil(lambda: status() == ["confirmed", "open", "confirmed"])
