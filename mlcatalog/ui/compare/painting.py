"""How the sheet is painted: section lines, tints, and changes beside values."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from mlcatalog.ui.compare.cells import Cell, Meaning
from mlcatalog.ui.compare.sheet_item_model import CELL, SECTION
from mlcatalog.ui.theme import Tokens

ROW_HEIGHT = 30
PADDING = 10
GAP = 10


class SheetPainter(QStyledItemDelegate):
    """Paints cells itself, because a style sheet would switch their tints off."""

    def __init__(self, tokens: Tokens, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tokens = tokens

    def _paint_section(
        self, painter: QPainter, option: QStyleOptionViewItem, title: str
    ) -> None:
        font = QFont(option.font)
        font.setBold(True)
        font.setPointSizeF(option.font.pointSizeF() * 0.85)
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.8)
        painter.setFont(font)
        painter.setPen(QColor(self.tokens.muted))
        room = option.rect.adjusted(PADDING, 8, 0, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, title.upper())

    def _paint_key(
        self, painter: QPainter, option: QStyleOptionViewItem, text: str
    ) -> None:
        painter.setFont(option.font)
        painter.setPen(QColor(self.tokens.muted))
        self._text(painter, option.rect.adjusted(PADDING, 0, -PADDING, 0), text)

    def _paint_cell(
        self, painter: QPainter, option: QStyleOptionViewItem, cell: Cell
    ) -> None:
        font = QFont(option.font)
        font.setItalic(cell.quiet and cell.meaning is not Meaning.MISSING)
        painter.setFont(font)
        painter.setPen(QColor(self.tokens.muted if cell.quiet else self.tokens.text))
        room = option.rect.adjusted(PADDING, 0, -PADDING, 0)
        used = self._text(painter, room, cell.text)
        if cell.change:
            painter.setPen(QColor(self._ink(cell.meaning)))
            left = room.adjusted(used + GAP, 0, 0, 0)
            wide = painter.fontMetrics().horizontalAdvance(cell.change)
            fits = wide <= left.width()
            # Without room the percent is left out, never half of a figure.
            shown = cell.change if fits else cell.change.partition(" (")[0]
            self._text(painter, left, shown)

    def _text(self, painter: QPainter, room: QRect, text: str) -> int:
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
        return metrics.horizontalAdvance(shown)

    def _tint(self, meaning: Meaning) -> str:
        return {
            Meaning.BETTER: self.tokens.good_soft,
            Meaning.WORSE: self.tokens.bad_soft,
            Meaning.OTHER: self.tokens.warning_soft,
        }.get(meaning, "")

    def _ink(self, meaning: Meaning) -> str:
        return {
            Meaning.BETTER: self.tokens.good,
            Meaning.WORSE: self.tokens.bad,
        }.get(meaning, self.tokens.muted)

    # Qt overrides

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        self.initStyleOption(option, index)
        painter.save()
        section, cell = index.data(SECTION), index.data(CELL)
        tint = self._tint(cell.meaning) if cell else ""
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_chosen:
            painter.fillRect(option.rect, QColor(self.tokens.selection))
        if tint:
            painter.fillRect(option.rect.adjusted(1, 1, -1, -2), QColor(tint))
        if section is not None:
            if index.column() == 0:
                self._paint_section(painter, option, section)
        elif cell is None:
            self._paint_key(painter, option, option.text)
        else:
            self._paint_cell(painter, option, cell)
        painter.setPen(QColor(self.tokens.line))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(self.tokens.accent))
            painter.drawRect(option.rect.adjusted(0, 0, -1, -2))
        painter.restore()

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ROW_HEIGHT)
