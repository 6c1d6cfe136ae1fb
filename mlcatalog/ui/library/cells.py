"""How a cell of the table is painted."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.words import Presence
from mlcatalog.ui.library.artifact_item_model import ArtifactItemModel
from mlcatalog.ui.library.columns import COLUMNS
from mlcatalog.ui.theme import Tokens

PAD = 10


class CellDelegate(QStyledItemDelegate):
    """Paints plain text; a colour only where the text says the same."""

    def __init__(self, tokens: Tokens, table: QTableView) -> None:
        super().__init__(table)
        self.tokens = tokens
        self._table = table

    def ink(self, key: str, row: Summary | None) -> str:
        """The colour of a cell."""
        if row is None or row.presence is not Presence.PRESENT:
            return self.tokens.muted
        if key == "name" and row.name_broken:
            return self.tokens.bad
        if key == "traceability" and row.applicable:
            share = row.met / row.applicable
            if share >= 0.8:
                return self.tokens.good
            return self.tokens.warning if share >= 0.5 else self.tokens.bad
        return (
            self.tokens.muted
            if key in ("kind", "modified", "path")
            else self.tokens.text
        )

    # Qt overrides

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        model = index.model()
        row = (
            model.summary(index.row()) if isinstance(model, ArtifactItemModel) else None
        )
        column = COLUMNS[index.column()]
        frame = option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(frame, QColor(self.tokens.selection))
        painter.setPen(QPen(QColor(self.tokens.line), 1))
        painter.drawLine(frame.bottomLeft(), frame.bottomRight())
        text_frame = frame.adjusted(PAD, 0, -PAD, 0)
        metrics = option.fontMetrics
        middle = Qt.TextElideMode.ElideMiddle
        text = metrics.elidedText(str(index.data() or ""), middle, text_frame.width())
        painter.setPen(QColor(self.ink(column.key, row)))
        side = (
            Qt.AlignmentFlag.AlignRight
            if column.is_number
            else Qt.AlignmentFlag.AlignLeft
        )
        painter.drawText(text_frame, side | Qt.AlignmentFlag.AlignVCenter, text)
        if (
            index == self._table.currentIndex()
            and self._table.hasFocus()
            and index.column() == 0
        ):
            painter.fillRect(
                frame.x(), frame.y() + 2, 3, frame.height() - 5, self.tokens.accent
            )
        painter.restore()
