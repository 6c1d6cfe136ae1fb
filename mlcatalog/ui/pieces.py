"""Small pieces that the places are made of: headings, captions, rows, buttons, fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

LONG, PIECE = 20, 8  # signs of a word that is broken, and of each piece


def words(text: str = "", *, look: str = "", wraps: bool = False) -> QLabel:
    """A label of plain text, so that markup in a name stays text.

    look: heading, caption, muted, good, warning, bad, strong or mono.
    """
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
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

    def show_rows(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Replace the rows: title, text, and the text's look."""
        emptied(self._grid)
        for line, (title, text, look) in enumerate(rows):
            quiet, loud = ("muted", "") if self._is_list else ("", "muted")
            label = words(title, look=quiet)
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
            self._grid.addWidget(value, line, 1)


def breakable(text: str) -> str:
    """The text with places to break in its long words (a label breaks at spaces only)."""
    return " ".join(
        "\u200b".join(
            word[place : place + PIECE] for place in range(0, len(word), PIECE)
        )
        if len(word) > LONG
        else word
        for word in text.split(" ")
    )


def emptied(layout: QLayout) -> None:
    """Take all widgets out of a layout, those of layouts in it too."""
    while (entry := layout.takeAt(0)) is not None:
        if (old := entry.widget()) is not None:
            old.hide()
            old.deleteLater()
        elif (inner := entry.layout()) is not None:
            emptied(inner)
