"""Many names at once: split into columns, and each distinct text judged once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cached_property

from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.fields import FieldChecker
from mlcatalog.conventions.rules import FieldRule
from mlcatalog.conventions.subjects import NameSubject

BLOCK = 20_000  # names that are split at a time, so that a million need no memory
MOST_KNOWN = 200  # columns of a block of which it is remembered what is wrong


class Block:
    """Some names, split at one character: those of as many parts are a table."""

    def __init__(self, names: Sequence[str], joint: str) -> None:
        self._names = names
        self._joint = joint
        self._columns: dict[int, list[list[str]]] = {}
        self._distinct: dict[tuple[int, int], frozenset[str]] = {}
        self._wrong: dict[tuple[int, int, FieldRule], list[int]] = {}

    @cached_property
    def rows(self) -> Mapping[int, list[int]]:
        """The rows of the names, by how many parts they have."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        joint = self._joint
        for row, name in enumerate(self._names):
            found[name.count(joint) + 1].append(row)
        return dict(found)

    def columns(self, count: int) -> list[list[str]]:
        """The names of so many parts as columns, none where there is no such name."""
        if count not in self._columns:
            rows = self.rows.get(count, [])
            # One list of texts: a list a name would keep the garbage collector busy.
            parts = self._joint.join(self._names[row] for row in rows).split(
                self._joint
            )
            self._columns[count] = [parts[at::count] for at in range(count) if rows]
        return self._columns[count]

    def misfits(self, checkers: Sequence[FieldChecker]) -> Set[int]:
        """The rows with as many parts as fields of which one is wrong."""
        count = len(checkers)
        found: set[int] = set()
        if not self.rows.get(count):
            return found
        for at, checker in enumerate(checkers):
            found.update(self._misfits_in(count, at, checker))
        return found

    def _misfits_in(self, count: int, at: int, checker: FieldChecker) -> list[int]:
        """The rows of which one column holds what its field may not."""
        key = (count, at, checker.rule)
        if key not in self._wrong:
            if len(self._wrong) >= MOST_KNOWN:
                self._wrong.clear()
            column = self.columns(count)[at]
            if (count, at) not in self._distinct:
                self._distinct[count, at] = frozenset(column)
            wrong = checker.misfits(self._distinct[count, at])
            both = zip(self.rows[count], column, strict=True) if wrong else ()
            self._wrong[key] = (
                self.rows[count]
                if len(wrong) == len(self._distinct[count, at])
                else [row for row, text in both if text in wrong]
            )
        return self._wrong[key]


class Names:
    """The names of which it is asked, again and again, which of them fit."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._blocks: dict[str, list[Block]] = {}

    def blocks(self, joint: str) -> Iterator[tuple[int, Block]]:
        """The names in blocks, each with the row at which it begins."""
        if joint not in self._blocks:
            self._blocks[joint] = [
                Block(self.names[start : start + BLOCK], joint)
                for start in range(0, len(self.names), BLOCK)
            ]
        for number, block in enumerate(self._blocks[joint]):
            yield number * BLOCK, block


def misfits(convention: Convention, names: Names) -> list[int]:
    """The rows of the names that do not fit a template, or in more than one way."""
    joint = convention.template.joint
    if not joint:
        read = convention.read
        return [row for row, name in enumerate(names.names) if len(read(name)) != 1]
    checkers = tuple(convention.checkers.values())
    found: list[int] = []
    for start, block in names.blocks(joint):
        found += [start + row for row in block.misfits(checkers)]
        for count, rows in block.rows.items():
            if count > len(checkers) and convention.joint_inside:
                found += [
                    start + row
                    for row in rows
                    if len(convention.read(names.names[start + row])) != 1
                ]
            elif count != len(checkers):
                found += [start + row for row in rows]
    return sorted(found)


def broken(convention: Convention, subjects: Sequence[NameSubject]) -> list[int]:
    """The rows of the names that do not keep a convention: its form, or the facts.

    What `Convention.keeps` says of each name, for many at once.
    """
    if not convention.template.joint:
        return [row for row, one in enumerate(subjects) if not convention.keeps(one)]
    found: list[int] = []
    for start in range(0, len(subjects), BLOCK):
        part = subjects[start : start + BLOCK]
        found += [start + row for row in _broken(convention, part)]
    return found


def _broken(convention: Convention, subjects: Sequence[NameSubject]) -> list[int]:
    names = Names([one.name for one in subjects])
    wrong = set(misfits(convention, names))
    (_, block), *_ = names.blocks(convention.template.joint)
    count = len(convention.checkers)
    columns, rows = block.columns(count), block.rows.get(count, [])
    for _, agrees, at in convention.bound:
        if columns:
            wrong.update(
                row
                for row, text in zip(rows, columns[at], strict=True)
                if not agrees(text, subjects[row])
            )
    doubtful = (row for n, some in block.rows.items() if n > count for row in some)
    wrong.update(
        row
        for row in doubtful
        if row not in wrong and not convention.keeps(subjects[row])
    )
    fits = convention.can_be_a_file
    wrong.update(row for row, name in enumerate(names.names) if not fits(name))
    return sorted(wrong)
