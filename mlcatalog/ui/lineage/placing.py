"""Where an edge runs and where its words stand, clear of cards and other lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QPainterPath

from mlcatalog.domain.lineage import Edge

SAMPLES = 24  # points tried along one curve
TRIED = (0.5, 0.38, 0.62, 0.28, 0.72, 0.2, 0.8, 0.14, 0.86)
EDGE, MOST_STRETCH = 28.0, 2.0
CARD_COST, WORDS_COST, LINE_COST = 40, 30, 3


Spot = tuple[float, float]
EdgeKey = tuple[str, str, str]


@dataclass(frozen=True)
class Placed:
    """The top left corner of each card, and the corners that each line passes."""

    corners: dict[str, Spot] = field(default_factory=dict)
    bends: dict[EdgeKey, tuple[Spot, ...]] = field(default_factory=dict)


def edge_key(edge: Edge) -> EdgeKey:
    """What tells the lines of one graph apart."""
    return edge.parent, edge.child, edge.relation.value


def curve(start: QPointF, end: QPointF, bends: Sequence[Spot] = ()) -> QPainterPath:
    """A line that leaves and arrives level, from a card's right to a card's left."""
    path = QPainterPath(start)
    last = start
    for corner in (*(QPointF(x, y) for x, y in bends), end):
        if abs(last.y() - corner.y()) < 1:
            path.lineTo(corner)
        else:
            reach = max(30.0, abs(corner.x() - last.x()) * 0.5)
            path.cubicTo(last + QPointF(reach, 0), corner - QPointF(reach, 0), corner)
        last = corner
    return path


@dataclass(frozen=True)
class Wording:
    """One edge's path and the size of the words that go with it."""

    path: QPainterPath
    size: QSizeF


def places(wordings: Sequence[Wording], cards: Sequence[QRectF]) -> list[QPointF]:
    """The centre of each edge's words, on its own line but clear of all else.

    The words interrupt their own line; of the points tried, the first with
    the least in its way is taken. Deterministic.
    """
    dots = [_dots(wording.path) for wording in wordings]
    taken: list[QRectF] = []
    centres = []
    for number, wording in enumerate(wordings):
        others = [line for index, line in enumerate(dots) if index != number]
        spots = [_spot(wording, at) for at in TRIED]
        best = min(spots, key=lambda spot: _cost(spot, cards, taken, others))
        taken.append(best)
        centres.append(best.center())
    return centres


def _spot(wording: Wording, at: float) -> QRectF:
    centre = wording.path.pointAtPercent(
        wording.path.percentAtLength(wording.path.length() * at)
    )
    width, height = wording.size.width(), wording.size.height()
    return QRectF(centre.x() - width / 2, centre.y() - height / 2, width, height)


def _dots(path: QPainterPath) -> list[QPointF]:
    return [path.pointAtPercent(step / SAMPLES) for step in range(SAMPLES + 1)]


def _cost(
    spot: QRectF,
    cards: Sequence[QRectF],
    taken: Sequence[QRectF],
    others: Sequence[Sequence[QPointF]],
) -> int:
    wide = spot.adjusted(-4, -3, 4, 3)
    return (
        CARD_COST * sum(wide.intersects(card) for card in cards)
        + WORDS_COST * sum(wide.intersects(words) for words in taken)
        + LINE_COST * sum(any(wide.contains(dot) for dot in line) for line in others)
    )


def stretched(placed: Placed, *, card: QSizeF, room: QSizeF) -> Placed:
    """The same with rows as far apart as the room's shape allows.

    A lineage is mostly wider than its window is; what height that leaves is
    used to part the lines.
    """
    if not placed.corners or room.isEmpty():
        return placed
    across = [x for x, _ in placed.corners.values()]
    down = [y for _, y in placed.corners.values()]
    width = max(across) - min(across) + card.width() + 2 * EDGE
    height = max(down) - min(down)
    wanted = width * room.height() / room.width() - card.height() - 2 * EDGE
    factor = min(MOST_STRETCH, max(1.0, wanted / height)) if height else 1.0
    middle = card.height() / 2
    return Placed(
        {name: (x, y * factor) for name, (x, y) in placed.corners.items()},
        {
            key: tuple((x, (y - middle) * factor + middle) for x, y in corners)
            for key, corners in placed.bends.items()
        },
    )
