"""The sheet on the screen: choose a baseline by its header, walk from difference to difference."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QHelpEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QMenu,
    QTableView,
    QToolTip,
    QWidget,
)

from mlcatalog.comparing.sheet import Sheet
from mlcatalog.ui.compare.painting import ROW_HEIGHT, SheetPainter
from mlcatalog.ui.compare.sheet_item_model import SECTION, SheetItemModel
from mlcatalog.ui.lines import choose_only
from mlcatalog.ui.theme import Tokens

KEY_WIDTH, LEAST_COLUMN = 230, 190


class SheetView(QTableView):
    """Shows a sheet; tells when another baseline or fewer items are wanted."""

    baseline_wanted = Signal(int)
    drop_wanted = Signal(int)
    row_chosen = Signal(str, str)  # section, key

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sheet_model = SheetItemModel(self)
        self._painter = SheetPainter(tokens, self)
        self.setModel(self.sheet_model)
        self.setItemDelegate(self._painter)
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setAccessibleName("Comparison")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self._set_up_header()
        self.selectionModel().currentChanged.connect(self._tell_row)

    def show_sheet(self, sheet: Sheet | None) -> None:
        """Replace the sheet."""
        self.sheet_model.show(sheet)
        self.settle()

    def narrow(self, *, only_differences: bool, words: str) -> None:
        """Show only some rows."""
        self.sheet_model.narrow(only_differences=only_differences, words=words)
        self.settle()

    def go_to_difference(self, step: int) -> None:
        """Go to the next (1) or previous (-1) row that differs."""
        current = self.currentIndex()
        start = current.row() if current.isValid() else (-1 if step > 0 else 0)
        line = self.sheet_model.next_difference(start, step)
        if line >= 0:
            column = max(1, current.column())
            choose_only(self, self.sheet_model.index(line, column))

    def choose_row(self, section: str, key: str) -> None:
        """Go to one row, if it is shown."""
        line = self.sheet_model.line_of(section, key)
        if line >= 0:
            choose_only(self, self.sheet_model.index(line, 0))

    def restyle(self, tokens: Tokens) -> None:
        """Follow the theme."""
        self._painter.tokens = tokens
        self.viewport().update()

    def settle(self) -> None:
        """Span section lines, and share the width among the items."""
        self.clearSpans()
        columns = self.sheet_model.columnCount()
        if columns == 0:
            return
        for line in range(self.sheet_model.rowCount()):
            if self.sheet_model.row_at(line) is None:
                self.setSpan(line, 0, 1, columns)
        left = self.viewport().width() - KEY_WIDTH
        share = max(LEAST_COLUMN, left // max(1, columns - 1))
        self.setColumnWidth(0, KEY_WIDTH)
        for column in range(1, columns):
            self.setColumnWidth(column, share)

    def copied(self) -> str:
        """What is selected, as tab-separated text."""
        indexes = sorted(self.selectedIndexes(), key=lambda i: (i.row(), i.column()))
        lines: dict[int, list[str]] = {}
        for index in indexes:
            lines.setdefault(index.row(), []).append(str(index.data() or ""))
        return "\n".join("\t".join(cells) for cells in lines.values())

    def _set_up_header(self) -> None:
        header = self.horizontalHeader()
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header.setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setMinimumHeight(36)
        header.setToolTip("Click a name to make it the baseline")
        header.sectionClicked.connect(self._ask_for_baseline)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._show_header_menu)
        copy = QAction("Copy cells", self)
        copy.setShortcut("Ctrl+C")
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(lambda: QApplication.clipboard().setText(self.copied()))
        self.addAction(copy)

    def _ask_for_baseline(self, section: int) -> None:
        if section > 0:
            self.baseline_wanted.emit(section - 1)

    def _show_header_menu(self, place: QPoint) -> None:
        section = self.horizontalHeader().logicalIndexAt(place)
        if section > 0:
            self.item_menu(section - 1).popup(
                self.horizontalHeader().mapToGlobal(place)
            )

    def item_menu(self, place: int) -> QMenu:
        """What can be done with one compared item."""
        menu = QMenu(self)
        menu.addAction("Make it the baseline", lambda: self.baseline_wanted.emit(place))
        menu.addAction("Take it out", lambda: self.drop_wanted.emit(place))
        return menu

    def _tell_row(self, current: QModelIndex) -> None:
        row = self.sheet_model.row_at(current.row()) if current.isValid() else None
        if row is not None:
            self.row_chosen.emit(row.section, row.key)

    # Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.settle()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            index = self.indexAt(event.pos())
            text = (
                index.data(Qt.ItemDataRole.AccessibleTextRole)
                if index.isValid()
                else None
            )
            if text and index.data(SECTION) is None:
                # Plain text is told from rich text by its looks: quote it away.
                QToolTip.showText(event.globalPos(), f"\u200b{text}", self)
                return True
        return super().viewportEvent(event)
