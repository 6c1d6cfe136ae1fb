"""What a job does for Lineage: ask the catalogue, fold checkpoints, find positions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.lineage import Edge, Graph, Node
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.domain.words import Kind
from mlcatalog.lineage.weights import WeightChange, weight_change
from mlcatalog.ui.graph.arranging import arranged
from mlcatalog.ui.graph.placing import Placed
from mlcatalog.ui.lineage.impact import descendants

SOUGHT = ("stage:production", "stage:candidate", "")  # the first that finds any
TRIED = 12  # models whose lineage is looked at to find the best
DEEPEST, MOST_AFFECTED = 100, 20_000  # of an impact: steps, artifacts
LIMIT = 300  # nodes; more are counted, not drawn


@dataclass(frozen=True)
class Question:
    """Which piece of the lineage is wanted; no artifact: all of it.

    is_offer: nobody asked for this artifact; if it has no lineage, that of the
    model with most to show is read instead.
    """

    artifact: str = ""
    up: int = 2
    down: int = 2
    opened: frozenset[str] = frozenset()
    is_offer: bool = False


@dataclass(frozen=True)
class Drawing:
    """A graph as it is to be shown, and where its cards and lines are."""

    question: Question
    graph: Graph
    placed: Placed
    passed_over: str = ""  # the name of an artifact without lineage that was chosen


def read(
    catalog: Catalog, question: Question, progress: Progress = no_progress
) -> Drawing:
    """Read and lay out one piece of the lineage."""
    progress(0, 2, "Reading the lineage")
    graph = _asked(catalog, question)
    passed_over = ""
    if question.is_offer and not graph.edges and (other := best(catalog)):
        passed_over = question.artifact and graph.nodes[0].name if graph.nodes else ""
        graph = _asked(catalog, replace(question, artifact=other))
    progress(1, 2, "Placing the cards")
    drawing = replace(drawn(graph, question), passed_over=passed_over)
    progress(2, 2, "")
    return drawing


def _asked(catalog: Catalog, question: Question) -> Graph:
    if question.is_offer and not question.artifact:
        return Graph((), ())
    return catalog.graph(
        question.artifact, up=question.up, down=question.down, limit=LIMIT
    )


def weights_of(catalog: Catalog, edge: Edge) -> tuple[Edge, WeightChange | None]:
    """How the weights of an edge's two ends differ; None where that is not known."""
    change = weight_change(catalog.tensors(edge.parent), catalog.tensors(edge.child))
    return edge, change


def impact_of(catalog: Catalog, node: Node) -> tuple[Node, tuple[Node, ...]]:
    """Everything that came from a node, however far, by kind and name."""
    graph = catalog.graph(node.id, up=0, down=DEEPEST, limit=MOST_AFFECTED)
    below = descendants(graph, node.id) - {node.id}
    found = [one for one in graph.nodes if one.id in below]
    order = list(Kind)
    return node, tuple(sorted(found, key=lambda n: (order.index(n.kind), n.name, n.id)))


def best(catalog: Catalog) -> str:
    """The id of a model with much to show: in production first, then the most connected."""
    for stage in SOUGHT:
        query = f"kind:model {stage}".strip()
        rows = catalog.rows(catalog.ids(query, sort="-modified")[: TRIED * 10])
        rows = sorted(rows, key=lambda row: -row.met)[:TRIED]
        if rows:
            return max(rows, key=lambda row: _connections(catalog, row.id)).id
    return ""


def _connections(catalog: Catalog, artifact_id: str) -> int:
    return len(catalog.graph(artifact_id, up=2, down=2, limit=LIMIT).edges)


def drawn(graph: Graph, question: Question) -> Drawing:
    """Fold the checkpoints that were not opened, and place what is left."""
    shown, placed = arranged(graph, question.opened)
    return Drawing(question, shown, placed)
