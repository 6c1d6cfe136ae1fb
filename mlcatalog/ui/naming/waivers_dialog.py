"""The list of waivers: what is accepted, why, by whom, and until when."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.domain.finding import Waiver
from mlcatalog.domain.moments import short_text
from mlcatalog.ui.lines import choose_only, read_in_lines
from mlcatalog.ui.naming.wording import counted
from mlcatalog.ui.pieces import button, words
from mlcatalog.ui.theme import Tokens

TITLES = ("Name", "What is accepted", "Reason", "Person", "Until", "Given on")


class WaiversDialog(QDialog):
    """Lists waivers; `ended` and `changing` tell the one that a person means."""

    ended = Signal(object)
    changing = Signal(object)

    def __init__(
        self, waivers: Sequence[Waiver], tokens: Tokens, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self._waivers: Sequence[Waiver] = ()
        self.setWindowTitle("Waivers")
        self.resize(1_040, 420)
        box = QVBoxLayout(self)
        self._head = words("", look="heading")
        box.addWidget(self._head)
        self.table = QTableWidget(0, len(TITLES))
        self.table.setAccessibleName("Waivers")
        self.table.setHorizontalHeaderLabels(TITLES)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setWordWrap(True)
        header = read_in_lines(self.table)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for column in (0, 1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.table.itemSelectionChanged.connect(self._check)
        box.addWidget(self.table, 1)
        box.addLayout(self._buttons())
        self.show_waivers(waivers)

    def show_waivers(self, waivers: Sequence[Waiver]) -> None:
        """Replace the list."""
        self._waivers = waivers
        live = sum(not one.is_over for one in waivers)
        over = len(waivers) - live
        said = counted(live, "waiver", "waivers") + " in force"
        self._head.setText(f"{said}, {over:,} whose day is over" if over else said)
        self.table.setRowCount(len(waivers))
        for row, one in enumerate(waivers):
            for column, text in enumerate(texts(one)):
                cell = QTableWidgetItem(text)
                cell.setToolTip(text)
                if one.is_over:
                    cell.setForeground(QColor(self._tokens.muted))
                self.table.setItem(row, column, cell)
        self.table.resizeRowsToContents()
        if waivers:
            choose_only(self.table, self.table.model().index(0, 0))
        self._check()

    def chosen(self) -> Waiver | None:
        """The waiver that is chosen."""
        row = self.table.currentRow()
        has_one = bool(self.table.selectedItems())
        return self._waivers[row] if has_one and row < len(self._waivers) else None

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.change = button(
            "Change…", lambda: self._tell(is_end=False), hint="Change the waiver"
        )
        self.end = button(
            "End the waiver",
            lambda: self._tell(is_end=True),
            hint="End the waiver now: the name counts as broken again",
        )
        row.addWidget(self.change)
        row.addWidget(self.end)
        row.addStretch(1)
        row.addWidget(button("Close", self.accept))
        return row

    def _tell(self, *, is_end: bool) -> None:
        waiver = self.chosen()
        if waiver is not None:
            (self.ended if is_end else self.changing).emit(waiver)

    def _check(self) -> None:
        has_one = self.chosen() is not None
        self.change.setEnabled(has_one)
        self.end.setEnabled(has_one)


def texts(one: Waiver) -> tuple[str, ...]:
    """The cells of a waiver."""
    until = short_text(one.until)[:10] if one.until else "for good"
    if one.is_over:
        until = f"over since {until}"
    what = one.message or f"{one.rule} (mended since)"
    return one.name, what, one.why, one.who, until, short_text(one.at)[:10]
