"""Tables that are read line by line: no grid, no numbers, a quiet header."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

LINE = 34  # px, the height of one


def read_in_lines(table: QTableView) -> QHeaderView:
    """Have a table chosen and shown by whole lines; gives its header."""
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(
        Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    )
    return header


def fill_width(table: QTableView) -> None:
    """Lines of one height as wide as the table, whose columns a person may move."""
    header = read_in_lines(table)
    table.setFrameShape(QTableView.Shape.NoFrame)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.verticalHeader().setDefaultSectionSize(LINE)
    header.setStretchLastSection(True)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)


def choose_only(view: QAbstractItemView, index: QModelIndex) -> None:
    """Choose this and nothing else, and bring it into sight.

    A view asked to choose a row looks at the keys that are held, as for a click:
    with Ctrl or Shift down, what the program chooses would be added or taken away.
    """
    flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
    if view.selectionBehavior() == QAbstractItemView.SelectionBehavior.SelectRows:
        flags |= QItemSelectionModel.SelectionFlag.Rows
    view.selectionModel().setCurrentIndex(index, flags)
    view.scrollTo(index)
