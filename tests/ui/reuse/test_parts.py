from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from mlcatalog.domain.artifact import Detail, Summary
from mlcatalog.domain.reading import Column
from mlcatalog.domain.words import Kind, Presence, Stage
from mlcatalog.ui.reuse.card import CandidateCard, CardLine, CardWords
from mlcatalog.ui.reuse.question_panel import QuestionPanel


def dataset(name: str) -> Summary:
    return Summary(
        1,
        f"id-{name}",
        Kind.DATASET,
        "parquet",
        name,
        f"/p/{name}",
        "intents",
        1,
        None,
        Stage.DRAFT,
        "",
        0,
        Presence.PRESENT,
    )


@pytest.fixture
def panel(qtbot: QtBot) -> QuestionPanel:
    made = QuestionPanel()
    qtbot.addWidget(made)
    made.show_datasets([dataset("holdout"), dataset("tickets")])
    return made


def test_nothing_is_asked_before_a_dataset_is_named(panel: QuestionPanel) -> None:
    assert panel.chosen is None
    assert not panel.find_models.isEnabled()
    panel.dataset.setEditText("no such thing")
    assert not panel.find_models.isEnabled()


def test_a_dataset_can_be_typed_or_chosen(panel: QuestionPanel) -> None:
    panel.dataset.setEditText("tickets")
    assert panel.chosen is not None
    assert panel.chosen.id == "id-tickets"
    assert panel.choose("id-holdout")
    assert panel.chosen.name == "holdout"
    assert not panel.choose("id-model")


def test_a_choice_outlives_a_refresh(panel: QuestionPanel) -> None:
    panel.choose("id-tickets")
    panel.show_datasets([dataset("another"), dataset("tickets")])
    assert panel.chosen is not None
    assert panel.chosen.id == "id-tickets"


def test_the_columns_are_told(panel: QuestionPanel) -> None:
    columns = (Column("text", "string"), Column("label", "int64"))
    panel.show_dataset(Detail(dataset("tickets"), columns=columns))
    assert "2 columns: text, label" in [
        label.text() for label in panel.findChildren(QLabel)
    ]


def test_a_dropped_file_is_told_by_its_path(panel: QuestionPanel, qtbot: QtBot) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile("/data/tickets.parquet")])
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.LinkAction, mime, button, keys)
    panel.dragEnterEvent(enter)
    assert enter.isAccepted()
    drop = QDropEvent(QPointF(5, 5), Qt.DropAction.LinkAction, mime, button, keys)
    with qtbot.waitSignal(panel.dropped) as told:
        panel.dropEvent(drop)
    assert told.args == ["/data/tickets.parquet"]


def test_a_card_gives_its_verdict_reasons_and_next_steps(qtbot: QtBot) -> None:
    lines = (
        CardLine("good", "Columns", "2 of 2"),
        CardLine("warning", "Licence", "not known"),
    )
    card = CandidateCard(
        CardWords("id1", "<b>m</b>", "Evaluate first", "good", "f1 0.9", lines)
    )
    qtbot.addWidget(card)
    texts = [label.text() for label in card.findChildren(QLabel)]
    assert {"Evaluate first", "<b>m</b>", "✓", "!", "not known"} <= set(texts)
    buttons = {b.text(): b for b in card.findChildren(QPushButton)}
    with qtbot.waitSignal(card.lineage_wanted) as told:
        buttons["Show lineage"].click()
    assert told.args == ["id1"]
    assert all(b.accessibleName() for b in buttons.values())
