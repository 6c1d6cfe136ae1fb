"""The active filters as chips, each with its way out, and one way out of all."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from mlcatalog.ui.flow_layout import FlowLayout
from mlcatalog.ui.library.clauses import clauses, without
from mlcatalog.ui.pieces import button, emptied, set_look

LONGEST = 36  # signs of a chip


class FilterBar(QWidget):
    """Shows the clauses of a query; tells the query without one of them."""

    query_changed = Signal(str)
    save_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._query = ""
        self._flow = FlowLayout(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    @property
    def chips(self) -> list[QPushButton]:
        """The buttons, one a clause, then Clear all and Save search."""
        found = (self._flow.itemAt(n) for n in range(self._flow.count()))
        parts = (entry.widget() for entry in found if entry is not None)
        return [part for part in parts if isinstance(part, QPushButton)]

    def show_query(self, query: str) -> None:
        """Replace the chips."""
        if query == self._query:
            return
        self._query = query
        emptied(self._flow)
        words = clauses(query)
        for word in words:
            self._flow.addWidget(self._chip(word))
        self.setVisible(bool(words))
        if words:
            clear = button("Clear all", lambda: self.query_changed.emit(""))
            save = button("Save search…", self.save_wanted.emit)
            for part in (clear, save):
                set_look(part, "chip")
                self._flow.addWidget(part)

    def _chip(self, word: str) -> QPushButton:
        shown = word if len(word) <= LONGEST else f"{word[: LONGEST - 1]}…"
        made = button(
            f"{shown.replace('&', '&&')}  ✕",
            lambda: self.query_changed.emit(without(self._query, word)),
            hint=f"Remove the filter {word}",
        )
        set_look(made, "chip out" if word.startswith("-") else "chip")
        return made
