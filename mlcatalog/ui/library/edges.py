"""The edges of the chosen artifact: where it came from, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mlcatalog.domain.lineage import Edge, Graph
from mlcatalog.ui.graph.wording import card_title
from mlcatalog.ui.pieces import breakable, emptied, link, words

MOST = 8  # edges each way; the rest is counted


class Edges(QWidget):
    """Each edge with its other end (a way there), its relation and its evidence."""

    artifact_chosen = Signal(str)
    lineage_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(1)

    def show_edges(self, edges: Sequence[Edge], near: Graph, identity: str) -> None:
        """Replace the lines; `near` has the names of the other ends."""
        emptied(self._box)
        up = [edge for edge in edges if edge.child == identity]
        down = [edge for edge in edges if edge.child != identity]
        self._add_side("Came from", up, near, identity)
        self._add_side("What came of it", down, near, identity)

    def _add_side(
        self, title: str, edges: Sequence[Edge], near: Graph, identity: str
    ) -> None:
        if not edges:
            return
        self._box.addWidget(words(title.upper(), look="caption"))
        for edge in edges[:MOST]:
            self._add_edge(edge, near, identity)
        if len(edges) > MOST:
            more = f"and {len(edges) - MOST:,} more in Lineage"
            self._box.addWidget(link(more, self.lineage_wanted.emit))

    def _add_edge(self, edge: Edge, near: Graph, identity: str) -> None:
        other = edge.parent if edge.child == identity else edge.child
        node = near.node(other)
        name = card_title(node) if node else other
        is_here = node is not None and not node.external
        way = link(
            name,
            lambda: self.artifact_chosen.emit(other),
            hint=f"Go to {name}" if is_here else f"{name} is not in the catalogue",
        )
        way.setEnabled(is_here)
        self._box.addWidget(way)
        said = words(breakable(edge_text(edge, identity)), look="remedy", wraps=True)
        self._box.addWidget(said)
        self._box.addSpacing(4)


def edge_text(edge: Edge, identity: str) -> str:
    """The relation and its evidence: "trained on · recorded, mlflow.db: inputs"."""
    is_child = edge.child == identity
    phrase = edge.relation.phrase if is_child else f"{edge.relation.phrase} this"
    best = edge.best
    known = best.evidence.value
    if edge.is_suggestion:
        known = f"{known} {best.confidence:.2f}, waiting for you in Lineage"
    elif edge.status != "open":
        known = f"{known}, {edge.status}"
    why = " ".join(part for part in (best.source, best.detail) if part)
    return f"{phrase} · {known}" + (f" · {why}" if why else "")
