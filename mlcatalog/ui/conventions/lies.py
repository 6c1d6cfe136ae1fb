"""Which names say something else than their facts, column by column, each looked at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mlcatalog.conventions.columns import Block
from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.rules import FACTS
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.conventions.truth import DAY, Agrees

SHARE = 8  # of a column: where fewer fit, only their facts are looked at


@dataclass(frozen=True)
class Column:
    """What one field says in some names, and the rows that these are."""

    fact: str
    agrees: Agrees
    rows: Sequence[int]
    texts: Sequence[str]


class Lies:
    """Holds columns of names against the facts of the artifacts that bear them."""

    def __init__(self, subjects: Sequence[NameSubject]) -> None:
        self._subjects = subjects
        self._known: dict[tuple[object, ...], frozenset[int]] = {}
        self._facts: dict[str, Sequence[Any]] = {}

    def told(
        self, convention: Convention, start: int, block: Block, misfit: bytearray
    ) -> Iterable[int]:
        """The rows of a block, which begins at `start`, that contradict a fact.

        Some of those that do not fit at all may be among them.
        """
        count, joint = len(convention.checkers), convention.template.joint
        columns = block.columns(count)
        for name, agrees, at in convention.bound:
            fact = convention.rules[name].fact or FACTS[name]
            key = (joint, start, count, at, fact, convention.project)
            if key not in self._known:
                rows = [start + row for row in block.rows[count]]
                column = Column(fact, agrees, rows, columns[at])
                fit = [n for n, row in enumerate(rows) if not misfit[row]]
                if len(fit) < len(rows) // SHARE:
                    yield from self._lying(column, fit)
                    continue
                self._known[key] = frozenset(
                    self._lying(column, self._suspects(column))
                )
            yield from self._known[key]

    def _lying(self, column: Column, lines: Iterable[int]) -> Iterable[int]:
        rows, texts, agrees = column.rows, column.texts, column.agrees
        subjects = self._subjects
        return (rows[n] for n in lines if not agrees(texts[n], subjects[rows[n]]))

    def _suspects(self, column: Column) -> Sequence[int]:
        """The lines that may say something else than the fact: few, found quickly."""
        values = self._values(column.fact)
        told = [values[row] for row in column.rows]
        both = list(zip(column.texts, told, strict=True))
        if column.fact in ("dataset", "run"):
            return [n for n, (text, ids) in enumerate(both) if ids and text not in ids]
        wrong = {
            pair
            for pair, row in dict(zip(both, column.rows, strict=True)).items()
            if not column.agrees(pair[0], self._subjects[row])
        }
        return [n for n, pair in enumerate(both) if pair in wrong] if wrong else ()

    def _values(self, fact: str) -> Sequence[Any]:
        """What the facts of that kind are, row by row."""
        if fact not in self._facts:
            self._facts[fact] = [_fact_of(fact, one) for one in self._subjects]
        return self._facts[fact]


def _fact_of(fact: str, subject: NameSubject) -> object:
    """What decides whether a text agrees with a subject's fact; of a moment, its day."""
    match fact:
        case "date":
            return None if subject.recorded is None else subject.recorded // DAY
        case "dataset":
            return subject.datasets
        case "run":
            return subject.run_ids
        case "architecture":
            return subject.architecture
        case _:
            return subject.project
