"""Sibling checkpoints as one counted node, so that a long training stays small."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace

from mlcatalog.domain.lineage import Edge, Graph, Node
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.lineage.merging import merged

FEWEST = 2  # checkpoints that are worth one node together
PREFIX = "checkpoints of "
NAMES_SHOWN = 3


def collapsed(graph: Graph, opened: Collection[str] = ()) -> Graph:
    """The graph with the checkpoints of one model as one node; `opened` stay apart.

    The node of a group has the id that `group_id` gives, and its members'
    number in the fact "members". The focus is never hidden, nor a checkpoint
    that something else came from.
    """
    stands_for = {
        member: group
        for group, members in _groups(graph).items()
        if group not in opened
        for member in members
    }
    if not stands_for:
        return graph
    moved = (_moved(edge, stands_for) for edge in graph.edges)
    edges = merged(edge for edge in moved if edge.parent != edge.child)
    nodes = [node for node in graph.nodes if node.id not in stands_for]
    nodes += [
        _counted(graph, group, stands_for)
        for group in dict.fromkeys(stands_for.values())
    ]
    return replace(graph, nodes=tuple(nodes), edges=edges)


def group_id(target: str) -> str:
    """The id of the node that stands for the checkpoints of `target`."""
    return f"{PREFIX}{target}"


def is_group(node_id: str) -> bool:
    """True for a node that stands for several checkpoints."""
    return node_id.startswith(PREFIX)


def _groups(graph: Graph) -> dict[str, list[str]]:
    members: dict[str, list[str]] = defaultdict(list)
    used = {edge.parent for edge in graph.edges}
    for edge in graph.edges:
        is_leaf = edge.child != graph.focus and edge.child not in used
        if edge.relation is Relation.CHECKPOINT_OF and is_leaf:
            members[group_id(edge.parent)].append(edge.child)
    taken: set[str] = set()
    groups = {}
    for group, children in members.items():
        free = [child for child in dict.fromkeys(children) if child not in taken]
        if len(free) >= FEWEST:
            groups[group] = free
            taken.update(free)
    return groups


def _moved(edge: Edge, stands_for: dict[str, str]) -> Edge:
    return replace(
        edge,
        parent=stands_for.get(edge.parent, edge.parent),
        child=stands_for.get(edge.child, edge.child),
    )


def _counted(graph: Graph, group: str, stands_for: dict[str, str]) -> Node:
    names = [node.name for node in graph.nodes if stands_for.get(node.id) == group]
    shown = ", ".join(names[:NAMES_SHOWN]) + (", …" if len(names) > NAMES_SHOWN else "")
    return Node(
        id=group,
        kind=Kind.MODEL,
        name=f"{len(names)} checkpoints",
        facts={"members": str(len(names)), "names": shown},
    )
