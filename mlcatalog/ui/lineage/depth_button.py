"""A button that says how many steps of lineage are shown, and offers others in a menu."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

OFFERED = (0, 1, 2, 3, 4, 6, 8, 12)
DEEPEST = 20  # as many steps as anybody draws: shown as "all"


class DepthButton(QPushButton):
    """Says "Up 2"; `changed` tells another number of steps."""

    changed = Signal(int)

    def __init__(
        self, prefix: str, name: str, value: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._prefix, self._name, self._value = prefix, name, value
        self._menu = QMenu(self)
        self._group = QActionGroup(self)
        for steps in (*OFFERED, DEEPEST):
            self._add(steps)
        self.setMenu(self._menu)
        self.setToolTip(name)
        self._say()

    def value(self) -> int:
        """How many steps are asked for."""
        return self._value

    def set_value(self, value: int) -> None:
        """Ask for another number of steps."""
        value = max(0, min(DEEPEST, value))
        if value != self._value:
            self._value = value
            self._say()
            self.changed.emit(value)

    def _add(self, steps: int) -> None:
        text = f"All, at most {DEEPEST} steps" if steps == DEEPEST else _steps(steps)
        action = QAction(text, self._menu)
        action.setCheckable(True)
        action.setData(steps)
        action.triggered.connect(lambda _=False: self.set_value(steps))
        self._group.addAction(action)
        self._menu.addAction(action)

    def _say(self) -> None:
        shown = "all" if self._value == DEEPEST else str(self._value)
        self.setText(f"{self._prefix} {shown}")
        self.setAccessibleName(f"{self._name}: {shown}")
        for action in self._group.actions():
            action.setChecked(action.data() == self._value)


def _steps(number: int) -> str:
    return "None" if number == 0 else f"{number} step{'s' if number > 1 else ''}"
