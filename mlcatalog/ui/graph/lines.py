"""One edge of the graph: a line, solid or dashed, with its words in a gap of it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from mlcatalog.domain.lineage import Edge
from mlcatalog.ui.graph.wording import edge_words
from mlcatalog.ui.theme import Tokens

HIT_WIDTH = 12.0  # how near a click must come
ARROW = 6.0
FADED = 0.15


class EdgeLine(QGraphicsItem):
    """A line from parent to child; the words' box is painted in the ground's colour."""

    def __init__(
        self, edge: Edge, path: QPainterPath, *, font: QFont, tokens: Tokens
    ) -> None:
        super().__init__()
        self.edge = edge
        self.path = path
        self._tokens = tokens
        self._font = QFont(font)
        self._font.setPointSizeF(max(6.0, font.pointSizeF() * 0.82))
        self._centre = path.pointAtPercent(0.5)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setZValue(1)

    @property
    def words(self) -> str:
        """What stands on the line."""
        return edge_words(self.edge)

    def words_size(self) -> QSizeF:
        """How much room the words take."""
        metrics = QFontMetricsF(self._font)
        return QSizeF(metrics.horizontalAdvance(self.words) + 8, metrics.height() + 2)

    def words_frame(self) -> QRectF:
        """Where the words stand, in the scene."""
        size = self.words_size()
        corner = self._centre - QPointF(size.width() / 2, size.height() / 2)
        return QRectF(corner, size)

    def put_words(self, centre: QPointF) -> None:
        """Stand the words there."""
        self.prepareGeometryChange()
        self._centre = centre

    def restyle(self, tokens: Tokens) -> None:
        """Follow the theme."""
        self._tokens = tokens
        self.update()

    def set_faded(self, faded: bool) -> None:
        """Step back, while others are pointed out."""
        self.setOpacity(FADED if faded else 1.0)

    # Qt overrides

    def boundingRect(self) -> QRectF:
        wide = self.path.boundingRect().adjusted(-8, -8, 8, 8)
        return wide.united(self.words_frame())

    def shape(self) -> QPainterPath:
        stroker = QPainterPathStroker()
        stroker.setWidth(HIT_WIDTH)
        outline = stroker.createStroke(self.path)
        outline.addRect(self.words_frame())
        return outline

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = QColor(self._color())
        self._paint_line(painter, color)
        self._paint_arrow(painter, color)
        self._paint_words(painter, color)

    def _color(self) -> str:
        if self.isSelected():
            return self._tokens.accent
        if self.edge.is_suggestion:
            return self._tokens.warning
        return self._tokens.muted

    def _paint_line(self, painter: QPainter, color: QColor) -> None:
        pen = QPen(color)
        pen.setWidthF(2.2 if self.isSelected() else 1.3)
        if self.edge.is_suggestion:
            pen.setStyle(Qt.PenStyle.DashLine)
        elif self.edge.status == "rejected":
            pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self.path)

    def _paint_arrow(self, painter: QPainter, color: QColor) -> None:
        tip = self.path.pointAtPercent(1.0)
        back = tip - QPointF(ARROW, 0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(
            QPolygonF(
                [tip, back - QPointF(0, ARROW * 0.6), back + QPointF(0, ARROW * 0.6)]
            )
        )

    def _paint_words(self, painter: QPainter, color: QColor) -> None:
        frame = self.words_frame()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._tokens.panel))
        painter.drawRoundedRect(frame, 3, 3)
        painter.setFont(self._font)
        painter.setPen(color)
        painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, self.words)
