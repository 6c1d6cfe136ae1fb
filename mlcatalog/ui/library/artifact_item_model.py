"""The rows of the table: a sorted array of row numbers, and blocks read when seen."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from mlcatalog.domain.artifact import Summary
from mlcatalog.ui.library.columns import COLUMNS
from mlcatalog.ui.library.loading import Block

BLOCK = 256  # rows read at once
KEPT = 40  # blocks
Index = QModelIndex | QPersistentModelIndex


class ArtifactItemModel(QAbstractTableModel):
    """Shows the rows it was given; asks for blocks that are not there yet."""

    block_wanted = Signal(int, object)  # block, its row numbers

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.ids: array[int] = array("q")
        self._blocks: OrderedDict[int, tuple[Summary, ...]] = OrderedDict()
        self._asked: set[int] = set()

    def show_ids(self, ids: array[int]) -> bool:
        """Replace the list; False when it is the same, or goes on below.

        When it is the same its rows are read again.
        """
        self._asked.clear()
        if ids == self.ids:
            for number in tuple(self._blocks):
                self._ask(number)
            return False
        known = len(self.ids)
        if 0 < known < len(ids) and ids[:known] == self.ids:
            self._extend(ids)
            return False
        self.beginResetModel()
        self.ids = ids
        self._blocks.clear()
        self.endResetModel()
        return True

    def _extend(self, ids: array[int]) -> None:
        """Go on below: what is chosen and where it is scrolled to stays."""
        self.beginInsertRows(QModelIndex(), len(self.ids), len(ids) - 1)
        self.ids = ids
        self.endInsertRows()

    def show_rows(self, rows: Sequence[Summary]) -> None:
        """Replace the list by rows that have been read, at most a block of them."""
        self.show_ids(array("q", (row.row for row in rows)))
        self._blocks[0] = tuple(rows)
        self._asked.clear()

    def show_block(self, block: Block) -> None:
        """Put rows where placeholders were."""
        first = block.number * BLOCK
        expected = self.ids[first : first + BLOCK]
        if [row.row for row in block.rows] != list(expected):
            return  # and not asked again: a newer list is on its way
        self._asked.discard(block.number)
        self._blocks[block.number] = block.rows
        self._blocks.move_to_end(block.number)
        while len(self._blocks) > KEPT:
            self._blocks.popitem(last=False)
        last = min(first + BLOCK, len(self.ids)) - 1
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(COLUMNS) - 1))

    def summary(self, row: int) -> Summary | None:
        """The summary of a row, None while it is still being read."""
        if not 0 <= row < len(self.ids):
            return None
        number, offset = divmod(row, BLOCK)
        rows = self._blocks.get(number)
        if rows is None or offset >= len(rows):
            self._ask(number)
            return None
        self._blocks.move_to_end(number)
        return rows[offset]

    def known(self, row: int) -> Summary | None:
        """The summary of a row if it has been read; asks for nothing."""
        number, offset = divmod(row, BLOCK)
        rows = self._blocks.get(number, ())
        return rows[offset] if offset < len(rows) and row < len(self.ids) else None

    def _ask(self, number: int) -> None:
        if number not in self._asked:
            self._asked.add(number)
            self.block_wanted.emit(
                number, self.ids[number * BLOCK : (number + 1) * BLOCK]
            )

    # Qt overrides

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        column = COLUMNS[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = (
                Qt.AlignmentFlag.AlignRight
                if column.is_number
                else Qt.AlignmentFlag.AlignLeft
            )
            return side | Qt.AlignmentFlag.AlignVCenter
        if role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            return None
        row = self.summary(index.row())
        if row is None:
            return "…" if index.column() == 0 else ""
        return column.text(row)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            is_number = COLUMNS[section].is_number
            side = (
                Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
            )
            return side | Qt.AlignmentFlag.AlignVCenter
        return None
