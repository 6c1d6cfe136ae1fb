"""A name that does not fit its template: which part was meant as which field.

The parts of the name are laid along the fields at the least cost, so that a
missing run id is called missing instead of moving every field by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from mlcatalog.conventions.fields import FieldChecker

MOST_PARTS = 32  # beyond which a name is not laid along a template
MOST_WAYS = 24
MOST_KNOWN = 5_000  # patterns of right and wrong parts that are remembered
FEW = 3  # fields of which a name may be one
MOST_JOINED = 3  # parts that one field may be meant to hold
JOINED, WRONG, EXTRA, MISSING = 2, 4, 5, 5
STRONG = ("date", "vocabulary", "versioned", "version", "hex", "regex")
# For each part, and for it joined with the next ones: what each field makes of it.
NOT, MEANT, RIGHT = 0, 1, 2
Fits = tuple[tuple[tuple[int, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Laid:
    """One field of a way to lay a name: the parts it takes, none when missing."""

    field: int
    start: int
    end: int
    cost: int


Way = tuple[Laid, ...]
Moves = list[list[list[tuple[int, int, int]]]]  # the field, where it ends, its cost


@dataclass(frozen=True, slots=True)
class Alignment:
    """The likeliest ways to read a broken name."""

    ways: tuple[Way, ...]
    parts: tuple[str, ...]

    @property
    def is_ambiguous(self) -> bool:
        """Every field can be read, with the separator in one, in several ways."""
        return len(self.ways) > 1 and all(
            part.cost in (0, JOINED) for way in self.ways for part in way
        )


def straight(fields: int) -> tuple[Way, ...]:
    """The one way where there are as many parts as fields: each part is one field."""
    return (tuple(Laid(at, at, at + 1, 0) for at in range(fields)),)


class Aligner:
    """Lays names along the fields of a template that one text joins.

    How a name is laid depends on which parts are right for which field, and
    on nothing else: names that are broken alike are laid once.
    """

    def __init__(self, checkers: Sequence[FieldChecker], joint: str) -> None:
        self._checkers = checkers
        self._joint = joint
        self._is_inside = any(one.holds(joint) for one in checkers)
        listed = [
            value.count(joint) + 1 for one in checkers for value in one.rule.values
        ]
        self._marks = {one.mark for one in checkers if one.mark is not None}
        rules = [replace(one.rule, said="", fact="") for one in checkers]
        firsts = [at for at, rule in enumerate(rules) if rules.index(rule) == at]
        self._own = [checkers[at] for at in firsts]
        self._same = [firsts.index(rules.index(rule)) for rule in rules]
        self._most = min(max([MOST_JOINED, *listed]), MOST_PARTS)
        self._known: dict[Fits, tuple[Way, ...]] = {}
        self._held: dict[tuple[str, ...], tuple[int, ...]] = {}

    def align(self, name: str) -> Alignment | None:
        """The best ways to read a name; None when it has too many parts, or too few."""
        parts = tuple(name.split(self._joint))
        is_hopeless = len(parts) == 1 and len(self._checkers) > FEW
        if is_hopeless or len(parts) > MOST_PARTS:
            return None
        fits = self._fits(parts)
        if fits not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[fits] = self._aligned(fits)
        return Alignment(self._known[fits], parts)

    def _fits(self, parts: tuple[str, ...]) -> Fits:
        """What fields make of each part, and of parts joined where that may be."""
        # Each part too many may have been joined to another, and no more than these.
        over = len(parts) - len(self._checkers)
        most = self._most if self._is_inside else max(1, min(self._most, over + 1))
        count, holders = len(parts), self._holders
        return tuple(
            [
                tuple(
                    [
                        holders(parts[at:end])
                        for end in range(at + 1, min(at + most, count) + 1)
                    ]
                )
                for at in range(count)
            ]
        )

    def _holders(self, parts: tuple[str, ...]) -> tuple[int, ...]:
        found = self._held.get(parts)
        if found is None:
            if len(self._held) >= MOST_KNOWN:
                self._held.clear()
            found = self._held[parts] = self._held_by_each(parts)
        return found

    def _held_by_each(self, parts: tuple[str, ...]) -> tuple[int, ...]:
        if len(parts) == 1:
            text = parts[0]
            return self._each([RIGHT * one.fits(text) for one in self._own])
        if self._is_inside:
            return tuple([self._held_by(one, parts) for one in self._checkers])
        if "" in parts:
            return (NOT,) * len(self._checkers)
        texts = {mark: mark.join(parts) for mark in self._marks}
        return self._each(
            [
                NOT if one.mark is None else MEANT * one.fits(texts[one.mark])
                for one in self._own
            ]
        )

    def _each(self, held: Sequence[int]) -> tuple[int, ...]:
        """What every field makes of it, from what the fields do whose rules differ."""
        return tuple([held[place] for place in self._same])

    def _held_by(self, checker: FieldChecker, parts: tuple[str, ...]) -> int:
        text = checker.joined(parts, self._joint)
        if not text:
            return NOT
        return RIGHT if text == self._joint.join(parts) else MEANT

    def _aligned(self, fits: Fits) -> tuple[Way, ...]:
        moves = self._costed(fits)
        return self._surest(list(islice(_ways(moves, 0, 0), MOST_WAYS)))

    def _costed(self, fits: Fits) -> Moves:
        """The best moves from each place, worked out from the end."""
        fields, count = len(self._checkers), len(fits)
        costs = [[0] * (count + 1) for _ in range(fields + 1)]
        moves: Moves = [[[] for _ in range(count + 1)] for _ in range(fields + 1)]
        for at in range(count - 1, -1, -1):
            costs[fields][at] = costs[fields][at + 1] + EXTRA
            moves[fields][at] = [(-1, at + 1, EXTRA)]
        for field in range(fields - 1, -1, -1):
            below, here = costs[field + 1], costs[field]
            here[count] = below[count] + MISSING
            moves[field][count] = [(field, count, MISSING)]
            for at in range(count - 1, -1, -1):
                wrong = 0 if fits[at][0][field] else WRONG
                tried = [
                    (wrong + below[at + 1], (field, at + 1, wrong)),
                    (MISSING + below[at], (field, at, MISSING)),
                    (EXTRA + here[at + 1], (-1, at + 1, EXTRA)),
                ]
                for end, holders in enumerate(fits[at][1:], at + 2):
                    if held := holders[field]:
                        cost = 0 if held == RIGHT else JOINED
                        tried.append((cost + below[end], (field, end, cost)))
                here[at] = best = min(tried)[0]
                moves[field][at] = [move for cost, move in tried if cost == best]
        return moves

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


def _ways(moves: Moves, field: int, at: int) -> Iterator[Way]:
    if field == len(moves) - 1 and at == len(moves[0]) - 1:
        yield ()
        return
    for taken, end, cost in moves[field][at]:
        laid = Laid(taken, at, end, cost)
        for rest in _ways(moves, field if taken < 0 else field + 1, end):
            yield (laid, *rest)
