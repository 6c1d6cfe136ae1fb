"""How a name is painted: its fields tinted, the wrong one marked, blanks as empty fields."""

from __future__ import annotations

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from mlcatalog.ui.conventions.names_item_model import GROUP, LINE, NAME, RIGHT, VERDICT
from mlcatalog.ui.naming.inked import (
    PADDING,
    fitted,
    inked_name,
    inked_right,
    paint_inked,
)
from mlcatalog.ui.naming.judging import NameLine
from mlcatalog.ui.naming.wording import look
from mlcatalog.ui.theme import Tokens


class NamesPainter(QStyledItemDelegate):
    """Paints the cells of the table of names."""

    def __init__(self, tokens: Tokens, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tokens = tokens

    # Qt overrides

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        t = self.tokens
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = option.rect
        room = frame.adjusted(PADDING, 0, -PADDING, 0)
        painter.setFont(option.font)
        if index.data(GROUP):
            self._paint_group(painter, room, index)
        else:
            if option.state & QStyle.StateFlag.State_Selected:
                painter.fillRect(frame, QColor(t.selection))
            self._paint_cell(painter, room, index)
        painter.setPen(QColor(t.line))
        painter.drawLine(frame.bottomLeft(), frame.bottomRight())
        painter.restore()

    def _paint_group(
        self,
        painter: QPainter,
        room: QRect,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        font = QFont(painter.font())
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(getattr(self.tokens, look(index.data(GROUP)))))
        low = room.adjusted(0, 6, 0, 0)
        painter.drawText(low, Qt.AlignmentFlag.AlignVCenter, index.data())

    def _paint_cell(
        self,
        painter: QPainter,
        room: QRect,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        t, column = self.tokens, index.column()
        line = index.data(LINE)
        if isinstance(line, NameLine) and column == NAME:
            paint_inked(painter, room, inked_name(line, t))
            return
        if isinstance(line, NameLine) and column == RIGHT:
            paint_inked(
                painter, room, fitted(inked_right(line.right, t), painter, room)
            )
            return
        ink = t.muted
        if column == VERDICT and isinstance(line, NameLine):
            ink = getattr(t, look(line.verdict))
        elif column == NAME:
            ink = t.text
        painter.setPen(QColor(ink))
        text = painter.fontMetrics().elidedText(
            str(index.data() or ""), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
