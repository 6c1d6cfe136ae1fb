"""One candidate as a card: the verdict in a word, the reasons, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from mlcatalog.ui.pieces import button, words

MARKS = {"good": "✓", "warning": "!", "bad": "✗", "muted": "·"}


@dataclass(frozen=True, slots=True)
class CardLine:
    """One reason or limit: how it looks, its title and its text."""

    look: str  # good, warning, bad or muted
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class CardWords:
    """What a card says of one model."""

    artifact: str
    name: str
    verdict: str
    look: str
    summary: str
    lines: Sequence[CardLine]


class CandidateCard(QFrame):
    """Shows one candidate; tells that it is to be compared or that its lineage is wanted."""

    compare_wanted = Signal(str)
    lineage_wanted = Signal(str)

    def __init__(self, said: CardWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.said = said
        self.setAccessibleName(f"{said.verdict}: {said.name}. {said.summary}")
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 10, 14, 12)
        box.setSpacing(6)
        box.addLayout(self._head())
        if said.summary:
            box.addWidget(words(said.summary, look="muted", wraps=True))
        box.addLayout(self._reasons())

    def _head(self) -> QHBoxLayout:
        said = self.said
        row = QHBoxLayout()
        row.setSpacing(12)
        verdict = words(said.verdict, look=f"{said.look} strong")
        row.addWidget(verdict)
        row.addWidget(words(said.name, look="strong", wraps=True), 1)
        row.addWidget(
            button(
                "Compare",
                lambda: self.compare_wanted.emit(said.artifact),
                hint=f"Compare {said.name}",
            )
        )
        row.addWidget(
            button(
                "Show lineage",
                lambda: self.lineage_wanted.emit(said.artifact),
                hint=f"Show the lineage of {said.name}",
            )
        )
        return row

    def _reasons(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(2, 1)
        grid.setColumnMinimumWidth(1, 130)
        top = Qt.AlignmentFlag.AlignTop
        for place, line in enumerate(self.said.lines):
            grid.addWidget(
                words(MARKS.get(line.look, "·"), look=line.look), place, 0, top
            )
            grid.addWidget(words(line.title), place, 1, top)
            grid.addWidget(words(line.text, look="muted", wraps=True), place, 2, top)
        return grid
