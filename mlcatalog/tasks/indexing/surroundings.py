"""The surroundings of models, cut out of a lineage that was read for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from mlcatalog.catalog.judgements import ABOUT, SERIES, STEPS
from mlcatalog.domain.lineage import Edge, Graph, Node
from mlcatalog.domain.words import Relation

OF_SERIES = (Relation.CHECKPOINT_OF, Relation.DEPLOYS)


class Surroundings:
    """Gives of each model what its checklist asks for, however much came from it."""

    def __init__(self, whole: Graph) -> None:
        self._nodes = {node.id: node for node in whole.nodes}
        self._up: dict[str, list[Edge]] = defaultdict(list)
        self._down: dict[str, list[Edge]] = defaultdict(list)
        for edge in whole.edges:
            self._up[edge.child].append(edge)
            self._down[edge.parent].append(edge)

    def of(self, model: str) -> Graph:
        """What it came from, its series and deployments, and documents of all."""
        kept = self._ancestry(model)
        own = self._below([model], (*SERIES, Relation.DEPLOYS))
        series = [edge.child for edge in own if edge.relation in SERIES]
        kept += own + self._below(series, OF_SERIES)
        seen = {model: None}
        for edge in kept:
            seen |= {edge.parent: None, edge.child: None}
        about = self._below(list(seen), ABOUT)
        seen |= {edge.child: None for edge in about}
        inside = {
            (edge.child, edge.relation.value, edge.parent): edge
            for edge in (*kept, *about)
        }
        shown: list[Node] = [self._nodes[one] for one in seen if one in self._nodes]
        nodes = sorted(shown, key=lambda n: (n.kind, n.name, n.path, n.id))
        edges = tuple(inside[key] for key in sorted(inside))
        return Graph(tuple(nodes), edges, model, len(seen))

    def _below(
        self, nodes: Iterable[str], relations: tuple[Relation, ...]
    ) -> list[Edge]:
        return [
            edge
            for node in nodes
            for edge in self._down.get(node, ())
            if edge.relation in relations
        ]

    def _ancestry(self, start: str) -> list[Edge]:
        """The edges of some steps up."""
        kept: list[Edge] = []
        seen, frontier = {start}, {start}
        for _ in range(STEPS):
            found = [edge for node in frontier for edge in self._up.get(node, ())]
            kept += found
            frontier = {edge.parent for edge in found} - seen
            seen |= frontier
            if not frontier:
                break
        return kept
