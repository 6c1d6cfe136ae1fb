"""The parts of the Library and how they stand: left, middle, below, right."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter, QWidget

from mlcatalog.ui.library.filter_bar import FilterBar
from mlcatalog.ui.library.inspector import Inspector
from mlcatalog.ui.library.sidebar import Sidebar
from mlcatalog.ui.library.start_page import StartPage
from mlcatalog.ui.library.strip import LineageStrip
from mlcatalog.ui.library.table import ArtifactTable
from mlcatalog.ui.notice import Notice
from mlcatalog.ui.pieces import button, panel, words
from mlcatalog.ui.theme import Tokens

WIDTHS = (214, 850, 346)  # of the three panes, at first
HEIGHTS = (490, 290)  # of the table and the strip
HANDLE = 6


class LibraryParts(QObject):
    """Makes the parts of a place and puts them in it."""

    compare_wanted = Signal()
    lineage_wanted = Signal()
    audit_wanted = Signal()

    def __init__(self, tokens: Tokens, place: QWidget) -> None:
        super().__init__(place)
        self.sidebar = Sidebar(tokens)
        self.table = ArtifactTable(tokens)
        self.strip = LineageStrip(tokens)
        self.inspector = Inspector()
        self.start_page = StartPage()
        self.filters = FilterBar()
        self.notice = Notice()
        self.count = words("", look="heading")
        self.across = QSplitter(Qt.Orientation.Horizontal)
        self.down = QSplitter(Qt.Orientation.Vertical)
        self._arrange(place)

    def show_choice(self, count: int, *, has_current: bool) -> None:
        """Enable what can be done with so many chosen artifacts."""
        self._compare.setText(f"Compare ({count})" if count > 1 else "Compare")
        self._compare.setEnabled(2 <= count <= 7)
        self._lineage.setEnabled(has_current)
        self._audit.setEnabled(has_current)

    def show_empty(self, is_empty: bool) -> None:
        """Show the start page in the stead of table and strip, or not."""
        self.start_page.setVisible(is_empty)
        self.down.setVisible(not is_empty)

    def show_around(self, is_shown: bool) -> None:
        """Show what stands around the list, or not while there is nothing at all."""
        for part in (self._left, self._right, self.count, *self._doing):
            part.setVisible(is_shown)

    def set_tokens(self, tokens: Tokens) -> None:
        """Follow the theme."""
        self.sidebar.set_tokens(tokens)
        self.table.set_tokens(tokens)
        self.strip.set_tokens(tokens)

    def _arrange(self, place: QWidget) -> None:
        left, left_box = panel()
        left_box.setContentsMargins(1, 4, 1, 4)
        left_box.addWidget(self.sidebar)
        right, right_box = panel()
        right_box.setContentsMargins(1, 1, 1, 1)
        right_box.addWidget(self.inspector)
        self.across.setHandleWidth(HANDLE)
        self.across.setChildrenCollapsible(False)
        self._left, self._right = left, right
        for number, part in enumerate((left, self._middle(), right)):
            self.across.addWidget(part)
            part.setMinimumWidth(170)
            self.across.setStretchFactor(number, number == 1)
        self.across.setSizes(list(WIDTHS))
        box = QHBoxLayout(place)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.across)

    def _middle(self) -> QFrame:
        frame, box = panel()
        top = QHBoxLayout()
        self._compare = button(
            "Compare", self.compare_wanted.emit, hint="Compare 2 to 7 artifacts"
        )
        self._lineage = button("Show lineage", self.lineage_wanted.emit)
        self._audit = button("Audit PDF…", self.audit_wanted.emit, is_primary=True)
        top.addWidget(self.count, 1)
        self._doing = (self._compare, self._lineage, self._audit)
        for part in self._doing:
            part.setEnabled(False)
            top.addWidget(part)
        self.down.setHandleWidth(HANDLE)
        self.down.addWidget(self.table)
        self.down.addWidget(self.strip)
        self.down.setStretchFactor(0, 5)
        self.down.setStretchFactor(1, 3)
        self.down.setCollapsible(0, False)
        self.down.setSizes(list(HEIGHTS))
        box.addLayout(top)
        for piece in (self.filters, self.notice):
            box.addWidget(piece)
        box.addWidget(self.start_page, 1)
        box.addWidget(self.down, 1)
        return frame
