"""From a graph to what is drawn of it: checkpoints folded, cards and lines placed."""

from __future__ import annotations

from collections.abc import Collection

from mlcatalog.domain.lineage import Graph
from mlcatalog.lineage.collapse import collapsed
from mlcatalog.lineage.layout import layout
from mlcatalog.ui.graph.cards import HEIGHT, WIDTH
from mlcatalog.ui.graph.placing import Placed, edge_key

ACROSS = 124.0  # room for the words of a line between two columns
DOWN = 22.0


def arranged(
    graph: Graph, opened: Collection[str] = (), *, down: float = DOWN
) -> tuple[Graph, Placed]:
    """The graph with groups that were not opened folded, and where all of it is."""
    shown = collapsed(graph, opened)
    laid = layout(shown, width=WIDTH, height=HEIGHT, across=ACROSS, down=down)
    corners = {node: (box.x, box.y) for node, box in laid.boxes.items()}
    bends = {
        edge_key(shown.edges[route.edge]): tuple((p.x, p.y) for p in route.points[1:-1])
        for route in laid.routes
    }
    return shown, Placed(corners, bends)
