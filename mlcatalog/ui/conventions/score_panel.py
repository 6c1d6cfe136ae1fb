"""The right of Conventions: how well projects keep the rules, and what can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from mlcatalog.ui.conventions.judging import BROKEN, NameLine
from mlcatalog.ui.pieces import Rows, button, emptied, words

RULES = {
    "breaks": "name.invalid",
    "ambiguous": "name.ambiguous",
    "contradicts": "name.contradicts",
    "duplicate": "name.duplicate",
}


class ScorePanel(QFrame):
    """Shows scores and counts; tells that a name is to be waived or copied."""

    waive_wanted = Signal()
    copy_wanted = Signal()
    show_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setMinimumWidth(260)
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 12, 14, 12)
        box.setSpacing(6)
        box.addWidget(words("PROJECTS", look="caption"))
        self._projects = QVBoxLayout()
        self._projects.setSpacing(4)
        box.addLayout(self._projects)
        box.addWidget(words("RULES BROKEN", look="caption"))
        self._rules = Rows()
        box.addWidget(self._rules)
        box.addWidget(words("THE CHOSEN NAME", look="caption"))
        self._name = words("", look="strong", wraps=True)
        self._wrong = words("", look="muted", wraps=True)
        self._right = words("", look="mono", wraps=True)
        for label in (self._name, self._wrong, self._right):
            box.addWidget(label)
        box.addLayout(self._buttons())
        box.addStretch(1)
        self.show_line(None)

    def show_lines(self, lines: Sequence[NameLine]) -> None:
        """Show the share of names that keep the rules, by project."""
        emptied(self._projects)
        for project, score in scores(lines).items():
            self._add_project(project, score)
        counts = {
            verdict: sum(line.verdict == verdict for line in lines)
            for verdict in BROKEN
        }
        self._rules.show_rows(
            (RULES[verdict], f"{count:,}", ("bad" if count else "good"))
            for verdict, count in counts.items()
        )

    def show_line(self, line: NameLine | None) -> None:
        """Say what can be done about one name."""
        self._name.setText(line.name if line else "Choose a name in the table.")
        self._wrong.setText(line.wrong if line else "")
        self._right.setText(line.right if line else "")
        self.copy.setEnabled(bool(line and line.right))
        self.waive.setEnabled(bool(line and line.findings and line.verdict in BROKEN))
        self.reveal.setEnabled(line is not None)

    def _buttons(self) -> QVBoxLayout:
        column = QVBoxLayout()
        self.copy = button(
            "Copy right name",
            self.copy_wanted.emit,
            hint="Copy the right name",
            is_primary=True,
        )
        self.waive = button(
            "Waive…", self.waive_wanted.emit, hint="Accept this name, with a reason"
        )
        self.reveal = button("Show in Library", self.show_wanted.emit)
        column.addWidget(self.copy)
        row = QHBoxLayout()
        row.addWidget(self.waive)
        row.addWidget(self.reveal)
        column.addLayout(row)
        return column

    def _add_project(self, project: str, score: float) -> None:
        row = QHBoxLayout()
        row.addWidget(words(project, wraps=True), 1)
        row.addWidget(words(f"{score:.0f} %", look="muted"))
        self._projects.addLayout(row)
        bar = QProgressBar()
        bar.setRange(0, 100)
        bar.setValue(round(score))
        bar.setTextVisible(False)
        bar.setFixedHeight(6)
        bar.setAccessibleName(f"{project}: {score:.0f} % of the names keep the rules")
        self._projects.addWidget(bar)


def scores(lines: Sequence[NameLine]) -> Mapping[str, float]:
    """Percent of names that keep the rules (or are waived), by project, worst last."""
    totals: dict[str, int] = {}
    kept: dict[str, int] = {}
    for line in lines:
        totals[line.project] = totals.get(line.project, 0) + 1
        kept[line.project] = kept.get(line.project, 0) + (line.verdict not in BROKEN)
    percents = {project: 100 * kept[project] / totals[project] for project in totals}
    return dict(sorted(percents.items(), key=lambda pair: (-pair[1], pair[0])))
