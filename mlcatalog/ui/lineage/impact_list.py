"""Everything that came from one artifact, as a list that can be copied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.domain.amounts import counted
from mlcatalog.domain.lineage import Node
from mlcatalog.domain.words import Kind
from mlcatalog.ui.graph.wording import card_title, one_line
from mlcatalog.ui.pieces import button, words


class ImpactList(QWidget):
    """Lists what came from a node; `chose` tells the id of one."""

    chose = Signal(str)

    def __init__(
        self, name: str, nodes: Sequence[Node], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._nodes = nodes
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(words(f"Impact of {one_line(name)}", look="heading", wraps=True))
        box.addWidget(words(summed_up(nodes), look="muted", wraps=True))
        self.entries = QListWidget()
        self.entries.setAccessibleName(f"What came from {one_line(name)}")
        self.entries.setFrameShape(QFrame.Shape.NoFrame)
        self.entries.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.entries.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for node in nodes:
            entry = QListWidgetItem(f"{node.kind.value}   {card_title(node)}")
            entry.setData(Qt.ItemDataRole.UserRole, node.id)
            self.entries.addItem(entry)
        self.entries.currentItemChanged.connect(self._tell)
        self.entries.setVisible(bool(nodes))
        box.addWidget(self.entries, 1)
        if nodes:
            box.addWidget(
                button("Copy list", self.copy, hint="Copy names, kinds and paths")
            )

    def text(self) -> str:
        """Name, kind and path, a line each, parted by tabs."""
        return "\n".join(
            "\t".join((card_title(node), node.kind.value, one_line(node.path)))
            for node in self._nodes
        )

    def copy(self) -> None:
        """Put the list on the clipboard."""
        QApplication.clipboard().setText(self.text())

    def _tell(self, current: QListWidgetItem | None) -> None:
        if current is not None:
            self.chose.emit(str(current.data(Qt.ItemDataRole.UserRole)))


def summed_up(nodes: Sequence[Node]) -> str:
    """How many of each kind came from it."""
    if not nodes:
        return "Nothing came from it, as far as is known."
    counts = Counter(node.kind for node in nodes)
    parts = [_counted(kind, counts[kind]) for kind in Kind if counts[kind]]
    return f"{', '.join(parts)} came from it; a change here may concern them."


def _counted(kind: Kind, number: int) -> str:
    return counted(number, kind.value, kind.plural)
