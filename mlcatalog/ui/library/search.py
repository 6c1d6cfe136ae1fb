"""The question that the Library asks, and its answers as they come: first rows, all, counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from mlcatalog.ui.jobs import QUEUED, Jobs
from mlcatalog.ui.library import loading
from mlcatalog.ui.library.loading import Head, Listing, Question, Sides

if TYPE_CHECKING:
    from mlcatalog.catalog.store import Catalog

FIRST_SORT = "-modified"
COUNT_DELAY = 120  # ms without a key before the left side is counted


class Search(QObject):
    """Asks for what is to be listed; a newer question ends the older one."""

    headed = Signal(object)  # Head: the first rows, where they are known before all
    listed = Signal(object)  # Listing
    counted = Signal(object)  # Sides

    def __init__(self, catalog: Catalog, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._catalog, self._jobs = catalog, jobs
        self.question = Question(0, "", FIRST_SORT)
        self._shown = self._answered = -1  # numbers of questions
        self._is_new = False  # the list to come is another one, not a newer state
        self._asking = -1  # the question whose whole answer is on its way
        self._is_due = False  # to be asked again once that has come
        self._count_stop = Event()
        self._is_counting = False
        # At once, but after all the keys that wait.
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._ask)
        self._counting = QTimer(self, singleShot=True, interval=COUNT_DELAY)
        self._counting.timeout.connect(self._count)

    @property
    def is_current(self) -> bool:
        """Whether the list answers what was asked last, or begins to."""
        return self._shown == self.question.number and not self._soon.isActive()

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is about to be asked."""
        return not (self._soon.isActive() or self._counting.isActive())

    @property
    def has_answered(self) -> bool:
        """Whether the catalogue has answered anything yet."""
        return self._answered >= 0

    def find(self, query: str) -> None:
        """Ask for what a query finds."""
        if query != self.question.query:
            self._change(replace(self.question, query=query))

    def sort(self, sort: str) -> None:
        """Ask for it in another order."""
        self._change(replace(self.question, sort=sort))

    def want(self, ids: Sequence[str]) -> None:
        """Ask for it, and for where these stand in it."""
        if not ids:
            self.again()
            return
        self.question = replace(self.question, wanted=tuple(ids))
        self._soon.start()

    def again(self) -> None:
        """Ask the same of what the catalogue holds now; one answer is waited for."""
        if self._asking == self.question.number:
            self._is_due = True
        else:
            self._soon.start()

    def answered(self, question: Question) -> None:
        """The list shows all of an answer; what it was to choose is chosen."""
        self._shown = self._answered = question.number
        if question.wanted == self.question.wanted:
            self.question = replace(self.question, wanted=())

    def _change(self, question: Question) -> None:
        self.question.stop.set()
        self.question = question
        self._is_new, self._is_due = True, False
        self._count_stop.set()
        self._counting.stop()
        self._soon.start()

    def _ask(self) -> None:
        self.question.stop.set()
        asked = replace(self.question, number=self.question.number + 1, stop=Event())
        self.question = asked
        is_new, self._is_new = self._is_new, False
        if is_new and self.has_answered and not asked.wanted:
            job = self._jobs.start(
                "First rows", lambda _: loading.head(self._catalog, asked), self._head
            )
            job.failed.connect(lambda _: self._list(asked), QUEUED)
        else:
            self._list(asked)

    def _head(self, head: Head) -> None:
        if head.question.number == self.question.number:
            if head.rows:
                self._shown = head.question.number
                self.headed.emit(head)
            self._list(head.question)

    def _list(self, asked: Question) -> None:
        self._asking = asked.number
        self._jobs.start(
            "Search",
            lambda _: loading.listing(self._catalog, asked),
            self._listed,
            ended=lambda: self._ended(asked.number),
        )

    def _listed(self, listing: Listing) -> None:
        if listing.question.number == self.question.number:
            self.listed.emit(listing)
            self._counting.start()

    def _ended(self, number: int) -> None:
        if number == self._asking:
            self._asking = -1
            if self._is_due:
                self._is_due = False
                self._soon.start()

    def _count(self) -> None:
        if self._is_counting:  # of a state before: let it end
            self._counting.start()
            return
        self._count_stop = Event()
        asked = replace(self.question, stop=self._count_stop)
        self._is_counting = True
        self._jobs.start(
            "Count",
            lambda _: loading.sides(self._catalog, asked),
            self._counted,
            ended=self._count_ended,
        )

    def _counted(self, sides: Sides) -> None:
        if sides.question.query == self.question.query:
            self.counted.emit(sides)

    def _count_ended(self) -> None:
        self._is_counting = False
