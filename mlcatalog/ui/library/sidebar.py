"""The left side: projects, facets with counts, what needs attention, saved searches."""

from __future__ import annotations

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QGuiApplication, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from mlcatalog.domain.artifact import FacetValue, SavedSearch
from mlcatalog.domain.words import ProjectState
from mlcatalog.ui.library.clauses import clauses, included
from mlcatalog.ui.library.loading import Sides
from mlcatalog.ui.theme import Tokens

QUERY, COUNT, SIGN, CAPTION, SAVED = (Qt.ItemDataRole.UserRole + n for n in range(5))
ON, OUT = "●", "⊘"
ORDER = ("project", "kind", "format", "stage", "attention")
TITLES = {"project": "Projects"}
MOST = 12  # values of one facet


class LineDelegate(QStyledItemDelegate):
    """A quiet line: a sign where it is chosen, a label, a count at the right."""

    def __init__(self, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self.tokens = tokens

    # Qt overrides

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(80, 34 if index.data(CAPTION) else 25)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        frame: QRect = option.rect.adjusted(12, 0, -12, 0)
        painter.save()
        if index.data(CAPTION):
            self._paint_caption(painter, frame, str(index.data()))
        else:
            if option.state & QStyle.StateFlag.State_HasFocus:
                painter.fillRect(option.rect, QColor(self.tokens.selection))
            self._paint_line(painter, frame, index)
        painter.restore()

    def _paint_caption(self, painter: QPainter, frame: QRect, text: str) -> None:
        font = QFont(painter.font())
        font.setPointSizeF(font.pointSizeF() * 0.85)
        font.setWeight(QFont.Weight.Bold)
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 1.0)
        painter.setFont(font)
        painter.setPen(QColor(self.tokens.muted))
        painter.drawText(
            frame.adjusted(0, 0, 0, -5),
            Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft,
            text.upper(),
        )

    def _paint_line(
        self,
        painter: QPainter,
        frame: QRect,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        count, sign = str(index.data(COUNT) or ""), str(index.data(SIGN) or "")
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        metrics = painter.fontMetrics()
        painter.setPen(QColor(self.tokens.muted))
        painter.drawText(frame, middle | right, count)
        room = frame.adjusted(0, 0, -metrics.horizontalAdvance(count) - 8, 0)
        if sign:
            painter.setPen(
                QColor(self.tokens.bad if sign == OUT else self.tokens.accent)
            )
            painter.drawText(room, middle, sign)
            room.adjust(18, 0, 0, 0)
        painter.setPen(QColor(self.tokens.text))
        shown = metrics.elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, middle, shown)


class Sidebar(QListWidget):
    """Shows the facets; `clause_chosen` says which was clicked."""

    clause_chosen = Signal(str, bool)  # clause; whether it is added to its sisters
    search_chosen = Signal(str)
    rename_wanted = Signal(object)  # a SavedSearch
    delete_wanted = Signal(object)

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Projects and filters")
        self.lines = LineDelegate(tokens, self)
        self.setItemDelegate(self.lines)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(self._choose)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._offer)

    def show_sides(self, sides: Sides) -> None:
        """Replace the lines; the place in the list stays."""
        query = sides.question.query
        words = included(query) | frozenset(clauses(query))
        bar, line = self.verticalScrollBar().value(), self.currentRow()
        self.clear()
        facets = {facet.field: facet for facet in sides.facets}
        for field in ORDER:
            facet = facets.get(field)
            if facet is not None and facet.values:
                self._add_caption(TITLES.get(field, facet.title))
                for value in facet.values[:MOST]:
                    self._add_value(value, words)
        for project in sides.projects:
            if project.state in (ProjectState.OFFLINE, ProjectState.ERROR):
                self._add_line(f"{project.name} is {project.state.value}", "", "")
        if sides.saved:
            self._add_caption("Saved searches")
        for search in sides.saved:
            made = self._add_line(search.name, search.query, f"{search.count:,}")
            made.setData(SAVED, search)
            made.setToolTip(search.query)
        self.setCurrentRow(line)
        self.verticalScrollBar().setValue(bar)

    def set_tokens(self, tokens: Tokens) -> None:
        """Follow the theme."""
        self.lines.tokens = tokens
        self.viewport().update()

    def _add_caption(self, text: str) -> None:
        made = QListWidgetItem(text, self)
        made.setData(CAPTION, True)
        made.setFlags(Qt.ItemFlag.NoItemFlags)

    def _add_value(self, value: FacetValue, words: frozenset[str]) -> None:
        made = self._add_line(value.label, value.query, f"{value.count:,}")
        sign = ON if value.query in words else OUT if f"-{value.query}" in words else ""
        made.setData(SIGN, sign)

    def _add_line(self, label: str, query: str, count: str) -> QListWidgetItem:
        made = QListWidgetItem(label, self)
        made.setData(QUERY, query)
        made.setData(COUNT, count)
        said = f"{label}, {count}" if count else label
        made.setData(Qt.ItemDataRole.AccessibleTextRole, said)
        return made

    def search_menu(self, search: SavedSearch) -> QMenu:
        """What can be done with a saved search."""
        menu = QMenu(self)
        menu.addAction("Search", lambda: self.search_chosen.emit(search.query))
        menu.addAction("Rename…", lambda: self.rename_wanted.emit(search))
        menu.addAction("Delete", lambda: self.delete_wanted.emit(search))
        return menu

    def _offer(self, place: QPoint) -> None:
        line = self.itemAt(place)
        search = line.data(SAVED) if line else None
        if isinstance(search, SavedSearch):
            self.search_menu(search).exec(self.viewport().mapToGlobal(place))

    def _choose(self, line: QListWidgetItem) -> None:
        query = str(line.data(QUERY) or "")
        pressed = QGuiApplication.keyboardModifiers()
        if line.data(SAVED) is not None:
            self.search_chosen.emit(query)
        elif query:
            adds = bool(pressed & Qt.KeyboardModifier.ControlModifier)
            self.clause_chosen.emit(query, adds)

    # Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        line = self.currentItem()
        search = line.data(SAVED) if line else None
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if line is not None and event.key() in keys:
            self._choose(line)
        elif isinstance(search, SavedSearch) and event.key() == Qt.Key.Key_Delete:
            self.delete_wanted.emit(search)
        elif isinstance(search, SavedSearch) and event.key() == Qt.Key.Key_F2:
            self.rename_wanted.emit(search)
        else:
            super().keyPressEvent(event)
