"""A name read by a template: every way in which its fields fit.

A template becomes steps; a step is a literal, a field or the choice to leave
a part out. Which steps lead to the end of the name is worked out once for
each place, so that no name takes long, however many ways there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlcatalog.conventions.fields import FieldChecker
from mlcatalog.conventions.template import Field, Group, Part, Template

MOST_WAYS = 8
Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a literal to be found, a field to be filled, or a choice."""

    literal: str = ""
    field: str = ""
    skip: int = 0  # of a choice: the step after the part that may be left out


class Steps:
    """The steps of a template, and the names they read."""

    def __init__(
        self, template: Template, checkers: Mapping[str, FieldChecker]
    ) -> None:
        self._checkers = checkers
        self._steps: list[Step] = []
        self._add(template.parts)
        self.marks = {one.literal for one in self._steps if one.literal}
        self._stops = [self._stops_after(at) for at in range(len(self._steps))]

    def __len__(self) -> int:
        return len(self._steps)

    def __getitem__(self, at: int) -> Step:
        return self._steps[at]

    def ways(self, name: str) -> list[Values]:
        """All ways to read a name, at most a few: none, one, or an ambiguity."""
        found: list[Values] = []
        leads: dict[tuple[int, int], bool] = {}
        for way in self._ways(name, 0, 0, leads):
            found.append(way)
            if len(found) == MOST_WAYS:
                break
        return found

    def _add(self, parts: tuple[Part, ...]) -> None:
        for part in parts:
            if isinstance(part, str):
                self._steps.append(Step(literal=part))
            elif isinstance(part, Field):
                self._steps.append(Step(field=part.name))
            else:
                self._add_group(part)

    def _add_group(self, group: Group) -> None:
        at = len(self._steps)
        self._steps.append(Step())
        self._add(group.parts)
        self._steps[at] = Step(skip=len(self._steps))

    def _stops_after(self, at: int) -> tuple[str, ...]:
        """The literals of which one must follow a field; "" where the end may."""
        stops: set[str] = set()
        open_ = [at + 1]
        while open_:
            number = open_.pop()
            if number == len(self._steps):
                stops.add("")
                continue
            step = self._steps[number]
            if step.literal:
                stops.add(step.literal)
            elif step.skip:
                open_ += [number + 1, step.skip]
        return tuple(sorted(stops))

    def _ends(self, name: str, at: int, start: int) -> Iterator[int]:
        """Where the value of a field may end that starts here."""
        checker = self._checkers[self._steps[at].field]
        limit = min(len(name), checker.reach(name, start))
        ends: set[int] = set()
        for stop in self._stops[at]:
            if not stop:
                ends.update([len(name)] if limit == len(name) else [])
                continue
            end = name.find(stop, start + 1, limit + len(stop))
            while end >= 0:
                ends.add(end)
                end = name.find(stop, end + 1, limit + len(stop))
        for end in sorted(ends):
            if end > start and checker.fits(name[start:end]):
                yield end

    def fits(self, field: str, text: str) -> bool:
        """Whether a text is right for a field."""
        return self._checkers[field].fits(text)

    def stops(self, name: str, at: int, start: int) -> list[int]:
        """Where something that stands for a field may end, right or wrong."""
        ends = set()
        for stop in self._stops[at]:
            end = name.find(stop, start + 1) if stop else len(name)
            while end > start:
                ends.add(end)
                end = name.find(stop, end + 1) if stop else -1
        return sorted(ends)

    def _next(self, name: str, at: int, start: int) -> Iterator[tuple[int, int]]:
        step = self._steps[at]
        if step.field:
            for end in self._ends(name, at, start):
                yield at + 1, end
        elif step.skip:
            yield at + 1, start
            yield step.skip, start
        elif name.startswith(step.literal, start):
            yield at + 1, start + len(step.literal)

    def _leads(
        self, name: str, at: int, start: int, known: dict[tuple[int, int], bool]
    ) -> bool:
        """Whether the rest of the name can be read from a step on."""
        if at == len(self._steps):
            return start == len(name)
        found = known.get((at, start))
        if found is None:
            found = any(
                self._leads(name, *onward, known)
                for onward in self._next(name, at, start)
            )
            known[at, start] = found
        return found

    def _ways(
        self, name: str, at: int, start: int, known: dict[tuple[int, int], bool]
    ) -> Iterator[Values]:
        if not self._leads(name, at, start, known):
            return
        if at == len(self._steps):
            yield {}
            return
        field = self._steps[at].field
        for onward in self._next(name, at, start):
            here = {field: name[start : onward[1]]} if field else {}
            for rest in self._ways(name, *onward, known):
                yield here | rest
