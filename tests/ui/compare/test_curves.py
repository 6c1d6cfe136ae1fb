from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mlcatalog.domain.artifact import Detail, Metric, Summary
from mlcatalog.domain.reading import Point
from mlcatalog.domain.words import Kind, Presence, Stage
from mlcatalog.ui.compare.curves_panel import CurvesPanel
from mlcatalog.ui.compare.series import curved_metrics, curves_of, smoothed
from mlcatalog.ui.compare.strokes import DARK_GROUND, LIGHT_GROUND, color, slots
from mlcatalog.ui.theme import DARK, LIGHT


def detail(name: str, **metrics: tuple[Point, ...]) -> Detail:
    summary = Summary(
        1,
        f"id-{name}",
        Kind.MODEL,
        "safetensors",
        name,
        "",
        "p",
        None,
        None,
        Stage.DRAFT,
        "",
        None,
        Presence.PRESENT,
    )
    found = tuple(
        Metric(key, None, None, None, None, points) for key, points in metrics.items()
    )
    return Detail(summary, metrics=found)


RISING = tuple(Point(step, step / 10, 1_000_000 * step) for step in range(10))
BROKEN = (Point(2, float("nan")), Point(1, 0.5), Point(0, float("inf")), Point(3, 0.7))
FIRST = detail("first", f1=RISING, loss=RISING)
SECOND = detail("second", f1=BROKEN, single=(Point(0, 1.0),))


@pytest.fixture
def panel(qtbot: QtBot) -> CurvesPanel:
    made = CurvesPanel(LIGHT)
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.show()
    made.show_details([FIRST, SECOND])
    return made


def test_metrics_with_a_curve_are_found_the_most_shared_first() -> None:
    assert curved_metrics([FIRST, SECOND]) == ["f1", "loss"]


def test_curves_are_finite_and_in_order() -> None:
    curve = curves_of("f1", [SECOND])[0]
    assert curve.x.tolist() == [1.0, 3.0]
    assert curve.y.tolist() == [0.5, 0.7]


def test_time_starts_at_zero_and_points_without_one_are_left_out() -> None:
    curves = curves_of("f1", [FIRST, SECOND], by_time=True)
    assert [curve.name for curve in curves] == ["first"]
    assert curves[0].x[:3].tolist() == [0.0, 1.0, 2.0]


def test_smoothing_keeps_a_constant_and_starts_without_bias() -> None:
    assert np.allclose(smoothed(np.full(20, 0.7), 0.9), 0.7)
    values = np.array([1.0, 0.0])
    assert smoothed(values, 0.0) is values


def test_colours_are_stable_and_never_shared() -> None:
    ids = [f"artifact-{number}" for number in range(7)]
    assert slots(ids) == slots(ids[::-1])
    assert {color(slot, dark=False) for slot in slots(ids).values()} == set(
        LIGHT_GROUND
    )
    assert {color(slot, dark=True) for slot in slots(ids).values()} == set(DARK_GROUND)
    assert len(set(slots([f"a{number}" for number in range(12)]).values())) == 12


def test_there_is_one_plot_per_metric(panel: CurvesPanel) -> None:
    assert list(panel.plots) == ["f1", "loss"]


def test_the_cross_hair_reads_every_curve(panel: CurvesPanel) -> None:
    said = panel.plots["f1"].read_out(2.9)
    assert said.splitlines()[0] == "step 3"
    assert "0.3   first" in said
    assert "0.7   second" in said
    panel.plots["f1"].point_at(2.9)


def test_a_log_axis_is_only_taken_where_all_values_are_positive(
    panel: CurvesPanel,
) -> None:
    panel.log.setChecked(True)
    panel.smoothing.setValue(80)
    assert not panel.plots["loss"]._plot.getAxis("left").logMode  # it holds a zero


def test_a_click_on_a_plot_tells_its_metric(panel: CurvesPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.chosen) as told:
        qtbot.mouseClick(panel.plots["loss"], Qt.MouseButton.LeftButton)
    assert told.args == ["loss"]
    panel.set_chosen("loss")
    titles = [label.text() for label in panel.plots["loss"].findChildren(QLabel)]
    assert titles == ["▸ loss by step"]


def test_curves_follow_the_theme(panel: CurvesPanel) -> None:
    panel.restyle(DARK)
    pen = panel.plots["f1"]._plot.getAxis("left").textPen()
    assert pen.color().name() == DARK.muted


def test_names_in_the_legend_are_text(qtbot: QtBot) -> None:
    made = CurvesPanel(LIGHT)
    qtbot.addWidget(made)
    made.show_details([detail("<b>x</b>", f1=RISING)])
    assert any(label.text() == "<b>x</b>" for label in made.findChildren(QLabel))
