"""The place Lineage: the graph in the middle, why on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.lineage import Edge, Node
from mlcatalog.domain.words import Kind
from mlcatalog.lineage.collapse import is_group
from mlcatalog.ui.graph.wording import sentence as said
from mlcatalog.ui.lineage import exporting
from mlcatalog.ui.lineage.deciding import Decide
from mlcatalog.ui.lineage.graph_panel import GraphPanel
from mlcatalog.ui.lineage.inspector import LineageInspector
from mlcatalog.ui.lineage.loading import Drawing, Question, impact_of, read, weights_of
from mlcatalog.ui.lineage.tree_view import LineageTree
from mlcatalog.ui.pieces import button, panel, scrolled, words
from mlcatalog.ui.place import Place

PANEL_WIDTH = 330


class LineagePlace(Place):
    """Shows where an artifact came from and what came of it; none: all lineage."""

    title = "Lineage"
    search_hint = "Find in graph…"

    def build(self) -> None:
        """Make the parts, once."""
        self._question = Question()
        self._chosen: Node | Edge | None = None
        self._job: object | None = None
        self.graph_panel = GraphPanel(self.tokens)
        self.inspector = LineageInspector()
        self.small_tree = LineageTree(with_details=False)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.graph_panel)
        split.addWidget(self._right())
        split.setStretchFactor(0, 1)
        split.setChildrenCollapsible(False)
        split.setSizes([1000, PANEL_WIDTH])
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(split)
        self._connect()
        self.inspector.show_nothing()

    def show_artifacts(self, ids: Sequence[str]) -> None:
        """Show the lineage of the first; of the whole catalogue without one."""
        up, down = self.graph_panel.depths
        self._chosen = None
        self._question = Question(ids[0] if ids else "", up, down)
        self._ask()

    def offer(self, chosen: Sequence[Summary]) -> None:
        """Show the lineage of what is chosen, else of the model with most to show."""
        self._chosen = None
        up, down = self.graph_panel.depths
        wanted = chosen[0].id if chosen else ""
        self._question = Question(wanted, up, down, is_offer=True)
        self._ask()

    def refresh(self, changes: object) -> None:
        """Read again what is shown."""
        self._ask()

    def search(self, text: str) -> None:
        """Point out what matches in the graph."""
        self.graph_panel.find_text(text)

    def restyle(self) -> None:
        """Follow the theme."""
        self.graph_panel.restyle(self.tokens)

    def show_drawing(self, drawing: Drawing) -> None:
        """Show what was read, unless another piece was asked for since."""
        if drawing.question != self._question:
            return
        graph = drawing.graph
        if not graph.nodes:
            self.graph_panel.show_waiting(
                "No lineage yet. Add a project to the catalogue first."
            )
            return
        if self._question.is_offer:  # a refresh must not jump to another
            self._question = replace(
                self._question, artifact=graph.focus, is_offer=False
            )
        self.graph_panel.show_graph(graph, drawing.placed)
        self.graph_panel.say_note(
            f"{drawing.passed_over} has no known lineage; this model has most to show."
            if drawing.passed_over
            else ""
        )
        self.small_tree.show_graph(graph)
        self._choose_again()

    def _connect(self) -> None:
        self.graph_panel.scene.chose.connect(self._show_chosen)
        self.graph_panel.view.opened.connect(self._open)
        self.graph_panel.tree.chose.connect(self._choose)
        self.small_tree.chose.connect(self._choose)
        self.graph_panel.depth_changed.connect(self._change_depth)
        self.graph_panel.export_wanted.connect(self._export)
        self.graph_panel.stopped.connect(self._stop)
        self.graph_panel.impact.toggled.connect(self._show_impact)
        self.graph_panel.whole_wanted.connect(lambda: self.show_artifacts([]))
        self.inspector.decided.connect(self._decide)
        self.inspector.edge_wanted.connect(self._show_edge)
        self.inspector.node_wanted.connect(self._choose_affected)

    def _ask(self) -> None:
        catalog, question = self.catalog, self._question
        self.graph_panel.show_waiting("Reading the lineage…")
        self._job = self.jobs.start(
            "Read the lineage",
            lambda progress: read(catalog, question, progress),
            then=self.show_drawing,
        )

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()  # type: ignore[attr-defined]
        self.graph_panel.show_waiting(
            "Stopped. Choose another depth or artifact to read again."
        )

    def _change_depth(self) -> None:
        up, down = self.graph_panel.depths
        self._question = replace(self._question, up=up, down=down)
        self._ask()

    def _choose(self, node_id: str) -> None:
        self.graph_panel.choose(node_id)

    def _choose_affected(self, node_id: str) -> None:
        """Choose one of the impact list in the drawing, without losing the list."""
        self.graph_panel.scene.blockSignals(True)
        self.graph_panel.choose(node_id)
        self.graph_panel.scene.blockSignals(False)
        self.graph_panel.view.ensureVisible(
            self.graph_panel.scene.frame_of([node_id]), 60, 60
        )

    def _choose_again(self) -> None:
        graph = self.graph_panel.graph
        if isinstance(self._chosen, Edge):
            old = self._chosen
            same = (
                e
                for e in graph.edges
                if (e.parent, e.child, e.relation)
                == (old.parent, old.child, old.relation)
            )
            found = next(same, None)
            if found is not None:
                self._show_chosen(found)
                return
        wanted = self._chosen.id if isinstance(self._chosen, Node) else graph.focus
        if graph.node(wanted) is not None:
            self._choose(wanted)
        else:
            self.inspector.show_nothing()

    def _show_chosen(self, chosen: object) -> None:
        graph = self.graph_panel.graph
        if isinstance(chosen, Edge):
            self._chosen = chosen
            self.inspector.show_edge(chosen, graph)
            self._read_weights(chosen)
        elif isinstance(chosen, Node):
            self._chosen = chosen
            if is_group(chosen.id):
                self._open(chosen)
                return
            self.inspector.show_node(chosen, graph)
            if self.graph_panel.impact.isChecked():
                self._show_impact(True)
            self.small_tree.choose(chosen.id)
        self._actions.setEnabled(self._artifact() != "")

    def _read_weights(self, edge: Edge) -> None:
        graph, catalog = self.graph_panel.graph, self.catalog
        ends = (graph.node(edge.parent), graph.node(edge.child))
        if all(n and n.kind is Kind.MODEL and not n.external for n in ends):
            self.jobs.start(
                "Compare the weights",
                lambda _: weights_of(catalog, edge),
                then=self.inspector.show_weights,
            )

    def _artifact(self) -> str:
        chosen = self._chosen
        if isinstance(chosen, Edge):
            return chosen.child
        if isinstance(chosen, Node) and not chosen.external and not is_group(chosen.id):
            return chosen.id
        return ""

    def _open(self, node: object) -> None:
        if not isinstance(node, Node) or node.external:
            return
        if is_group(node.id):
            self._chosen = None
            self._question = replace(
                self._question, opened=self._question.opened | {node.id}
            )
            self._ask()
        elif node.id != self.graph_panel.graph.focus:
            self.show_artifacts([node.id])

    def _decide(self, edge: Edge, status: str) -> None:
        self.undo_stack.push(
            Decide(
                edge,
                status,
                said(edge, self.graph_panel.graph),
                catalog=self.catalog,
                jobs=self.jobs,
                then=self._read_again,
            )
        )

    def _read_again(self, _: object) -> None:
        self._ask()

    def _show_edge(self, edge: object) -> None:
        if isinstance(edge, Edge):
            self.graph_panel.scene.choose_edge(edge)

    def _show_impact(self, wanted: bool) -> None:
        node = self._chosen if isinstance(self._chosen, Node) else None
        node = node or self.graph_panel.graph.node(self.graph_panel.graph.focus)
        if not wanted or node is None or is_group(node.id):
            if node is not None:
                self._show_chosen(node)
            return
        catalog, asked = self.catalog, node
        self.jobs.start(
            "Read the impact",
            lambda _: impact_of(catalog, asked),
            then=self._list_impact,
        )

    def _list_impact(self, answer: tuple[Node, tuple[Node, ...]]) -> None:
        node, below = answer
        if self.graph_panel.impact.isChecked():
            self.impact_list = self.inspector.show_impact(node, below)

    def _export(self, suffix: str) -> None:
        title = exporting.TITLES[suffix]
        name, _ = QFileDialog.getSaveFileName(
            self, "Export the lineage", f"lineage.{suffix}", f"{title} (*.{suffix})"
        )
        if name:
            self.export_to(Path(name), suffix)

    def export_to(self, target: Path, suffix: str) -> None:
        """Write what is shown into a file, in a job."""
        graph = self.graph_panel.graph
        if suffix == "pdf":
            drawn_page = exporting.page(self.graph_panel.scene)
            self.jobs.start(
                "Export", lambda _: exporting.write_bytes(drawn_page, target)
            )
        elif suffix == "png":
            image = exporting.picture(self.graph_panel.scene, self.tokens.panel)
            self.jobs.start("Export", lambda _: exporting.write_picture(image, target))
        else:
            self.jobs.start(
                "Export", lambda _: exporting.write_text(graph, target, suffix=suffix)
            )

    def _right(self) -> QWidget:
        frame, box = panel()
        frame.setMinimumWidth(260)
        box.addWidget(scrolled(self.inspector, "What is chosen"), 3)
        self._actions = QFrame()
        row = QHBoxLayout(self._actions)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(
            button("Centre here", self._centre, hint="Show the lineage of this")
        )
        row.addWidget(button("Show in Library", self._show_in_library))
        self._actions.setEnabled(False)
        box.addWidget(self._actions)
        box.addWidget(words("AS A TREE", look="caption"))
        box.addWidget(self.small_tree, 2)
        return frame

    def _centre(self) -> None:
        if self._artifact():
            self.show_artifacts([self._artifact()])

    def _show_in_library(self) -> None:
        if self._artifact():
            self.library_wanted.emit([self._artifact()])
