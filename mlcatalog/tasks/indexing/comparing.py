"""What the bytes of changed artifacts prove, and of those that this is news for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from mlcatalog.catalog.compared import MARK, Compared, Holders, Version
from mlcatalog.catalog.linkables import Linkable
from mlcatalog.catalog.relinking import Relinking
from mlcatalog.domain.lineage import Edge
from mlcatalog.domain.words import Kind
from mlcatalog.lineage.fingerprints import (
    MOST_HOLDERS,
    Common,
    Weights,
    common_tensors,
    compared,
    copies_among,
    nearest_among,
    says_the_same,
)
from mlcatalog.tasks.indexing.linkables import by_kind, weights_of

MOST = 300  # artifacts whose parents are looked for again
MOST_AROUND = 3_000  # artifacts among which they are looked for
MOST_ROWS = 300_000  # of tensors that are looked at


class TooMuchError(Exception):
    """So much is to be linked anew that all of it is as well done."""


def versions_of(
    weights: Iterable[tuple[Kind, Sequence[Weights]]], numbers: Mapping[str, int]
) -> list[Version]:
    """The versions that are compared, as the catalogue keeps them."""
    return [
        Version(numbers[one.id], kind, one.family_number, one.rank, _marks(one))
        for kind, versions in weights
        for one in compared(versions)
    ]


def held_by_many(
    weights: Iterable[tuple[Kind, Sequence[Weights]]],
) -> list[tuple[Kind, dict[str, Holders]]]:
    """The tensors that more versions hold than are looked at."""
    return [
        (
            kind,
            {
                mark[:MARK]: Holders(one.families, one.holders)
                for mark, one in common_tensors(versions).items()
            },
        )
        for kind, versions in weights
    ]


def _marks(weights: Weights) -> frozenset[str]:
    return frozenset(mark[:MARK] for mark in weights.elements)


class Comparison:
    """Artifacts whose bytes changed, with what is equal to them or was.

    Where others came from is as it was, but for those that share a tensor with
    them while few enough do that each holder is looked at.
    """

    def __init__(
        self, rows: Relinking, touched: Collection[int], equal: Collection[int]
    ) -> None:
        numbers = {*touched, *equal}
        self._touched = set(touched)
        self._rows = rows
        self._compared: Compared = rows.compared
        self._numbers = numbers
        self._weights = by_kind(rows.linkables(numbers, weights=True))
        self.proven: dict[str, list[Edge]] = {
            uid: [] for uid in rows.answers.names(numbers).values()
        }

    def run(self) -> dict[str, list[Edge]]:
        """What the bytes prove of each artifact of which that may be another now."""
        before = {kind: self._compared.families(kind) for kind in Kind}
        old = self._compared.versions(self._numbers)
        ids = {one.id for _, versions in self._weights for one in versions}
        new = versions_of(self._weights, self._rows.numbers(ids))
        self._compared.put(self._numbers, new)
        for _, versions in self._weights:
            self._add(copies_among(versions))
        for kind in sorted({one.kind for one in (*old, *new)}):
            families = self._compared.families(kind)
            if not says_the_same(before[kind], families):
                raise TooMuchError("what is common among tensors changed")
            was, now = (self._changed(kind, *pair) for pair in ((old, new), (new, old)))
            others = self._concerned(kind, was, now) - self._numbers
            self._find_nearest(kind, others, families)
        return self.proven

    def _changed(
        self, kind: Kind, versions: Sequence[Version], others: Sequence[Version]
    ) -> list[Version]:
        """Those of some versions that may not be as they were."""
        same = {one for one in others if one.number not in self._touched}
        return [one for one in versions if one.kind is kind and one not in same]

    def _concerned(
        self, kind: Kind, was: Sequence[Version], now: Sequence[Version]
    ) -> set[int]:
        """Other artifacts that may have come from something else now."""
        old, new = _by_mark(was), _by_mark(now)
        marks = old.keys() | new.keys()
        common = self._compared.common(kind, marks)
        for mark, many in common.items():
            self._refuse_first(old.get(mark, []), new.get(mark, []), many)
        holding = self._holding(kind, marks - common.keys())
        concerned, weighed_anew, changed = set[int](), set[int](), set(now)
        for mark, holders in holding.items():
            others = [one for one in holders if one not in changed]
            if len(others) + len(new.get(mark, ())) > MOST_HOLDERS:
                raise TooMuchError("a tensor has become common")
            families = [
                {one.family for one in (*others, *several.get(mark, ()))}
                for several in (old, new)
            ]
            numbers = {one.number for one in others}
            concerned |= numbers
            if len(families[0]) != len(families[1]):
                weighed_anew |= numbers
        if weighed_anew:
            concerned |= self._sharing(kind, weighed_anew)
        if len(concerned) > MOST:
            raise TooMuchError("too many artifacts share tensors")
        return concerned

    def _refuse_first(
        self, old: Sequence[Version], new: Sequence[Version], holders: Holders
    ) -> None:
        """Of a common tensor only what comes after its first holders may change."""
        if any(one.rank <= holders.ranks[-1] for one in (*old, *new)):
            raise TooMuchError("one of the first that hold a common tensor changed")
        left = {one.family for one in old} - {one.family for one in new}
        if any(one.family not in holders.families for one in new):
            raise TooMuchError("a common tensor is in one more family")
        if left:
            first = self._compared.versions(self._of(holders))
            ranks = set(holders.ranks)
            if left - {one.family for one in first if one.rank in ranks}:
                raise TooMuchError("a common tensor may be in one family less")

    def _of(self, holders: Holders) -> set[int]:
        """The numbers of the first artifacts that hold a tensor."""
        return set(self._rows.numbers({rank[3] for rank in holders.ranks}).values())

    def _sharing(self, kind: Kind, numbers: set[int]) -> set[int]:
        """All that hold a tensor of some artifacts."""
        versions = [v for v in self._compared.versions(numbers) if v.kind is kind]
        marks = {mark for one in versions for mark in one.marks}
        if self._compared.common(kind, marks):
            raise TooMuchError("what a tensor says of many models changed")
        holding = self._holding(kind, marks)
        return {one.number for holders in holding.values() for one in holders}

    def _holding(self, kind: Kind, marks: Collection[str]) -> dict[str, list[Version]]:
        found = self._compared.holding(kind, marks, MOST_ROWS)
        if found is None:
            raise TooMuchError("too many tensors are to be looked at")
        return found

    def _find_nearest(self, kind: Kind, others: set[int], families: int) -> None:
        models = dict(self._weights).get(kind, [])
        targets = [one for one in compared(models) if one.current]
        targets += [one for one in self._loaded(kind, others) if one.current]
        self.proven |= {one.id: [] for one in targets if one.id not in self.proven}
        marks = {mark for one in targets for mark in _marks(one)}
        if not marks:
            return
        common = self._compared.common(kind, marks)
        holding = self._holding(kind, marks - common.keys())
        numbers = {one.number for holders in holding.values() for one in holders}
        for holders in set(common.values()):
            numbers |= self._of(holders)
        if len(numbers) > MOST_AROUND:
            raise TooMuchError("too many artifacts are to be looked at")
        around = self._loaded(kind, numbers)
        looked_at = (*targets, *around)
        by_mark = self._families_by_mark(kind, looked_at)
        full = {mark[:MARK]: mark for one in targets for mark in one.elements}
        self._add(
            nearest_among(
                targets,
                around,
                families=families,
                by_mark={
                    mark: by_mark[mark[:MARK]]
                    for one in looked_at
                    for mark in one.elements
                },
                common={
                    full[mark]: Common(holders.families, holders.ranks)
                    for mark, holders in common.items()
                },
            )
        )

    def _families_by_mark(
        self, kind: Kind, around: Sequence[Weights]
    ) -> dict[str, int]:
        """How many families hold each tensor of some versions."""
        marks = {mark for one in around for mark in _marks(one)}
        common = self._compared.common(kind, marks)
        holding = self._holding(kind, marks - common.keys())
        few = {
            mark: len({one.family for one in holders})
            for mark, holders in holding.items()
        }
        return few | {mark: len(one.families) for mark, one in common.items()}

    def _loaded(self, kind: Kind, numbers: Collection[int]) -> list[Weights]:
        """The compared versions of some artifacts with their tensors."""
        ranks = {v.rank for v in self._compared.versions(numbers) if v.kind is kind}
        found: list[Linkable] = []
        if numbers:
            found = self._rows.linkables(numbers, weights=True)
        return [v for a in found for v in weights_of(a) if v.rank in ranks]

    def _add(self, edges: Iterable[Edge]) -> None:
        for edge in edges:
            self.proven[edge.child].append(edge)


def _by_mark(versions: Iterable[Version]) -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = {}
    for one in versions:
        for mark in one.marks:
            found.setdefault(mark, []).append(one)
    return found
