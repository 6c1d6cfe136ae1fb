"""The drawn graph: cards where the layout put them, and the lines between."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from PySide6.QtCore import QObject, QPointF, QRectF, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGraphicsScene
from shiboken6 import isValid

from mlcatalog.domain.lineage import Edge, Graph, Node
from mlcatalog.ui.graph.cards import NodeCard
from mlcatalog.ui.graph.lines import EdgeLine
from mlcatalog.ui.graph.placing import Placed, Wording, curve, edge_key, places
from mlcatalog.ui.theme import Tokens

MARGIN = 28.0
EVEN, LATE = 0.5, 0.7  # where a line bends, from its start to its end
FAN = 7.0  # between two lines that leave or reach one card
FAN_ROOM = 16.0


class GraphScene(QGraphicsScene):
    """Shows one graph; what is chosen is told by `chose` (a Node or an Edge)."""

    chose = Signal(object)

    def __init__(self, tokens: Tokens, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self.graph = Graph((), ())
        self.cards: dict[str, NodeCard] = {}
        self.lines: list[EdgeLine] = []
        self.selectionChanged.connect(self._tell_choice)

    def draw(self, graph: Graph, placed: Placed, *, font: QFont) -> None:
        """Replace what is drawn."""
        self.blockSignals(True)
        self.clear()
        self.blockSignals(False)
        self.graph = graph
        self.cards = {}
        for node in graph.nodes:
            self._add_card(node, placed.corners.get(node.id, (0.0, 0.0)))
        self.lines = [self._line(edge, font, placed) for edge in self._drawable(graph)]
        self._place_words()
        bounds = self.itemsBoundingRect()
        self.setSceneRect(bounds.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))

    def restyle(self, tokens: Tokens) -> None:
        """Follow the theme."""
        self._tokens = tokens
        for card in self.cards.values():
            card.restyle(tokens)
        for line in self.lines:
            line.restyle(tokens)

    def choose(self, node_id: str) -> None:
        """Choose a node, if it is drawn."""
        if node_id not in self.cards:
            return
        self.blockSignals(True)
        self.clearSelection()
        self.blockSignals(False)
        self.cards[node_id].setSelected(True)

    def choose_edge(self, edge: Edge) -> None:
        """Choose a line, if it is drawn."""
        line = next((one for one in self.lines if one.edge == edge), None)
        if line is not None:
            self.blockSignals(True)
            self.clearSelection()
            self.blockSignals(False)
            line.setSelected(True)

    def point_out(self, ids: Collection[str] | None) -> None:
        """Let all but these nodes, and the lines between them, step back; None: nobody."""
        for node_id, card in self.cards.items():
            card.set_faded(ids is not None and node_id not in ids)
        for line in self.lines:
            inside = ids is None or (line.edge.parent in ids and line.edge.child in ids)
            line.set_faded(not inside)

    def chosen_card(self) -> NodeCard | None:
        """The card that is chosen, None if a line is or nothing."""
        return next((c for c in self.selectedItems() if isinstance(c, NodeCard)), None)

    def frame_of(self, ids: Iterable[str]) -> QRectF:
        """What these nodes cover."""
        frame = QRectF()
        for node_id in ids:
            if node_id in self.cards:
                frame = frame.united(self.cards[node_id].frame())
        return frame

    def _tell_choice(self) -> None:
        if not isValid(self):  # a dying scene drops its selection and says so
            return
        chosen = self.selectedItems()
        first = chosen[0] if chosen else None
        if isinstance(first, NodeCard):
            self.chose.emit(first.node)
        elif isinstance(first, EdgeLine):
            self.chose.emit(first.edge)

    def _add_card(self, node: Node, corner: tuple[float, float]) -> None:
        card = NodeCard(node, self._tokens, is_focus=node.id == self.graph.focus)
        card.setPos(*corner)
        self.addItem(card)
        self.cards[node.id] = card

    def _drawable(self, graph: Graph) -> list[Edge]:
        return [
            e for e in graph.edges if e.parent in self.cards and e.child in self.cards
        ]

    def _line(self, edge: Edge, font: QFont, placed: Placed) -> EdgeLine:
        start = self.cards[edge.parent].right() + self._fanned(edge, of_parent=True)
        end = self.cards[edge.child].left() + self._fanned(edge, of_parent=False)
        bends = placed.bends.get(edge_key(edge), ())
        path = curve(start, end, bends, turn=self._turn(edge))
        line = EdgeLine(edge, path, font=font, tokens=self._tokens)
        self.addItem(line)
        return line

    def _turn(self, edge: Edge) -> float:
        """Lines bend where many meet: near the child of many, or the parent of many."""
        near_child = sum(e.child == edge.child for e in self.graph.edges)
        near_parent = sum(e.parent == edge.parent for e in self.graph.edges)
        if near_child == near_parent:
            return EVEN
        return LATE if near_child > near_parent else 1 - LATE

    def _fanned(self, edge: Edge, *, of_parent: bool) -> QPointF:
        """How far from the middle of the card's side the line starts or ends."""
        near = edge.parent if of_parent else edge.child
        mates = [
            e
            for e in self._drawable(self.graph)
            if (e.parent if of_parent else e.child) == near
        ]
        mates.sort(
            key=lambda e: self.cards[e.child if of_parent else e.parent].pos().y()
        )
        step = min(FAN, 2 * FAN_ROOM / max(1, len(mates) - 1))
        return QPointF(0, (mates.index(edge) - (len(mates) - 1) / 2) * step)

    def _place_words(self) -> None:
        wordings = [Wording(line.path, line.words_size()) for line in self.lines]
        frames = [card.frame() for card in self.cards.values()]
        for line, centre in zip(self.lines, places(wordings, frames), strict=True):
            line.put_words(centre)
