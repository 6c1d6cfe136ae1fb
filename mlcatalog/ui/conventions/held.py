"""The names of one convention, held ready: split, and held against their facts, once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence, Set
from fnmatch import fnmatchcase
from functools import cached_property

from mlcatalog.conventions.columns import Names, misfits
from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.limits import unfit
from mlcatalog.conventions.names import is_of_series
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.conventions.template import Template
from mlcatalog.domain.progress import Progress
from mlcatalog.ui.conventions.lies import Lies

EVERY = 250  # names between two looks at whether to stop
MOST_READ = 3_000  # names that are read one by one without a look at the clock
TRYING = "Trying the template"


class Held:
    """Tells which of some names break a convention, and the next one, and the next."""

    def __init__(self, places: Sequence[int], subjects: Sequence[NameSubject]) -> None:
        self.places, self._subjects = places, subjects
        self._names = Names([one.name for one in subjects])
        self._lies = Lies(subjects)
        self._exempt_by: dict[str, frozenset[int]] = {}

    def wrong(
        self, convention: Convention, progress: Progress, until: float | None = None
    ) -> tuple[bytes, int]:
        """A 1 for each row that breaks a convention, and how many were looked at.

        until: the moment at which a part of them will do.
        """
        if not convention.template.joint or self._is_slow(convention):
            return self._one_by_one(convention, progress, until)
        progress(0, None, TRYING)
        wrong = bytearray(len(self.places))
        for row in misfits(convention, self._names):
            wrong[row] = 1
        for row in self._unfit:
            wrong[row] = 1
        progress(0, None, TRYING)
        if 0 in wrong:
            self._add_lies(convention, wrong)
        for row in self._exempt(convention):
            wrong[row] = 0
        return bytes(wrong), len(self.places)

    def _is_slow(self, convention: Convention) -> bool:
        """Whether many names must be read one by one: they hold the joint inside."""
        if not convention.joint_inside:
            return False
        count = len(convention.checkers)
        blocks = self._names.blocks(convention.template.joint)
        return (
            sum(
                len(rows)
                for _, block in blocks
                for size, rows in block.rows.items()
                if size > count
            )
            > MOST_READ
        )

    def _one_by_one(
        self, convention: Convention, progress: Progress, until: float | None
    ) -> tuple[bytes, int]:
        wrong, total = bytearray(len(self.places)), len(self.places)
        may_fit, exempt = _glance(convention.template), self._exempt(convention)
        for row, subject in enumerate(self._subjects):
            if row % EVERY == 0:
                progress(row, total, TRYING)
                if row and until is not None and time.monotonic() > until:
                    return bytes(wrong), row
            if row in exempt:
                continue
            wrong[row] = not (may_fit(subject.name) and convention.keeps(subject))
        return bytes(wrong), total

    def _add_lies(self, convention: Convention, wrong: bytearray) -> None:
        """Add the rows that fit, and say something else than the facts."""
        count = len(convention.checkers)
        for start, block in self._names.blocks(convention.template.joint):
            if block.rows.get(count):
                for row in self._lies.told(convention, start, block, wrong):
                    wrong[row] = 1
            for size, some in block.rows.items():
                for row in some if size > count and convention.joint_inside else ():
                    if not wrong[start + row]:
                        subject = self._subjects[start + row]
                        wrong[start + row] = not convention.keeps(subject)

    def _exempt(self, convention: Convention) -> Set[int]:
        """The rows that a framework, or the convention, leaves alone."""
        found = set(self._of_series)
        for pattern in convention.exempt:
            if pattern not in self._exempt_by:
                self._exempt_by[pattern] = frozenset(
                    row
                    for row, name in enumerate(self._names.names)
                    if fnmatchcase(name, pattern)
                )
            found |= self._exempt_by[pattern]
        return found

    @cached_property
    def _unfit(self) -> frozenset[int]:
        """The rows whose names can be no file's everywhere."""
        names = self._names.names
        return frozenset(row for row, name in enumerate(names) if unfit(name))

    @cached_property
    def _of_series(self) -> frozenset[int]:
        names = self._names.names
        return frozenset(row for row, name in enumerate(names) if is_of_series(name))


def _glance(template: Template) -> Callable[[str], bool]:
    """What sees of most names that they cannot fit, without reading them."""
    parts = template.parts
    literals = [part for part in parts if isinstance(part, str)]
    head = parts[0] if isinstance(parts[0], str) else ""
    tail = parts[-1] if isinstance(parts[-1], str) else ""
    needed = Counter("".join(literals)).items()

    def may_fit(name: str) -> bool:
        return (
            name.startswith(head)
            and name.endswith(tail)
            and all(name.count(one) >= count for one, count in needed)
        )

    return may_fit
