"""The link stage's side of the catalogue, where only some artifacts are linked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, select
from sqlmodel import col

from mlcatalog.catalog import judgements, linked, stale
from mlcatalog.catalog.answers import Answers
from mlcatalog.catalog.compared import Compared
from mlcatalog.catalog.linkables import Linkable, linkables
from mlcatalog.catalog.linked import EdgeKey
from mlcatalog.catalog.said import StoredClaim, claims
from mlcatalog.catalog.stale import among
from mlcatalog.catalog.tables import EdgeRow, ExternalRow, FindingRow, table
from mlcatalog.catalog.views import edge
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.lineage import Edge, Node
from mlcatalog.domain.words import Kind, Relation


class Relinking:
    """One method a question or an outcome; all of it is one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._changed: list[EdgeKey] = []
        self._found = 0
        self.answers = Answers(connection)
        self.compared = Compared(connection)

    # what there is

    def linkables(
        self, numbers: Collection[int], *, weights: bool = False
    ) -> list[Linkable]:
        """Present artifacts by number, with their tensors if asked for."""
        return linkables(self._connection, numbers, weights=weights)

    def claims(self, numbers: Collection[int]) -> list[StoredClaim]:
        """What was said of artifacts by readers, trackers and people."""
        return claims(self._connection, numbers)

    def numbers(self, uids: Collection[str]) -> dict[str, int]:
        """The numbers of artifacts."""
        return stale.numbers(self._connection, uids)

    # the lineage as it is shown

    def edges_of(self, child: str) -> list[Edge]:
        """The edges of a child."""
        return self._edges(col(EdgeRow.child) == child)

    def edges_to(self, parent: str, relations: Collection[Relation]) -> list[Edge]:
        """The edges of some relations to a parent."""
        words = [relation.value for relation in relations]
        return self._edges(
            (col(EdgeRow.parent) == parent) & col(EdgeRow.relation).in_(words)
        )

    def is_parent(self, uid: str) -> bool:
        """Whether any edge leads to an artifact."""
        found = select(col(EdgeRow.id)).where(col(EdgeRow.parent) == uid).limit(1)
        return self._connection.execute(found).first() is not None

    def _edges(self, condition: Any) -> list[Edge]:
        rows = self._connection.execute(
            select(table(EdgeRow))
            .where(condition)
            .order_by(col(EdgeRow.parent), col(EdgeRow.relation))
        )
        return [edge(row) for row in rows]

    def external(self, uid: str) -> Node | None:
        """What is known by reference only."""
        row = self._connection.execute(
            select(table(ExternalRow)).where(col(ExternalRow.uid) == uid)
        ).first()
        if row is None:
            return None
        return Node(
            id=row.uid,
            kind=Kind(row.kind),
            name=row.name,
            external=True,
            revision=row.revision or None,
            facts={"scheme": row.scheme},
        )

    # what comes of it

    def write_externals(self, externals: Sequence[Node]) -> None:
        """Add what is known by reference only."""
        linked.write_externals(self._connection, externals)

    def write_edges(self, edges: Sequence[Edge], children: Collection[str]) -> None:
        """Make the edges of some children those given."""
        self._changed = linked.write_edges(self._connection, edges, (), children)

    def write_findings(
        self, findings: Sequence[Finding], subjects: Collection[int]
    ) -> None:
        """Make what is odd about the lineage of some artifacts those given."""
        about = among(col(FindingRow.artifact_id), subjects)
        self._found = linked.write_findings(self._connection, "link", findings, about)

    def done(self, taken: Collection[int]) -> int:
        """Leave what changed to be judged; gives how many rows that are."""
        judgements.lineage_changed(self._connection, taken, self._changed)
        stale.done(self._connection, stale.LINK)
        return len(self._changed) + self._found
