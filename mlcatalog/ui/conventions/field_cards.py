"""The chosen name, read field by field: a card for each."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from mlcatalog.ui.naming.judging import FieldLine, NameLine
from mlcatalog.ui.pieces import emptied, set_look, words

ACROSS = 6  # cards in one row
LOOKS = {"good": "good card", "bad": "bad card", "warning": "warning card"}
MARKS = {"good": "✓", "bad": "✗", "warning": "!"}


class FieldCards(QWidget):
    """Shows how one name was read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        self._title = words("READ FIELD BY FIELD", look="caption")
        box.addWidget(self._title)
        self._grid = QGridLayout()
        self._grid.setSpacing(6)
        box.addLayout(self._grid)

    def show_line(self, line: NameLine | None) -> None:
        """Show the fields of a name."""
        emptied(self._grid)
        if line is None:
            self._grid.addWidget(
                words("Choose a name to see how it is read.", look="muted"), 0, 0
            )
            return
        if not line.fields:
            text = line.wrong or "No field can be read in this name."
            self._grid.addWidget(words(text, look="muted", wraps=True), 0, 0)
        for place, part in enumerate(line.fields):
            self._grid.addWidget(_card(part), place // ACROSS, place % ACROSS)


def _card(part: FieldLine) -> QFrame:
    frame = QFrame()
    frame.setObjectName("fieldCard")
    set_look(frame, LOOKS.get(part.state, ""))
    frame.setAccessibleName(f"{part.field}: {part.text}, {part.why}")
    box = QVBoxLayout(frame)
    box.setContentsMargins(10, 8, 10, 8)
    box.setSpacing(3)
    box.addWidget(words(part.text or "(nothing)", look="mono", wraps=True))
    box.addWidget(words(part.field, look="muted", wraps=True))
    mark = MARKS.get(part.state, "·")
    why = words(f"{mark} {part.why}", look=part.state or "muted", wraps=True)
    why.setAlignment(Qt.AlignmentFlag.AlignTop)
    box.addWidget(why, 1)
    return frame
