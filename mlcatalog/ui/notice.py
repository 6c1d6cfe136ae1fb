"""A short notice with one thing to do about it; it leaves by itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from mlcatalog.ui.pieces import button, link, words

STAYS = 20_000  # ms


class Notice(QFrame):
    """Says that something was done; what it offers is in a menu too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._does: Callable[[], object] = self.hide
        self._said = words("", wraps=True)
        self._action = link("", self._act)
        self._timer = QTimer(self, singleShot=True, interval=STAYS)
        self._timer.timeout.connect(self.hide)
        box = QHBoxLayout(self)
        box.setContentsMargins(12, 4, 6, 4)
        box.addWidget(self._said, 1)
        box.addWidget(self._action)
        box.addWidget(button("✕", self.hide, hint="Close this notice"))
        self.hide()

    @property
    def said(self) -> str:
        """What it says."""
        return self._said.said

    def say(self, text: str, action: str, does: Callable[[], object]) -> None:
        """Say something and offer an action."""
        self._said.setText(text)
        self._said.setAccessibleName(text)
        self._action.setText(action)
        self._action.setAccessibleName(action)
        self._does = does
        self.show()
        self._timer.start()

    def _act(self) -> None:
        self.hide()
        self._does()
