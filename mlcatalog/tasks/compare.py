"""Compare: gather artifacts and what they came from, and lay them side by side."""

from __future__ import annotations

from collections.abc import Sequence

from mlcatalog.catalog.store import Catalog
from mlcatalog.comparing.origin import origin
from mlcatalog.comparing.sheet import Sheet, compare
from mlcatalog.domain.artifact import Detail
from mlcatalog.domain.lineage import Graph

UP = 3  # model, run, dataset, and where that came from


def compare_references(
    catalog: Catalog, references: Sequence[str], *, baseline: int = 0
) -> Sheet:
    """The sheet of what the references mean, at the versions they name.

    Raises NotFoundError or AmbiguousError for a reference without one meaning.
    """
    details: list[Detail] = []
    graphs: list[Graph] = []
    sources: dict[str, tuple[Detail, ...]] = {}
    for reference in references:
        summary, version = catalog.find_version(reference)
        details.append(catalog.detail(summary.id, version=version))
        graphs.append(catalog.graph(summary.id, up=UP, down=0))
        sources[summary.id] = _sources(catalog, graphs[-1], summary.id)
    return compare(details, baseline=baseline, graph=_merged(graphs), sources=sources)


def _sources(catalog: Catalog, graph: Graph, artifact_id: str) -> tuple[Detail, ...]:
    ids = dict.fromkeys(edge.parent for edge in origin(graph, artifact_id))
    nodes = (graph.node(one) for one in ids)
    return catalog.details([n.id for n in nodes if n is not None and not n.external])


def _merged(graphs: Sequence[Graph]) -> Graph:
    nodes = {node.id: node for graph in graphs for node in graph.nodes}
    edges = {(e.parent, e.child, e.relation): e for g in graphs for e in g.edges}
    return Graph(tuple(nodes.values()), tuple(edges.values()), total=len(nodes))
