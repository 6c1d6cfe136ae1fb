"""The traceability checklist as shown in the inspector."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mlcatalog.domain.artifact import Detail
from mlcatalog.domain.finding import Check
from mlcatalog.domain.words import CheckState
from mlcatalog.ui.pieces import breakable, emptied, link, words

LONG_TITLE = 26  # signs; a longer one shares the line evenly with its evidence
MARK = 14  # pixels
TOP, RIGHT = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignRight
SIGNS = {
    CheckState.MET: ("✓", "good"),
    CheckState.MISSING: ("✗", "bad"),
    CheckState.WAIVED: ("~", "warning"),
    CheckState.NOT_APPLICABLE: ("-", "muted"),
}
# What a person can do here about a check that is missing: its title and its name.
ACTIONS = {
    "data version": ("Link data…", "link data"),
    "fine-tuning data and processing": ("Link data…", "link data"),
    "base model": ("Link base…", "link base"),
    "name": ("Fix the name…", "fix name"),
}
FOLDER = ("Open folder", "folder")


class Checklist(QWidget):
    """One line a check: sign, title and evidence; the missing ones say what would help."""

    action_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(5)

    def show_checks(self, detail: Detail) -> None:
        """Replace the lines."""
        emptied(self._box)
        for check in detail.checks:
            self._add(check)
            if check.state is CheckState.MISSING:
                self._add_remedy(check)

    def _add(self, check: Check) -> None:
        sign, look = SIGNS[check.state]
        mark = words(sign, look=look)
        mark.setFixedWidth(MARK)
        is_long = len(check.check) > LONG_TITLE
        title = words(check.check[:1].upper() + check.check[1:], wraps=is_long)
        title.setAlignment(TOP)
        said = check.evidence or check.state.value
        evidence = words(breakable(said), look="muted", wraps=True)
        evidence.setAlignment(RIGHT | TOP)
        evidence.setAccessibleName(f"{check.check}: {check.state.value}, {said}")
        evidence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(mark, 0, TOP)
        line.addWidget(title, int(is_long))
        line.addWidget(evidence, 1)
        self._box.addLayout(line)

    def _add_remedy(self, check: Check) -> None:
        title, name = ACTIONS.get(check.check, FOLDER)
        remedy = words(check.remedy, look="remedy", wraps=True)
        remedy.setAlignment(TOP)
        does = link(
            title,
            lambda: self.action_wanted.emit(name),
            hint=f"{title} (for: {check.check})",
        )
        line = QHBoxLayout()
        line.setContentsMargins(MARK + 8, 0, 0, 0)
        line.addWidget(remedy, 1)
        line.addWidget(does, 0, RIGHT | TOP)
        self._box.addLayout(line)
