"""Going from pane to pane by keyboard, whatever place is open."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QFrame, QWidget


def step(fixed: list[QWidget], page: QWidget, by: int) -> None:
    """Give the focus to the next pane (by 1) or the one before (by -1).

    The panes are the fixed ones, then the panels of the page, in reading order.
    """
    panes = [*fixed, *panes_of(page)]
    here = QApplication.focusWidget()
    at = next((n for n, pane in enumerate(panes) if _holds(pane, here)), -1)
    if at < 0:
        at = 0 if by < 0 else len(panes) - 1
    for distance in range(1, len(panes) + 1):
        target = first_focusable(panes[(at + by * distance) % len(panes)])
        if target is not None:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return


def panes_of(page: QWidget) -> list[QWidget]:
    """The visible panels of a place in reading order; itself when it has none."""
    panels = [
        frame
        for frame in page.findChildren(QFrame)
        if frame.objectName() == "panel" and frame.isVisible()
    ]
    outer = [p for p in panels if not any(q.isAncestorOf(p) for q in panels)]
    outer.sort(key=lambda pane: _corner(pane, page))
    return list(outer) or [page]


def first_focusable(pane: QWidget) -> QWidget | None:
    """The widget of a pane that takes the focus: the largest view, else the first."""
    if _takes_focus(pane):
        return pane
    inside = [part for part in pane.findChildren(QWidget) if _takes_focus(part)]
    return max(inside, key=lambda part: part.width() * part.height(), default=None)


def _takes_focus(part: QWidget) -> bool:
    return (
        bool(part.focusPolicy() & Qt.FocusPolicy.TabFocus)
        and part.isVisible()
        and part.isEnabled()
    )


def _holds(pane: QWidget, here: QWidget | None) -> bool:
    return here is not None and (pane is here or pane.isAncestorOf(here))


def _corner(pane: QWidget, page: QWidget) -> tuple[int, int]:
    corner = pane.mapTo(page, QPoint(0, 0))
    return corner.x(), corner.y()
