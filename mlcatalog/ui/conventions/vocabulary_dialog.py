"""The vocabulary editor: the values of each field, fed from what names and facts hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.conventions.vocabulary import Value
from mlcatalog.ui.conventions.vocabulary_edit import CLOSABLE, FieldWords
from mlcatalog.ui.lines import read_in_lines
from mlcatalog.ui.pieces import button, field, set_look, words

TITLES = ("Value", "In right names", "Breaks names", "In facts", "Listed by")


class VocabularyDialog(QDialog):
    """Edits values; `tried` tells what is wanted now, `saving` that it is to be kept."""

    tried = Signal(object)  # FieldWords by name
    saving = Signal(object)

    def __init__(
        self, fields: Sequence[FieldWords], title: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.words = {one.name: one for one in fields}
        self._is_valid = True
        self.setWindowTitle("Vocabulary")
        self.resize(900, 600)
        box = QVBoxLayout(self)
        box.addWidget(words(title, look="heading", wraps=True))
        note = (
            "Ticked values are listed in the project's file. Values that names or "
            "facts hold are offered, the most frequent first."
        )
        box.addWidget(words(note, look="muted", wraps=True))
        row = QHBoxLayout()
        self.fields = self._field_list()
        row.addWidget(self.fields)
        row.addLayout(self._right(), 1)
        box.addLayout(row, 1)
        self._effect = words("", look="strong", wraps=True)
        box.addWidget(self._effect)
        box.addLayout(self._buttons())
        self.fields.setCurrentRow(0)
        self._show_field()
        self._show_buttons()

    def say(self, sentence: str, *, is_problem: bool = False) -> None:
        """Say what the wanted words would make of the names."""
        self._effect.setText(sentence)
        set_look(self._effect, "bad" if is_problem else "strong")
        self._is_valid = not is_problem
        self._show_buttons()

    @property
    def current(self) -> FieldWords | None:
        """The field that is shown."""
        item = self.fields.currentItem()
        return self.words[item.data(Qt.ItemDataRole.UserRole)] if item else None

    def tick(self, text: str, *, is_listed: bool) -> None:
        """List a value, or take it out."""
        one = self.current
        if one is not None:
            self._put(
                one.with_value(text) if is_listed else one.without(frozenset({text}))
            )

    def add(self) -> None:
        """List what was typed."""
        text = self.more.text().strip()
        if text:
            self.more.clear()
            self.tick(text, is_listed=True)

    def add_found(self) -> None:
        """List every value that names or facts hold."""
        one = self.current
        if one is not None:
            for value in one.found:
                one = one.with_value(value.text)
            self._put(one)

    def remove(self) -> None:
        """Take the chosen values out."""
        one = self.current
        if one is not None:
            self._put(one.without(frozenset(self.chosen())))

    def merge(self, into: str) -> None:
        """Make one value of those that are chosen."""
        one = self.current
        if one is not None:
            self._put(one.merging(frozenset(self.chosen()), into))

    def chosen(self) -> list[str]:
        """The values that are chosen in the table."""
        rows = sorted(i.row() for i in self.table.selectionModel().selectedRows())
        return [self._text(row) for row in rows]

    def _put(self, one: FieldWords) -> None:
        self.words = {**self.words, one.name: one}
        self._show_field()
        self._show_buttons()
        self.tried.emit(self.words)

    def _text(self, row: int) -> str:
        cell = self.table.item(row, 0)
        return str(cell.data(Qt.ItemDataRole.UserRole)) if cell else ""

    def _close_list(self, is_only: bool) -> None:
        one = self.current
        if one is not None:
            self._put(replace(one, only=is_only))

    def _show_field(self) -> None:
        one = self.current
        if one is None:
            return
        with QSignalBlocker(self.table):
            self.table.setRowCount(len(one.rows))
            for row, value in enumerate(one.rows):
                self._show_value(row, value, one)
        with QSignalBlocker(self.only):
            self.only.setChecked(one.only)
        self.only.setEnabled(one.type in CLOSABLE)
        self.more.setAccessibleName(f"New value of {one.name}")
        for row in range(self.fields.count()):
            item = self.fields.item(row)
            name = item.data(Qt.ItemDataRole.UserRole)
            item.setText(_field_text(self.words[name]))
        self._show_choice()

    def _show_value(self, row: int, value: Value, one: FieldWords) -> None:
        is_listed = value.text in one.listed
        where = one.elsewhere.get(value.text, "")
        by = where or ("this file" if is_listed else "")
        if is_listed and value.text in one.usual and not where:
            by = "the template's rules"
        into = one.merged.get(value.text)
        if into and not is_listed:
            by = f"becomes {into}"
        cells = (
            value.text,
            _count(value.names),
            _count(value.wrong),
            _count(value.facts),
            by,
        )
        for column, text in enumerate(cells):
            cell = QTableWidgetItem(text)
            cell.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            if column == 0:
                cell.setData(Qt.ItemDataRole.UserRole, value.text)
                if not where:
                    cell.setFlags(cell.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                states = Qt.CheckState
                cell.setCheckState(states.Checked if is_listed else states.Unchecked)
            elif column < 4:
                cell.setTextAlignment(
                    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                )
            self.table.setItem(row, column, cell)

    def _ticked(self, cell: QTableWidgetItem) -> None:
        one = self.current
        if one is None or cell.column() != 0:
            return
        text = str(cell.data(Qt.ItemDataRole.UserRole))
        is_listed = cell.checkState() == Qt.CheckState.Checked
        if is_listed != (text in one.listed):
            self.tick(text, is_listed=is_listed)

    def _show_choice(self) -> None:
        chosen = self.chosen()
        self.take_out.setEnabled(bool(chosen))
        self.join.setEnabled(len(chosen) > 1)

    def _show_merges(self) -> None:
        self._merges.clear()
        for text in self.chosen():
            action = QAction(f"Into {text}", self._merges)
            action.triggered.connect(self._merger(text))
            self._merges.addAction(action)

    def _merger(self, text: str) -> Callable[[], None]:
        return lambda: self.merge(text)

    def _show_buttons(self) -> None:
        is_changed = any(one.is_changed for one in self.words.values())
        self.save.setEnabled(is_changed and self._is_valid)

    # the parts

    def _field_list(self) -> QListWidget:
        made = QListWidget()
        made.setAccessibleName("Fields of the template")
        made.setFixedWidth(210)
        for name, one in self.words.items():
            item = QListWidgetItem(_field_text(one))
            item.setData(Qt.ItemDataRole.UserRole, name)
            made.addItem(item)
        made.currentRowChanged.connect(lambda _: self._show_field())
        return made

    def _right(self) -> QVBoxLayout:
        column = QVBoxLayout()
        self.table = QTableWidget(0, len(TITLES))
        self.table.setAccessibleName("Values of the field")
        self.table.setHorizontalHeaderLabels(TITLES)
        header = read_in_lines(self.table)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.itemChanged.connect(self._ticked)
        self.table.itemSelectionChanged.connect(self._show_choice)
        column.addWidget(self.table, 1)
        row = QHBoxLayout()
        self.more = field("New value", hint="A value to add")
        self.more.returnPressed.connect(self.add)
        row.addWidget(self.more, 1)
        row.addWidget(button("Add", self.add, hint="Add the value"))
        row.addWidget(
            button("Add all found", self.add_found, hint="List every value that is met")
        )
        self.take_out = button("Remove", self.remove, hint="Take the chosen values out")
        row.addWidget(self.take_out)
        self.join = QPushButton("Merge")
        self.join.setAccessibleName("Merge the chosen values into one of them")
        self.join.setAutoDefault(False)
        self._merges = QMenu(self.join)
        self._merges.aboutToShow.connect(self._show_merges)
        self.join.setMenu(self._merges)
        row.addWidget(self.join)
        column.addLayout(row)
        self.only = QCheckBox("Only listed values are right")
        self.only.setAccessibleName("Only listed values are right")
        self.only.toggled.connect(self._close_list)
        column.addWidget(self.only)
        return column

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        self.save = button(
            "Save…",
            lambda: self.saving.emit(self.words),
            hint="Preview and save the vocabulary",
            is_primary=True,
        )
        row.addWidget(button("Cancel", self.reject))
        row.addWidget(self.save)
        return row


def merges(words: Mapping[str, FieldWords]) -> dict[tuple[str, str], str]:
    """What becomes of values that were merged: the new one by field and old one."""
    return {
        (name, old): new
        for name, one in words.items()
        for old, new in one.merged.items()
        if old not in one.listed
    }


def _field_text(one: FieldWords) -> str:
    mark = " •" if one.is_changed else ""
    return f"{one.name}   {len(one.listed):,} listed{mark}"


def _count(number: int) -> str:
    return f"{number:,}" if number else ""
