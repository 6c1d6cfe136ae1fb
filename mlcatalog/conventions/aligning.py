"""A name that does not fit its template: which part was meant as which field.

The parts of the name are laid along the fields at the least cost, so that a
missing run id is called missing instead of moving every field by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from mlcatalog.conventions.fields import FieldChecker

MOST_PARTS = 32  # beyond which a name is not laid along a template
MOST_WAYS = 24
MOST_JOINED = 3  # parts that one field may be meant to hold
JOINED, MISSING, EXTRA, WRONG = 2, 3, 4, 4
STRONG = ("date", "vocabulary", "versioned", "version", "hex", "regex")


@dataclass(frozen=True, slots=True)
class Laid:
    """One field of a way to lay a name: the parts it takes, none when missing."""

    field: int
    start: int
    end: int
    cost: int


Way = tuple[Laid, ...]


@dataclass(frozen=True, slots=True)
class Alignment:
    """The likeliest ways to read a broken name."""

    ways: tuple[Way, ...]
    parts: tuple[str, ...]
    cost: int

    @classmethod
    def straight(cls, parts: tuple[str, ...]) -> Self:
        """As many parts as fields: each part is one field."""
        way = tuple(Laid(at, at, at + 1, 0) for at in range(len(parts)))
        return cls((way,), parts, 0)

    @property
    def is_ambiguous(self) -> bool:
        """Every field can be read, with the separator in one, in several ways."""
        return len(self.ways) > 1 and all(
            part.cost in (0, JOINED) for way in self.ways for part in way
        )


class Aligner:
    """Lays names along the fields of a template that one text joins."""

    def __init__(self, checkers: Sequence[FieldChecker], joint: str) -> None:
        self._checkers = checkers
        self._joint = joint

    def align(self, name: str) -> Alignment | None:
        """The best ways to read a name; None when it has too many parts."""
        parts = tuple(name.split(self._joint))
        if len(parts) > MOST_PARTS:
            return None
        costs: dict[tuple[int, int], int] = {}
        best = self._cost(parts, 0, 0, costs)
        ways: list[Way] = []
        for way in self._ways(parts, 0, 0, costs):
            ways.append(way)
            if len(ways) == MOST_WAYS:
                break
        return Alignment(self._surest(ways), parts, best)

    def _surest(self, ways: list[Way]) -> tuple[Way, ...]:
        """Of several ways that miss something, those where the sure types fit."""
        if all(part.cost in (0, JOINED) for way in ways for part in way):
            return tuple(ways)
        weak = [
            sum(
                not part.cost and self._checkers[part.field].rule.type not in STRONG
                for part in way
                if part.field >= 0
            )
            for way in ways
        ]
        least = min(weak)
        return tuple(w for w, one in zip(ways, weak, strict=True) if one == least)

    def _moves(self, parts: tuple[str, ...], field: int, at: int) -> Iterator[Laid]:
        if field == len(self._checkers):
            if at < len(parts):
                yield Laid(-1, at, at + 1, EXTRA)
            return
        faults = self._checkers[field].faults
        if at < len(parts):
            yield Laid(field, at, at + 1, WRONG if faults[parts[at]] else 0)
            for end in range(at + 2, min(at + MOST_JOINED, len(parts)) + 1):
                if not faults["_".join(parts[at:end])]:
                    yield Laid(field, at, end, JOINED)
            yield Laid(-1, at, at + 1, EXTRA)
        yield Laid(field, at, at, MISSING)

    def _cost(
        self,
        parts: tuple[str, ...],
        field: int,
        at: int,
        costs: dict[tuple[int, int], int],
    ) -> int:
        known = costs.get((field, at))
        if known is None:
            if field == len(self._checkers) and at == len(parts):
                known = 0
            else:
                known = min(
                    move.cost + self._cost(parts, *_after(move, field), costs)
                    for move in self._moves(parts, field, at)
                )
            costs[field, at] = known
        return known

    def _ways(
        self,
        parts: tuple[str, ...],
        field: int,
        at: int,
        costs: dict[tuple[int, int], int],
    ) -> Iterator[Way]:
        if field == len(self._checkers) and at == len(parts):
            yield ()
            return
        for move in self._moves(parts, field, at):
            onward = _after(move, field)
            if move.cost + self._cost(parts, *onward, costs) == costs[field, at]:
                for rest in self._ways(parts, *onward, costs):
                    yield (move, *rest)


def _after(move: Laid, field: int) -> tuple[int, int]:
    return (field if move.field < 0 else field + 1), move.end
