"""What a job does for Lineage: ask the catalogue, fold checkpoints, find positions."""

from __future__ import annotations

from dataclasses import dataclass

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.lineage import Graph
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.lineage.layout import layout
from mlcatalog.ui.lineage.cards import HEIGHT, WIDTH
from mlcatalog.ui.lineage.collapsing import collapsed
from mlcatalog.ui.lineage.placing import Placed, edge_key

LIMIT = 300  # nodes; more are counted, not drawn
ACROSS = 108.0  # room for the words of a line between two columns
DOWN = 22.0


@dataclass(frozen=True)
class Question:
    """Which piece of the lineage is wanted; no artifact: all of it."""

    artifact: str = ""
    up: int = 2
    down: int = 2
    opened: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Drawing:
    """A graph as it is to be shown, and where its cards and lines are."""

    question: Question
    graph: Graph
    placed: Placed


def read(
    catalog: Catalog, question: Question, progress: Progress = no_progress
) -> Drawing:
    """Read and lay out one piece of the lineage."""
    progress(0, 2, "Reading the lineage")
    graph = catalog.graph(
        question.artifact, up=question.up, down=question.down, limit=LIMIT
    )
    progress(1, 2, "Placing the cards")
    drawing = drawn(graph, question)
    progress(2, 2, "")
    return drawing


def drawn(graph: Graph, question: Question) -> Drawing:
    """Fold the checkpoints that were not opened, and place what is left."""
    shown = collapsed(graph, question.opened)
    laid = layout(shown, width=WIDTH, height=HEIGHT, across=ACROSS, down=DOWN)
    corners = {node: (box.x, box.y) for node, box in laid.boxes.items()}
    bends = {
        edge_key(shown.edges[route.edge]): tuple((p.x, p.y) for p in route.points[1:-1])
        for route in laid.routes
    }
    return Drawing(question, shown, Placed(corners, bends))
