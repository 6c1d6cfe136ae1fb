"""The right panel: the chosen node, or the chosen edge with why it is believed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mlcatalog.domain.lineage import Edge, Graph, Node, Proof
from mlcatalog.domain.words import Evidence
from mlcatalog.ui.graph.wording import card_title, facts_of, name_of, one_line
from mlcatalog.ui.pieces import Rows, button, emptied, words

LOOKS = {
    Evidence.CONTENT: "good",
    Evidence.RECORDED: "good",
    Evidence.DECLARED: "",
    Evidence.INFERRED: "warning",
}
MEANINGS = {
    Evidence.CONTENT: "the bytes prove it",
    Evidence.RECORDED: "a tool logged it",
    Evidence.DECLARED: "a person or a card wrote it",
    Evidence.INFERRED: "suggested, waiting for you",
}


class LineageInspector(QWidget):
    """Shows one node or edge; `decided` tells a verdict, `wanted` a node to go to."""

    decided = Signal(object, str)  # Edge, "confirmed", "rejected" or "open"
    wanted = Signal(str, str)  # what: "open" or "compare"; the node's id

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edge: Edge | None = None
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(6)

    def show_nothing(self) -> None:
        """Say what can be done here."""
        self._start("Nothing chosen")
        self._box.addWidget(
            words(
                "Choose a card or a line to see what it is and why.",
                look="muted",
                wraps=True,
            )
        )
        self._box.addStretch(1)

    def show_node(self, node: Node, graph: Graph) -> None:
        """Show one node and the edges that touch it."""
        self._start(card_title(node))
        rows = Rows()
        rows.show_rows((title, text, "") for title, text in facts_of(node))
        self._box.addWidget(rows)
        self._add_relations(
            "Came from", [(e, e.parent) for e in graph.parents(node.id)], graph
        )
        self._add_relations(
            "Led to", [(e, e.child) for e in graph.children(node.id)], graph
        )
        self._box.addStretch(1)

    def show_edge(self, edge: Edge, graph: Graph) -> None:
        """Show one edge: the sentence, the proofs, and what a person can decide."""
        self._edge = edge
        self._start(name_of(graph, edge.child))
        probably = "is probably" if edge.is_suggestion else "is"
        self._box.addWidget(words(f"{probably}: {edge.relation.phrase}", look="muted"))
        self._box.addWidget(
            words(name_of(graph, edge.parent), look="strong", wraps=True)
        )
        if standing := _standing(edge):
            self._box.addWidget(standing)
        self._add_buttons(edge)
        self._box.addWidget(words("WHY", look="caption"))
        for proof in sorted(
            edge.proofs, key=lambda p: (p.evidence.rank, -p.confidence)
        ):
            self._box.addWidget(_proof_rows(proof))
        self._box.addStretch(1)

    def _start(self, title: str) -> None:
        emptied(self._box)
        self._box.addWidget(words(one_line(title), look="heading", wraps=True))

    def _add_relations(
        self, title: str, ends: list[tuple[Edge, str]], graph: Graph
    ) -> None:
        if not ends:
            return
        self._box.addWidget(words(f"{title.upper()}  {len(ends)}", look="caption"))
        rows = Rows()
        rows.show_rows(
            (
                edge.relation.phrase,
                name_of(graph, end) + (" ?" if edge.is_suggestion else ""),
                "warning" if edge.is_suggestion else "",
            )
            for edge, end in ends
        )
        self._box.addWidget(rows)

    def _add_buttons(self, edge: Edge) -> None:
        row = QHBoxLayout()
        if edge.is_suggestion:
            row.addWidget(self._decision("Reject", "rejected"))
            row.addWidget(self._decision("Confirm", "confirmed", is_primary=True))
        elif edge.status in ("confirmed", "rejected"):
            row.addWidget(self._decision("Take the decision back", "open"))
        self._box.addLayout(row)

    def _decision(self, text: str, status: str, *, is_primary: bool = False) -> QWidget:
        made = button(text, lambda: self._decide(status), is_primary=is_primary)
        made.setObjectName(f"decide-{status}")
        return made

    def _decide(self, status: str) -> None:
        if self._edge is not None:
            self.decided.emit(self._edge, status)


def _proof_rows(proof: Proof) -> Rows:
    rows = Rows()
    look = LOOKS[proof.evidence]
    shown = [
        ("Evidence", f"{proof.evidence.value}: {MEANINGS[proof.evidence]}", look),
        ("Source", one_line(proof.source), ""),
        ("Detail", one_line(proof.detail), ""),
        ("Confidence", f"{proof.confidence:.2f}", look),
    ]
    rows.show_rows(row for row in shown if row[1])
    rows.setContentsMargins(0, 0, 0, 8)
    return rows


def _standing(edge: Edge) -> QWidget | None:
    if edge.status == "confirmed":
        return words("✓ You confirmed this.", look="good")
    if edge.status == "rejected":
        return words(
            "✗ You rejected this; it counts no more.", look="muted", wraps=True
        )
    if not edge.pinned:
        return words(
            "The parent's exact version is not known.", look="warning", wraps=True
        )
    return None
