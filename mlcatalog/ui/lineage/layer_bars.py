"""What changed, layer by layer: a bar for the share of the weights that differ."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QGridLayout, QWidget

from mlcatalog.lineage.weights import Layer
from mlcatalog.ui.graph.wording import one_line
from mlcatalog.ui.pieces import words

WIDTH, HEIGHT = 110, 7


class LayerBars(QWidget):
    """One line per layer: its name, a bar, and the share in figures."""

    def __init__(self, layers: Sequence[Layer], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        for line, layer in enumerate(layers):
            share = f"{layer.changed:.0%}"
            title = words(one_line(layer.title), wraps=True)
            title.setAccessibleName(f"{layer.title}: {share} of the weights differ")
            grid.addWidget(title, line, 0)
            grid.addWidget(_Bar(layer.changed), line, 1)
            figure = words(share, look="muted")
            figure.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(figure, line, 2)


class _Bar(QWidget):
    def __init__(self, share: float) -> None:
        super().__init__()
        self._share = share
        self.setFixedWidth(WIDTH)

    # Qt overrides

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        top = (self.height() - HEIGHT) / 2
        painter.setBrush(self.palette().color(QPalette.ColorRole.Mid))
        painter.drawRoundedRect(QRectF(0, top, self.width(), HEIGHT), 3, 3)
        if self._share > 0:
            long = max(float(HEIGHT), self.width() * self._share)
            painter.setBrush(self.palette().color(QPalette.ColorRole.Accent))
            painter.drawRoundedRect(QRectF(0, top, long, HEIGHT), 3, 3)
