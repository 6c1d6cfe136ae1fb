"""The template tester: what a template that is not saved would make of a scope's names."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from threading import Lock
from typing import overload

from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.in_force import Conventions
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.ui.conventions.held import Held
from mlcatalog.ui.conventions.shelf import CODES, Rows, Shelf, counted_in
from mlcatalog.ui.naming.judged import Judged, Scope
from mlcatalog.ui.naming.judging import ORDER

READ = ("breaks", "contradicts", "ambiguous")  # verdicts on one name alone
HURRY = 0.03  # seconds after which a first answer is of a part of the names
MOST_KEPT = 8  # groups of names that are kept ready

# What becomes of a verdict when the name keeps the template, and when it breaks it.
_STAYS = {"waived": "waived"}  # whatever the template is
_REST = bytes(256 - len(ORDER))
_KEPT = bytes(CODES["mended" if one in READ else "keeps"] for one in ORDER) + _REST
_BROKEN = (
    bytes(
        CODES["breaks" if one in READ else _STAYS.get(one, "would break")]
        for one in ORDER
    )
    + _REST
)
_ALL_BITS = bytes([0, *[255] * 255])  # of every byte that is not 0


@dataclass(frozen=True)
class Asked:
    """Which rows are to be shown."""

    words: str = ""
    only_broken: bool = True
    hurries: bool = False  # a part of the names will do at first

    def shows_like(self, words: str, *, only_broken: bool) -> bool:
        """Whether these are the rows that are to be shown now."""
        return (self.words, self.only_broken) == (words, only_broken)


@dataclass(frozen=True)
class Tried:
    """What a change that is not saved would make of the names of a scope."""

    judged: Judged
    scope: Scope
    codes: bytes  # the verdicts, as on the shelf
    known: int  # names that were looked at
    total: int
    asked: Asked
    rows: Rows

    @property
    def broken(self) -> int:
        """Names that break it then."""
        return counted_in(self.codes, "breaks") + self.breaking

    @property
    def breaking(self) -> int:
        """Names that keep what is in force, and break it then."""
        return counted_in(self.codes, "would break")

    @property
    def mended(self) -> int:
        """Names that break what is in force, and keep it then."""
        return counted_in(self.codes, "mended")


class TemplateTester:
    """Holds the names of a shelf split and looked at, so that each answer is quick."""

    def __init__(self, shelf: Shelf, *, hurry: float = HURRY) -> None:
        self.shelf, self._hurry = shelf, hurry
        self._held: dict[tuple[str, ...], Held] = {}

    def warm(self) -> None:
        """Look at the names under what is in force: the first answer comes quicker."""
        self._looked(self.shelf.judged.rules, no_progress, None)
        _ = self.shelf.places

    def tried(
        self,
        rules: Conventions,
        asked: Asked = Asked(),
        progress: Progress = no_progress,
    ) -> Tried:
        """The names under other rules, beside what they are now."""
        shelf = self.shelf
        until = time.monotonic() + self._hurry if asked.hurries else None
        codes, known = self._looked(rules, progress, until)
        verdicts = _Verdicts(codes, shelf.places)
        judged = Judged(shelf.judged.names, rules, verdicts)
        rows = shelf.rows(judged, codes, asked.words, only_broken=asked.only_broken)
        return Tried(judged, shelf.scope, codes, known, len(shelf), asked, rows)

    def _looked(
        self, rules: Conventions, progress: Progress, until: float | None
    ) -> tuple[bytes, int]:
        """The verdicts under some rules, and how many names were looked at."""
        codes, known = bytearray(self.shelf.codes.translate(_KEPT)), 0
        for convention, held in self._grouped(rules):
            if convention is None:
                known += len(held.places)
                continue
            wrong, looked_at = held.wrong(convention, progress, until)
            known += looked_at
            self._put(codes, held.places, wrong, looked_at)
        return bytes(codes), known

    def _put(
        self, codes: bytearray, places: Sequence[int], wrong: bytes, known: int
    ) -> None:
        """Write down what was found out about some names."""
        broken = self.shelf.codes.translate(_BROKEN)
        if len(places) == len(codes) == known:
            codes[:] = _chosen(wrong, broken, bytes(codes))
            return
        for place in compress(places, wrong):
            codes[place] = broken[place]
        for place in places[known:]:
            codes[place] = CODES["free"]

    def _grouped(self, rules: Conventions) -> Iterable[tuple[Convention | None, Held]]:
        """The names by convention."""
        kind = self.shelf.scope.kind
        grouped: dict[int, tuple[Convention | None, list[str]]] = {}
        for folder in self._folders:
            convention = rules.at(kind, folder)
            grouped.setdefault(id(convention), (convention, []))[1].append(folder)
        for convention, folders in grouped.values():
            yield convention, self._of(tuple(folders))

    def _of(self, folders: tuple[str, ...]) -> Held:
        if folders not in self._held:
            if len(self._held) >= MOST_KEPT:
                self._held.clear()
            places = sorted(at for one in folders for at in self._folders[one])
            subject, order = self.shelf.judged.subject, self.shelf.order
            self._held[folders] = Held(places, [subject(order[at]) for at in places])
        return self._held[folders]

    @cached_property
    def _folders(self) -> Mapping[str, Sequence[int]]:
        """Where the names of each folder stand on the shelf."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for place, at in enumerate(self.shelf.order):
            found[self.shelf.judged.subject(at).path.rpartition("/")[0]].append(place)
        return dict(found)


class TemplateTesters:
    """The tester of the names that are shown: made once, for whichever job asks first."""

    def __init__(self) -> None:
        self._shelf: Shelf | None = None
        self._tester: TemplateTester | None = None
        self._shelving, self._making = Lock(), Lock()

    def shelf(self, judged: Judged, scope: Scope) -> Shelf:
        """The names of a scope by name."""
        with self._shelving:
            known = self._shelf
            if known is None or known.judged is not judged or known.scope != scope:
                known = self._shelf = Shelf(judged, scope)
            return known

    def tester(self, judged: Judged, scope: Scope) -> TemplateTester:
        """What tries templates on them, ready to answer."""
        with self._making:
            shelf, known = self.shelf(judged, scope), self._tester
            if known is None or known.shelf is not shelf:
                known = self._tester = TemplateTester(shelf)
                known.warm()
            return known


class _Verdicts(Sequence[str]):
    """Verdicts by position among all names; those of other scopes count as free."""

    def __init__(self, codes: bytes, places: Sequence[int]) -> None:
        self._codes, self._places = codes, places

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...

    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        place = self._places[at]
        return ORDER[self._codes[place]] if place >= 0 else "free"

    def __len__(self) -> int:
        return len(self._places)


def _chosen(mask: bytes, if_set: bytes, otherwise: bytes) -> bytes:
    """Byte by byte one or the other."""
    wanted = int.from_bytes(mask.translate(_ALL_BITS), "little")
    kept = int.from_bytes(otherwise, "little")
    differ = kept ^ int.from_bytes(if_set, "little")
    return (kept ^ (differ & wanted)).to_bytes(len(mask), "little")
