"""Small pieces that the places are made of: headings, captions, rows, buttons, fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

WHOLE = 16  # signs of a word that is never broken
LONG = 24  # signs without a joint that still stay together
LONG_TITLE = 18  # signs of a title that shares its line evenly
BREAK = "\u200b"  # no sign, but a line may end there
_JOINTS = re.compile(r"(?<=[-_./@:=+])(?=[^-_./@:=+\s])")
Row = tuple[str, str, str] | tuple[str, str, str, str]


class Words(QLabel):
    """A label; what is copied from it is what it says, without the places to break."""

    @property
    def said(self) -> str:
        """The text as it was before it could be broken."""
        return self.text().replace(BREAK, "")

    # Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and self.hasSelectedText():
            _copy(self.selectedText())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if (
            not self.textInteractionFlags()
            & Qt.TextInteractionFlag.TextSelectableByMouse
        ):
            super().contextMenuEvent(event)
            return
        menu = QMenu(self)
        chosen = self.selectedText() or self.text()
        menu.addAction("Copy", lambda: _copy(chosen))
        menu.exec(event.globalPos())


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text.replace(BREAK, ""))


def words(text: str = "", *, look: str = "", wraps: bool = False) -> Words:
    """A label of plain text, so that markup in a name stays text.

    look: heading, caption, muted, good, warning, bad, strong or mono.
    """
    label = Words()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setIndent(0)
    label.setWordWrap(wraps)
    if wraps:
        # A wrapped label may be narrow, but never lower than its lines need.
        policy = label.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Ignored)
        policy.setVerticalPolicy(QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        label.setSizePolicy(policy)
    set_look(label, look)
    return label


def set_look(widget: QWidget, look: str) -> None:
    """Give a widget the look of that name, at once."""
    widget.setProperty("look", look)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def button(
    text: str, does: Callable[[], object], *, hint: str = "", is_primary: bool = False
) -> QPushButton:
    """A push button that says what it does."""
    made = QPushButton(text)
    made.setAccessibleName(hint or text.strip("…. "))
    made.setToolTip(hint)
    if is_primary:
        set_look(made, "primary")
    made.setAutoDefault(False)
    made.clicked.connect(lambda: does())
    return made


def link(text: str, does: Callable[[], object], *, hint: str = "") -> QPushButton:
    """A button that looks like a word of the text it stands in."""
    made = button(text.replace("&", "&&"), does, hint=hint or text)
    set_look(made, "link")
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


def field(name: str, *, hint: str = "", text: str = "") -> QLineEdit:
    """A text field with an accessible name."""
    made = QLineEdit(text)
    made.setAccessibleName(name)
    made.setPlaceholderText(hint)
    return made


def panel() -> tuple[QFrame, QVBoxLayout]:
    """A quiet framed panel and the box inside it."""
    frame = QFrame()
    frame.setObjectName("panel")
    box = QVBoxLayout(frame)
    box.setContentsMargins(14, 12, 14, 12)
    box.setSpacing(6)
    return frame, box


def scrolled(inner: QWidget, name: str) -> QScrollArea:
    """The widget in an area that scrolls downwards only."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setAccessibleName(name)
    area.setWidget(inner)
    return area


class Rows(QWidget):
    """Rows of a title and a text; texts can be selected and are never markup."""

    def __init__(self, *, is_list: bool = False, parent: QWidget | None = None) -> None:
        """is_list: texts stand next to quiet titles, not at the right edge."""
        super().__init__(parent)
        self._is_list = is_list
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(1, 1)

    def show_rows(self, rows: Iterable[Row]) -> None:
        """Replace the rows: title, text, the text's look, and a hint if there is one."""
        emptied(self._grid)
        shown = list(rows)
        is_crowded = any(len(row[0]) > LONG_TITLE for row in shown)
        self._grid.setColumnStretch(0, 2 if is_crowded else 0)
        self._grid.setColumnStretch(1, 3)
        for line, (title, text, look, *hint) in enumerate(shown):
            quiet, loud = ("muted", "") if self._is_list else ("", "muted")
            label = words(breakable(title), look=quiet, wraps=is_crowded)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(label, line, 0, Qt.AlignmentFlag.AlignTop)
            value = words(breakable(text), look=look or loud, wraps=True)
            side = (
                Qt.AlignmentFlag.AlignLeft
                if self._is_list
                else Qt.AlignmentFlag.AlignRight
            )
            value.setAlignment(side | Qt.AlignmentFlag.AlignTop)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(f"{title}: {text}")
            value.setToolTip("".join(hint))
            self._grid.addWidget(value, line, 1)


def breakable(text: str) -> str:
    """The text with places to break its long words: after a joint, else every so often."""
    return " ".join(
        _with_breaks(word) if len(word) > WHOLE else word for word in text.split(" ")
    )


def _with_breaks(word: str) -> str:
    return BREAK.join(
        part[place : place + LONG]
        for part in _JOINTS.split(word)
        for place in range(0, max(1, len(part)), LONG)
    )


def emptied(layout: QLayout) -> None:
    """Take all widgets out of a layout, those of layouts in it too."""
    while (entry := layout.takeAt(0)) is not None:
        if (old := entry.widget()) is not None:
            old.hide()
            old.deleteLater()
        elif (inner := entry.layout()) is not None:
            emptied(inner)
