"""All curves below the sheet: their controls, one legend, a plot per metric."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.domain.artifact import Detail
from mlcatalog.ui.compare import strokes
from mlcatalog.ui.compare.curve_plot import LEAST_HEIGHT, CurvePlot
from mlcatalog.ui.compare.series import curved_metrics, curves_of
from mlcatalog.ui.theme import Tokens

MOST_PLOTS = 12
SMOOTHEST = 0.99


class CurvesPanel(QWidget):
    """Shows the curves of artifacts; `chosen` tells the metric that was clicked."""

    chosen = Signal(str)

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self._details: Sequence[Detail] = ()
        self.plots: dict[str, CurvePlot] = {}
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addLayout(self._controls())
        box.addWidget(self._plots_area(), 1)
        self.setMinimumHeight(LEAST_HEIGHT + 60)

    def show_details(self, details: Sequence[Detail]) -> None:
        """Draw a plot for each metric that has a curve."""
        self._details = details
        names = curved_metrics(details)[:MOST_PLOTS]
        if names != list(self.plots):  # a curve that only grows keeps its plot
            for plot in self.plots.values():
                plot.hide()
                self._row.removeWidget(plot)
                plot.deleteLater()
            self.plots = {name: self._new_plot(name) for name in names}
        self._write_legend()
        self._draw()

    def set_chosen(self, metric: str) -> None:
        """Point out the plot of a metric, and scroll to it."""
        for name, plot in self.plots.items():
            plot.set_chosen(name == metric)
        if metric in self.plots:
            self._area.ensureWidgetVisible(self.plots[metric])

    def restyle(self, tokens: Tokens) -> None:
        """Follow the theme."""
        self._tokens = tokens
        for plot in self.plots.values():
            plot.restyle(tokens)
        self._write_legend()

    def _controls(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        self._legend = QHBoxLayout()
        self._legend.setSpacing(14)
        row.addLayout(self._legend)
        row.addStretch(1)
        row.addWidget(QLabel("x"))
        self.across = QComboBox()
        self.across.addItems(["step", "time"])
        self.across.setAccessibleName("X axis of the curves")
        self.across.currentTextChanged.connect(self._draw)
        row.addWidget(self.across)
        self.log = QCheckBox("Log axis")
        self.log.setAccessibleName("Logarithmic value axis")
        self.log.toggled.connect(self._look)
        row.addWidget(self.log)
        row.addWidget(QLabel("Smoothing"))
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setRange(0, 99)
        self.smoothing.setFixedWidth(110)
        self.smoothing.setAccessibleName("Smoothing of the curves")
        self.smoothing.valueChanged.connect(self._look)
        row.addWidget(self.smoothing)
        return row

    def _plots_area(self) -> QScrollArea:
        inner = QWidget()
        inner.setObjectName("ground")
        self._row = QHBoxLayout(inner)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(inner)
        return self._area

    def _new_plot(self, name: str) -> CurvePlot:
        plot = CurvePlot(name, self._tokens)
        plot.chosen.connect(self.chosen)
        self._row.addWidget(plot)
        return plot

    def _draw(self) -> None:
        ids = [detail.summary.id for detail in self._details]
        by_time = self.across.currentText() == "time"
        order = {artifact_id: place for place, artifact_id in enumerate(ids)}
        for name, plot in self.plots.items():
            plot.show_curves(
                curves_of(name, self._details, by_time=by_time),
                slots=strokes.slots(ids),
                order=order,
                across="seconds" if by_time else "step",
            )
        self._look()

    def _look(self) -> None:
        weight = min(SMOOTHEST, (self.smoothing.value() / 100) ** 0.5)
        for plot in self.plots.values():
            plot.set_look(weight=weight, log=self.log.isChecked())

    def _write_legend(self) -> None:
        while (entry := self._legend.takeAt(0)) is not None:
            if (old := entry.widget()) is not None:
                old.deleteLater()
        ids = [detail.summary.id for detail in self._details]
        taken = strokes.slots(ids)
        for place, detail in enumerate(self._details):
            ink = strokes.color(taken[detail.summary.id], dark=self._tokens.dark)
            self._legend.addWidget(
                _LegendEntry(detail.summary.name, ink, strokes.style(place))
            )


class _LegendEntry(QLabel):
    """A name with a piece of its line before it."""

    def __init__(self, name: str, ink: str, style: Qt.PenStyle) -> None:
        super().__init__()
        self._pen = QPen(QColor(ink), 2, style)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(
            self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 190)
        )
        self.setContentsMargins(34, 0, 0, 0)

    # Qt overrides

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(self._pen)
        middle = self.height() / 2
        painter.drawLine(QPointF(2, middle), QPointF(28, middle))

    def minimumSizeHint(self) -> QSize:
        return QSize(60, super().minimumSizeHint().height())
