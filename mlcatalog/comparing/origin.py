"""Where an artifact's numbers come from: its run, and what that run used."""

from __future__ import annotations

from mlcatalog.domain.lineage import Edge, Graph
from mlcatalog.domain.words import Kind, Relation

# Not FINETUNED_FROM and its like: the base model's run is another's.
FOLLOWED = frozenset(
    {
        Relation.PRODUCED_BY,
        Relation.CHECKPOINT_OF,
        Relation.CONFIGURED_BY,
        Relation.TRAINED_ON,
        Relation.EVALUATED_ON,
        Relation.EXECUTED,
        Relation.IN_ENVIRONMENT,
    }
)
ASKED = frozenset({Kind.MODEL, Kind.RUN})  # a dataset's own run trained nothing


def origin(graph: Graph, artifact_id: str) -> tuple[Edge, ...]:
    """The edges from a model or run up to its run, data, configs and code; nearest first.

    Edges that a person rejected and those that are only suggested are left out.
    """
    found: list[Edge] = []
    seen, waiting = {artifact_id}, [artifact_id]
    while waiting:
        child = waiting.pop(0)
        node = graph.node(child)
        if node is not None and node.kind not in ASKED:
            continue
        for edge in filter(_counts, graph.parents(child)):
            found.append(edge)
            if edge.parent not in seen:
                seen.add(edge.parent)
                waiting.append(edge.parent)
    return tuple(found)


def _counts(edge: Edge) -> bool:
    is_known = edge.status != "rejected" and not edge.is_suggestion
    return edge.relation in FOLLOWED and is_known
