"""The likeliest way to read a broken name where no one text joins all fields.

The name is laid along the steps of its template at the least cost: a field may
be wrong or missing, a literal may be missing, and something may be left over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlcatalog.conventions.steps import Steps

MOST_LETTERS = 255  # of a name that is laid along steps
MOST_ENDS = 24  # places where a wrong value may end
MOST_WAYS = 8
WRONG, MISSING, LOST, OVER = 4, 5, 3, 5


@dataclass(frozen=True, slots=True)
class Taken:
    """A field and what it takes of the name, "" where it is missing."""

    field: str
    text: str


Way = tuple[Taken, ...]
Move = tuple[int, int, int, Taken | None]  # cost, next step, next letter


class Nearest:
    """Lays one name along steps; what is worked out is kept while it lasts."""

    def __init__(self, steps: Steps, name: str) -> None:
        self._steps = steps
        self._name = name
        self._known: dict[tuple[int, int], tuple[int, tuple[Move, ...]]] = {}

    def ways(self) -> list[Way]:
        """The ways that cost least, at most a few; none for a name too long."""
        if len(self._name) > MOST_LETTERS:
            return []
        found: list[Way] = []
        for way in self._ways(0, 0):
            if way not in found:
                found.append(way)
            if len(found) == MOST_WAYS:
                break
        return found

    def _best(self, at: int, start: int) -> tuple[int, tuple[Move, ...]]:
        """The least cost from a step and a letter on, and the moves that cost it."""
        known = self._known.get((at, start))
        if known is None:
            known = self._known[at, start] = self._worked_out(at, start)
        return known

    def _worked_out(self, at: int, start: int) -> tuple[int, tuple[Move, ...]]:
        if at == len(self._steps):
            return (OVER if start < len(self._name) else 0), ()
        tried = [
            (cost + self._best(step, letter)[0], (cost, step, letter, taken))
            for cost, step, letter, taken in self._moves(at, start)
        ]
        least = min(cost for cost, _ in tried)
        return least, tuple(move for cost, move in tried if cost == least)

    def _moves(self, at: int, start: int) -> Iterator[Move]:
        step = self._steps[at]
        if step.field:
            yield from self._fillings(step.field, at, start)
        elif step.skip:
            yield 0, at + 1, start, None
            yield 0, step.skip, start, None
        elif self._name.startswith(step.literal, start):
            yield 0, at + 1, start + len(step.literal), None
        else:
            yield LOST, at + 1, start, None

    def _fillings(self, field: str, at: int, start: int) -> Iterator[Move]:
        ends = set(self._steps.stops(self._name, at, start)[:MOST_ENDS])
        ends |= {len(self._name)} if start < len(self._name) else set()
        for end in sorted(ends):
            text = self._name[start:end]
            # A wrong value that swallows what parts fields is the less likely.
            wrong = WRONG + any(mark in text for mark in self._steps.marks)
            cost = 0 if self._steps.fits(field, text) else wrong
            yield cost, at + 1, end, Taken(field, text)
        yield MISSING, at + 1, start, Taken(field, "")

    def _ways(self, at: int, start: int) -> Iterator[Way]:
        if at == len(self._steps):
            yield ()
            return
        for _, step, letter, taken in self._best(at, start)[1]:
            for rest in self._ways(step, letter):
                yield (taken, *rest) if taken else rest
