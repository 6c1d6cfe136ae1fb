"""The versions whose tensors were compared: which, of what family, who holds a tensor."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from mlcatalog.domain.words import Kind

MARK = 16  # hexadecimal digits of a tensor's digest that are kept
WIDTH = MARK // 2  # bytes

Rank = tuple[Any, ...]


class Version(NamedTuple):
    """One version that is compared with others of its kind."""

    number: int  # of its artifact
    kind: Kind
    family: int
    rank: Rank
    marks: frozenset[str]  # the beginnings of its tensors' digests


class Holders(NamedTuple):
    """Who holds a tensor that more versions hold than are looked at."""

    families: frozenset[int]  # of all
    ranks: tuple[Rank, ...]  # of the first


class Compared:
    """What was compared, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def versions(self, numbers: Collection[int]) -> list[Version]:
        """The compared versions of some artifacts."""
        rows = self._rows(
            "SELECT subject, kind, family, rank, marks FROM link_weights"
            " WHERE subject IN (SELECT value FROM json_each(?))",
            json.dumps(list(numbers)),
        )
        return [_version(row) for row in rows]

    def holding(
        self, kind: Kind, marks: Collection[str], most: int
    ) -> dict[str, list[Version]] | None:
        """The versions of a kind that hold each of some tensors; None of too many."""
        rows = self._rows(
            "SELECT DISTINCT one.value, artifact_id FROM json_each(?) AS one"
            " JOIN fingerprint ON digest >= one.value AND digest < one.value || 'g'"
            " LIMIT ?",
            json.dumps(sorted(marks)),
            most + 1,
        ).all()
        if len(rows) > most:
            return None
        versions: dict[int, list[Version]] = defaultdict(list)
        for one in self.versions({number for _, number in rows}):
            if one.kind is kind:
                versions[one.number].append(one)
        found: dict[str, list[Version]] = {mark: [] for mark in marks}
        for mark, number in rows:
            found[mark] += [one for one in versions[number] if mark in one.marks]
        return found

    def common(self, kind: Kind, marks: Collection[str]) -> dict[str, Holders]:
        """Those of some tensors that more versions hold than are looked at."""
        rows = self._rows(
            "SELECT mark, holders FROM link_common WHERE kind = ? AND mark IN"
            " (SELECT value FROM json_each(?))",
            kind.value,
            json.dumps(sorted(marks)),
        ).all()
        lists = {number: self._holders(number) for number in {row[1] for row in rows}}
        return {mark: lists[number] for mark, number in rows}

    def _holders(self, number: int) -> Holders:
        row = self._rows(
            "SELECT families, ranks FROM link_holders WHERE id = ?", number
        ).one()
        ranks = tuple(tuple(rank) for rank in json.loads(row[1]))
        return Holders(frozenset(json.loads(row[0])), ranks)

    def families(self, kind: Kind) -> int:
        """How many families the compared versions of a kind are of."""
        rows = self._rows(
            "SELECT count(DISTINCT family) FROM link_weights WHERE kind = ?", kind.value
        )
        return int(rows.scalar() or 0)

    def put(self, numbers: Collection[int], versions: Sequence[Version]) -> None:
        """Replace what is compared of some artifacts."""
        self._rows(
            "DELETE FROM link_weights WHERE subject IN (SELECT value FROM json_each(?))",
            json.dumps(list(numbers)),
        )
        self._insert(versions)

    def put_all(
        self,
        versions: Sequence[Version],
        common: Iterable[tuple[Kind, Mapping[str, Holders]]],
    ) -> None:
        """Note all that is compared; there is nothing yet."""
        self._insert(versions)
        lists: dict[Holders, int] = {}
        rows = [
            (kind.value, mark, lists.setdefault(holders, len(lists) + 1))
            for kind, by_mark in common
            for mark, holders in by_mark.items()
        ]
        self._many("INSERT INTO link_common VALUES (?, ?, ?)", sorted(rows))
        self._many(
            "INSERT INTO link_holders (id, families, ranks) VALUES (?, ?, ?)",
            [
                (number, json.dumps(sorted(one.families)), json.dumps(one.ranks))
                for one, number in lists.items()
            ],
        )

    def _insert(self, versions: Sequence[Version]) -> None:
        positions: dict[int, int] = defaultdict(int)
        rows = []
        for one in sorted(versions, key=lambda version: (version.number, version.rank)):
            positions[one.number] += 1
            marks = b"".join(bytes.fromhex(mark) for mark in sorted(one.marks))
            rows.append(
                (
                    one.number,
                    positions[one.number],
                    one.kind.value,
                    one.family,
                    json.dumps(one.rank),
                    marks,
                )
            )
        self._many(
            "INSERT INTO link_weights (subject, position, kind, family, rank, marks)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )

    def _rows(self, statement: str, *values: Any) -> Any:
        return self._connection.exec_driver_sql(statement, values)

    def _many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            self._connection.exec_driver_sql(statement, list(rows))


def _version(row: Any) -> Version:
    number, kind, family, rank, blob = row
    marks = frozenset(blob[at : at + WIDTH].hex() for at in range(0, len(blob), WIDTH))
    return Version(number, Kind(kind), family, tuple(json.loads(rank)), marks)
