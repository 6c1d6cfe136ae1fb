"""The lineage of what is chosen, in a strip below the table."""

from __future__ import annotations

from PySide6.QtCore import QSizeF, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mlcatalog.domain.lineage import Graph, Node
from mlcatalog.lineage.collapse import is_group
from mlcatalog.ui.graph.cards import HEIGHT, WIDTH
from mlcatalog.ui.graph.placing import Placed, stretched
from mlcatalog.ui.graph.scene import GraphScene
from mlcatalog.ui.graph.view import GraphView
from mlcatalog.ui.graph.wording import name_of
from mlcatalog.ui.pieces import link, words
from mlcatalog.ui.theme import Tokens

LEAST = 120  # pixels
SMALLEST = 0.52  # scale of the cards


class LineageStrip(QWidget):
    """Shows a bounded neighbourhood; a double click or Enter asks for the place."""

    lineage_wanted = Signal(str)  # id
    group_opened = Signal(str)  # id of the folded node

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumHeight(LEAST)
        self.scene = GraphScene(tokens, self)
        self.view = GraphView(self.scene, readable=SMALLEST)
        self.view.setAccessibleName("Lineage of what is chosen")
        self._shown: tuple[Graph, Placed] | None = None
        self._caption = words("", look="caption")
        self._all = link(
            "Open in Lineage",
            lambda: self.lineage_wanted.emit(self.scene.graph.focus),
            hint="Open the whole lineage of this",
        )
        self._empty = words(
            "No line leads here or away yet. Link it with Register again…, or let its "
            "config or card name what it came from.",
            look="muted",
            wraps=True,
        )
        top = QHBoxLayout()
        top.addWidget(self._caption, 1)
        top.addWidget(self._all)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addLayout(top)
        box.addWidget(self._empty)
        box.addWidget(self.view, 1)
        self.view.opened.connect(self._open)
        self.show_nothing()

    @property
    def caption(self) -> str:
        """What stands above the graph."""
        return self._caption.text()

    def show_nothing(self) -> None:
        """Say that nothing is chosen."""
        self._shown = None
        self._caption.setText("LINEAGE")
        for part in (self._all, self._empty, self.view):
            part.hide()

    def show_graph(self, graph: Graph, placed: Placed, *, more: int = 0) -> None:
        """Replace the graph; the same one stays as it is, zoom and choice too.

        more: how many artifacts of the neighbourhood are left out.
        """
        if self._shown == (graph, placed):
            return
        self._shown = graph, placed
        self._caption.setText(f"LINEAGE OF  {name_of(graph, graph.focus)}")
        is_alone = len(graph.nodes) < 2
        self._all.setVisible(not is_alone)
        self._all.setText(f"{more:,} more in Lineage" if more else "Open in Lineage")
        self._empty.setVisible(is_alone)
        self.view.setVisible(not is_alone)
        if not is_alone:
            self._draw(graph, placed)

    def set_tokens(self, tokens: Tokens) -> None:
        """Follow the theme."""
        self.scene.restyle(tokens)

    def _draw(self, graph: Graph, placed: Placed) -> None:
        room = QSizeF(self.view.viewport().size())
        wide = max(x for x, _ in placed.corners.values()) + WIDTH
        if wide * SMALLEST > room.width():
            room = QSizeF()  # it scrolls sideways; parting its rows would add more
        parted = stretched(placed, card=QSizeF(WIDTH, HEIGHT), room=room)
        self.scene.draw(graph, parted, font=self.font())
        self.scene.setFont(self.font())
        self.view.fit()

    def _open(self, node: object) -> None:
        if not isinstance(node, Node) or node.external:
            return
        if is_group(node.id):
            self.group_opened.emit(node.id)
        else:
            self.lineage_wanted.emit(node.id)
