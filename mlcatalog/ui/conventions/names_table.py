"""The table of names, in groups by what is wrong with them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QItemSelection, QModelIndex, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QTableView,
    QWidget,
)

from mlcatalog.ui.conventions.names_item_model import TITLES, VERDICT, NamesItemModel
from mlcatalog.ui.conventions.names_painter import NamesPainter
from mlcatalog.ui.conventions.shelf import Rows
from mlcatalog.ui.lines import choose_only, fill_width
from mlcatalog.ui.theme import Tokens

SHARES = (0.27, 0.1, 0.31, 0.32)
NARROW = 900  # pixels, below which the column of verdicts makes room
NARROW_SHARES = (0.36, 0.0, 0.28, 0.36)


class NamesTable(QTableView):
    """Shows names and their verdicts; `chose` tells that another name was chosen."""

    chose = Signal()

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names = NamesItemModel(self)
        self._painter = NamesPainter(tokens, self)
        self.setModel(self.names)
        self.setItemDelegate(self._painter)
        self.setAccessibleName("Names and verdicts")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        fill_width(self)

    def show_rows(self, rows: Rows) -> None:
        """Replace the rows; the chosen name and the place stay where they can."""
        kept, place = self.current_key(), self.verticalScrollBar().value()
        self.clearSpans()
        self.names.show_rows(rows)
        for row in self.names.groups():
            self.setSpan(row, 0, 1, len(TITLES))
        self.choose(kept)
        self.verticalScrollBar().setValue(place)

    def choose(self, key: str) -> None:
        """Choose a name's line, or the first."""
        row = self.names.row_of(key)
        self.choose_row(row if row >= 0 else self.names.first_name())

    def choose_row(self, row: int) -> None:
        """Choose a line and bring it into sight."""
        if row < 0:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
            self.chose.emit()
            return
        choose_only(self, self.names.index(row, 0))

    def current_key(self) -> str:
        """What the chosen name is known by, "" when none is chosen."""
        line = self.names.position(self.currentIndex().row())
        judged = self.names.judged
        if line < 0 or judged is None:
            return ""
        subject = judged.subject(line)
        return subject.id or subject.path

    def current_position(self) -> int:
        """Which name is chosen, -1 for none."""
        return self.names.position(self.currentIndex().row())

    def chosen_positions(self) -> list[int]:
        """The names that are chosen."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [at for row in rows if (at := self.names.position(row)) >= 0]

    def restyle(self, tokens: Tokens) -> None:
        """Follow the theme."""
        self._painter.tokens = tokens
        self.viewport().update()

    # Qt overrides

    def selectionChanged(
        self, selected: QItemSelection, deselected: QItemSelection
    ) -> None:
        super().selectionChanged(selected, deselected)
        self.chose.emit()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        width = self.viewport().width()
        # The heads of the groups say the verdict as well.
        is_narrow = width < NARROW
        self.setColumnHidden(VERDICT, is_narrow)
        shares = NARROW_SHARES if is_narrow else SHARES
        for column, share in enumerate(shares[:-1]):
            self.setColumnWidth(column, int(width * share))
