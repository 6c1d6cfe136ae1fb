"""What readers, trackers and people said of where artifacts came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select
from sqlmodel import col

from mlcatalog.catalog.bulk import Rows, wanted
from mlcatalog.catalog.summaries import joined
from mlcatalog.catalog.tables import (
    ArtifactRow,
    ClaimRow,
    PersonClaimRow,
    ProjectRow,
    table,
)
from mlcatalog.domain.reading import THIS, Claim, Reference, Scheme
from mlcatalog.domain.words import Evidence, Kind, Relation


@dataclass(frozen=True, slots=True)
class StoredClaim:
    """A claim with what places it: who said so, where, in which project."""

    claim: Claim
    owner: str  # artifact id
    source_path: str
    project: str  # root text


def claims(connection: Connection, rows: Rows = None) -> list[StoredClaim]:
    """The claims about all present artifacts, or about some."""
    roots = {
        row.id: row.path_text for row in connection.execute(select(table(ProjectRow)))
    }
    stored = [
        _stored(row, roots)
        for row in connection.execute(
            select(
                table(ClaimRow),
                col(ArtifactRow.uid).label("uid"),
                col(ArtifactRow.project_id).label("project"),
            )
            .join(ArtifactRow, col(ArtifactRow.id) == col(ClaimRow.artifact_id))
            .where(col(ArtifactRow.present), wanted(col(ClaimRow.artifact_id), rows))
        )
    ]
    return stored + _people(connection, roots, rows)


def _stored(row: Any, roots: Mapping[int, str]) -> StoredClaim:
    return StoredClaim(
        claim=Claim(
            subject=Reference(
                Scheme(row.subject_scheme), row.subject_id, row.subject_revision
            ),
            relation=Relation(row.relation),
            target=Reference(
                Scheme(row.target_scheme),
                row.target_id,
                row.target_revision,
                Kind(row.target_kind) if row.target_kind else None,
            ),
            evidence=Evidence(row.evidence),
            source=row.source,
            detail=row.detail,
            confidence=row.confidence,
        ),
        owner=row.uid,
        source_path=row.source_path,
        project=roots[row.project],
    )


def _people(
    connection: Connection, roots: Mapping[int, str], rows: Rows
) -> list[StoredClaim]:
    return [
        StoredClaim(
            claim=Claim(
                subject=THIS,
                relation=Relation(row.relation),
                target=Reference(
                    Scheme(row.scheme),
                    row.reference,
                    row.revision or None,
                    Kind(row.kind) if row.kind else None,
                ),
                evidence=Evidence.DECLARED,
                source=f"said by {row.who}",
            ),
            owner=row.child,
            source_path=joined(roots[row.project], row.path),
            project=roots[row.project],
        )
        for row in connection.execute(
            select(
                table(PersonClaimRow),
                col(ArtifactRow.project_id).label("project"),
                col(ArtifactRow.path_text).label("path"),
            )
            .join(ArtifactRow, col(ArtifactRow.uid) == col(PersonClaimRow.child))
            .where(col(ArtifactRow.present), wanted(col(ArtifactRow.id), rows))
        )
    ]
