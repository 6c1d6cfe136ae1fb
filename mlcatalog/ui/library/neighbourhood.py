"""The few artifacts around one that say most about it, so that a strip has room for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mlcatalog.domain.lineage import Edge, Graph
from mlcatalog.domain.words import Relation

MOST = 4  # artifacts in one column
BESIDE = 2  # parents beside the run that made it
# What says most about where something came from stands first.
ORDER: tuple[Relation, ...] = (
    Relation.PRODUCED_BY,
    Relation.FINETUNED_FROM,
    Relation.ADAPTER_OF,
    Relation.MERGED_FROM,
    Relation.QUANTIZED_FROM,
    Relation.PRUNED_FROM,
    Relation.CONVERTED_FROM,
    Relation.DERIVED_FROM,
    Relation.CHECKPOINT_OF,
    Relation.STARTED_FROM,
    Relation.TRAINED_ON,
    Relation.CONFIGURED_BY,
    Relation.EXECUTED,
    Relation.COPY_OF,
    Relation.EVALUATED_ON,
    Relation.IN_ENVIRONMENT,
)


def neighbourhood(graph: Graph, *, most: int = MOST) -> Graph:
    """The focus, its parents, theirs, and its children: `most` in each column."""
    focus = graph.focus
    edges = [edge for edge in graph.edges if edge.status != "rejected"]
    parents = _best((e for e in edges if e.child == focus), "parent", {focus}, most)
    runs = {e.parent for e in edges if e.relation is Relation.PRODUCED_BY}
    nearest = [one for one in parents if one in runs] or parents
    # The other parents stand in one column with what the run was made from.
    beside = [one for one in parents if one not in nearest][:BESIDE]
    parents = [*nearest, *beside]
    children = _best(
        (e for e in edges if e.parent == focus), "child", {focus, *parents}, most
    )
    taken = {focus, *parents, *children}
    above = _best(
        (e for e in edges if e.child in nearest), "parent", taken, most - len(beside)
    )
    kept = taken | set(above)
    return replace(
        graph,
        nodes=tuple(node for node in graph.nodes if node.id in kept),
        edges=tuple(e for e in edges if e.parent in kept and e.child in kept),
    )


def _best(edges: Iterable[Edge], end: str, taken: set[str], most: int) -> list[str]:
    ranked = sorted(edges, key=lambda edge: (_rank(edge), edge.parent, edge.child))
    ends = dict.fromkeys(str(getattr(edge, end)) for edge in ranked)
    return [one for one in ends if one not in taken][:most]


def _rank(edge: Edge) -> int:
    return ORDER.index(edge.relation) if edge.relation in ORDER else len(ORDER)
