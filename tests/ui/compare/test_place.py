from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Detail, Metric, Summary
from mlcatalog.domain.reading import Point
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Kind, Presence, Stage
from mlcatalog.ui.compare.loading import Gathered, compared
from mlcatalog.ui.compare.place import ComparePlace
from mlcatalog.ui.compare.text_panel import KeptText
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.theme import DARK, LIGHT


def detail(name: str, rate: float, f1: float) -> Detail:
    summary = Summary(
        1,
        f"id-{name}",
        Kind.MODEL,
        "safetensors",
        name,
        f"/{name}",
        "p",
        1,
        None,
        Stage.DRAFT,
        "",
        0,
        Presence.PRESENT,
    )
    points = tuple(Point(step, f1 * step / 10) for step in range(11))
    return Detail(
        summary,
        params={"lr": Value.of(rate), "epochs": Value.of(3)},
        metrics=(Metric("f1", f1, 0, f1, 10, points),),
    )


DETAILS = (
    detail("first", 0.1, 0.9),
    detail("second", 0.2, 0.8),
    detail("<b>x</b>", 0.1, 0.95),
)


@pytest.fixture
def place(qtbot: QtBot, tmp_path: Path) -> Iterator[ComparePlace]:
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path)
    )
    QApplication.setOrganizationName("test")
    QApplication.setApplicationName("test")
    with Catalog.open(tmp_path / "catalogue.sqlite") as catalog:
        jobs = Jobs()
        made = ComparePlace(catalog, jobs, LIGHT)
        qtbot.addWidget(made)
        made.resize(1_200, 800)
        made.show()
        made._ids = [one.summary.id for one in DETAILS]
        made.show_comparison(compared(Gathered(DETAILS), 0))
        yield made
        qtbot.waitUntil(lambda: jobs.running == 0)


def keys(place: ComparePlace) -> list[str]:
    model = place.sheet.sheet_model
    rows = (model.row_at(line) for line in range(model.rowCount()))
    return [row.key for row in rows if row is not None]


def test_the_sheet_is_a_sound_item_model(
    place: ComparePlace, qtmodeltester: ModelTester
) -> None:
    qtmodeltester.check(place.sheet.sheet_model)
    assert {"f1", "lr", "epochs"} <= set(keys(place))


def test_only_differences_is_one_click_and_remembered(place: ComparePlace) -> None:
    place.only.setChecked(True)
    assert "lr" in keys(place)
    assert "epochs" not in keys(place)
    assert QSettings().value("compare/only-differences", False, bool)


def test_the_field_filters_rows(place: ComparePlace) -> None:
    place.search("EPO")
    assert keys(place) == ["epochs"]


def test_f8_walks_from_difference_to_difference(place: ComparePlace) -> None:
    place.sheet.go_to_difference(1)
    first = place.sheet.currentIndex().row()
    place.sheet.go_to_difference(1)
    assert place.sheet.currentIndex().row() != first
    place.sheet.go_to_difference(-1)
    assert place.sheet.currentIndex().row() == first


def test_a_click_on_a_header_chooses_the_baseline(
    place: ComparePlace, qtbot: QtBot
) -> None:
    place.sheet.horizontalHeader().sectionClicked.emit(2)
    qtbot.waitUntil(lambda: place.sheet.sheet_model.sheet.baseline == 1)
    header = place.sheet.sheet_model.headerData(2, Qt.Orientation.Horizontal)
    assert header == "★ second"


def test_row_and_curve_are_linked(place: ComparePlace) -> None:
    place.curves.plots["f1"].chosen.emit("f1")
    assert place.sheet.sheet_model.row_at(place.sheet.currentIndex().row()).key == "f1"
    place.sheet.choose_row("nothing", "there")
    assert place.curves.plots["f1"]._is_chosen


def test_the_sheet_is_copied_as_it_is_shown(place: ComparePlace) -> None:
    assert "epochs" in place.exported("csv")
    place.only.setChecked(True)
    assert "epochs" not in place.exported("md")
    assert "lr" in place.exported("md")


def test_too_few_items_offer_recent_models(place: ComparePlace, qtbot: QtBot) -> None:
    place.show_artifacts([])
    qtbot.waitUntil(lambda: place.choosing.isVisible())
    assert not place.choosing._start.isEnabled()


def test_it_follows_the_theme(place: ComparePlace) -> None:
    place.set_tokens(DARK)
    assert not place.grab().isNull()


def test_kept_texts_are_compared_below_the_sheet(place: ComparePlace) -> None:
    texts = (
        KeptText("a.yaml", "lr: 1\nseed: 3"),
        None,
        KeptText("<b>", "lr: 2\nseed: 3"),
    )
    place.show_comparison(compared(Gathered(DETAILS, texts=texts), 0))
    assert not place.texts.isVisible()
    place.text_switch.click()
    assert place.texts.isVisible()
    said = place.texts.view.toPlainText()
    assert said == "\u2212 lr: 1\n+ lr: 2\n  seed: 3"
    assert place.texts.other.currentText() == "<b>"
    assert len(place.texts.view.extraSelections()) == 2


def test_without_texts_the_switch_is_off(place: ComparePlace) -> None:
    assert not place.text_switch.isEnabled()
