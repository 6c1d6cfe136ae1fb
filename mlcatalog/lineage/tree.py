"""The lineage as a tree of lines: bases above what came from them.

Below a node stand first what went into it (its run, data, configuration,
base models beside the first), then what came from it. Every node has a line;
one that stands elsewhere in full is only named again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from mlcatalog.domain.lineage import Edge, Graph, Node
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.lineage.grammar import ANCESTRY
from mlcatalog.lineage.merging import strength

SPINE = ANCESTRY | {Relation.DERIVED_FROM}
BESIDE = frozenset({Relation.DESCRIBES, Relation.DEPLOYS, Relation.TESTS})
ORDER = {relation: place for place, relation in enumerate(Relation)}
ROOT_KINDS = (Kind.MODEL, Kind.RUN, Kind.DATASET)


@dataclass(frozen=True, slots=True)
class TreeLine:
    """One line: a node, and the edge that joins it to the line it stands under.

    is_input: the line above RELATION this node; otherwise this node RELATION
    the line above. repeated: what belongs to the node stands at another line.
    """

    node: Node
    depth: int
    edge: Edge | None = None
    is_input: bool = False
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class _Step:
    node: str
    depth: int
    edge: Edge | None
    is_input: bool


def tree_lines(graph: Graph) -> list[TreeLine]:
    """All nodes of a graph as lines, the focus' own tree first."""
    return list(_Tree(graph).lines())


class _Tree:
    def __init__(self, graph: Graph) -> None:
        self._nodes = {node.id: node for node in graph.nodes}
        self._inputs: dict[str, list[Edge]] = defaultdict(list)
        self._derived: dict[str, list[Edge]] = defaultdict(list)
        self._main = _main_parents(self._usable(graph))
        self._done: set[str] = set()
        self._focus = graph.focus
        for edge in self._usable(graph):
            if self._main.get(edge.child) == edge or edge.relation in BESIDE:
                self._derived[edge.parent].append(edge)
            else:
                self._inputs[edge.child].append(edge)
        for edges in (*self._inputs.values(), *self._derived.values()):
            edges.sort(key=self._order)

    def lines(self) -> Iterator[TreeLine]:
        for root in self._roots():
            if root not in self._done:
                yield from self._below(root)

    def _usable(self, graph: Graph) -> list[Edge]:
        return [
            edge
            for edge in graph.edges
            if edge.parent != edge.child
            and {edge.parent, edge.child} <= self._nodes.keys()
        ]

    def _roots(self) -> list[str]:
        """Where trees begin: the focus' oldest ancestor, then models, runs, data.

        At the end every node once more, so that none is lost in a circle.
        """
        ids = sorted(self._nodes, key=lambda i: (self._rank(i), self._nodes[i].name, i))
        shown = {edge.child for edges in self._derived.values() for edge in edges}
        tops = [i for i in ids if i not in shown]
        first = [self._oldest(self._focus)] if self._focus in self._nodes else []
        return [*first, *tops, *ids]

    def _rank(self, node: str) -> int:
        kind = self._nodes[node].kind
        return ROOT_KINDS.index(kind) if kind in ROOT_KINDS else len(ROOT_KINDS)

    def _oldest(self, node: str) -> str:
        seen = {node}
        while (edge := self._main.get(node)) is not None and edge.parent not in seen:
            node = edge.parent
            seen.add(node)
        return node

    def _below(self, root: str) -> Iterator[TreeLine]:
        stack = [_Step(root, 0, None, False)]
        while stack:
            step = stack.pop()
            again = step.node in self._done or self._stands_elsewhere(step)
            yield TreeLine(
                self._nodes[step.node], step.depth, step.edge, step.is_input, again
            )
            if not again:
                self._done.add(step.node)
                stack.extend(reversed(list(self._next(step))))

    def _next(self, step: _Step) -> Iterator[_Step]:
        for edge in self._inputs[step.node]:
            yield _Step(edge.parent, step.depth + 1, edge, True)
        for edge in self._derived[step.node]:
            yield _Step(edge.child, step.depth + 1, edge, False)

    def _stands_elsewhere(self, step: _Step) -> bool:
        """A model that went into another has a tree of its own."""
        is_model = self._nodes[step.node].kind is Kind.MODEL
        return step.is_input and is_model

    def _order(self, edge: Edge) -> tuple[int, str, str, str, str]:
        """Inputs of one node differ in the parent, what came from it in the child."""
        parent, child = self._nodes[edge.parent], self._nodes[edge.child]
        return ORDER[edge.relation], parent.name, child.name, edge.parent, edge.child


def _main_parents(edges: list[Edge]) -> dict[str, Edge]:
    """For each node the one spine edge that it stands under.

    A checkpoint stands under its final model, whatever that came from.
    """
    best: dict[str, Edge] = {}
    nearest = sorted(edges, key=strength)
    nearest.sort(key=lambda edge: edge.relation is not Relation.CHECKPOINT_OF)
    for edge in nearest:
        if edge.relation in SPINE:
            best.setdefault(edge.child, edge)
    return best
