"""Sibling checkpoints as one counted node, so that a long training stays small."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from mlcatalog.domain.lineage import Graph, Node
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.lineage.merging import merged

MOST = 3  # checkpoints of one model that are still shown one by one
PREFIX = "checkpoints:"


def collapse(graph: Graph, *, most: int = MOST) -> Graph:
    """The graph with more than `most` checkpoints of one model as one node.

    The node's id is PREFIX and the model's id; its fact "members" holds the
    number. The focus, and a checkpoint that has a line of its own to
    elsewhere, stay.
    """
    stands_for = _groups(graph, most)
    if not stands_for:
        return graph
    edges = [
        replace(
            edge,
            parent=stands_for.get(edge.parent, edge.parent),
            child=stands_for.get(edge.child, edge.child),
        )
        for edge in graph.edges
    ]
    nodes = [node for node in graph.nodes if node.id not in stands_for]
    members: dict[str, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        if node.id in stands_for:
            members[stands_for[node.id]].append(node)
    counted = [_counted(group, members[group]) for group in sorted(members)]
    kept = merged(edge for edge in edges if edge.parent != edge.child)
    return replace(graph, nodes=(*nodes, *counted), edges=kept)


def _groups(graph: Graph, most: int) -> dict[str, str]:
    finals: dict[str, list[str]] = defaultdict(list)
    lines: dict[str, int] = defaultdict(int)
    for edge in graph.edges:
        if edge.relation is Relation.CHECKPOINT_OF:
            finals[edge.child].append(edge.parent)
        elif edge.relation is not Relation.PRODUCED_BY:
            lines[edge.child] += 1
            lines[edge.parent] += 1
    groups: dict[str, list[str]] = defaultdict(list)
    for child, parents in finals.items():
        if len(parents) == 1 and not lines[child] and child != graph.focus:
            groups[parents[0]].append(child)
    return {
        child: PREFIX + final
        for final, children in groups.items()
        if len(children) > most and final not in finals
        for child in children
    }


def _counted(group: str, members: list[Node]) -> Node:
    names = sorted(node.name for node in members)
    facts = {"members": str(len(names)), "names": ", ".join(names[:3])}
    return Node(group, Kind.MODEL, f"{len(names)} checkpoints", facts=facts)
