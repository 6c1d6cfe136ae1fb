"""Taking artifacts back, as far as nobody has used them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update
from sqlmodel import col

from mlcatalog.catalog.listing import SAID
from mlcatalog.catalog.many import many
from mlcatalog.catalog.summaries import joined
from mlcatalog.catalog.tables import (
    ArtifactAliasRow,
    ArtifactRow,
    CheckRow,
    ClaimRow,
    DecisionRow,
    DossierRow,
    EdgeRow,
    FeatureDocRow,
    FindingRow,
    LocationRow,
    NoteRow,
    PersonClaimRow,
    ProjectRow,
    RemovedRow,
    StageRow,
    TagRow,
    WaiverRow,
    table,
)


def forget(connection: Connection, artifact_id: int, file_id: int) -> None:
    """Drop what a file said about an artifact that it no longer belongs to."""
    for said in (*SAID, ClaimRow, FindingRow):
        connection.execute(
            delete(said).where(said.artifact_id == artifact_id, said.file_id == file_id)
        )


def dissolve(connection: Connection, artifact_id: int) -> None:
    """Take back an artifact that turned out to be none, unless people used it."""
    if is_used(connection, artifact_id):
        connection.execute(
            update(ArtifactRow)
            .where(col(ArtifactRow.id) == artifact_id)
            .values(presence="missing", present=False)
        )
        return
    erase(connection, artifact_id)


def is_used(connection: Connection, artifact_id: int) -> bool:
    """Whether people decided anything about an artifact, or a report names it."""
    row = connection.execute(
        select(table(ArtifactRow)).where(col(ArtifactRow.id) == artifact_id)
    ).one()
    by_number: tuple[Any, ...] = (TagRow, NoteRow, FeatureDocRow, RemovedRow)
    conditions = [(one, one.artifact_id == artifact_id) for one in by_number] + [
        (PersonClaimRow, col(PersonClaimRow.child) == row.uid),
        (PersonClaimRow, col(PersonClaimRow.reference) == row.uid),
        (StageRow, col(StageRow.artifact_uid) == row.uid),
        (WaiverRow, col(WaiverRow.subject) == row.uid),
        (
            DecisionRow,
            or_(
                col(DecisionRow.child) == row.uid,
                col(DecisionRow.parent) == row.uid,
            ),
        ),
        (DossierRow, col(DossierRow.subjects).contains(f'"{row.uid}"')),
    ]
    return bool(row.owner) or any(
        connection.scalar(select(func.count()).select_from(one).where(condition))
        for one, condition in conditions
    )


@dataclass(frozen=True, slots=True)
class Gone:
    """A missing artifact that nobody used, and where it was."""

    id: int
    where: str  # absolute


def purgeable(connection: Connection) -> list[Gone]:
    """The missing artifacts without decisions, descendants or report."""
    rows = connection.execute(
        select(table(ArtifactRow), col(ProjectRow.path_text).label("root"))
        .join(ProjectRow, col(ProjectRow.id) == col(ArtifactRow.project_id))
        .where(col(ArtifactRow.presence) == "missing")
        .order_by(col(ArtifactRow.path))
    ).all()
    return [
        Gone(row.id, joined(row.root, row.path_text))
        for row in rows
        if not _has_children(connection, row.uid) and not is_used(connection, row.id)
    ]


def _has_children(connection: Connection, uid: str) -> bool:
    return bool(
        connection.scalar(
            select(func.count()).select_from(EdgeRow).where(col(EdgeRow.parent) == uid)
        )
    )


def erase(connection: Connection, artifact_id: int) -> None:
    """Delete an artifact that nobody has used, with all that was said of it."""
    erase_all(connection, [artifact_id])


def erase_all(connection: Connection, artifacts: Collection[int]) -> None:
    """The same for many artifacts."""
    numbers = [(artifact_id,) for artifact_id in artifacts]
    for said in (*SAID, ClaimRow, FindingRow, CheckRow, LocationRow, ArtifactAliasRow):
        many(
            connection,
            f"DELETE FROM {said.__tablename__} WHERE artifact_id = ?",
            numbers,
        )
    for statement in (
        "UPDATE file SET artifact_id = NULL WHERE artifact_id = ?",
        "UPDATE artifact SET version_id = NULL WHERE id = ?",
        "DELETE FROM version WHERE artifact_id = ?",
        "DELETE FROM artifact WHERE id = ?",
    ):
        many(connection, statement, numbers)
