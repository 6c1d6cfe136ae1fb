"""Where an edge runs and where its words stand, clear of cards and other lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QPainterPath

from mlcatalog.domain.lineage import Edge

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

SAMPLES = 64  # points looked at along one line
TRIED = (0.5, 0.38, 0.62, 0.28, 0.72, 0.2, 0.8, 0.14, 0.86)
EDGE, MOST_STRETCH = 28.0, 2.0
CARD_COST, WORDS_COST, LINE_COST = 40, 30, 3

Edges = tuple[float, float, float, float]  # left, top, right, bottom
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


def curve(
    start: QPointF, end: QPointF, bends: Sequence[Spot] = (), *, turn: float = 0.5
) -> QPainterPath:
    """A line that leaves and arrives level, from a card's right to a card's left.

    turn: where it bends, from 0 at its start to 1 at its end; a line with
    corners bends in the middle of each piece.
    """
    turn = 0.5 if bends else turn
    path = QPainterPath(start)
    last = start
    for corner in (*(QPointF(x, y) for x, y in bends), end):
        if abs(last.y() - corner.y()) < 1:
            path.lineTo(corner)
        else:
            across = abs(corner.x() - last.x())
            out, back = max(24.0, across * turn), max(24.0, across * (1 - turn))
            path.cubicTo(last + QPointF(out, 0), corner - QPointF(back, 0), corner)
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
    if not wordings:
        return []
    import numpy as np

    lines = np.array([_dots(wording.path) for wording in wordings])
    boxes = np.array([_edges(card) for card in cards]).reshape(-1, 4)
    taken = np.empty((0, 4))
    centres = []
    for number, wording in enumerate(wordings):
        field = _Field(np.delete(lines, number, axis=0), boxes, taken)
        best = min(_spots(wording), key=field.cost)
        taken = np.vstack([taken, _edges(best)])
        centres.append(best.center())
    return centres


@dataclass(frozen=True)
class _Field:
    """What words must keep clear of: dots of lines, cards, and other words."""

    lines: Numbers  # (lines, dots, 2)
    boxes: Numbers  # (cards, 4): left, top, right, bottom
    taken: Numbers

    def cost(self, spot: QRectF) -> int:
        """How much is in the way there."""
        wide = _edges(spot.adjusted(-4, -3, 4, 3))
        left, top, right, bottom = wide
        x, y = self.lines[..., 0], self.lines[..., 1]
        crossed = ((x > left) & (x < right) & (y > top) & (y < bottom)).any(axis=-1)
        return (
            CARD_COST * _met(self.boxes, wide)
            + WORDS_COST * _met(self.taken, wide)
            + LINE_COST * int(crossed.sum())
        )


def _met(boxes: Numbers, spot: Edges) -> int:
    left, top, right, bottom = spot
    across = (boxes[:, 0] < right) & (boxes[:, 2] > left)
    return int((across & (boxes[:, 1] < bottom) & (boxes[:, 3] > top)).sum())


def _edges(frame: QRectF) -> Edges:
    return frame.left(), frame.top(), frame.right(), frame.bottom()


def _spots(wording: Wording) -> list[QRectF]:
    """Along the line, and right beside the card where it starts or ends."""
    beside = (wording.size.width() / 2 + 10) / max(1.0, wording.path.length())
    middle, *others = TRIED
    tried = (middle, beside, 1 - beside, *others)
    return [_spot(wording, at) for at in tried if 0 < at < 1]


def _spot(wording: Wording, at: float) -> QRectF:
    path = wording.path
    centre = path.pointAtPercent(path.percentAtLength(path.length() * at))
    width, height = wording.size.width(), wording.size.height()
    return QRectF(centre.x() - width / 2, centre.y() - height / 2, width, height)


def _dots(path: QPainterPath) -> list[Spot]:
    points = [path.pointAtPercent(step / SAMPLES) for step in range(SAMPLES + 1)]
    return [(point.x(), point.y()) for point in points]


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
