"""Artifacts as the link and judge stages see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlmodel import col

from mlcatalog.catalog.bulk import (
    PastWeights,
    Rows,
    facts_by_artifact,
    members_by_artifact,
    past_weights,
    tensors_by_artifact,
    wanted,
)
from mlcatalog.catalog.summaries import joined
from mlcatalog.catalog.tables import ArtifactRow, ProjectRow, table
from mlcatalog.domain.words import Kind


@dataclass(frozen=True, slots=True)
class Linkable:
    """An artifact as the link stage sees it."""

    row: int
    id: str
    kind: Kind
    name: str
    format: str
    path: str  # absolute
    project: str  # root text
    digest: str | None
    modified: int | None
    bundle: bool
    run_key: str | None
    members: tuple[str, ...]  # absolute paths
    facts: Mapping[str, str]
    tensors: tuple[tuple[str, str | None, int], ...] = ()  # name, digest, elements
    past: tuple[PastWeights, ...] = ()  # versions that were overwritten


def linkables(
    connection: Connection, rows: Rows = None, *, weights: bool = True
) -> list[Linkable]:
    """All present artifacts, or some, with what the link stage needs of them."""
    return _made(
        connection,
        rows,
        facts=facts_by_artifact(connection, rows),
        members=members_by_artifact(connection, rows),
        tensors=tensors_by_artifact(connection, rows) if weights else {},
        past=past_weights(connection, rows) if weights else {},
    )


def nameables(
    connection: Connection, rows: Rows = None, *, facts: bool = True
) -> list[Linkable]:
    """Present artifacts with what their names are held against, and no more."""
    known = facts_by_artifact(connection, rows) if facts else {}
    return _made(connection, rows, facts=known, members={}, tensors={}, past={})


def _made(
    connection: Connection,
    rows: Rows,
    *,
    facts: Mapping[int, Mapping[str, str]],
    members: Mapping[int, Sequence[str]],
    tensors: Mapping[int, Sequence[tuple[str, str | None, int]]],
    past: Mapping[int, Sequence[PastWeights]],
) -> list[Linkable]:
    return [
        Linkable(
            row=row.id,
            id=row.uid,
            kind=Kind(row.kind),
            name=row.name,
            format=row.format,
            path=joined(row.root, row.path_text),
            project=row.root,
            digest=row.digest,
            modified=row.modified,
            bundle=bool(row.bundle),
            run_key=row.run_key,
            members=tuple(members.get(row.id, ())),
            facts=facts.get(row.id, {}),
            tensors=tuple(tensors.get(row.id, ())),
            past=tuple(past.get(row.id, ())),
        )
        for row in connection.execute(
            select(table(ArtifactRow), col(ProjectRow.path_text).label("root"))
            .join(ProjectRow, col(ProjectRow.id) == col(ArtifactRow.project_id))
            .where(col(ArtifactRow.present), wanted(col(ArtifactRow.id), rows))
            .order_by(col(ArtifactRow.id))
        )
    ]
