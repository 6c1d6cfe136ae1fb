"""Quick open: any artifact by a few letters of its name."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget
from rapidfuzz import fuzz

from mlcatalog.domain.artifact import Summary
from mlcatalog.ui.choosing.chooser import Chooser, Line
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.theme import Tokens

if TYPE_CHECKING:
    from mlcatalog.catalog.store import Catalog

MOST = 40  # lines
LOOKED_AT = 400  # of what the search finds, ranked by how well the name fits
DELAY = 50  # ms after the last key


class QuickOpen(QObject):
    """Fills a chooser by asking the catalogue, off the window's thread."""

    def __init__(
        self, catalog: Catalog, jobs: Jobs, tokens: Tokens, parent: QWidget
    ) -> None:
        self.chooser = Chooser(
            "Quick open", "Name of an artifact, or a search…", tokens, parent
        )
        super().__init__(self.chooser)
        self._catalog, self._jobs = catalog, jobs
        self._numbers = itertools.count(1)
        self._asked = 0
        self._timer = QTimer(self, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(self._ask)
        self.chooser.typed.connect(lambda _: self._timer.start())
        self._ask()

    def show(self, answer: tuple[int, list[Summary]]) -> None:
        """Show what was found, unless something newer was typed."""
        number, rows = answer
        if number == self._asked:
            self.chooser.show_lines(
                [
                    Line(row.name, f"{row.kind.value} · {row.project}", row.id)
                    for row in rows
                ]
            )

    def _ask(self) -> None:
        self._asked = number = next(self._numbers)
        text = self.chooser.field.text().strip()
        self._jobs.start(
            "Quick open", lambda _: (number, found(self._catalog, text)), self.show
        )


def found(catalog: Catalog, text: str) -> list[Summary]:
    """What a search finds, names that fit it best first; the newest for no text."""
    rows = catalog.rows(catalog.ids(text)[: LOOKED_AT if text else MOST])
    if text:
        rows.sort(key=lambda row: -fuzz.WRatio(text.casefold(), row.name.casefold()))
    return rows[:MOST]
