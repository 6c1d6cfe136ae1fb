"""The table of artifacts and how its cells are painted."""

from __future__ import annotations

from PySide6.QtCore import (
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
    QUrl,
)
from PySide6.QtGui import QColor, QDrag, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.words import Presence
from mlcatalog.ui.library.artifact_item_model import ArtifactItemModel
from mlcatalog.ui.library.columns import COLUMNS
from mlcatalog.ui.theme import Tokens

ROW = 34  # pixels
PAD = 10
LEAST_NAME = 260


class CellDelegate(QStyledItemDelegate):
    """Paints plain text; a colour only where the text says the same."""

    def __init__(self, tokens: Tokens, table: QTableView) -> None:
        super().__init__(table)
        self.tokens = tokens
        self._table = table

    def ink(self, key: str, row: Summary | None) -> str:
        """The colour of a cell."""
        if row is None or row.presence is not Presence.PRESENT:
            return self.tokens.muted
        if key == "name" and row.name_broken:
            return self.tokens.bad
        if key == "traceability" and row.applicable:
            share = row.met / row.applicable
            if share >= 0.8:
                return self.tokens.good
            return self.tokens.warning if share >= 0.5 else self.tokens.bad
        return (
            self.tokens.muted
            if key in ("kind", "modified", "path")
            else self.tokens.text
        )

    # Qt overrides

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        model = index.model()
        row = (
            model.summary(index.row()) if isinstance(model, ArtifactItemModel) else None
        )
        column = COLUMNS[index.column()]
        frame = option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(frame, QColor(self.tokens.selection))
        painter.setPen(QPen(QColor(self.tokens.line), 1))
        painter.drawLine(frame.bottomLeft(), frame.bottomRight())
        text_frame = frame.adjusted(PAD, 0, -PAD, 0)
        metrics = option.fontMetrics
        middle = Qt.TextElideMode.ElideMiddle
        text = metrics.elidedText(str(index.data() or ""), middle, text_frame.width())
        painter.setPen(QColor(self.ink(column.key, row)))
        side = (
            Qt.AlignmentFlag.AlignRight
            if column.is_number
            else Qt.AlignmentFlag.AlignLeft
        )
        painter.drawText(text_frame, side | Qt.AlignmentFlag.AlignVCenter, text)
        if (
            index == self._table.currentIndex()
            and self._table.hasFocus()
            and index.column() == 0
        ):
            painter.fillRect(
                frame.x(), frame.y() + 2, 3, frame.height() - 5, self.tokens.accent
            )
        painter.restore()


class ArtifactTable(QTableView):
    """A table with one line an artifact."""

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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

    def chosen_rows(self) -> list[int]:
        """The chosen lines, from the top."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def chosen(self) -> list[Summary]:
        """The summaries of the chosen lines that have been read."""
        read = (self.item_model.summary(row) for row in self.chosen_rows())
        return [row for row in read if row is not None]

    def set_tokens(self, tokens: Tokens) -> None:
        """Follow the theme."""
        self.cells.tokens = tokens
        self.viewport().update()

    def _dress_header(self) -> None:
        header = self.horizontalHeader()
        header.setAccessibleName("Columns")
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setSortIndicatorShown(True)
        header.setSectionsClickable(True)
        header.setMinimumSectionSize(56)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._offer_columns)
        for place, column in enumerate(COLUMNS):
            self.setColumnWidth(place, column.width)
            self.setColumnHidden(place, not column.is_shown)

    def _offer_columns(self, place: QPoint) -> None:
        menu = QMenu(self)
        for number, column in enumerate(COLUMNS[1:], start=1):
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(number))
            action.toggled.connect(
                lambda is_on, number=number: self.setColumnHidden(number, not is_on)
            )
        menu.exec(self.horizontalHeader().mapToGlobal(place))

    def _give_room_to_names(self) -> None:
        others = sum(self.columnWidth(n) for n in range(1, len(COLUMNS)))
        room = self.viewport().width() - others
        self.setColumnWidth(0, max(LEAST_NAME, room))

    # Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._give_room_to_names()

    def sizeHint(self) -> QSize:
        return QSize(600, 400)

    def startDrag(self, actions: Qt.DropAction) -> None:
        paths = [row.path for row in self.chosen() if row.path]
        if paths:
            carried = QMimeData()
            carried.setUrls([QUrl.fromLocalFile(path) for path in paths])
            carried.setText("\n".join(paths))
            drag = QDrag(self)
            drag.setMimeData(carried)
            drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.LinkAction)
