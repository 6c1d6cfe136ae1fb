"""What every place of the window has in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QWidget

from mlcatalog.domain.artifact import Summary
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.looks import style_sheet
from mlcatalog.ui.theme import Tokens

if TYPE_CHECKING:
    from mlcatalog.catalog.store import Catalog


class Place(QWidget):
    """One of the six places; the window connects its signals and tells it of changes."""

    title = ""
    search_hint = ""  # what the field at the top right is for, while this is shown

    library_wanted = Signal(list)  # ids to choose in the Library
    lineage_wanted = Signal(list)  # ids
    compare_wanted = Signal(list)  # ids to compare too
    engine_wanted = Signal(object)  # a command for the engine

    def __init__(
        self,
        catalog: Catalog,
        jobs: Jobs,
        tokens: Tokens,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.catalog = catalog
        self.jobs = jobs
        self.tokens = tokens
        self.undo_stack = QUndoStack(self)  # the window gives all places one
        self.setStyleSheet(style_sheet(tokens))
        self.build()

    def build(self) -> None:
        """Make the parts, once."""

    def show_artifacts(self, ids: Sequence[str]) -> None:
        """Show these, or everything when there are none."""

    def offer(self, chosen: Sequence[Summary]) -> None:
        """Open on what is chosen in the Library; without that, on something useful."""
        self.refresh(None)

    def refresh(self, changes: object) -> None:
        """Follow a change of the catalogue."""

    def search(self, text: str) -> None:
        """Follow the field at the top right."""

    def set_tokens(self, tokens: Tokens) -> None:
        """Follow the theme."""
        self.tokens = tokens
        self.setStyleSheet(style_sheet(tokens))
        self.restyle()

    def restyle(self) -> None:
        """Hand the new tokens to the parts that paint themselves."""
