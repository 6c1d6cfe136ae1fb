"""The sheet as Qt reads it: section lines and rows, filtered and folded."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from mlcatalog.comparing.sheet import Row, Sheet
from mlcatalog.ui.compare.cells import Cell, cell

CELL = Qt.ItemDataRole.UserRole + 1
SECTION = Qt.ItemDataRole.UserRole + 2  # the section's title, on its own line only
DIFFERS = Qt.ItemDataRole.UserRole + 3
Index = QModelIndex | QPersistentModelIndex
ARROWS = {
    "max": " ↑",
    "up": " ↑",
    "higher": " ↑",
    "min": " ↓",
    "down": " ↓",
    "lower": " ↓",
}


class SheetItemModel(QAbstractTableModel):
    """Shows the sheet it was last given; the first column holds the keys."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sheet: Sheet | None = None
        self.only_differences = False
        self.filter = ""
        self._lines: list[str | Row] = []

    def show(self, sheet: Sheet | None) -> None:
        """Replace the sheet."""
        self.sheet = sheet
        self._build()

    def narrow(self, *, only_differences: bool, words: str) -> None:
        """Show only rows that differ, or whose key or section holds the words."""
        self.only_differences, self.filter = only_differences, words
        self._build()

    def row_at(self, line: int) -> Row | None:
        """The row of a line, None for a section line."""
        found = self._lines[line] if 0 <= line < len(self._lines) else None
        return found if isinstance(found, Row) else None

    def line_of(self, section: str, key: str) -> int:
        """Where a row is shown, -1 if it is not."""
        for line, row in enumerate(self._lines):
            if isinstance(row, Row) and (row.section, row.key) == (section, key):
                return line
        return -1

    def next_difference(self, start: int, step: int) -> int:
        """The nearest line that differs after (1) or before (-1) a line; wraps; -1: none."""
        count = len(self._lines)
        for moved in range(1, count + 1):
            line = (start + step * moved) % count
            row = self.row_at(line)
            if row is not None and row.differs:
                return line
        return -1

    def counts(self) -> tuple[int, int]:
        """How many rows differ, and how many there are."""
        rows = self.sheet.rows if self.sheet else ()
        return sum(row.differs for row in rows), len(rows)

    def _build(self) -> None:
        self.beginResetModel()
        self._lines = []
        section = None
        for row in self.sheet.rows if self.sheet else ():
            if not self._is_shown(row):
                continue
            if row.section != section:
                section = row.section
                self._lines.append(section)
            self._lines.append(row)
        self.endResetModel()

    def _is_shown(self, row: Row) -> bool:
        if self.only_differences and not row.differs:
            return False
        text = f"{row.section} {row.key}".casefold()
        return all(word in text for word in self.filter.casefold().split())

    def _cell(self, row: Row, column: int) -> Cell | None:
        if self.sheet is None or column == 0:
            return None
        return cell(row, column - 1, self.sheet.baseline)

    # Qt overrides

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return (
            0 if parent.isValid() or self.sheet is None else 1 + len(self.sheet.items)
        )

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        if isinstance(line, str):
            return self._section_data(line, index.column(), role)
        found = self._cell(line, index.column())
        if role == CELL:
            return found
        if role == DIFFERS:
            return line.differs
        if role == Qt.ItemDataRole.DisplayRole:
            if found is None:
                return line.key + ARROWS.get(line.direction or "", "")
            return f"{found.text}  {found.change}" if found.change else found.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return found.spoken if found else f"{line.section}, {line.key}"
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or self.sheet is None:
            return None
        if role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            return None
        if section == 0:
            return ""
        name = " ".join(self.sheet.items[section - 1].name.split())
        return f"★ {name}" if section - 1 == self.sheet.baseline else name

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if isinstance(self._lines[index.row()], str):
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def _section_data(self, title: str, column: int, role: int) -> Any:
        if role == SECTION:
            return title
        is_text = role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
        )
        return title if is_text and column == 0 else None
