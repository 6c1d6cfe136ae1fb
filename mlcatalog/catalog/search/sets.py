"""What queries find, as sets of row numbers that are kept until something is written.

SQL answers each clause alone, with all its row numbers in one value, so that
Python takes no step per row; sets are combined, ordered and counted as arrays.
One million rows: 15 ms for a common word, 100 ms for a new order, where one
statement for the whole query took 150 ms to 2.6 s.
"""

from __future__ import annotations

import time
from array import array
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, func, select, text
from sqlmodel import col

from mlcatalog.catalog.search.compiling import (
    asks_for_state,
    compile_query,
    leaf_holds,
    leaf_rows,
    ordering,
)
from mlcatalog.catalog.search.tree import (
    And,
    Clause,
    Not,
    Or,
    Text,
    Tree,
    leaves,
)
from mlcatalog.catalog.tables import ArtifactRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Bits = NDArray[np.uint8]  # a mask, packed
    Numbers = NDArray[np.int32]

MOST_MASKS = 16 << 20  # bytes; a mask takes a bit a row
MOST_ORDERS = 4  # four bytes a row each
FEW = 5_000  # rows that are sorted faster than all are
FIRST = 64  # rows that are shown before all are known; more than a screen has
AT_FIRST = 0.025  # seconds in which these must be found
STRIDE, LONGEST_STRIDE = 512, 4_096  # rows looked at in one go
INDEXED = frozenset({"name", "modified", "size", "metric"})  # orders of an index
LEAST = 4  # masks that are kept whatever their size
PIECE = 1 << 15  # characters; parsing more at once would hold up all other threads
DIVISIONS = ("kind", "format", "stage", "project")


class Sets:
    """Answers queries for one database; safe to ask from any thread."""

    def __init__(self) -> None:
        self._kept = _Kept(-1, 0)

    def ids(self, connection: Connection, query: str, sort: str) -> array[int]:
        """The row numbers of what a query finds, in order."""
        tree = compile_query(query).tree
        kept = self._now(connection)
        found = kept.found(connection, tree)
        if asks_for_state(tree):
            return _ordered(connection, found, sort)
        if not kept.has_order(sort):
            listed = kept.listed(connection, tree)
            if listed.sum() <= FEW:
                return _ordered(connection, listed, sort)
        order = kept.order(connection, sort)
        if tree != And(()):
            order = order[found[order]]
        ids = array("q")
        ids.frombytes(order.astype("int64").data.cast("B"))
        return ids

    def head(self, connection: Connection, query: str, sort: str) -> list[int]:
        """The first row numbers of `ids`, when they are sooner known than all are.

        The order is followed from its beginning, for a moment. Empty where
        that finds nothing, where it cannot be done, and where all is known.
        """
        tree = compile_query(query).tree
        kept = self._now(connection)
        if asks_for_state(tree) or kept.knows(connection, tree, sort):
            return []
        return kept.first(connection, tree, sort)

    def count(self, connection: Connection, query: str) -> int:
        """How many artifacts a query finds."""
        tree = compile_query(query).tree
        kept = self._now(connection)
        return int(kept.listed(connection, tree).sum())

    def divided(
        self, connection: Connection, query: str
    ) -> dict[str, Counter[str | int]]:
        """How what a query finds divides, by each of DIVISIONS."""
        tree = compile_query(query).tree
        kept = self._now(connection)
        return kept.divided(connection, kept.listed(connection, tree))

    def narrowed(
        self, connection: Connection, query: str, clauses: Sequence[Clause]
    ) -> list[int]:
        """How many of what a query finds each clause finds too.

        A clause that asks for a state is counted by itself: what is missing
        is left out of every other list.
        """
        kept = self._now(connection)
        listed = kept.listed(connection, compile_query(query).tree)
        return [
            int((found if asks_for_state(clause) else found & listed).sum())
            for clause in clauses
            for found in [kept.found(connection, clause)]
        ]

    def _now(self, connection: Connection) -> _Kept:
        """What is kept for the state that the connection sees."""
        sequence = int(connection.scalar(text("SELECT sequence FROM change")) or 0)
        kept = self._kept
        if kept.sequence != sequence:
            top = connection.scalar(select(func.max(col(ArtifactRow.id)))) or 0
            kept = _Kept(sequence, int(top) + 1)
            self._kept = kept
        return kept


class _Kept:
    """Sets of one state of the catalogue; two threads may make one twice."""

    def __init__(self, sequence: int, size: int) -> None:
        self.sequence = sequence
        self._size = size
        self._masks: OrderedDict[str, Bits] = OrderedDict()
        self._orders: OrderedDict[str, Numbers] = OrderedDict()
        self._groups: tuple[list[tuple[Any, ...]], Numbers] | None = None

    def knows(self, connection: Connection, tree: Tree, sort: str) -> bool:
        """Whether all that a query finds can be listed at once."""
        keys = ["present", *map(repr, leaves(tree))]
        if not all(key in self._masks for key in keys):
            return False
        return sort in self._orders or self.listed(connection, tree).sum() <= FEW

    def has_order(self, sort: str) -> bool:
        """Whether all that is present has been put in this order."""
        return sort in self._orders

    def listed(self, connection: Connection, tree: Tree) -> Mask:
        """What a query lists: what is missing only where a state is asked for."""
        found = self.found(connection, tree)
        if asks_for_state(tree):
            return found
        listed: Mask = found & self._mask(connection, "present", _present())
        return listed

    def found(self, connection: Connection, tree: Tree) -> Mask:
        """What a tree finds, the missing ones too."""

        def answer(leaf: Text | Clause) -> Mask:
            wider = self._wider(leaf)
            rows = leaf_rows(leaf) if wider is None else _among(wider, leaf)
            return self._mask(connection, repr(leaf), rows)

        return combined(tree, answer, lambda: self._everything(connection))

    def _wider(self, leaf: Text | Clause) -> NDArray[Any] | None:
        """The few rows among which all of a text of two letters are, where known.

        What one letter found holds all that two will; longer texts have an index.
        """
        import numpy as np

        if not isinstance(leaf, Text) or len(leaf.text) != 2:
            return None
        for letter in leaf.text:
            known = self._known(repr(Text(letter)))
            if known is not None and known.sum() <= FEW:
                return np.flatnonzero(known)
        return None

    def first(self, connection: Connection, tree: Tree, sort: str) -> list[int]:
        """The first rows that a tree finds, by looking at one after the other."""
        import numpy as np

        found: list[int] = []
        at, stride, deadline = 0, STRIDE, time.monotonic() + AT_FIRST
        while len(found) < FIRST and time.monotonic() < deadline:
            rows = self._stretch(connection, sort, at, stride)

            def answer(leaf: Text | Clause, rows: Numbers = rows) -> Mask:
                return self._looked_at(connection, leaf, rows)

            def all_of_them(rows: Numbers = rows) -> Mask:
                return np.ones(len(rows), dtype=np.bool_)

            fits = combined(tree, answer, all_of_them)
            found += rows[fits].tolist()
            if len(rows) < stride:
                break
            at, stride = at + stride, min(2 * stride, LONGEST_STRIDE)
        return found[:FIRST]

    def _stretch(
        self, connection: Connection, sort: str, at: int, length: int
    ) -> Numbers:
        """A piece of an order; none of one that neither was made nor has an index."""
        known = self._orders.get(sort)
        if known is not None:
            return known[at : at + length]
        wanted = length if sort.removeprefix("-") in INDEXED else 0
        rows = _all_present(sort).limit(wanted).offset(at).subquery()
        return _numbers(connection, select(func.group_concat(rows.c.id)))

    def _looked_at(
        self, connection: Connection, leaf: Text | Clause, rows: Numbers
    ) -> Mask:
        """Which of some rows fit a clause."""
        import numpy as np

        known = self._known(repr(leaf))
        if known is not None:
            some: Mask = known[rows]
            return some
        fit = connection.execute(_among(rows, leaf)).scalars()
        return np.isin(rows, np.fromiter(fit, dtype=rows.dtype))

    def order(self, connection: Connection, sort: str) -> Numbers:
        """All that is present, in order."""
        known = self._orders.get(sort)
        if known is None:
            rows = _all_present(sort).subquery()
            known = _numbers(connection, select(func.group_concat(rows.c.id)))
            self._orders[sort] = known
            while len(self._orders) > MOST_ORDERS:
                self._orders.popitem(last=False)
        return known

    def divided(
        self, connection: Connection, listed: Mask
    ) -> dict[str, Counter[str | int]]:
        """How a set divides."""
        import numpy as np

        groups, codes = self._groups or self._grouped(connection)
        counts = np.bincount(codes[listed], minlength=len(groups) + 1)
        divided: dict[str, Counter[str | int]] = {name: Counter() for name in DIVISIONS}
        for values, count in zip(groups, counts[1:].tolist(), strict=True):
            if count:
                for name, value in zip(DIVISIONS, values, strict=True):
                    divided[name][value] += count
        return divided

    def _grouped(self, connection: Connection) -> tuple[list[tuple[Any, ...]], Numbers]:
        import numpy as np

        columns = (
            col(ArtifactRow.kind),
            col(ArtifactRow.format),
            col(ArtifactRow.stage),
            col(ArtifactRow.project_id),
        )
        codes = np.zeros(self._size, dtype=np.int32)
        groups: list[tuple[Any, ...]] = []
        rows = connection.execute(
            select(*columns, func.group_concat(col(ArtifactRow.id)))
            .where(col(ArtifactRow.present))
            .group_by(*columns)
        )
        for *values, ids in rows:
            groups.append(tuple(values))
            codes[_parsed(ids)] = len(groups)
        self._groups = groups, codes
        return self._groups

    def _everything(self, connection: Connection) -> Mask:
        return self._mask(connection, "all", select(col(ArtifactRow.id).label("id")))

    def _known(self, key: str) -> Mask | None:
        import numpy as np

        bits = self._masks.get(key)
        if bits is None:
            return None
        with suppress(KeyError):  # another thread may just have let it go
            self._masks.move_to_end(key)
        return np.unpackbits(bits, count=self._size).view(np.bool_)

    def _mask(self, connection: Connection, key: str, rows: Select[Any]) -> Mask:
        import numpy as np

        known = self._known(key)
        if known is None:
            inner = rows.subquery()
            known = np.zeros(self._size, dtype=np.bool_)
            known[_numbers(connection, select(func.group_concat(inner.c.id)))] = True
            self._masks[key] = bits = np.packbits(known)
            while (
                len(self._masks) * len(bits) > MOST_MASKS and len(self._masks) > LEAST
            ):
                self._masks.popitem(last=False)
        return known


def combined(
    tree: Tree, answer: Callable[[Text | Clause], Mask], everything: Callable[[], Mask]
) -> Mask:
    """What a tree finds, by what each of its clauses finds."""
    match tree:
        case Text() | Clause():
            return answer(tree)
        case Not(part):
            return ~combined(part, answer, everything) & everything()
        case And(parts):
            if not parts:
                return everything()
            return reduce(and_, (combined(part, answer, everything) for part in parts))
        case Or(parts):
            return reduce(or_, (combined(part, answer, everything) for part in parts))


def _present() -> Select[Any]:
    return select(col(ArtifactRow.id).label("id")).where(col(ArtifactRow.present))


def _all_present(sort: str) -> Select[Any]:
    return _present().order_by(*ordering(sort))


def _among(rows: NDArray[Any], leaf: Text | Clause | None = None) -> Select[Any]:
    """Some rows, or those of them that fit a clause."""
    chosen = ",".join(map(str, rows.tolist()))
    wanted = func.json_each(f"[{chosen}]").table_valued("value")
    some: Select[Any] = select(col(ArtifactRow.id).label("id")).where(
        col(ArtifactRow.id).in_(select(wanted.c.value))
    )
    return some if leaf is None else some.where(leaf_holds(leaf))


def _ordered(connection: Connection, found: Mask, sort: str) -> array[int]:
    """Some row numbers in order, by way of SQL: for few, and for missing ones."""
    import numpy as np

    statement = _among(np.flatnonzero(found)).order_by(*ordering(sort))
    return array("q", (int(row[0] or 0) for row in connection.execute(statement)))


def _numbers(connection: Connection, statement: Select[Any]) -> Numbers:
    return _parsed(connection.scalar(statement))


def _parsed(listed: str | int | None) -> Numbers:
    """Numbers from text, in pieces between which other threads have their turn."""
    import numpy as np

    text = str(listed or "")
    pieces, start = [np.empty(0, dtype=np.int32)], 0
    while start < len(text):
        end = text.find(",", start + PIECE)
        end = len(text) if end < 0 else end
        pieces.append(np.fromstring(text[start:end], dtype=np.int32, sep=","))
        start = end + 1
    return np.concatenate(pieces)
