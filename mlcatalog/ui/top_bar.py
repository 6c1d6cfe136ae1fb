"""The top of the window: a tab for each place, and the search field with its hint."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.ui.pieces import field, words

TAB_ROOM = 28  # pixels beside a tab's text


class TopBar(QWidget):
    """Tells which place is wanted and what is typed."""

    place_wanted = Signal(int)
    searched = Signal(str)

    def __init__(self, titles: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tabs: list[QPushButton] = []
        self._group = QButtonGroup(self)
        self.search_field = field("Search")
        self.search_field.setClearButtonEnabled(True)
        self.search_field.setFixedHeight(36)
        self.search_field.setMinimumWidth(320)
        self.search_field.setMaximumWidth(520)
        self._is_told = False  # the text is set by the window, not typed
        self.search_field.textChanged.connect(self._search)
        escape = QShortcut(QKeySequence("Esc"), self.search_field)
        escape.setContext(Qt.ShortcutContext.WidgetShortcut)
        escape.activated.connect(self.search_field.clear)
        self._hint = words("", look="warning", wraps=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._hint.hide()
        row = QHBoxLayout()
        row.setSpacing(2)
        for number, title in enumerate(titles):
            row.addWidget(self._tab(title, number))
        row.addStretch(1)
        row.addWidget(self.search_field, 2)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addLayout(row)
        box.addWidget(self._hint)

    @property
    def hint(self) -> str:
        """What stands under the field."""
        return self._hint.text()

    def show_place(self, number: int, *, search: str, hint: str) -> None:
        """Check a tab, and show the search of its place, without searching."""
        self.tabs[number].setChecked(True)
        self.search_field.setPlaceholderText(hint)
        self.show_search(search)
        self.show_hint("")

    def show_search(self, text: str) -> None:
        """Put a text in the field, without searching."""
        if text != self.search_field.text():
            # Blocking its signals would leave the clear button as it was.
            self._is_told = True
            self.search_field.setText(text)
            self._is_told = False

    def _search(self, text: str) -> None:
        if not self._is_told:
            self.searched.emit(text)

    def show_hint(self, text: str) -> None:
        """Say what of the search was not understood; "" for nothing."""
        self._hint.setText(text)
        self._hint.setVisible(bool(text))
        self.search_field.setAccessibleDescription(text)

    def count(self, number: int, count: int) -> None:
        """Write a count beside a tab's title; none for 0."""
        tab = self.tabs[number]
        title = tab.accessibleName()
        tab.setText(f"{title}  {count}" if count else title)
        self._fit(tab)

    def focus_search(self) -> None:
        """Go to the search field."""
        self.search_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_field.selectAll()

    def _tab(self, title: str, number: int) -> QPushButton:
        tab = QPushButton(title)
        tab.setObjectName("tab")
        tab.setCheckable(True)
        tab.setAccessibleName(title)
        tab.setToolTip(f"Ctrl+{number + 1}")
        tab.clicked.connect(lambda: self.place_wanted.emit(number))
        self._group.addButton(tab)
        self.tabs.append(tab)
        self._fit(tab)
        return tab

    def _fit(self, tab: QPushButton) -> None:
        """Keep room for the bold text of an open place."""
        font = QFont(self.font())
        font.setBold(True)
        tab.setFixedWidth(QFontMetrics(font).horizontalAdvance(tab.text()) + TAB_ROOM)
