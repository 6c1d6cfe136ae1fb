"""How a cell of the table is painted."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QPainter
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
# Looked up once: a page has 200 cells, and each key paints it.
SELECTED = QStyle.StateFlag.State_Selected
MIDDLE = Qt.TextElideMode.ElideMiddle
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class CellDelegate(QStyledItemDelegate):
    """Paints plain text; a colour only where the text says the same."""

    def __init__(self, tokens: Tokens, table: QTableView) -> None:
        super().__init__(table)
        self.tokens = tokens
        self._table = table
        self._colours: dict[str, QColor] = {}

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

    def _colour(self, name: str) -> QColor:
        made = self._colours.get(name)
        if made is None:
            made = self._colours[name] = QColor(name)
        return made

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
        number = index.column()
        column = COLUMNS[number]
        frame = option.rect
        painter.save()
        if option.state & SELECTED:
            painter.fillRect(frame, self._colour(self.tokens.selection))
        painter.setPen(self._colour(self.tokens.line))
        painter.drawLine(frame.bottomLeft(), frame.bottomRight())
        text_frame = frame.adjusted(PAD, 0, -PAD, 0)
        said = column.text(row) if row is not None else str(index.data() or "")
        if said:
            text = option.fontMetrics.elidedText(said, MIDDLE, text_frame.width())
            painter.setPen(self._colour(self.ink(column.key, row)))
            painter.drawText(text_frame, RIGHT if column.is_number else LEFT, text)
        if (
            number == 0
            and index == self._table.currentIndex()
            and self._table.hasFocus()
        ):
            painter.fillRect(
                frame.x(), frame.y() + 2, 3, frame.height() - 5, self.tokens.accent
            )
        painter.restore()
