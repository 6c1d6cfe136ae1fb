"""One run as several tools saw it: which sources tell of the same run.

Only recorded ids and folders that tools declare count. Two runs of one tool
are never one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from mlcatalog.domain.reading import RunSource

APART = frozenset({"metrics"})  # what lies in a folder by chance declares nothing


def joined_sources(sources: Iterable[RunSource]) -> list[list[RunSource]]:
    """The sources of each run: those that tell of the same one together."""
    ordered = sorted(sources, key=lambda one: (one.rank, one.place, one.native_id))
    groups = _Groups(len(ordered))
    tools = [one.tool for one in ordered]
    for first, second in _pairs(ordered):
        groups.join(first, second, tools)
    return [[ordered[number] for number in group] for group in groups.all()]


def _pairs(sources: Sequence[RunSource]) -> Iterator[tuple[int, int]]:
    """Places of sources that tell of one run, the surest first."""
    by_id: dict[str, list[int]] = defaultdict(list)
    by_folder: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(sources):
        by_id[f"{one.tool}:{one.native_id}"].append(number)
        if one.folder and one.tool not in APART:
            by_folder[one.folder].append(number)
    for number, one in enumerate(sources):
        for name in one.same:
            if len(by_id[name]) == 1:
                yield number, by_id[name][0]
    for here in by_folder.values():
        yield from pairwise(here)
    yield from _nested(sources, by_folder)


def _nested(
    sources: Sequence[RunSource], by_folder: dict[str, list[int]]
) -> Iterator[tuple[int, int]]:
    """A tool's only run inside the folder of another tool's run is that run."""
    inside: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for folder, numbers in by_folder.items():
        outer = folder.rpartition("/")[0]
        while outer and outer not in by_folder:
            outer = outer.rpartition("/")[0]
        if outer:
            for number in numbers:
                key = (outer, sources[number].tool)
                inside[key].append((by_folder[outer][0], number))
    for pairs in inside.values():
        if len(pairs) == 1:
            yield from pairs


class _Groups:
    """Sets that grow together, never with two sources of one tool."""

    def __init__(self, size: int) -> None:
        self._members = [[number] for number in range(size)]
        self._of = list(range(size))

    def join(self, first: int, second: int, tools: Sequence[str]) -> None:
        """Put the groups of two sources together unless a tool would be in twice."""
        one, other = self._of[first], self._of[second]
        if one == other:
            return
        ours, theirs = self._members[one], self._members[other]
        if {tools[n] for n in ours} & {tools[n] for n in theirs}:
            return
        ours += theirs
        for number in theirs:
            self._of[number] = one
        self._members[other] = []

    def all(self) -> list[list[int]]:
        """Every group, in the order of its first member."""
        return sorted(sorted(group) for group in self._members if group)
