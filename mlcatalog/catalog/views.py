"""Rows as the frozen values of `domain/`: summaries, details and graphs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select, text
from sqlmodel import col

from mlcatalog.catalog.summaries import BY_NUMBERS, joined, summary_of
from mlcatalog.catalog.tables import (
    ArtifactRow,
    ColumnRow,
    EdgeRow,
    ExternalRow,
    FactRow,
    FindingRow,
    KeyRow,
    LocationRow,
    ProjectRow,
    RemovedRow,
    WaiverRow,
    table,
)
from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.finding import Finding, Waiver
from mlcatalog.domain.lineage import Edge, Node, Proof
from mlcatalog.domain.moments import now
from mlcatalog.domain.values import clipped
from mlcatalog.domain.words import (
    Evidence,
    Kind,
    Relation,
    Severity,
)

CHUNK = 500  # bound parameters per statement
NODE_FACTS = (
    "architecture",
    "base.revision",
    "code.commit",
    "code.dirty",
    "created",
    "epoch",
    "features",
    "features.documented",
    "features.owned",
    "git.history",
    "git.state",
    "hub.id",
    "rows",
    "run.id",
    "started",
    "status",
    "step",
    "task",
)


def display(path: bytes) -> str:
    """A path's bytes as text that any encoder takes."""
    return clipped(os.fsdecode(path))


def summaries_of(connection: Connection, rows: Sequence[int]) -> list[Summary]:
    """The summaries of row numbers, in their order; vanished ones are left out."""
    numbers = json.dumps([int(row) for row in rows])
    found = {
        summary.row: summary
        for summary in map(
            summary_of, connection.execute(text(BY_NUMBERS), {"numbers": numbers})
        )
    }
    return [found[int(row)] for row in rows if int(row) in found]


def waiver(row: Any, name: str, message: str) -> Waiver:
    """A waiver's row as a value."""
    return Waiver(
        rule=row.rule,
        subject=row.subject,
        detail=row.detail,
        who=row.who,
        why=row.why,
        until=row.until,
        at=row.at,
        name=name,
        message=message.removeprefix(f"{name}: "),
        is_over=_is_over(row.until),
    )


def _is_over(until: int | None) -> bool:
    return until is not None and until <= now()


def finding_columns() -> tuple[Any, ...]:
    """The columns of a finding with those of its waiver; join with `its_waiver`."""
    return (
        table(FindingRow),
        *(
            getattr(WaiverRow, key).label(f"waiver_{key}")
            for key in ("who", "why", "until", "at")
        ),
    )


def its_waiver() -> ColumnElement[bool]:
    """What joins a finding and its waiver."""
    return and_(
        *(
            getattr(FindingRow, key) == getattr(WaiverRow, key)
            for key in ("rule", "subject", "detail")
        )
    )


def finding(row: Any, uid: str) -> Finding:
    """A finding's row as a value; a waiver whose day has come covers it no more."""
    accepted = None
    if row.waiver_at is not None:
        accepted = Waiver(
            rule=row.rule,
            subject=row.subject,
            detail=row.detail,
            who=row.waiver_who,
            why=row.waiver_why,
            until=row.waiver_until,
            at=row.waiver_at,
            is_over=_is_over(row.waiver_until),
        )
    is_over = accepted is not None and accepted.is_over
    return Finding(
        rule=row.rule,
        severity=Severity(row.severity),
        message=row.message,
        artifact=uid,
        path=row.path_text,
        detail=row.detail,
        field=row.field,
        found=row.found,
        expected=row.expected,
        suggestion=row.suggestion,
        state="open" if is_over and row.state == "waived" else row.state,
        remedy=row.remedy,
        waiver=accepted,
    )


def missing_since(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """When the last place of each was found empty; those that have one are left out."""
    rows = connection.execute(
        select(col(LocationRow.artifact_id), func.max(col(LocationRow.ended_at)))
        .where(col(LocationRow.artifact_id).in_(ids))
        .group_by(col(LocationRow.artifact_id))
        .having(func.count() == func.count(col(LocationRow.ended_at)))
    )
    return {int(artifact): int(ended or 0) for artifact, ended in rows}


def edge(row: Any, status: str = "open") -> Edge:
    """An edge's row as a value."""
    return Edge(
        parent=row.parent,
        child=row.child,
        relation=Relation(row.relation),
        proofs=tuple(
            Proof(Evidence(p[0]), p[1], p[2], p[3]) for p in json.loads(row.proofs)
        ),
        status=status,
        pinned=bool(row.pinned),
    )


def edges_touching(connection: Connection, uids: Sequence[str]) -> list[Any]:
    """The rows of all edges with an end among the ids."""
    rows = (
        *edges_from(connection, uids, end="child"),
        *edges_from(connection, uids, end="parent"),
    )
    return list({row.id: row for row in rows}.values())


def both_listed() -> ColumnElement[bool]:
    """A condition for edges: a person removed neither end from the catalogue."""
    removed = select(col(ArtifactRow.uid)).join(
        RemovedRow, col(RemovedRow.artifact_id) == col(ArtifactRow.id)
    )
    return and_(col(EdgeRow.child).not_in(removed), col(EdgeRow.parent).not_in(removed))


def edges_from(connection: Connection, uids: Sequence[str], *, end: str) -> list[Any]:
    """The rows of all edges whose `end` (child or parent) is among the ids."""
    found: list[Any] = []
    column = table(EdgeRow).c[end]
    for start in range(0, len(uids), CHUNK):
        part = list(uids[start : start + CHUNK])
        found += connection.execute(
            select(table(EdgeRow)).where(column.in_(part), both_listed())
        )
    return found


def nodes(connection: Connection, uids: Sequence[str]) -> dict[str, Node]:
    """The nodes of ids: artifacts with a few of their facts, and externals."""
    found: dict[str, Node] = {}
    for start in range(0, len(uids), CHUNK):
        part = list(uids[start : start + CHUNK])
        rows = connection.execute(
            select(table(ArtifactRow), col(ProjectRow.path_text).label("root"))
            .join(ProjectRow, col(ProjectRow.id) == col(ArtifactRow.project_id))
            .where(col(ArtifactRow.uid).in_(part))
        ).all()
        facts = _node_facts(connection, rows)
        columns = _node_columns(connection, rows)
        for row in rows:
            found[row.uid] = Node(
                id=row.uid,
                kind=Kind(row.kind),
                name=row.name,
                path=joined(row.root, row.path_text),
                format=row.format,
                digest=row.digest,
                size=row.size,
                modified=row.modified,
                stage=row.stage,
                facts=facts.get(row.id, {}),
                columns=tuple(columns.get(row.id, ())),
            )
        for row in connection.execute(
            select(table(ExternalRow)).where(col(ExternalRow.uid).in_(part))
        ):
            found[row.uid] = Node(
                id=row.uid,
                kind=Kind(row.kind),
                name=row.name,
                external=True,
                format=row.scheme,
                revision=row.revision or None,
            )
    return found


def _node_facts(
    connection: Connection, rows: Iterable[Any]
) -> dict[int, dict[str, str]]:
    """A few facts of each artifact row's current version, the strongest of each key."""
    current = {row.id: row.version_id for row in rows}
    known: dict[int, dict[str, tuple[int, str, str]]] = {}
    wanted = select(col(KeyRow.id), col(KeyRow.name)).where(
        col(KeyRow.name).in_(NODE_FACTS)
    )
    names: dict[int, str] = {key or 0: name for key, name in connection.execute(wanted)}
    if not names:
        return {}
    statement = select(table(FactRow)).where(
        col(FactRow.artifact_id).in_(list(current)),
        col(FactRow.key_id).in_(list(names)),
    )
    for row in connection.execute(statement):
        if row.version_id not in (None, current[row.artifact_id]):
            continue
        said = (Evidence(row.evidence).rank, row.source, row.text)
        mine = known.setdefault(row.artifact_id, {})
        key = names[row.key_id]
        mine[key] = min(mine.get(key, said), said)
    return {
        artifact: {key: said[2] for key, said in facts.items()}
        for artifact, facts in known.items()
    }


def _node_columns(
    connection: Connection, rows: Iterable[Any]
) -> dict[int, dict[str, None]]:
    """The names of the columns of each dataset's current version, in their order."""
    current = {row.id: row.version_id for row in rows if row.kind == Kind.DATASET.value}
    names: dict[int, dict[str, None]] = {}
    if not current:
        return names
    statement = (
        select(table(ColumnRow))
        .where(col(ColumnRow.artifact_id).in_(list(current)))
        .order_by(col(ColumnRow.file_id), col(ColumnRow.position))
    )
    for row in connection.execute(statement):
        if row.version_id in (None, current[row.artifact_id]):
            names.setdefault(row.artifact_id, {})[row.name] = None
    return names
