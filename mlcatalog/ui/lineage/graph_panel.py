"""The middle of Lineage: title, controls, the graph or the tree, and a line of words."""

from __future__ import annotations

from PySide6.QtCore import QSizeF, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.domain.lineage import Graph, Node
from mlcatalog.ui.graph.cards import HEIGHT, WIDTH
from mlcatalog.ui.graph.placing import Placed, stretched
from mlcatalog.ui.graph.scene import GraphScene
from mlcatalog.ui.graph.view import GraphView
from mlcatalog.ui.graph.wording import name_of
from mlcatalog.ui.lineage.depth_button import DepthButton
from mlcatalog.ui.lineage.exporting import FORMATS, TITLES
from mlcatalog.ui.lineage.impact import descendants, matching
from mlcatalog.ui.lineage.title_label import TitleLabel
from mlcatalog.ui.lineage.tree_view import LineageTree
from mlcatalog.ui.pieces import button, set_look, words
from mlcatalog.ui.theme import Tokens

DEPTH = 2
LEGEND = "solid: content, recorded or declared     dashed: inferred, waiting for you"


class GraphPanel(QFrame):
    """Shows one graph twice; tells what is chosen, and what should be asked anew."""

    depth_changed = Signal()
    export_wanted = Signal(str)  # svg, dot, png or txt
    stopped = Signal()
    whole_wanted = Signal()

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.scene = GraphScene(tokens, self)
        self.view = GraphView(self.scene)
        self.tree = LineageTree(with_details=True)
        self.graph = Graph((), ())
        self._found: set[str] | None = None
        self._build()

    @property
    def depths(self) -> tuple[int, int]:
        """How many steps up and down are asked for."""
        return self.up.value(), self.down.value()

    def show_graph(self, graph: Graph, placed: Placed) -> None:
        """Replace the graph and the tree."""
        self.graph = graph
        self._pages.setCurrentWidget(self._shown())
        room = QSizeF(self.view.viewport().size())
        parted = stretched(placed, card=QSizeF(WIDTH, HEIGHT), room=room)
        self.scene.draw(graph, parted, font=self.font())
        self.scene.setFont(self.font())
        self.tree.show_graph(graph)
        name = name_of(graph, graph.focus) if graph.focus else ""
        self.title.setText(
            f"Lineage of {name}" if name else "Lineage of the whole catalogue"
        )
        self._point_out()
        self.view.fit()
        self.say_count()

    def say_count(self) -> None:
        """Write how much of the lineage is shown."""
        cards = len(self.graph.nodes)
        folded = [n.facts.get("members", "") for n in self.graph.nodes]
        inside = [int(number) for number in folded if number.isdecimal()]
        shown = cards - len(inside) + sum(inside)
        total = max(self.graph.total, shown)
        folds = f" ({sum(inside):,} folded)" if inside else ""
        found = f"     {len(self._found)} found" if self._found is not None else ""
        self._words.setText(
            f"{LEGEND}     showing {shown:,} of {total:,}{folds}{found}"
        )

    def say_note(self, text: str) -> None:
        """Write a remark under the title; "" for none."""
        self._note.setText(" ".join(text.split()))
        self._note.setVisible(bool(text))

    def show_waiting(self, text: str) -> None:
        """Say that the graph is on its way, with a way to stop it."""
        self._waiting_words.setText(text)
        self._stop.setVisible(text.endswith("…"))
        self._pages.setCurrentIndex(2)

    def find_text(self, text: str) -> None:
        """Point out the nodes that match, and choose the first."""
        self._found = matching(self.graph, text) if text.strip() else None
        self._point_out()
        self.say_count()
        if self._found:
            first = next(node.id for node in self.graph.nodes if node.id in self._found)
            self.view.ensureVisible(self.scene.frame_of([first]), 60, 60)

    def choose(self, node_id: str) -> None:
        """Choose a node in graph and tree."""
        self.scene.choose(node_id)
        self.tree.choose(node_id)

    def restyle(self, tokens: Tokens) -> None:
        """Follow the theme."""
        self.scene.restyle(tokens)

    def _build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 12, 14, 10)
        box.addLayout(self._controls())
        self._note = words("", look="muted", wraps=True)
        self._note.hide()
        box.addWidget(self._note)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.view)
        self._pages.addWidget(self.tree)
        self._pages.addWidget(self._waiting())
        box.addWidget(self._pages, 1)
        self._words = words(LEGEND, look="muted")
        box.addWidget(self._words)
        self.scene.chose.connect(self._follow_choice)

    def _controls(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.title = TitleLabel("Lineage")
        row.addWidget(self.title, 1)
        self.up = self._depth_field("Up", "Steps up, towards the parents")
        self.down = self._depth_field("Down", "Steps down, towards the children")
        row.addWidget(self.up)
        row.addWidget(self.down)
        row.addLayout(self._switch())
        self.impact = QPushButton("Impact")
        self.impact.setCheckable(True)
        self.impact.setToolTip("Point out and list everything that came from this")
        self.impact.setAccessibleName(
            "Impact: point out everything that came from this"
        )
        self.impact.toggled.connect(self._point_out)
        row.addWidget(self.impact)
        row.addWidget(
            button(
                "Everything",
                self.whole_wanted.emit,
                hint="Show the lineage of the whole catalogue",
            )
        )
        row.addWidget(button("Fit", self.view.fit, hint="Show all of the graph (0)"))
        row.addWidget(self._export_button())
        return row

    def _depth_field(self, prefix: str, name: str) -> DepthButton:
        made = DepthButton(prefix, name, DEPTH)
        made.changed.connect(lambda _: self.depth_changed.emit())
        return made

    def _switch(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(0)
        self._switch_group = QButtonGroup(self)
        for place, text in enumerate(("Graph", "Tree")):
            half = QPushButton(text)
            half.setCheckable(True)
            half.setAccessibleName(f"Show as {text.lower()}")
            set_look(half, "left half" if place == 0 else "right half")
            self._switch_group.addButton(half, place)
            row.addWidget(half)
        self._switch_group.button(0).setChecked(True)
        self._switch_group.idToggled.connect(self._turn)
        return row

    def _export_button(self) -> QPushButton:
        made = QPushButton("Export")
        made.setAccessibleName("Export the lineage")
        menu = QMenu(made)
        for suffix in FORMATS:
            action = QAction(f"{TITLES[suffix]}…", menu)
            action.triggered.connect(
                lambda _=False, s=suffix: self.export_wanted.emit(s)
            )
            menu.addAction(action)
        made.setMenu(menu)
        return made

    def _waiting(self) -> QWidget:
        page = QWidget()
        box = QVBoxLayout(page)
        box.addStretch(1)
        self._waiting_words = words("", look="muted")
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._waiting_words)
        self._stop = button("Stop", self.stopped.emit, hint="Stop reading the lineage")
        row.addWidget(self._stop)
        row.addStretch(1)
        box.addLayout(row)
        box.addStretch(1)
        return page

    def _shown(self) -> QWidget:
        return self.tree if self._switch_group.checkedId() == 1 else self.view

    def _turn(self) -> None:
        if self._pages.currentIndex() != 2:
            self._pages.setCurrentWidget(self._shown())

    def _follow_choice(self, chosen: object) -> None:
        if isinstance(chosen, Node):
            self.tree.choose(chosen.id)
        if self.impact.isChecked():
            self._point_out()

    def _point_out(self) -> None:
        ids = self._found
        if self.impact.isChecked():
            card = self.scene.chosen_card()
            start = card.node.id if card else self.graph.focus
            below = descendants(self.graph, start) if start else None
            ids = below if ids is None or below is None else below & ids
        self.scene.point_out(ids)
