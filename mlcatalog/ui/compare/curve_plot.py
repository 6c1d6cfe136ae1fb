"""One metric's curves in one plot, with a cross-hair that reads them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from mlcatalog.ui.compare import strokes
from mlcatalog.ui.compare.series import Curve, smoothed, value_near
from mlcatalog.ui.theme import Tokens

RAW_OPACITY = 70  # of 255: the measured line stays visible below the smoothed one
LEAST_WIDTH, LEAST_HEIGHT = 300, 210
NAME_SHOWN = 26  # characters of a name in the read-out


class CurvePlot(QFrame):
    """Shows curves of one metric; `chosen` tells its name when it is clicked."""

    chosen = Signal(str)

    def __init__(
        self, metric: str, tokens: Tokens, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.metric_name = metric
        self._tokens = tokens
        self._curves: Sequence[Curve] = ()
        self._slots: Mapping[str, int] = {}
        self._order: Mapping[str, int] = {}
        self._weight = 0.0
        self._log = False
        self._is_chosen = False
        self._across = ""
        self.setObjectName("card")
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        self._build()

    def show_curves(
        self,
        curves: Sequence[Curve],
        *,
        slots: Mapping[str, int],
        order: Mapping[str, int],
        across: str,
    ) -> None:
        """Replace the curves; slots give colours, order line styles, across names the x axis."""
        self._curves, self._slots, self._order = curves, slots, order
        self._across = across
        self._draw()

    def set_look(self, *, weight: float, log: bool) -> None:
        """Smooth by that weight, and put y on a logarithmic axis or not."""
        self._weight, self._log = weight, log
        self._draw()

    def set_chosen(self, chosen: bool) -> None:
        """Stand out while the table's row of this metric is chosen."""
        self._is_chosen = chosen
        self._write_title()

    def restyle(self, tokens: Tokens) -> None:
        """Follow the theme, which pyqtgraph does not by itself."""
        self._tokens = tokens
        self._draw()

    def read_out(self, x: float) -> str:
        """What the curves say at the measured points nearest to x."""
        if not self._curves:
            return ""
        at = value_near(self._curves[0], x)[0]
        parts = [f"{self._across} {at:g}"]
        for curve in self._curves:
            parts.append(f"{value_near(curve, x)[1]:.4g}   {_short(curve.name)}")
        return "\n".join(parts)

    def _build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 8, 8, 4)
        self._title = QLabel()
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setObjectName("caption")
        self._plot = pg.PlotWidget(background=None)
        self._plot.setAccessibleName(f"Curve of {self.metric_name}")
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setFrameShape(QFrame.Shape.NoFrame)
        self._plot.hideButtons()
        self._plot.setMenuEnabled(False)
        self._plot.scene().sigMouseMoved.connect(self._follow_mouse)
        self._hair = pg.InfiniteLine(angle=90, movable=False)
        self._words = pg.TextItem(anchor=(0, 0))
        box.addWidget(self._title)
        box.addWidget(self._plot)

    def _draw(self) -> None:
        self._plot.clear()
        self._style_axes()
        for curve in self._curves:
            self._draw_curve(curve)
        self._plot.addItem(self._hair, ignoreBounds=True)
        self._plot.addItem(self._words, ignoreBounds=True)
        self._hair.hide()
        self._words.hide()
        self._write_title()

    def _draw_curve(self, curve: Curve) -> None:
        ink = QColor(strokes.color(self._slots[curve.artifact], dark=self._tokens.dark))
        line = strokes.style(self._order[curve.artifact])
        y = curve.y
        if self._weight > 0:
            pale = QColor(ink)
            pale.setAlpha(RAW_OPACITY)
            self._plot.plot(curve.x, y, pen=pg.mkPen(pale, width=1))
            y = smoothed(y, self._weight)
        self._plot.plot(
            curve.x, y, pen=pg.mkPen(ink, width=2, style=line), antialias=True
        )

    def _style_axes(self) -> None:
        tokens = self._tokens
        positive = all(bool((curve.y > 0).all()) for curve in self._curves)
        self._plot.setLogMode(y=self._log and positive)
        self._plot.showGrid(x=True, y=True, alpha=0.12)
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(pg.mkPen(tokens.line))
            axis.setTextPen(pg.mkPen(tokens.muted))
        self._hair.setPen(pg.mkPen(tokens.muted, style=Qt.PenStyle.DashLine))
        self._words.setColor(QColor(tokens.text))
        self._words.fill = pg.mkBrush(tokens.panel)
        self._words.border = pg.mkPen(tokens.line)

    def _write_title(self) -> None:
        mark = "▸ " if self._is_chosen else ""
        scale = " · log" if self._log else ""
        self._title.setText(
            f"{mark}{self.metric_name} by {self._across or 'step'}{scale}"
        )

    def _follow_mouse(self, place: QPointF) -> None:
        box = self._plot.getViewBox()
        if not self._curves or not box.sceneBoundingRect().contains(place):
            self._hair.hide()
            self._words.hide()
            return
        point = box.mapSceneToView(place)
        self.point_at(float(point.x()))

    def point_at(self, x: float) -> None:
        """Put the cross-hair at x and read the curves out."""
        (left, right), (bottom, top) = self._plot.getViewBox().viewRange()
        is_right = x > (left + right) / 2
        self._hair.setPos(x)
        self._words.setPlainText(self.read_out(x))
        self._words.setAnchor(QPointF(1.05 if is_right else -0.05, 0))
        self._words.setPos(x, top - (top - bottom) * 0.03)
        self._hair.show()
        self._words.show()

    # Qt overrides

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit(self.metric_name)
        super().mousePressEvent(event)


def _short(name: str) -> str:
    if len(name) <= NAME_SHOWN:
        return name
    half = NAME_SHOWN // 2
    return f"{name[: half - 1]}…{name[-half:]}"
