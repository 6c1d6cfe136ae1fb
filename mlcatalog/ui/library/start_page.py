"""What the Library says when there is nothing to list, and the way on from there."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from mlcatalog.ui.empty_page import EmptyPage
from mlcatalog.ui.pieces import button

WELCOME = (
    "Point mlcatalog at a folder. Within seconds you see every model, dataset, "
    "configuration, script and run in it, what came from what, and what is missing."
)
PROMISE = "Nothing is uploaded, nothing is executed, nothing is moved."


class StartPage(EmptyPage):
    """The welcome of an empty catalogue, or why nothing is listed."""

    folder_wanted = Signal()
    demo_wanted = Signal()
    clearing_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.add = button("Add a folder…", self.folder_wanted.emit, is_primary=True)
        self.demo = button(
            "Open the demo project",
            self.demo_wanted.emit,
            hint="Write a small, real project into a folder you choose, and open it",
        )
        self.clear = button(
            "Clear the search", self.clearing_wanted.emit, is_primary=True
        )
        self.arrange([self.add, self.demo, self.clear])

    def show_welcome(self) -> None:
        """Say how to begin."""
        drop = "Drop a folder anywhere on this window, or:"
        self.tell("Welcome", f"{WELCOME}\n\n{PROMISE}\n\n{drop}")
        self._offer(is_start=True)
        if not isinstance(self.window().focusWidget(), QLineEdit):
            self.add.setFocus()  # Enter begins; who types is left alone

    def show_indexing(self) -> None:
        """Say that projects are there, and nothing was found in them yet."""
        self.tell(
            "Nothing is found yet",
            "The watched folders hold no model, dataset, configuration, script or run "
            "that mlcatalog knows. What appears in them is listed at once.",
        )
        self._offer(is_start=True)

    def show_no_match(self, query: str, total: int, hints: tuple[str, ...]) -> None:
        """Say why a search found nothing, and offer to clear it."""
        what = f"None of {total:,} artifacts fits “{query}”."
        self.tell("Nothing matches", "\n".join((what, *hints)))
        self._offer(is_start=False)

    def _offer(self, *, is_start: bool) -> None:
        self.add.setVisible(is_start)
        self.demo.setVisible(is_start)
        self.clear.setVisible(not is_start)
