"""The right panel: the chosen node, or the chosen edge with why it is believed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mlcatalog.domain.lineage import Edge, Graph, Node, Proof
from mlcatalog.domain.words import Evidence
from mlcatalog.lineage.weights import WeightChange
from mlcatalog.ui.graph.wording import card_title, facts_of, name_of, one_line, sentence
from mlcatalog.ui.lineage.impact_list import ImpactList
from mlcatalog.ui.lineage.layer_bars import LayerBars
from mlcatalog.ui.lineage.why import why_rows
from mlcatalog.ui.pieces import Rows, button, emptied, set_look, words

LONGEST = 26  # signs of a name beside its relation
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
    edge_wanted = Signal(object)  # an Edge to look at
    node_wanted = Signal(str)  # the id of a node to choose

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edge: Edge | None = None
        self._graph: Graph | None = None
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(6)

    def show_nothing(self) -> None:
        """Say what can be done here."""
        self._edge = None
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
        self._edge = None
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
        self._why = Rows()
        self._box.addWidget(self._why)
        self._layers = QVBoxLayout()
        self._box.addLayout(self._layers)
        self._graph = graph
        self.show_weights((edge, None))
        self._box.addWidget(words("EVIDENCE", look="caption"))
        for proof in sorted(
            edge.proofs, key=lambda p: (p.evidence.rank, -p.confidence)
        ):
            self._box.addWidget(_proof_rows(proof))
        self._box.addStretch(1)

    def show_weights(self, answer: tuple[Edge, WeightChange | None]) -> None:
        """Add what the weights say of the edge, unless another is shown since."""
        edge, change = answer
        if edge is not self._edge or self._graph is None:
            return
        self._why.show_rows(why_rows(edge, self._graph, change))
        emptied(self._layers)
        if change is not None and change.different:
            self._layers.addWidget(words("WHAT CHANGED, BY LAYER", look="caption"))
            self._layers.addWidget(LayerBars(change.layers))

    def show_impact(self, node: Node, below: Sequence[Node]) -> ImpactList:
        """List everything that came from a node."""
        self._edge = None
        emptied(self._box)
        listed = ImpactList(card_title(node), below)
        listed.chose.connect(self.node_wanted)
        self._box.addWidget(listed, 1)
        return listed

    def _start(self, title: str) -> None:
        emptied(self._box)
        self._box.addWidget(words(one_line(title), look="heading", wraps=True))

    def _add_relations(
        self, title: str, ends: list[tuple[Edge, str]], graph: Graph
    ) -> None:
        if not ends:
            return
        self._box.addWidget(words(f"{title.upper()}  {len(ends)}", look="caption"))
        for edge, end in ends:
            self._box.addLayout(self._relation(edge, name_of(graph, end), graph))

    def _relation(self, edge: Edge, end: str, graph: Graph) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(words(edge.relation.phrase), 0, Qt.AlignmentFlag.AlignTop)
        mark = " ?" if edge.is_suggestion else ""
        made = button(
            shortened(end) + mark,
            lambda: self.edge_wanted.emit(edge),
            hint=f"Why: {sentence(edge, graph)}",
        )
        set_look(made, "link")
        row.addStretch(1)
        row.addWidget(made)
        return row

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


def shortened(name: str) -> str:
    """A name that fits beside its relation, its middle left out; & stays a sign."""
    if len(name) > LONGEST:
        name = f"{name[: LONGEST // 2]}…{name[-LONGEST // 2 + 1 :]}"
    return name.replace("&", "&&")


def _proof_rows(proof: Proof) -> Rows:
    rows = Rows()
    look = LOOKS[proof.evidence]
    shown = [
        ("Evidence", f"{proof.evidence.value}: {MEANINGS[proof.evidence]}", look),
        ("Source", one_line(proof.source), ""),
        ("Detail", one_line(proof.detail), ""),
        (
            "Confidence",
            f"{proof.confidence:.2f}" if proof.confidence < 1 else "",
            look,
        ),
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
