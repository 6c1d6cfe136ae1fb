"""The surroundings of many artifacts, cut out of one lineage that was read once."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice

from mlcatalog.domain.lineage import Edge, Graph, Node
from mlcatalog.domain.words import Relation

ABOUT = frozenset({Relation.DESCRIBES, Relation.TESTS})
STEPS = 6  # up, and down
MOST_NODES = 500


class Surroundings:
    """Gives of each artifact what `Catalog.graph` gives, documents included."""

    def __init__(self, whole: Graph) -> None:
        self._nodes = {node.id: node for node in whole.nodes}
        self._up: dict[str, list[Edge]] = defaultdict(list)
        self._down: dict[str, list[Edge]] = defaultdict(list)
        for edge in whole.edges:
            self._up[edge.child].append(edge)
            self._down[edge.parent].append(edge)

    def parents(self, artifact: str) -> list[Edge]:
        """The edges to what an artifact came from, those that stand."""
        return [e for e in self._up.get(artifact, ()) if e.status != "rejected"]

    def of(self, artifact: str) -> Graph:
        """Ancestors and descendants, and the documents about any of them."""
        seen: dict[str, None] = {artifact: None}  # the nearest first
        kept = self._walked(artifact, seen, up=True)
        kept += self._walked(artifact, seen, up=False)
        for node in list(seen):
            for edge in self._down.get(node, ()):
                if edge.relation in ABOUT:
                    kept.append(edge)
                    seen[edge.child] = None
        known = (node for node in seen if node in self._nodes)
        shown: dict[str, Node] = {
            node: self._nodes[node] for node in islice(known, MOST_NODES)
        }
        inside = {
            (edge.child, edge.relation.value, edge.parent): edge
            for edge in kept
            if edge.child in shown and edge.parent in shown
        }
        nodes = sorted(shown.values(), key=lambda n: (n.kind, n.name, n.path, n.id))
        edges = tuple(inside[key] for key in sorted(inside))
        return Graph(tuple(nodes), edges, artifact, len(seen))

    def _walked(self, start: str, seen: dict[str, None], *, up: bool) -> list[Edge]:
        """The edges of some steps one way; what they lead to is added to `seen`."""
        way = self._up if up else self._down
        kept: list[Edge] = []
        frontier = [start]
        for _ in range(STEPS):
            rows = [edge for node in frontier for edge in way.get(node, ())]
            kept += rows
            ends = {edge.parent if up else edge.child for edge in rows}
            frontier = sorted(ends - seen.keys())
            seen |= dict.fromkeys(frontier)
            if not frontier:
                break
        return kept
