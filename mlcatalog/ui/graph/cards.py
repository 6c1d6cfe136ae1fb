"""One node of the graph as a card: a bar in its kind's colour, name, kind and facts."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from mlcatalog.domain.lineage import Node
from mlcatalog.ui.graph.wording import card_title, card_words
from mlcatalog.ui.theme import Tokens

WIDTH, HEIGHT = 182.0, 62.0
RADIUS, BAR, PADDING = 6.0, 4.0, 16.0
ROOM = WIDTH - PADDING - 8.0
FADED = 0.22


class NodeCard(QGraphicsItem):
    """A card; its states are chosen, focus, faded (not found or not in the impact)."""

    def __init__(self, node: Node, tokens: Tokens, *, is_focus: bool = False) -> None:
        super().__init__()
        self.node = node
        self._tokens = tokens
        self._is_focus = is_focus
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setZValue(2)
        self.setToolTip("")

    def restyle(self, tokens: Tokens) -> None:
        """Follow the theme."""
        self._tokens = tokens
        self.update()

    def set_faded(self, faded: bool) -> None:
        """Step back, while others are pointed out."""
        self.setOpacity(FADED if faded else 1.0)

    def right(self) -> QPointF:
        """Where lines to children leave, in the scene."""
        return self.pos() + QPointF(WIDTH, HEIGHT / 2)

    def left(self) -> QPointF:
        """Where lines from parents arrive, in the scene."""
        return self.pos() + QPointF(0, HEIGHT / 2)

    def frame(self) -> QRectF:
        """The card in the scene."""
        return QRectF(self.pos().x(), self.pos().y(), WIDTH, HEIGHT)

    # Qt overrides

    def boundingRect(self) -> QRectF:
        return QRectF(-2, -2, WIDTH + 4, HEIGHT + 8)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(QRectF(0, 0, WIDTH, HEIGHT))
        return path

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.node.facts.get("members"):
            self._paint_frame(painter, QRectF(4, 4, WIDTH - 4, HEIGHT))
        self._paint_frame(painter, QRectF(0, 0, WIDTH, HEIGHT))
        self._paint_bar(painter)
        self._paint_words(painter, QFont(widget.font() if widget else painter.font()))

    def _paint_frame(self, painter: QPainter, frame: QRectF) -> None:
        tokens = self._tokens
        stands_out = self.isSelected() or self._is_focus
        line = QPen(QColor(tokens.accent if stands_out else tokens.line))
        line.setWidthF(2.0 if self.isSelected() else 1.2)
        if self.node.external:
            line.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(line)
        painter.setBrush(QColor(tokens.selection if stands_out else tokens.raised))
        painter.drawRoundedRect(frame, RADIUS, RADIUS)

    def _paint_bar(self, painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._tokens.kind(self.node.kind)))
        painter.drawRoundedRect(QRectF(5, 7, BAR, HEIGHT - 14), 2, 2)

    def _paint_words(self, painter: QPainter, font: QFont) -> None:
        strong, small = QFont(font), QFont(font)
        strong.setBold(True)
        strong.setPointSizeF(font.pointSizeF() * 0.95)
        small.setPointSizeF(font.pointSizeF() * 0.85)
        metrics = QFontMetricsF(strong)
        lines = broken(card_title(self.node), metrics, ROOM)
        top = (
            HEIGHT - metrics.height() * len(lines) - QFontMetricsF(small).height()
        ) / 2
        for line in lines:
            self._line(painter, strong, top, line, self._tokens.text)
            top += metrics.height()
        self._line(painter, small, top, card_words(self.node), self._tokens.muted)

    def _line(
        self, painter: QPainter, font: QFont, top: float, text: str, color: str
    ) -> None:
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(QColor(color))
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, ROOM)
        painter.drawText(QPointF(PADDING, top + metrics.ascent()), shown)


def broken(text: str, metrics: QFontMetricsF, room: float) -> list[str]:
    """A name on one line, or on two, broken after a sign that parts it if there is one."""
    if metrics.horizontalAdvance(text) <= room:
        return [text]
    fits = next(
        n
        for n in range(len(text), 0, -1)
        if metrics.horizontalAdvance(text[:n]) <= room
    )
    parts = [place + 1 for place in range(fits // 2, fits) if text[place] in "-_./ "]
    cut = parts[-1] if parts else fits
    return [text[:cut].rstrip(), text[cut:].lstrip()]
