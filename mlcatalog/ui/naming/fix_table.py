"""The table of a rename: old name, new name, what stands in the way, what names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from mlcatalog.tasks.rename_plan import TO_FILL, PlanRow, RenamePlan
from mlcatalog.ui.lines import choose_only, fill_width
from mlcatalog.ui.naming.fixes import Fix, Fixes
from mlcatalog.ui.naming.inked import PADDING, fitted, inked_right, paint_inked
from mlcatalog.ui.theme import Tokens

Index = QModelIndex | QPersistentModelIndex
TITLES = ("Name", "New name", "In the way", "Named in")
OLD, NEW, WAY, NAMED = range(4)
SHARES = (0.32, 0.4, 0.19, 0.09)
FIX = Qt.ItemDataRole.UserRole + 1


class FixItemModel(QAbstractTableModel):
    """Shows the fixes it was given, and what the last plan says of each."""

    toggled = Signal()

    def __init__(self, fixes: Sequence[Fix], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.fixes = list(fixes)
        self._rows: Mapping[str, PlanRow] = {}

    def show_plan(self, plan: RenamePlan) -> None:
        """Take over what stands in the way of each."""
        self._rows = {row.old: row for row in plan.rows}
        self._tell(0, len(self.fixes) - 1)

    def put(self, row: int, fix: Fix) -> None:
        """Replace one fix."""
        self.fixes[row] = fix
        self._tell(row, row)

    def _tell(self, first: int, last: int) -> None:
        if last >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(last, NAMED))

    def _way(self, fix: Fix) -> str:
        if not fix.is_wanted:
            return "left out"
        if fix.blanks:
            return f"fill in {', '.join(fix.blanks)}"
        row = self._rows.get(fix.place)
        conflicts = [one for one in row.conflicts if one != TO_FILL] if row else []
        return "; ".join([*fix.faults, *conflicts])

    # Qt overrides

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.fixes)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(TITLES)

    def flags(self, index: Index) -> Qt.ItemFlag:
        known = super().flags(index)
        return (
            known | Qt.ItemFlag.ItemIsUserCheckable if index.column() == OLD else known
        )

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        fix, column = self.fixes[index.row()], index.column()
        if role == FIX:
            return fix
        if role == Qt.ItemDataRole.CheckStateRole and column == OLD:
            states = Qt.CheckState
            return states.Checked if fix.is_wanted else states.Unchecked
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(fix, column)
        return None

    def setData(
        self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != OLD:
            return False
        fix = self.fixes[index.row()]
        is_wanted = Qt.CheckState(value) == Qt.CheckState.Checked
        self.put(index.row(), replace(fix, is_wanted=is_wanted))
        self.toggled.emit()
        return True

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

    def _text(self, fix: Fix, column: int) -> str:
        if column == OLD:
            return " ".join(fix.line.name.split())
        if column == NEW:
            return "".join(one.text or f"\u2039{one.field}\u203a" for one in fix.pieces)
        if column == WAY:
            return self._way(fix)
        row = self._rows.get(fix.place)
        return f"{row.mentions:,}" if row else ""


class FixPainter(QStyledItemDelegate):
    """Paints new names with their empty fields."""

    def __init__(self, tokens: Tokens, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tokens = tokens

    # Qt overrides

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        if index.column() == OLD:
            self._paint_plain(painter, option, index)
            return
        t, fix = self.tokens, index.data(FIX)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(t.selection))
        painter.setFont(option.font)
        room = option.rect.adjusted(PADDING, 0, -PADDING, 0)
        if index.column() == NEW:
            paint_inked(
                painter, room, fitted(inked_right(fix.pieces, t), painter, room)
            )
        else:
            text = str(index.data() or "")
            is_bad = index.column() == WAY and text not in ("", "left out")
            painter.setPen(QColor(t.warning if is_bad else t.muted))
            side = Qt.TextElideMode.ElideRight
            shown = painter.fontMetrics().elidedText(text, side, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
        self._line(painter, option)
        painter.restore()

    def _paint_plain(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        painter.save()
        self._line(painter, option)
        painter.restore()

    def _line(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        painter.setPen(QColor(self.tokens.line))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())


class FixTable(QTableView):
    """Shows fixes; `changed` tells that what is wanted is another thing now."""

    chose = Signal()
    changed = Signal()

    def __init__(
        self, fixes: Fixes, tokens: Tokens, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.item_model = FixItemModel(fixes.fixes, self)
        self.setModel(self.item_model)
        self.setItemDelegate(FixPainter(tokens, self))
        self.setAccessibleName("Names before and after")
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        fill_width(self)
        self.item_model.toggled.connect(self.changed)

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """The fixes as they are now."""
        return tuple(self.item_model.fixes)

    def chosen(self) -> list[Fix]:
        """The fixes of the chosen rows."""
        return [self.item_model.fixes[row] for row in self._chosen_rows()]

    def choose_first_blank(self) -> None:
        """Choose the first name that needs filling in, or the first."""
        blank = (row for row, one in enumerate(self.fixes) if one.blanks)
        if self.fixes:
            self.choose_line(next(blank, 0))

    def choose_line(self, line: int) -> None:
        """Choose one name."""
        choose_only(self, self.item_model.index(line, 0))

    def fill(self, name: str, text: str) -> None:
        """Fill a field in, in every chosen name that has it."""
        for row in self._chosen_rows():
            fix = self.item_model.fixes[row]
            if name in fix.convention.checkers:
                self.item_model.put(row, fix.filled(name, text))
        self.changed.emit()

    def show_plan(self, plan: RenamePlan) -> None:
        """Show what stands in the way."""
        self.item_model.show_plan(plan)

    def _chosen_rows(self) -> list[int]:
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    # Qt overrides

    def selectionChanged(
        self, selected: QItemSelection, deselected: QItemSelection
    ) -> None:
        super().selectionChanged(selected, deselected)
        self.chose.emit()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        for column, share in enumerate(SHARES[:-1]):
            self.setColumnWidth(column, int(self.viewport().width() * share))
