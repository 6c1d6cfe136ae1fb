"""What a job does for Compare: ask the catalogue for the items and lay them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlcatalog.catalog.store import Catalog
from mlcatalog.comparing.sheet import Sheet, compare
from mlcatalog.domain.artifact import Detail, Summary
from mlcatalog.domain.errors import NotFoundError
from mlcatalog.domain.lineage import Graph
from mlcatalog.domain.progress import Progress, no_progress

RECENT = 8  # models offered while nothing is compared
LIMIT = 500  # nodes of lineage read per item


@dataclass(frozen=True)
class Comparison:
    """The items in the order asked, and their sheet."""

    ids: tuple[str, ...]
    details: tuple[Detail, ...]
    sheet: Sheet


def read(
    catalog: Catalog,
    ids: Sequence[str],
    baseline: int,
    progress: Progress = no_progress,
) -> Comparison:
    """Read the items and compare them; those that are gone are left out."""
    details, graphs = [], []
    for done, artifact_id in enumerate(ids):
        progress(done, len(ids), "Reading what is compared")
        try:
            details.append(catalog.detail(artifact_id))
            graphs.append(catalog.graph(artifact_id, up=2, down=0, limit=LIMIT))
        except NotFoundError:
            continue
    return compared(details, baseline, merged(graphs))


def compared(
    details: Sequence[Detail], baseline: int, graph: Graph | None = None
) -> Comparison:
    """The comparison of what was read."""
    start = baseline if baseline < len(details) else 0
    sheet = compare(details, baseline=start, graph=graph)
    return Comparison(tuple(d.summary.id for d in details), tuple(details), sheet)


def recent_models(catalog: Catalog, progress: Progress = no_progress) -> list[Summary]:
    """The models that changed last."""
    progress(0, 1, "Reading recent models")
    return catalog.rows(catalog.ids("kind:model", sort="-modified")[:RECENT])


def merged(graphs: Sequence[Graph]) -> Graph:
    """Several pieces of lineage as one."""
    nodes = {node.id: node for graph in graphs for node in graph.nodes}
    edges = {
        (e.parent, e.child, e.relation): e for graph in graphs for e in graph.edges
    }
    return Graph(tuple(nodes.values()), tuple(edges.values()), total=len(nodes))
