"""What stands where a list would stand, and says why there is nothing in it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from mlcatalog.ui.pieces import words

WIDEST = 560  # pixels of a text that is read


class EmptyPage(QWidget):
    """A title, a text, and buttons that lead on, in the middle; hidden at first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = words("", look="heading")
        self._text = words("", look="muted", wraps=True)
        self.hide()

    @property
    def said(self) -> str:
        """What it says, title and text."""
        return f"{self._title.text()}\n{self._text.text()}"

    def tell(self, title: str, text: str) -> None:
        """Say something."""
        self._title.setText(title)
        self._text.setText(text)

    def arrange(self, buttons: Sequence[QPushButton]) -> None:
        """Put everything in its place, once."""
        box = QVBoxLayout(self)
        box.addStretch(2)
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setMaximumWidth(WIDEST)
            line = QHBoxLayout()
            line.addStretch(1)
            line.addWidget(label, 8)
            line.addStretch(1)
            box.addLayout(line)
        row = QHBoxLayout()
        row.addStretch(1)
        for part in buttons:
            row.addWidget(part)
        row.addStretch(1)
        box.addSpacing(10)
        box.addLayout(row)
        box.addStretch(3)
