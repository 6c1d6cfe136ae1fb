"""Pieces of the lineage, breadth first from one artifact or whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, select, union
from sqlmodel import col

from mlcatalog.catalog.tables import ArtifactRow, DecisionRow, EdgeRow, table
from mlcatalog.catalog.views import (
    both_listed,
    edge,
    edges_from,
    edges_touching,
    nodes,
)
from mlcatalog.domain.lineage import Edge, Graph

ABOUT = ("describes", "tests")  # how documents are linked to what they are about
LINES_A_NODE = 8  # edges read for each node that a whole graph may show


def graph_around(
    connection: Connection,
    uid: str,
    *,
    up: int,
    down: int,
    limit: int,
    documents: bool = False,
) -> Graph:
    """Ancestors and descendants of an artifact, so many steps each way.

    Ancestors' other children and descendants' other parents are left out,
    but for the documents that describe or test any of them, if asked for.
    """
    kept: dict[int, Any] = {}
    seen = {uid: None}  # the nearest first
    for steps, ends in ((up, ("child", "parent")), (down, ("parent", "child"))):
        frontier = {uid}
        for _ in range(steps):
            rows = edges_from(connection, sorted(frontier), end=ends[0])
            kept.update((row.id, row) for row in rows)
            frontier = {getattr(row, ends[1]) for row in rows} - seen.keys()
            seen |= dict.fromkeys(sorted(frontier))
            if not frontier:
                break
    if documents:
        for row in edges_from(connection, list(seen), end="parent"):
            if row.relation in ABOUT:
                kept[row.id] = row
                seen[row.child] = None
    return _graph(
        connection, uid, seen, list(kept.values()), limit=limit, total=len(seen)
    )


def whole_graph(connection: Connection, *, limit: int) -> Graph:
    """Everything that has an edge, and every model; of too much, the first lines."""
    rows = list(
        connection.execute(
            select(table(EdgeRow))
            .where(both_listed())
            .order_by(col(EdgeRow.id))
            .limit(limit * LINES_A_NODE + 1)
        )
    )
    seen: dict[str, None] = {}
    for row in rows:
        seen |= {row.child: None, row.parent: None}
    alone = connection.execute(
        select(col(ArtifactRow.uid))
        .where(col(ArtifactRow.kind) == "model", col(ArtifactRow.present))
        .limit(limit)
    )
    seen |= dict.fromkeys(alone.scalars())
    total = len(seen) if len(rows) <= limit * LINES_A_NODE else _linked(connection)
    return _graph(connection, "", seen, rows, limit=limit, total=total)


def _linked(connection: Connection) -> int:
    """How many artifacts have an edge."""
    ends = union(select(col(EdgeRow.child)), select(col(EdgeRow.parent))).subquery()
    return int(connection.scalar(select(func.count()).select_from(ends)) or 0)


def edges_of(
    connection: Connection, uids: Sequence[str]
) -> dict[str, tuple[Edge, ...]]:
    """The edges that touch each of some artifacts, with a person's decisions."""
    found: dict[str, list[Edge]] = {uid: [] for uid in uids}
    for one in decided(connection, edges_touching(connection, uids)):
        for end in {one.child, one.parent} & found.keys():
            found[end].append(one)
    return {uid: tuple(edges) for uid, edges in found.items()}


def _graph(
    connection: Connection,
    focus: str,
    seen: Iterable[str],
    rows: list[Any],
    *,
    limit: int,
    total: int,
) -> Graph:
    shown = nodes(connection, list(islice(seen, limit)))
    inside = [row for row in rows if row.child in shown and row.parent in shown]
    ordered = sorted(shown.values(), key=lambda n: (n.kind, n.name, n.path, n.id))
    return Graph(tuple(ordered), decided(connection, inside), focus, total)


def graph_of(connection: Connection, seen: Sequence[str], rows: list[Any]) -> Graph:
    """Some nodes and edges, as a graph without a focus."""
    return _graph(connection, "", seen, rows, limit=len(seen), total=len(seen))


def decided(connection: Connection, rows: list[Any]) -> tuple[Edge, ...]:
    """Rows of edges as values, with what people decided of them."""
    count = connection.scalar(select(func.count()).select_from(DecisionRow))
    verdicts: dict[tuple[str, str, str], str] = {}
    if count:
        for row in connection.execute(select(table(DecisionRow))):
            verdicts[row.child, row.relation, row.parent] = row.verdict
    return tuple(
        edge(row, verdicts.get((row.child, row.relation, row.parent), "open"))
        for row in sorted(rows, key=lambda r: (r.child, r.relation, r.parent))
    )
