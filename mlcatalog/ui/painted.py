"""When a window has been seen for the first time."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

UNSEEN = 500  # ms after which a window that is not painted is no longer waited for


class FirstPaint(QObject):
    """Watches a widget until it is painted, then calls once, when that is on screen."""

    def __init__(self, widget: QWidget, then: Callable[[], object]) -> None:
        super().__init__(widget)
        self._widget = widget
        self._then = then
        self._is_done = False
        widget.installEventFilter(self)
        QTimer.singleShot(UNSEEN, self, self._call)

    def _call(self) -> None:
        if not self._is_done:
            self._is_done = True
            self._widget.removeEventFilter(self)
            self._then()
            self.deleteLater()

    # Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and not self._is_done:
            QTimer.singleShot(0, self, self._call)
        return False


def after_paint(widget: QWidget, then: Callable[[], object]) -> None:
    """Call when a widget has been painted next, or when nobody sees it."""
    FirstPaint(widget, then)
    widget.update()
