"""What a job does for Lineage: ask the catalogue, fold checkpoints, find positions."""

from __future__ import annotations

from dataclasses import dataclass

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.lineage import Graph
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.ui.graph.arranging import arranged
from mlcatalog.ui.graph.placing import Placed

LIMIT = 300  # nodes; more are counted, not drawn


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
    shown, placed = arranged(graph, question.opened)
    return Drawing(question, shown, placed)
