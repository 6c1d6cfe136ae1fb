"""The rows of the table of names: groups by verdict, lines read when they are seen."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from mlcatalog.ui.conventions.shelf import Rows
from mlcatalog.ui.naming.judged import Judged
from mlcatalog.ui.naming.judging import ORDER, NameLine
from mlcatalog.ui.naming.wording import GROUPS, sign

Index = QModelIndex | QPersistentModelIndex
TITLES = ("Name", "Verdict", "What is wrong", "Right name")
NAME, VERDICT, WRONG, RIGHT = range(4)
BLOCK = 64  # rows read at once
LINE = Qt.ItemDataRole.UserRole + 1
GROUP = Qt.ItemDataRole.UserRole + 2  # the group's verdict, "" for a name


class NamesItemModel(QAbstractTableModel):
    """Shows the rows it was last given; asks for the lines that are seen."""

    lines_wanted = Signal(object, list)  # the Judged, positions

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.judged: Judged | None = None
        self._order: array[int] = array("q")
        self._counts: Mapping[str, int] = {}
        self._lines: dict[int, NameLine] = {}
        self._asked: set[int] = set()

    def show_rows(self, rows: Rows) -> None:
        """Replace the rows; what was read stays while it is of the same judgement."""
        self.beginResetModel()
        if rows.judged is not self.judged:
            self._lines.clear()
        self._asked.clear()
        self.judged, self._order, self._counts = rows.judged, rows.order, rows.counts
        self.endResetModel()

    def show_lines(self, judged: Judged, lines: Mapping[int, NameLine]) -> None:
        """Take over lines that were read, unless the names were judged anew since."""
        if judged is not self.judged or not self._order:
            return
        self._lines |= lines
        last = len(self._order) - 1
        self.dataChanged.emit(self.index(0, 0), self.index(last, len(TITLES) - 1))

    def position(self, row: int) -> int:
        """Which name a row shows, -1 for a group or past the end."""
        return max(-1, self._order[row]) if 0 <= row < len(self._order) else -1

    def line_at(self, row: int) -> NameLine | None:
        """The line of a row, None while it is not read."""
        return self._lines.get(self.position(row))

    def group_at(self, row: int) -> str:
        """The verdict that a row is the head of, "" for a name."""
        number = self._order[row]
        return ORDER[-1 - number] if number < 0 else ""

    def groups(self) -> tuple[int, ...]:
        """The rows that are heads of groups."""
        found, row = [], 0
        for count in self._counts.values():
            found.append(row)
            row += 1 + count
        return tuple(found)

    def row_of(self, key: str) -> int:
        """Where a name is shown, -1 if it is not."""
        if self.judged is None or not key:
            return -1
        at = self.judged.names.positions.get(key, -1)
        return self._order.index(at) if at >= 0 and at in self._order else -1

    def first_of(self, verdict: str) -> int:
        """The first name of a group, -1 where there is none."""
        number = -1 - ORDER.index(verdict)
        return self._order.index(number) + 1 if number in self._order else -1

    def first_name(self) -> int:
        """The first row that is a name, -1 where there is none."""
        return 1 if self._order else -1

    def _ask(self, row: int) -> None:
        block = row // BLOCK
        if block in self._asked or self.judged is None:
            return
        self._asked.add(block)
        part = self._order[block * BLOCK : (block + 1) * BLOCK]
        wanted = [at for at in part if at >= 0 and at not in self._lines]
        if wanted:
            self.lines_wanted.emit(self.judged, wanted)

    def _text(self, row: int, column: int) -> str:
        at, judged = self._order[row], self.judged
        assert judged is not None
        if at < 0:
            verdict = ORDER[-1 - at]
            shown = f"{sign(verdict)} {GROUPS[verdict]}   {self._counts[verdict]:,}"
            return shown if column == NAME else ""
        verdict = judged.verdicts[at]
        if column == NAME:
            return " ".join(judged.subject(at).name.split())
        if column == VERDICT:
            return f"{sign(verdict)} {verdict}"
        line = self._lines.get(at)
        if column == WRONG:
            wrong = judged.wrong(at) or (line.wrong if line else "")
            return " ".join(wrong.split())
        return line.right_text if line else ""

    # Qt overrides

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(TITLES)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.isValid() and self._order[index.row()] < 0:
            return Qt.ItemFlag.NoItemFlags
        return super().flags(index)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        if role == GROUP:
            return self.group_at(row)
        if role == LINE:
            if self.line_at(row) is None:
                self._ask(row)
            return self.line_at(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            line = self.line_at(row)
            return (
                read_aloud(line) if line and column == NAME else self._text(row, column)
            )
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._hint(row, column)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        is_title = orientation == Qt.Orientation.Horizontal
        if role == Qt.ItemDataRole.DisplayRole and is_title:
            return TITLES[section]
        return None

    def _hint(self, row: int, column: int) -> str:
        line = self.line_at(row)
        if line is None:
            return ""
        if column == NAME:
            return "\n".join([line.name, *map(field_text, line.fields)])
        return self._text(row, column)


def field_text(one: Any) -> str:
    """A field in one line: "✗ date 20260231: 2026-02-31 does not exist"."""
    mark = {"good": "✓", "bad": "✗"}.get(one.state, "!")
    return f"{mark} {one.field} {one.text or '(nothing)'}: {one.why}"


def read_aloud(line: NameLine) -> str:
    """A name for a screen reader: its fields, and which is wrong."""
    wrong = [
        f"{one.field} is wrong: {one.why}" for one in line.fields if one.state == "bad"
    ]
    right = [f"{one.field} {one.text}" for one in line.fields if one.state == "good"]
    return ", ".join([line.name, *wrong, *right])
