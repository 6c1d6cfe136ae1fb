"""The table of names: verdict, what is wrong and the right name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from mlcatalog.ui.conventions.judging import BROKEN, NameLine
from mlcatalog.ui.theme import Tokens

Index = QModelIndex | QPersistentModelIndex
TITLES = ("Name", "Verdict", "What is wrong", "Right name")
SHARES = (0.3, 0.12, 0.3, 0.28)
ROW_HEIGHT = 34
PADDING = 10
LINE = Qt.ItemDataRole.UserRole + 1
MARKS = {"keeps": "✓", "waived": "\u2013", "exempt": "·"}


class NamesItemModel(QAbstractTableModel):
    """Shows the lines it was last given, narrowed by words and by verdict."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: Sequence[NameLine] = ()
        self._shown: list[NameLine] = []
        self._words: list[str] = []
        self._only_broken = True

    def show(self, lines: Sequence[NameLine]) -> None:
        """Replace the lines."""
        self._all = lines
        self._build()

    def narrow(self, words: str, *, only_broken: bool) -> None:
        """Show only names that hold the words, or that keep no rule."""
        self._words, self._only_broken = words.casefold().split(), only_broken
        self._build()

    def line_at(self, row: int) -> NameLine | None:
        """The line of a row, None past the end."""
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def row_of(self, artifact_id: str) -> int:
        """Where an artifact is shown, -1 if it is not."""
        places = (
            row for row, line in enumerate(self._shown) if line.artifact == artifact_id
        )
        return next(places, -1)

    def _build(self) -> None:
        self.beginResetModel()
        self._shown = [line for line in self._all if self._is_shown(line)]
        self.endResetModel()

    def _is_shown(self, line: NameLine) -> bool:
        if self._only_broken and line.verdict not in (*BROKEN, "waived"):
            return False
        text = f"{line.name} {line.project} {line.verdict} {line.wrong}".casefold()
        return all(word in text for word in self._words)

    # Qt overrides

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(TITLES)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self._shown[index.row()]
        if role == LINE:
            return line
        if role == Qt.ItemDataRole.DisplayRole:
            verdict = f"{MARKS.get(line.verdict, '✗')} {line.verdict}"
            texts = (line.name, verdict, line.wrong, line.right)
            return " ".join(texts[index.column()].split())
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if (
            role == Qt.ItemDataRole.DisplayRole
            and orientation == Qt.Orientation.Horizontal
        ):
            return TITLES[section]
        return None


class NamesPainter(QStyledItemDelegate):
    """Paints a verdict in its colour, and rows with a line below."""

    def __init__(self, tokens: Tokens, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tokens = tokens

    def _ink(self, line: NameLine, column: int) -> str:
        if column == 0 or column == 3:
            return self.tokens.text
        if column == 2:
            return self.tokens.muted
        if line.verdict == "keeps":
            return self.tokens.good
        if line.verdict in ("ambiguous", "duplicate"):
            return self.tokens.warning
        return self.tokens.bad if line.verdict in BROKEN else self.tokens.muted

    # Qt overrides

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        self.initStyleOption(option, index)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(self.tokens.selection))
        painter.setFont(option.font)
        painter.setPen(QColor(self._ink(index.data(LINE), index.column())))
        room = option.rect.adjusted(PADDING, 0, -PADDING, 0)
        mode = (
            Qt.TextElideMode.ElideRight
            if index.column() == 2
            else Qt.TextElideMode.ElideMiddle
        )
        shown = painter.fontMetrics().elidedText(option.text, mode, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.setPen(QColor(self.tokens.line))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        painter.restore()


class NamesTable(QTableView):
    """Shows names and their verdicts; `chose` tells the line that was chosen, or None."""

    chose = Signal(object)

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names = NamesItemModel(self)
        self._painter = NamesPainter(tokens, self)
        self.setModel(self.names)
        self.setItemDelegate(self._painter)
        self.setAccessibleName("Names and verdicts")
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.selectionModel().currentRowChanged.connect(self._tell)
        self.names.modelReset.connect(lambda: self.chose.emit(None))

    def choose(self, artifact_id: str) -> None:
        """Choose an artifact's line, or the first."""
        row = max(0, self.names.row_of(artifact_id))
        if self.names.rowCount():
            self.setCurrentIndex(self.names.index(row, 0))

    def restyle(self, tokens: Tokens) -> None:
        """Follow the theme."""
        self._painter.tokens = tokens
        self.viewport().update()

    def _tell(self, current: QModelIndex) -> None:
        self.chose.emit(
            self.names.line_at(current.row()) if current.isValid() else None
        )

    # Qt overrides

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        for column, share in enumerate(SHARES[:-1]):
            self.setColumnWidth(column, int(self.viewport().width() * share))
