"""What the Library says when there is nothing to list, and the way on from there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from mlcatalog.ui.pieces import button, words

WELCOME = (
    "Point mlcatalog at a folder. Within seconds you see every model, dataset, "
    "configuration, script and run in it, what came from what, and what is missing."
)
PROMISE = "Nothing is uploaded, nothing is executed, nothing is moved."


class StartPage(QWidget):
    """The welcome of an empty catalogue, or why nothing is listed."""

    folder_wanted = Signal()
    demo_wanted = Signal()
    clearing_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = words("", look="heading")
        self._said = words("", look="muted", wraps=True)
        self.add = button("Add a folder…", self.folder_wanted.emit, is_primary=True)
        self.demo = button(
            "Open the demo project",
            self.demo_wanted.emit,
            hint="Write a small, real project into a folder you choose, and open it",
        )
        self.clear = button(
            "Clear the search", self.clearing_wanted.emit, is_primary=True
        )
        row = QHBoxLayout()
        row.addStretch(1)
        for part in (self.add, self.demo, self.clear):
            row.addWidget(part)
        row.addStretch(1)
        box = QVBoxLayout(self)
        box.addStretch(2)
        for label in (self._title, self._said):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setMaximumWidth(560)
            line = QHBoxLayout()
            line.addStretch(1)
            line.addWidget(label, 8)
            line.addStretch(1)
            box.addLayout(line)
        box.addSpacing(10)
        box.addLayout(row)
        box.addStretch(3)
        self.hide()

    @property
    def said(self) -> str:
        """What it says, title and text."""
        return f"{self._title.text()}\n{self._said.text()}"

    def show_welcome(self) -> None:
        """Say how to begin."""
        self._title.setText("Welcome")
        self._said.setText(
            f"{WELCOME}\n\n{PROMISE}\n\nDrop a folder anywhere on this window, or:"
        )
        self._offer(is_start=True)
        if not isinstance(self.window().focusWidget(), QLineEdit):
            self.add.setFocus()  # Enter begins; who types is left alone

    def show_indexing(self) -> None:
        """Say that projects are there, and nothing was found in them yet."""
        self._title.setText("Nothing is found yet")
        self._said.setText(
            "The watched folders hold no model, dataset, configuration, script or run "
            "that mlcatalog knows. What appears in them is listed at once."
        )
        self._offer(is_start=True)

    def show_no_match(self, query: str, total: int, hints: tuple[str, ...]) -> None:
        """Say why a search found nothing, and offer to clear it."""
        self._title.setText("Nothing matches")
        what = f"None of {total:,} artifacts fits “{query}”."
        self._said.setText("\n".join((what, *hints)))
        self._offer(is_start=False)

    def _offer(self, *, is_start: bool) -> None:
        self.add.setVisible(is_start)
        self.demo.setVisible(is_start)
        self.clear.setVisible(not is_start)
