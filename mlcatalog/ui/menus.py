"""The menus, made from the table of actions."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from mlcatalog.ui.actions import ACTIONS, Action

PARTED = frozenset(
    {"close", "clear_query", "open_library", "rescan", "use_system_theme"}
)


class Menus(QObject):
    """Every action of the window as a QAction; enables those that make sense now."""

    def __init__(
        self,
        bar: QMenuBar,
        *,
        method: Callable[[Action], Callable[[], object]],
        reason: Callable[[Action], str],
        text: Callable[[Action], str],
        table: QWidget,
    ) -> None:
        """method: what an action calls; reason: why it cannot be done now, or "";
        text: what its line says now.
        """
        super().__init__(bar)
        self._reason, self._text = reason, text
        self.made: dict[Action, QAction] = {}
        menus: dict[str, QMenu] = {}
        for line in ACTIONS:
            menu = menus.get(line.menu)
            if menu is None:
                menu = menus[line.menu] = bar.addMenu(line.menu)
                menu.aboutToShow.connect(self.refresh)
            if line.does in PARTED:
                menu.addSeparator()
            action = self._action(line, method(line))
            menu.addAction(action)
            if line.of_table:
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                table.addAction(action)
        self.refresh()

    def refresh(self) -> None:
        """Enable and disable, with the reason as the tip."""
        for line, action in self.made.items():
            reason = self._reason(line)
            action.setEnabled(not reason)
            action.setText(self._text(line))
            action.setStatusTip(reason)

    def _action(self, line: Action, does: Callable[[], object]) -> QAction:
        made = QAction(line.text, self)
        made.setShortcuts([QKeySequence(keys) for keys in line.keys])
        made.triggered.connect(lambda: does())
        self.made[line] = made
        return made
