"""Layers of a graph without drawing: which column a node stands in, which row."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence

Pair = tuple[int, int]  # from, to: numbers of nodes
SWEEPS = 8
SWEEPS_OF_LARGE = 2
LARGE = 3_000  # nodes and bends


def without_back_edges(count: int, pairs: Sequence[Pair]) -> list[Pair]:
    """The same pairs, those that close a circle turned round; in order of nodes."""
    following: dict[int, list[int]] = defaultdict(list)
    for start, end in pairs:
        following[start].append(end)
    state = [0] * count  # 0 unseen, 1 on the way, 2 done
    back: set[Pair] = set()
    for root in range(count):
        if state[root]:
            continue
        state[root] = 1
        stack = [(root, iter(following[root]))]
        while stack:
            node, rest = stack[-1]
            for after in rest:
                if state[after] == 1:
                    back.add((node, after))
                elif not state[after]:
                    state[after] = 1
                    stack.append((after, iter(following[after])))
                    break
            else:
                state[node] = 2
                stack.pop()
    return [(b, a) if (a, b) in back else (a, b) for a, b in pairs]


def layers_of(count: int, pairs: Sequence[Pair]) -> list[int]:
    """A layer per node: after all that leads to it, and as near to it as can be.

    pairs must hold no circle. Nodes that nothing leads to stand directly
    before the first that they lead to.
    """
    following: dict[int, list[int]] = defaultdict(list)
    waiting = [0] * count
    for start, end in pairs:
        following[start].append(end)
        waiting[end] += 1
    layer = [0] * count
    entered = list(waiting)
    free = [node for node in range(count) if not waiting[node]]
    for node in free:  # grows while it is read
        for after in following[node]:
            layer[after] = max(layer[after], layer[node] + 1)
            waiting[after] -= 1
            if not waiting[after]:
                free.append(after)
    for node in range(count):
        if not entered[node] and following[node]:
            layer[node] = min(layer[after] for after in following[node]) - 1
    return layer


def ordered(rows: Sequence[Sequence[int]], pairs: Sequence[Pair]) -> list[list[int]]:
    """Each layer's nodes in an order with few crossings, by barycentres."""
    before: dict[int, list[int]] = defaultdict(list)
    after: dict[int, list[int]] = defaultdict(list)
    for start, end in pairs:
        before[end].append(start)
        after[start].append(end)
    order = [list(row) for row in rows]
    best, least = [list(row) for row in order], crossings(order, after)
    sweeps = SWEEPS if sum(map(len, rows)) <= LARGE else SWEEPS_OF_LARGE
    for sweep in range(sweeps):
        down = sweep % 2 == 0
        places = range(1, len(order)) if down else range(len(order) - 2, -1, -1)
        for place in places:
            beside = order[place - 1 if down else place + 1]
            _sort_row(order[place], beside, before if down else after)
        found = crossings(order, after)
        if found < least:
            best, least = [list(row) for row in order], found
        if not least:
            break
    return best


def _sort_row(
    row: list[int], beside: Sequence[int], neighbours: Mapping[int, list[int]]
) -> None:
    position = {node: place for place, node in enumerate(beside)}
    own = {node: place for place, node in enumerate(row)}

    def centre(node: int) -> tuple[float, int]:
        places = [position[n] for n in neighbours.get(node, ()) if n in position]
        mean = sum(places) / len(places) if places else own[node]
        return mean, own[node]

    row.sort(key=centre)


def crossings(order: Sequence[Sequence[int]], after: Mapping[int, list[int]]) -> int:
    """How many lines cross between neighbouring layers."""
    total = 0
    for row, next_row in itertools.pairwise(order):
        position = {node: place for place, node in enumerate(next_row)}
        ends: list[int] = []
        for node in row:
            ends.extend(
                sorted(position[n] for n in after.get(node, ()) if n in position)
            )
        total += _inversions(ends, len(next_row))
    return total


def _inversions(numbers: Sequence[int], size: int) -> int:
    """Pairs out of order, with a Fenwick tree."""
    tree = [0] * (size + 1)
    found = 0
    for seen, number in enumerate(numbers):
        place, before = number + 1, 0
        while place:
            before += tree[place]
            place &= place - 1
        found += seen - before
        place = number + 1
        while place <= size:
            tree[place] += 1
            place += place & -place
    return found


def heights(
    order: Sequence[Sequence[int]],
    pairs: Sequence[Pair],
    room: Sequence[float],
    *,
    passes: int = 6,
) -> list[float]:
    """The centre of each node across the layers, near its neighbours.

    room is what each node takes, gap included; nodes of one layer never come
    nearer than half the room of both.
    """
    near: dict[int, list[int]] = defaultdict(list)
    for start, end in pairs:
        near[start].append(end)
        near[end].append(start)
    centre = [0.0] * len(room)
    for row in order:
        _spread(row, [0.0] * len(row), room, centre)
    for turn in range(passes):
        for row in order if turn % 2 == 0 else reversed(order):
            wanted = [
                sum(centre[n] for n in near[node]) / len(near[node])
                if near[node]
                else centre[node]
                for node in row
            ]
            _spread(row, wanted, room, centre)
    return centre


def _spread(
    row: Sequence[int],
    wanted: Sequence[float],
    room: Sequence[float],
    centre: list[float],
) -> None:
    """Put a layer's nodes as near to where they want as their order and room allow.

    Blocks of touching nodes are pooled at the mean of their wishes (isotonic
    regression), which gives the least squares.
    """
    blocks: list[list[float]] = []  # sum of wishes, count
    offsets: list[float] = []
    reach = 0.0
    for place, node in enumerate(row):
        if place:
            reach += (room[row[place - 1]] + room[node]) / 2
        offsets.append(reach)
        blocks.append([wanted[place] - reach, 1.0])
        while len(blocks) > 1 and _mean(blocks[-2]) > _mean(blocks[-1]):
            total, number = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += number
    place = 0
    for block in blocks:
        for _ in range(int(block[1])):
            centre[row[place]] = _mean(block) + offsets[place]
            place += 1


def _mean(block: Sequence[float]) -> float:
    return block[0] / block[1]
