"""The layout of a lineage: positions from left (parents) to right, no drawing.

Each connected part is laid out by itself in layers, with bends where a line
passes a layer; the parts stand below each other, those without lines last, as
a grid.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from mlcatalog.domain.lineage import Edge, Graph
from mlcatalog.lineage.labels import Box, Point, Route, label_places
from mlcatalog.lineage.layers import (
    Pair,
    heights,
    layers_of,
    ordered,
    without_back_edges,
)

__all__ = ["Box", "Layout", "Point", "Route", "Sizes", "layout"]

WIDTH, HEIGHT = 196.0, 62.0
ACROSS, DOWN = 116.0, 22.0
BEND = 16.0  # room for a line that passes a layer
GRID = 4  # columns of nodes without lines


class Sizes(NamedTuple):
    """The size of a node's box, and the gaps between boxes."""

    width: float = WIDTH
    height: float = HEIGHT
    across: float = ACROSS
    down: float = DOWN


@dataclass(frozen=True)
class Layout:
    """Where everything is. Boxes of two nodes never overlap.

    routes holds one route per drawable edge (both ends in the graph, not one
    and the same), whose `edge` is its place in the graph's edges.
    """

    boxes: dict[str, Box]
    routes: tuple[Route, ...] = ()
    width: float = 0.0
    height: float = 0.0

    @property
    def positions(self) -> dict[str, Point]:
        """The top left corner of each box."""
        return {node: Point(box.x, box.y) for node, box in self.boxes.items()}


@dataclass
class _Part:
    """A connected part: its nodes by number, and its lines."""

    nodes: list[str]
    edges: list[tuple[int, Edge]] = field(default_factory=list)


def layout(
    graph: Graph,
    *,
    width: float = WIDTH,
    height: float = HEIGHT,
    across: float = ACROSS,
    down: float = DOWN,
) -> Layout:
    """Positions for all nodes and routes for all edges of a graph."""
    sizes = Sizes(width, height, across, down)
    joined, alone = _parts(graph)
    boxes: dict[str, Box] = {}
    routes: list[Route] = []
    top = 0.0
    for part in joined:
        placed, drawn, deep = _place(part, sizes, top)
        boxes.update(placed)
        routes.extend(drawn)
        top += deep + down
    boxes.update(_grid(alone, sizes, top))
    routes.sort(key=lambda route: route.edge)
    phrases = [graph.edges[route.edge].relation.phrase for route in routes]
    return Layout(
        boxes,
        label_places(routes, phrases, list(boxes.values())),
        max((box.x + box.width for box in boxes.values()), default=0.0),
        max((box.y + box.height for box in boxes.values()), default=0.0),
    )


def _parts(graph: Graph) -> tuple[list[_Part], list[str]]:
    """Connected parts, the focus' first, then the largest; and nodes without lines."""
    names = {node.id: node.name for node in graph.nodes}
    edges = [
        (number, edge)
        for number, edge in enumerate(graph.edges)
        if edge.parent != edge.child and {edge.parent, edge.child} <= names.keys()
    ]
    near: dict[str, list[str]] = defaultdict(list)
    for _, edge in edges:
        near[edge.parent].append(edge.child)
        near[edge.child].append(edge.parent)
    part_of: dict[str, _Part] = {}
    parts: list[_Part] = []
    ids = sorted(names, key=lambda node: (names[node], node))
    for node in ids:
        if node in near and node not in part_of:
            parts.append(_reached(node, near, part_of))
    for part in parts:
        part.nodes.sort(key=lambda node: (names[node], node))
    for number, edge in sorted(
        edges, key=lambda e: (e[1].parent, e[1].child, e[1].relation)
    ):
        part_of[edge.parent].edges.append((number, edge))
    focus = graph.focus
    parts.sort(key=lambda part: (focus not in part.nodes, -len(part.nodes)))
    return parts, [node for node in ids if node not in near]


def _reached(
    start: str, near: dict[str, list[str]], part_of: dict[str, _Part]
) -> _Part:
    part = _Part([start])
    part_of[start] = part
    for node in part.nodes:  # grows while it is read
        for other in near[node]:
            if other not in part_of:
                part_of[other] = part
                part.nodes.append(other)
    return part


def _place(
    part: _Part, sizes: Sizes, top: float
) -> tuple[dict[str, Box], list[Route], float]:
    """Boxes and routes of one connected part, and how deep it is."""
    number = {node: place for place, node in enumerate(part.nodes)}
    pairs = [(number[e.parent], number[e.child]) for _, e in part.edges]
    straight = without_back_edges(len(number), pairs)
    layer = layers_of(len(number), straight)
    lowest = min(layer)
    layer = [one - lowest for one in layer]
    chains = _with_bends(straight, layer)
    steps = sorted({p for chain in chains for p in itertools.pairwise(chain)})
    rows: list[list[int]] = [[] for _ in range(max(layer) + 1)]
    for node, place in enumerate(layer):
        rows[place].append(node)
    rows = ordered(rows, steps)
    real = sizes.height + sizes.down
    room = [real] * len(number) + [BEND] * (len(layer) - len(number))
    centre = heights(rows, steps, room)
    highest = min(
        c - (sizes.height / 2 if n < len(number) else 0) for n, c in enumerate(centre)
    )
    centre = [c - highest + top for c in centre]
    column = sizes.width + sizes.across
    boxes = {
        node: Box(
            layer[n] * column, centre[n] - sizes.height / 2, sizes.width, sizes.height
        )
        for node, n in number.items()
    }
    routes = [
        Route(
            edge, points if straight[place] == pairs[place] else points[::-1], points[0]
        )
        for place, (edge, _) in enumerate(part.edges)
        for points in (_corners(chains[place], layer, centre, sizes),)
    ]
    deep = max((box.y + box.height for box in boxes.values()), default=top)
    return boxes, routes, max(deep, *centre) - top


def _with_bends(pairs: Sequence[Pair], layer: list[int]) -> list[list[int]]:
    """Each line as a chain of nodes from layer to layer; bends are added to `layer`."""
    chains = []
    for start, end in pairs:
        chain = [start]
        for between in range(layer[start] + 1, layer[end]):
            chain.append(len(layer))
            layer.append(between)
        chains.append([*chain, end])
    return chains


def _corners(
    chain: Sequence[int], layer: Sequence[int], centre: Sequence[float], sizes: Sizes
) -> tuple[Point, ...]:
    """The line from the earlier box's right side to the later one's left side."""
    column = sizes.width + sizes.across
    points = [Point(layer[chain[0]] * column + sizes.width, centre[chain[0]])]
    for bend in chain[1:-1]:  # level through the whole layer, clear of its boxes
        left = layer[bend] * column
        points += [Point(left, centre[bend]), Point(left + sizes.width, centre[bend])]
    points.append(Point(layer[chain[-1]] * column, centre[chain[-1]]))
    return tuple(points)


def _grid(alone: Sequence[str], sizes: Sizes, top: float) -> dict[str, Box]:
    column, row = sizes.width + sizes.down, sizes.height + sizes.down
    return {
        node: Box(
            place % GRID * column, top + place // GRID * row, sizes.width, sizes.height
        )
        for place, node in enumerate(alone)
    }
