"""The chain of custody, placed for paper: layers from left to right, in rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mlcatalog.audit.content import Box, Drawing, Route
from mlcatalog.domain.lineage import Edge, Graph, Node

PAGE_WIDTH = 480.0  # points between the margins of an A4 page
BOX_HEIGHT = 31.0
WIDEST_BOX = 96.0
GAP = 10.0  # between two boxes of a layer
PASSAGE = 6.0  # height that a line needs which passes through a layer
LAYERS_IN_A_ROW = 4
TALLEST_LAYER = 12  # boxes; more are told of in words
SWEEPS = 6


@dataclass(frozen=True, slots=True)
class Chain:
    """The rows of a chain of custody, and how many artifacts are not drawn."""

    rows: tuple[Drawing, ...]
    hidden: int = 0


def chain_of(graph: Graph, focus: str) -> Chain:
    """Draw where `focus` came from; rejected edges are left out.

    A long chain is broken into rows, nearest to the model last; the layer
    where one row ends begins the next.
    """
    edges = [edge for edge in _upstream(graph, focus) if edge.parent != edge.child]
    depths = _depths(edges, focus)
    deepest = max(depths.values())
    layers: list[list[str]] = [[] for _ in range(deepest + 1)]
    for node_id in sorted(depths, key=lambda key: _order(graph, key)):
        layers[deepest - depths[node_id]].append(node_id)
    shown = [layer[:TALLEST_LAYER] for layer in layers]
    hidden = sum(len(layer) for layer in layers) - sum(len(layer) for layer in shown)
    rows = [
        _row(graph, focus, _with_distant(shown, first, last, edges), edges)
        for first, last in _bands(len(shown))
    ]
    return Chain(tuple(rows), hidden)


def _upstream(graph: Graph, focus: str) -> list[Edge]:
    by_child: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        if edge.status != "rejected":
            by_child.setdefault(edge.child, []).append(edge)
    kept: list[Edge] = []
    seen, frontier = {focus}, [focus]
    while frontier:
        node_id = frontier.pop()
        for edge in by_child.get(node_id, ()):
            kept.append(edge)
            if edge.parent not in seen:
                seen.add(edge.parent)
                frontier.append(edge.parent)
    return kept


def _depths(edges: Sequence[Edge], focus: str) -> dict[str, int]:
    """The longest way to the focus; a circle is cut where it would not end."""
    depths = {focus: 0}
    for edge in edges:
        depths.setdefault(edge.parent, 0)
        depths.setdefault(edge.child, 0)
    for _ in range(len(depths)):
        moved = False
        for edge in edges:
            wanted = depths[edge.child] + 1
            if depths[edge.parent] < wanted < len(depths) and edge.parent != focus:
                depths[edge.parent] = wanted
                moved = True
        if not moved:
            break
    return _without_gaps(depths)


def _without_gaps(depths: Mapping[str, int]) -> dict[str, int]:
    ranks = {depth: rank for rank, depth in enumerate(sorted(set(depths.values())))}
    return {node_id: ranks[depth] for node_id, depth in depths.items()}


def _order(graph: Graph, node_id: str) -> tuple[str, str, str]:
    node = graph.node(node_id)
    return (node.kind, node.name, node.id) if node else ("", "", node_id)


def _bands(count: int) -> list[tuple[int, int]]:
    """First and last layer of each row; neighbours share a layer."""
    bands, last = [], count - 1
    while last > LAYERS_IN_A_ROW - 1:
        bands.append((last - LAYERS_IN_A_ROW + 1, last))
        last = last - LAYERS_IN_A_ROW + 1
    bands.append((0, last))
    return bands[::-1]


def _with_distant(
    shown: Sequence[Sequence[str]], first: int, last: int, edges: Iterable[Edge]
) -> list[list[str]]:
    """The layers of a row; a parent from an earlier row is drawn there again."""
    row = [list(layer) for layer in shown[first : last + 1]]
    ranks = {key: rank for rank, layer in enumerate(row) for key in layer}
    earlier = {key for layer in shown[:first] for key in layer}
    for edge in edges:
        rank = ranks.get(edge.child, 0)
        if rank > 0 and edge.parent in earlier and edge.parent not in row[rank - 1]:
            if edge.parent in ranks:
                continue  # drawn already, beside another of its children
            row[rank - 1].append(edge.parent)
            ranks[edge.parent] = rank - 1
    return row


def _row(
    graph: Graph, focus: str, layers: Sequence[Sequence[str]], edges: Iterable[Edge]
) -> Drawing:
    places = {node_id: rank for rank, layer in enumerate(layers) for node_id in layer}
    drawn = {
        (edge.parent, edge.child): edge
        for edge in sorted(edges, key=lambda e: -e.best.evidence.rank)
        if places.get(edge.parent, len(layers)) < places.get(edge.child, -1)
    }
    ways = {
        pair: [pair[0], *_passages(pair, places), pair[1]] for pair in sorted(drawn)
    }
    ordered = _untangled([list(layer) for layer in layers], ways)
    tops, height = _tops(ordered, places)
    width = WIDEST_BOX
    step = (PAGE_WIDTH - width) / max(2, len(layers) - 1)
    lefts = {key: rank * step for rank, layer in enumerate(ordered) for key in layer}
    boxes = tuple(
        _box(graph, key, lefts[key], tops[key], width, is_subject=key == focus)
        for layer in ordered
        for key in layer
        if key in places
    )
    routes = tuple(
        Route(_points(way, lefts, tops, width, places), str(drawn[pair].best.evidence))
        for pair, way in ways.items()
    )
    return Drawing(PAGE_WIDTH, height, boxes, routes)


def _passages(pair: tuple[str, str], places: Mapping[str, int]) -> list[str]:
    """Names for the layers that a long line passes through."""
    between = range(places[pair[0]] + 1, places[pair[1]])
    return [f"{pair[0]}\0{pair[1]}\0{rank}" for rank in between]


def _untangled(
    layers: list[list[str]], ways: Mapping[tuple[str, str], list[str]]
) -> list[list[str]]:
    """Layers with passages added, ordered by the middle of their neighbours."""
    beside: dict[str, list[str]] = {}
    ranks = {key: rank for rank, layer in enumerate(layers) for key in layer}
    for way in ways.values():
        for one, other in itertools.pairwise(way):
            beside.setdefault(one, []).append(other)
            beside.setdefault(other, []).append(one)
        for place, key in enumerate(way[1:-1], start=ranks[way[0]] + 1):
            layers[place].append(key)
    for _ in range(SWEEPS):
        for rank in [*range(len(layers)), *reversed(range(len(layers)))]:
            middles = {
                key: (place - (len(layer) - 1) / 2)
                for layer in layers
                for place, key in enumerate(layer)
            }
            layers[rank].sort(key=lambda key: _middle(key, beside, middles))
    return layers


def _middle(
    key: str, beside: Mapping[str, Sequence[str]], middles: Mapping[str, float]
) -> float:
    near = [middles[other] for other in beside.get(key, ())]
    return sum(near) / len(near) if near else middles[key]


def _tops(
    layers: Sequence[Sequence[str]], boxes: Mapping[str, int]
) -> tuple[dict[str, float], float]:
    heights = [
        sum(_height(key, boxes) for key in layer) + GAP * max(0, len(layer) - 1)
        for layer in layers
    ]
    tallest = max(heights)
    tops: dict[str, float] = {}
    for layer, height in zip(layers, heights, strict=True):
        top = (tallest - height) / 2
        for key in layer:
            tops[key] = top
            top += _height(key, boxes) + GAP
    return tops, tallest


def _height(key: str, boxes: Mapping[str, int]) -> float:
    return BOX_HEIGHT if key in boxes else PASSAGE


def _points(
    way: Sequence[str],
    lefts: Mapping[str, float],
    tops: Mapping[str, float],
    width: float,
    boxes: Mapping[str, int],
) -> tuple[tuple[float, float], ...]:
    points: list[tuple[float, float]] = []
    for place, key in enumerate(way):
        middle = tops[key] + _height(key, boxes) / 2
        if place > 0:
            points.append((lefts[key], middle))
        if place < len(way) - 1:
            points.append((lefts[key] + width, middle))
    return tuple(points)


def _box(
    graph: Graph, key: str, x: float, y: float, width: float, *, is_subject: bool
) -> Box:
    node = graph.node(key)
    return Box(
        id=key,
        name=node.name if node else key,
        detail="this model" if is_subject else _detail(node),
        x=x,
        y=y,
        width=width,
        height=BOX_HEIGHT,
        kind=node.kind if node else "",
        is_subject=is_subject,
        is_external=bool(node and node.external),
    )


def _detail(node: Node | None) -> str:
    if node is None:
        return "not in this piece"
    if node.external:
        return f"{node.kind}, external{f' at {node.revision[:8]}' if node.revision else ''}"
    return f"{node.kind} {node.digest[:8]}" if node.digest else str(node.kind)
