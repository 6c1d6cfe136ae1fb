"""What a node affects: everything that came from it, however far."""

from __future__ import annotations

from collections import defaultdict

from mlcatalog.domain.lineage import Graph


def descendants(graph: Graph, node_id: str) -> set[str]:
    """Ids of all nodes below one, itself included; rejected edges do not count."""
    below: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        if edge.status != "rejected":
            below[edge.parent].append(edge.child)
    reached, waiting = {node_id}, [node_id]
    while waiting:
        for child in below[waiting.pop()]:
            if child not in reached:
                reached.add(child)
                waiting.append(child)
    return reached


def matching(graph: Graph, text: str) -> set[str]:
    """Ids of the nodes whose name, kind, format or path holds every word."""
    wanted = text.casefold().split()
    return {
        node.id
        for node in graph.nodes
        if all(
            word
            in f"{node.name} {node.kind.value} {node.format} {node.path}".casefold()
            for word in wanted
        )
    }
