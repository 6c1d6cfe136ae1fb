"""The table of artifacts: one line each, columns as a person wants them."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator

from PySide6.QtCore import (
    QByteArray,
    QItemSelection,
    QItemSelectionModel,
    QMimeData,
    QPoint,
    QSize,
    Qt,
    QUrl,
    Signal,
)
from PySide6.QtGui import QDrag, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QTableView,
    QWidget,
)

from mlcatalog.domain.artifact import Summary
from mlcatalog.ui.library.artifact_item_model import ArtifactItemModel
from mlcatalog.ui.library.cells import CellDelegate
from mlcatalog.ui.library.columns import COLUMNS, Column
from mlcatalog.ui.lines import choose_only
from mlcatalog.ui.theme import Tokens

ROW = 34  # pixels
LEAST_NAME = 230
SHORT = 4_096  # lines that are looked through as they are
DEFAULT = frozenset(n for n, column in enumerate(COLUMNS) if column.is_shown)
# Columns that step back first when there is no room, until a person chooses columns.
YIELDING = ("format", "stage", "size", "kind", "metric")


class ArtifactTable(QTableView):
    """A table with one line an artifact."""

    opened = Signal()  # Enter or a double click
    chose = Signal()  # other lines are chosen

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wanted = set(DEFAULT)
        self._redundant = ""  # the column that a filter makes the same in every row
        self.item_model = ArtifactItemModel(self)
        self.setModel(self.item_model)
        self.cells = CellDelegate(tokens, self)
        self.setItemDelegate(self.cells)
        self.setAccessibleName("Artifacts")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setDragEnabled(True)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW)
        self._dress_header()
        self.doubleClicked.connect(lambda _: self.opened.emit())

    def chosen_count(self) -> int:
        """How many lines are chosen; as quick for a million as for one."""
        spans = self.selectionModel().selection().toList()
        return sum(span.height() for span in spans)

    def current_line(self) -> int:
        """The line with the cursor if it is chosen, else the first chosen, else -1."""
        here = self.currentIndex()
        if self.selectionModel().isRowSelected(here.row()):
            return here.row()
        spans = self.selectionModel().selection().toList()
        return min((span.top() for span in spans), default=-1)

    def choose_line(self, line: int) -> None:
        """Choose one line and bring it into sight."""
        choose_only(self, self.item_model.index(line, 0))

    def choose_numbers(self, numbers: Collection[int], *, scrolls: bool) -> None:
        """Choose the lines of these row numbers too; scrolling chooses only them."""
        lines = lines_of(self.item_model.ids, numbers)
        if scrolls and lines:
            self.choose_line(lines[0])
        selection, last = QItemSelection(), len(COLUMNS) - 1
        for first, end in spans_of(lines):
            model = self.item_model
            selection.select(model.index(first, 0), model.index(end, last))
        flag = QItemSelectionModel.SelectionFlag.Select
        self.selectionModel().select(selection, flag)

    def chosen_rows(self) -> list[int]:
        """The chosen lines, from the top."""
        lines: set[int] = set()
        for span in self.selectionModel().selection().toList():
            lines.update(range(span.top(), span.bottom() + 1))
        return sorted(lines)

    def chosen_numbers(self) -> list[int]:
        """The catalogue's row numbers of the chosen lines."""
        return [self.item_model.ids[line] for line in self.chosen_rows()]

    def chosen(self) -> list[Summary]:
        """The summaries of the chosen lines that have been read."""
        read = (self.item_model.known(row) for row in self.chosen_rows())
        return [row for row in read if row is not None]

    def shown_columns(self) -> list[Column]:
        """The columns as they stand, from the left."""
        header = self.horizontalHeader()
        order = [header.logicalIndex(place) for place in range(header.count())]
        return [COLUMNS[n] for n in order if not self.isColumnHidden(n)]

    def set_tokens(self, tokens: Tokens) -> None:
        """Follow the theme."""
        self.cells.tokens = tokens
        self.viewport().update()

    def leave_out(self, key: str) -> None:
        """Hide a column that says the same in every row; "" shows all again."""
        if key != self._redundant:
            self._redundant = key
            self._fit()

    def want_column(self, number: int, is_wanted: bool) -> None:
        """Show or hide a column, as a person said; from then on none yields."""
        (self._wanted.add if is_wanted else self._wanted.discard)(number)
        self._fit()

    def use_default_columns(self) -> None:
        """Show the columns and their order as they were at first."""
        self._wanted = set(DEFAULT)
        header = self.horizontalHeader()
        for number, column in enumerate(COLUMNS):
            header.moveSection(header.visualIndex(number), number)
            self.setColumnWidth(number, column.width)
        self._fit()

    def saved_state(self) -> tuple[QByteArray, list[str]]:
        """Order, widths and sorting of the columns, and the keys of those wanted."""
        keys = [COLUMNS[number].key for number in sorted(self._wanted)]
        return self.horizontalHeader().saveState(), keys

    def restore_state(self, header: QByteArray, keys: list[str]) -> None:
        """Make the columns as they were saved."""
        self.horizontalHeader().restoreState(header)
        known = {n for n, column in enumerate(COLUMNS) if column.key in keys}
        self._wanted = known | {0} if keys else set(DEFAULT)
        self._fit()

    def columns_menu(self) -> QMenu:
        """The menu of the header: which columns are shown."""
        menu = QMenu(self)
        for number, column in enumerate(COLUMNS[1:], start=1):
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(number in self._wanted)
            action.toggled.connect(
                lambda is_on, number=number: self.want_column(number, is_on)
            )
        menu.addSeparator()
        menu.addAction("Default columns", self.use_default_columns)
        return menu

    def _dress_header(self) -> None:
        header = self.horizontalHeader()
        header.setAccessibleName("Columns")
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setSortIndicatorShown(True)
        header.setSectionsClickable(True)
        header.setMinimumSectionSize(56)
        # Painted by the table's own selection, a header asks about every row.
        header.setSelectionModel(QItemSelectionModel(self.item_model, header))
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._offer_columns)
        for place, column in enumerate(COLUMNS):
            self.setColumnWidth(place, column.width)
        self._fit()

    def _offer_columns(self, place: QPoint) -> None:
        self.columns_menu().exec(self.horizontalHeader().mapToGlobal(place))

    def _fit(self) -> None:
        """Show what is wanted and has room; the names take what is left."""
        shown = {n for n in self._wanted if COLUMNS[n].key != self._redundant} | {0}
        room = self.viewport().width() - LEAST_NAME
        if self._wanted == DEFAULT:
            for key in YIELDING:
                if self._width_of(shown) > room:
                    shown -= {n for n in shown if COLUMNS[n].key == key}
        for number in range(len(COLUMNS)):
            self.setColumnHidden(number, number not in shown)
        left = self.viewport().width() - self._width_of(shown)
        self.setColumnWidth(0, max(LEAST_NAME, left))

    def _width_of(self, columns: set[int]) -> int:
        """Of all but the name."""
        header = self.horizontalHeader()
        return sum(header.sectionSize(n) or COLUMNS[n].width for n in columns if n != 0)

    # Qt overrides

    def selectionChanged(
        self, selected: QItemSelection, deselected: QItemSelection
    ) -> None:
        super().selectionChanged(selected, deselected)
        self.chose.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(600, 400)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        carried = self.carried()
        if carried is not None:
            drag = QDrag(self)
            drag.setMimeData(carried)
            drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.LinkAction)

    def carried(self) -> QMimeData | None:
        """What dragging the chosen lines carries: file URLs and plain paths."""
        paths = [row.path for row in self.chosen() if row.path]
        if not paths:
            return None
        carried = QMimeData()
        carried.setUrls([QUrl.fromLocalFile(path) for path in paths])
        carried.setText("\n".join(paths))
        return carried


def lines_of(ids: array[int], numbers: Collection[int]) -> list[int]:
    """Where some row numbers stand in a list; a million lines take a millisecond."""
    if len(ids) <= SHORT:
        return [line for line, number in enumerate(ids) if number in numbers]
    import numpy as np

    wanted = np.fromiter(numbers, dtype=np.int64)
    held = np.isin(np.frombuffer(ids, dtype=np.int64), wanted)
    return [int(line) for line in np.flatnonzero(held)]


def spans_of(lines: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as spans, first and last of each."""
    first = last = -1
    for line in lines:
        if first >= 0 and line == last + 1:
            last = line
            continue
        if first >= 0:
            yield first, last
        first = last = line
    if first >= 0:
        yield first, last
