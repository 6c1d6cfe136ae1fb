"""Pieces of the lineage, breadth first from one artifact or whole."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select
from sqlmodel import col

from mlcatalog.catalog.tables import ArtifactRow, DecisionRow, EdgeRow, table
from mlcatalog.catalog.views import edge, edges_touching, nodes
from mlcatalog.domain.lineage import Edge, Graph


def graph_around(
    connection: Connection, uid: str, *, up: int, down: int, limit: int
) -> Graph:
    """Ancestors and descendants of an artifact, so many steps each way.

    Ancestors' other children are left out; what a descendant also came from
    is shown, one step, so that a run's inputs are seen with its model.
    """
    kept: dict[int, Any] = {}
    seen = {uid}
    for steps, ends in ((up, ("child", "parent")), (down, ("parent", "child"))):
        frontier = {uid}
        for _ in range(steps):
            rows = [
                row
                for row in edges_touching(connection, sorted(frontier))
                if getattr(row, ends[0]) in frontier
            ]
            kept.update((row.id, row) for row in rows)
            frontier = {getattr(row, ends[1]) for row in rows} - seen
            seen |= frontier
            if not frontier:
                break
    return _graph(connection, uid, seen, list(kept.values()), limit)


def whole_graph(connection: Connection, *, limit: int) -> Graph:
    """Everything that has an edge, and every model."""
    rows = list(connection.execute(select(table(EdgeRow)).order_by(col(EdgeRow.id))))
    seen = {row.child for row in rows} | {row.parent for row in rows}
    models = connection.execute(
        select(col(ArtifactRow.uid))
        .where(col(ArtifactRow.kind) == "model", col(ArtifactRow.present))
        .limit(limit)
    )
    seen |= {row[0] for row in models}
    return _graph(connection, "", seen, rows, limit)


def edges_of(connection: Connection, uid: str) -> tuple[Edge, ...]:
    """The edges that touch an artifact, with a person's decisions."""
    rows = edges_touching(connection, [uid])
    return _decided(connection, rows)


def _graph(
    connection: Connection, focus: str, seen: set[str], rows: list[Any], limit: int
) -> Graph:
    wanted = sorted(seen, key=lambda uid: (uid != focus, uid))
    shown = nodes(connection, wanted[:limit])
    edges = tuple(
        kept
        for kept in _decided(connection, rows)
        if kept.child in shown and kept.parent in shown
    )
    ordered = sorted(shown.values(), key=lambda n: (n.kind, n.name, n.path, n.id))
    return Graph(tuple(ordered), edges, focus, len(seen))


def _decided(connection: Connection, rows: list[Any]) -> tuple[Edge, ...]:
    count = connection.scalar(select(func.count()).select_from(DecisionRow))
    verdicts: dict[tuple[str, str, str], str] = {}
    if count:
        for row in connection.execute(select(table(DecisionRow))):
            verdicts[row.child, row.relation, row.parent] = row.verdict
    return tuple(
        edge(row, verdicts.get((row.child, row.relation, row.parent), "open"))
        for row in sorted(rows, key=lambda r: (r.child, r.relation, r.parent))
    )
