from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF

from mlcatalog.ui.graph.placing import Wording, curve, places

SIZE = QSizeF(60, 16)


def frame(centre: QPointF) -> QRectF:
    return QRectF(centre.x() - 30, centre.y() - 8, 60, 16)


def test_a_line_leaves_and_arrives_level() -> None:
    path = curve(QPointF(0, 0), QPointF(200, 90))
    assert abs(path.angleAtPercent(0.01)) < 10 or path.angleAtPercent(0.01) > 350
    assert path.pointAtPercent(1) == QPointF(200, 90)


def test_words_of_lines_that_share_an_end_do_not_lie_on_each_other() -> None:
    start = QPointF(0, 0)
    lines = [curve(start, QPointF(260, y)) for y in (-84, 0, 84)]
    centres = places([Wording(line, SIZE) for line in lines], [])
    frames = [frame(centre) for centre in centres]
    assert not any(
        a.intersects(b) for place, a in enumerate(frames) for b in frames[place + 1 :]
    )


def test_words_keep_clear_of_cards() -> None:
    card = QRectF(100, -30, 60, 60)
    centre = places([Wording(curve(QPointF(0, 0), QPointF(300, 0)), SIZE)], [card])[0]
    assert not frame(centre).intersects(card)
