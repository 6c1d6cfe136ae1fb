"""Where the words of a line stand: on their own line, clear of boxes and others."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

LETTER, LINE = 6.2, 14.0  # the size of the words, in the units of the boxes
TRIED = (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78, 0.15, 0.85)
SAMPLES = 24
CELL = 128.0
BOX_COST, WORDS_COST, LINE_COST = 40, 30, 3


class Point(NamedTuple):
    """A place; y grows downwards."""

    x: float
    y: float


class Box(NamedTuple):
    """A rectangle by its top left corner."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: Box) -> bool:
        """Whether the two share any area."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def holds(self, point: Point) -> bool:
        """Whether a point lies in it."""
        return (
            self.x <= point.x <= self.x + self.width
            and self.y <= point.y <= self.y + self.height
        )


@dataclass(frozen=True, slots=True)
class Route:
    """One line: the edge's number, its corners, and the middle of its words.

    Between two corners that differ in height the line is a curve that leaves
    and arrives level: control points half way between them.
    """

    edge: int
    points: tuple[Point, ...]
    label_at: Point


def samples(points: Sequence[Point], count: int = SAMPLES) -> list[Point]:
    """Points along the drawn line, evenly over its pieces."""
    pieces = list(itertools.pairwise(points))
    return [
        _on_curve(*piece, step / count) for piece in pieces for step in range(count + 1)
    ]


def label_places(
    routes: Sequence[Route], words: Sequence[str], boxes: Sequence[Box]
) -> tuple[Route, ...]:
    """The routes with the place of their words: the first with least in its way."""
    field = _Field()
    for box in boxes:
        field.add_box(box)
    dots = [samples(route.points) for route in routes]
    for number, line in enumerate(dots):
        for dot in line:
            field.add_dot(number, dot)
    placed = []
    for number, route in enumerate(routes):
        size = len(words[number]) * LETTER, LINE
        spots = [_spot(point, size) for point in _tried(route.points)]
        best = min(spots, key=lambda spot: field.cost(spot, number))
        field.add_words(best)
        middle = Point(best.x + best.width / 2, best.y + best.height / 2)
        placed.append(replace(route, label_at=middle))
    return tuple(placed)


def _tried(points: Sequence[Point]) -> Iterator[Point]:
    """Places on the curves between layers; the level pieces pass beside boxes."""
    pieces = list(itertools.pairwise(points))[::2]
    middle = len(pieces) // 2
    order = sorted(range(len(pieces)), key=lambda place: abs(place - middle))
    return (_on_curve(*pieces[p], at) for p in order[:5] for at in TRIED)


def _on_curve(start: Point, end: Point, at: float) -> Point:
    """A point of the cubic with control points half way across."""
    middle = (start.x + end.x) / 2
    back = 1 - at
    x = (
        back**3 * start.x
        + 3 * back * back * at * middle
        + 3 * back * at * at * middle
        + at**3 * end.x
    )
    y = (back**3 + 3 * back * back * at) * start.y + (
        3 * back * at * at + at**3
    ) * end.y
    return Point(x, y)


def _spot(middle: Point, size: tuple[float, float]) -> Box:
    return Box(middle.x - size[0] / 2, middle.y - size[1] / 2, *size)


class _Field:
    """What stands where, in cells, so that a large graph stays quick."""

    def __init__(self) -> None:
        self._boxes: dict[tuple[int, int], set[Box]] = defaultdict(set)
        self._words: dict[tuple[int, int], set[Box]] = defaultdict(set)
        self._dots: dict[tuple[int, int], list[tuple[int, Point]]] = defaultdict(list)

    def add_box(self, box: Box) -> None:
        for cell in _cells(box):
            self._boxes[cell].add(box)

    def add_words(self, box: Box) -> None:
        for cell in _cells(box):
            self._words[cell].add(box)

    def add_dot(self, line: int, dot: Point) -> None:
        self._dots[int(dot.x // CELL), int(dot.y // CELL)].append((line, dot))

    def cost(self, spot: Box, line: int) -> int:
        cells = list(_cells(spot))
        boxes = set().union(*(self._boxes.get(cell, set()) for cell in cells))
        words = set().union(*(self._words.get(cell, set()) for cell in cells))
        lines = {
            other
            for cell in cells
            for other, dot in self._dots.get(cell, ())
            if other != line and spot.holds(dot)
        }
        return (
            BOX_COST * sum(spot.meets(box) for box in boxes)
            + WORDS_COST * sum(spot.meets(box) for box in words)
            + LINE_COST * len(lines)
        )


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    for x in range(int(box.x // CELL), int((box.x + box.width) // CELL) + 1):
        for y in range(int(box.y // CELL), int((box.y + box.height) // CELL) + 1):
            yield x, y
