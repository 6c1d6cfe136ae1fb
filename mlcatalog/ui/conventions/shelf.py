"""The names of a scope by name, with their verdicts: what the table takes its rows from."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress

from mlcatalog.ui.naming.judged import Judged, Scope
from mlcatalog.ui.naming.judging import BROKEN, ORDER, WOULD

CODES = {verdict: code for code, verdict in enumerate(ORDER)}
WITH_A_PROBLEM = (*WOULD, *BROKEN, "waived")
# For each verdict, what makes its bytes 1 and all others 0.
_ONLY = [bytes(int(byte == code) for byte in range(256)) for code in range(len(ORDER))]


@dataclass(frozen=True)
class Rows:
    """What the table shows: positions, and before each group -1 less its place in ORDER."""

    judged: Judged
    order: array[int]
    counts: Mapping[str, int]  # of the groups that are shown


class Shelf:
    """Where the names of a scope stand among all names, ordered by name.

    A verdict is one byte a name, its place in ORDER: those of a hundred thousand
    names are copied, counted and searched in a moment.
    """

    def __init__(self, judged: Judged, scope: Scope) -> None:
        self.judged, self.scope = judged, scope
        named, holds = judged.names.named, scope.holds
        held = [at for at, one in enumerate(named) if holds(one)]
        held.sort(key=lambda at: named[at].subject.name)
        self.order = array("q", held)

    def __len__(self) -> int:
        return len(self.order)

    @cached_property
    def codes(self) -> bytes:
        """The verdicts of what is in force."""
        verdicts = self.judged.verdicts
        return bytes(CODES[verdicts[at]] for at in self.order)

    @cached_property
    def places(self) -> Sequence[int]:
        """Where each of all names stands here, -1 for those of other scopes."""
        found = array("q", [-1]) * len(self.judged.names.named)
        for place, at in enumerate(self.order):
            found[at] = place
        return found

    def rows(
        self, judged: Judged, codes: bytes, words: str, *, only_broken: bool
    ) -> Rows:
        """The names that hold the words, by verdict and then by name."""
        order, counts = array("q"), {}
        for code, verdict in enumerate(ORDER):
            is_shown = not only_broken or verdict in WITH_A_PROBLEM
            if not is_shown or code not in codes:
                continue
            positions = self._of(codes, code)
            if words.strip():
                positions = array("q", self._holding(positions, words, verdict))
            if positions:
                order.append(-1 - code)
                order += positions
                counts[verdict] = len(positions)
        return Rows(judged, order, counts)

    def _of(self, codes: bytes, code: int) -> array[int]:
        """The positions of one verdict."""
        if codes.count(code) == len(self.order):
            return self.order
        # A list becomes an array three times as fast as what is only iterated.
        return array("q", list(compress(self.order, codes.translate(_ONLY[code]))))

    def _holding(
        self, positions: Iterable[int], words: str, verdict: str
    ) -> Iterable[int]:
        wanted = [one for one in words.casefold().split() if one not in verdict]
        texts, places = self._texts, self.places
        return (
            at for at in positions if all(word in texts[places[at]] for word in wanted)
        )

    @cached_property
    def _texts(self) -> list[str]:
        """What is searched in, beside the verdicts."""
        subjects = (self.judged.subject(at) for at in self.order)
        return [f"{one.name} {one.project}".casefold() for one in subjects]


def counted_in(codes: bytes, verdict: str) -> int:
    """How many of some names have a verdict."""
    return codes.count(CODES[verdict])
