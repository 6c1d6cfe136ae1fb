"""How a name is inked: its fields tinted, the wrong one marked, blanks as empty fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen

from mlcatalog.conventions.template import Piece
from mlcatalog.ui.naming.judging import BROKEN, NameLine
from mlcatalog.ui.theme import Tokens

PADDING = 10
TINT = 22  # pixels: the height of a tinted field
MANY = 2  # blanks in a row that become one when there is no room


@dataclass(frozen=True, slots=True)
class Inked:
    """A stretch of text: its colours, and how it is set apart without them."""

    text: str
    ink: str
    ground: str = ""
    is_wrong: bool = False  # a waved line below and a cross before
    is_blank: bool = False  # a dashed frame around


def inked_name(line: NameLine, tokens: Tokens) -> list[Inked]:
    """A name in stretches: every field that could be read is tinted."""
    t, made, at = tokens, list[Inked](), 0
    for span in line.spans:
        if span.start > at:
            made.append(Inked(line.name[at : span.start], t.muted))
        text = line.name[span.start : span.end]
        if span.field.state == "bad":
            made.append(Inked(text, t.bad, t.bad_soft, is_wrong=True))
        else:
            made.append(Inked(text, t.text, t.good_soft))
        at = span.end
    if at < len(line.name):
        is_unread = line.verdict in (*BROKEN, "would break")
        made.append(Inked(line.name[at:], t.text, is_wrong=is_unread))
    return made


def inked_right(pieces: Sequence[Piece], tokens: Tokens) -> list[Inked]:
    """A right name in stretches: what is not known is an empty field of its name."""
    return [
        Inked(one.text, tokens.text)
        if one.text
        else Inked(one.field, tokens.muted, is_blank=True)
        for one in pieces
    ]


def fitted(made: Sequence[Inked], painter: QPainter, room: QRect) -> list[Inked]:
    """The stretches; where they have no room, blanks side by side become one."""
    metrics = painter.fontMetrics()
    if sum(_width(one, metrics) for one in made) <= room.width():
        return list(made)
    found: list[Inked] = []
    run: list[Inked] = []
    for one in [*made, Inked("", "")]:
        is_joint = bool(run) and not one.is_blank and len(one.text) == 1
        if one.is_blank or is_joint:
            run.append(one)
            continue
        found += _merged(run)
        run = []
        if one.text:
            found.append(one)
    return found


def _merged(run: Sequence[Inked]) -> list[Inked]:
    """Blanks with the joints between them as one, a joint at the end apart."""
    ends = [run[-1]] if run and not run[-1].is_blank else []
    inner = list(run[: len(run) - len(ends)])
    count = sum(one.is_blank for one in inner)
    if count < MANY:
        return [*inner, *ends]
    return [Inked(f"{count} to fill in", inner[0].ink, is_blank=True), *ends]


def paint_inked(painter: QPainter, room: QRect, made: Sequence[Inked]) -> None:
    """Paint stretches in one line; the longest gives way when there is no room."""
    metrics = painter.fontMetrics()
    left = room.left()
    for one, width in zip(made, _widths(made, metrics, room.width()), strict=True):
        if left >= room.right():
            return
        box = QRect(
            left, room.top(), min(width, room.right() - left + 1), room.height()
        )
        left += _paint_one(painter, box, one)


def _widths(made: Sequence[Inked], metrics: QFontMetrics, room: int) -> list[int]:
    """How wide each stretch is painted; the widest are cut until all fit."""
    widths = [_width(one, metrics) for one in made]
    least = metrics.horizontalAdvance("mm…")
    while sum(widths) > room and max(widths, default=0) > least:
        widest = widths.index(max(widths))
        widths[widest] = max(least, widths[widest] - (sum(widths) - room))
    return widths


def _width(one: Inked, metrics: QFontMetrics) -> int:
    extra = 14 if one.is_blank else 0
    return metrics.horizontalAdvance(one.text) + extra


def _paint_one(painter: QPainter, box: QRect, one: Inked) -> int:
    """Paint one stretch, cut where it has no room; how wide that is."""
    metrics = painter.fontMetrics()
    text = " ".join(one.text.split("\n"))
    extra = _width(one, metrics) - metrics.horizontalAdvance(one.text)
    if metrics.horizontalAdvance(text) + extra > box.width():
        middle = Qt.TextElideMode.ElideMiddle
        text = metrics.elidedText(text, middle, box.width() - extra)
        box = QRect(box)
        box.setWidth(metrics.horizontalAdvance(text) + extra)
    tint = QRectF(box.left(), box.center().y() - TINT / 2 + 0.5, box.width(), TINT)
    text_box = box
    if one.ground:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(one.ground))
        painter.drawRoundedRect(tint.adjusted(-1, 0, 1, 0), 4, 4)
    if one.is_blank:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(one.ink), 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(tint.adjusted(1.5, 2.5, -1.5, -2.5), 4, 4)
        text_box = box.adjusted(7, 0, -7, 0)
    painter.setPen(QColor(one.ink))
    painter.drawText(text_box, Qt.AlignmentFlag.AlignVCenter, text)
    if one.is_wrong:
        _paint_wave(painter, text_box, metrics, one.ink)
    return box.width()


def _paint_wave(painter: QPainter, box: QRect, metrics: QFontMetrics, ink: str) -> None:
    """A waved line below, so that a wrong field is seen without its colour."""
    low = box.center().y() + metrics.ascent() // 2 + 4
    painter.setPen(QPen(QColor(ink), 1.3))
    step, left = 3, box.left()
    while left + step <= box.right():
        up = ((left - box.left()) // step) % 2
        painter.drawLine(
            left, low + (0 if up else 2), left + step, low + (2 if up else 0)
        )
        left += step
