"""Digests become versions: recognised, given a past one, or followed through a move."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlmodel import col

from mlcatalog.catalog.listing import SAID
from mlcatalog.catalog.placing import end_locations, erase, start_location
from mlcatalog.catalog.tables import (
    ArtifactAliasRow,
    ArtifactRow,
    ClaimRow,
    FileRow,
    FindingRow,
    LocationRow,
    StageRow,
    TensorRow,
    VersionRow,
    table,
)

Manifest = Callable[[Mapping[bytes, str]], str]


def write_digest(
    connection: Connection, file_id: int, digest: str, tensors: Sequence[str | None]
) -> None:
    """Keep a file's digest, and its tensors' in the order the reader gave them."""
    connection.execute(
        update(FileRow)
        .where(col(FileRow.id) == file_id)
        .values(digest=digest, digested=True)
    )
    artifact = connection.execute(
        select(table(ArtifactRow))
        .join(FileRow, col(FileRow.artifact_id) == col(ArtifactRow.id))
        .where(col(FileRow.id) == file_id)
    ).first()
    if artifact is None or not any(tensors):
        return
    rows = connection.execute(
        select(col(TensorRow.id))
        .where(
            col(TensorRow.file_id) == file_id,
            col(TensorRow.version_id) == artifact.version_id,
        )
        .order_by(col(TensorRow.position))
    ).scalars()
    for row_id, tensor in zip(rows, tensors, strict=False):
        if tensor is not None:
            connection.execute(
                update(TensorRow)
                .where(col(TensorRow.id) == row_id)
                .values(digest=tensor)
            )


def settle(
    connection: Connection,
    project: int,
    *,
    manifest: Manifest,
    born: Iterable[int],
) -> set[int]:
    """Give provisional versions their digest, once all their bytes are digested.

    A digest that the artifact had before makes the old version current
    again. `born` are artifacts that are new in this scan: one whose digest is
    that of exactly one vanished artifact is that artifact, moved. Gives the
    ids of those still new.
    """
    waiting = connection.execute(
        select(table(ArtifactRow), col(VersionRow.digest_all).label("digest_all"))
        .join(VersionRow, col(VersionRow.id) == col(ArtifactRow.version_id))
        .where(
            col(ArtifactRow.project_id) == project,
            col(ArtifactRow.present),
        )
    ).all()
    for artifact in waiting:
        content, everything = _digests(connection, artifact)
        if content is None:
            continue
        digest = _single(content, artifact, manifest)
        whole = manifest(everything) if everything is not None else None
        if artifact.digest is None:
            _recognise(connection, artifact, digest, whole)
        elif whole != artifact.digest_all:
            connection.execute(
                update(VersionRow)
                .where(col(VersionRow.id) == artifact.version_id)
                .values(digest_all=whole)
            )
    return _follow_moves(connection, set(born))


def _digests(
    connection: Connection, artifact: Any
) -> tuple[dict[bytes, str] | None, dict[bytes, str] | None]:
    """The content's digests by name, and all members'; None while incomplete."""
    rows = connection.execute(
        select(table(FileRow)).where(
            col(FileRow.artifact_id) == artifact.id,
            col(FileRow.state) != "missing",
            col(FileRow.role) != "source",
        )
    ).all()
    content = {bytes(r.name): r.digest for r in rows if r.role != "companion"}
    everything = {bytes(r.name): r.digest for r in rows}
    if not content or not all(content.values()):
        return None, None
    if len(everything) == len(content) or not all(everything.values()):
        return content, None
    return content, everything


def _single(content: Mapping[bytes, str], artifact: Any, manifest: Manifest) -> str:
    if len(content) == 1 and not artifact.bundle:
        return next(iter(content.values()))
    return manifest(content)


def _recognise(
    connection: Connection, artifact: Any, digest: str, whole: str | None
) -> None:
    past = connection.execute(
        select(table(VersionRow)).where(
            col(VersionRow.artifact_id) == artifact.id,
            col(VersionRow.digest) == digest,
            col(VersionRow.id) != artifact.version_id,
        )
    ).first()
    if past is None:
        current = artifact.version_id
        connection.execute(
            update(VersionRow)
            .where(col(VersionRow.id) == current)
            .values(digest=digest, digest_all=whole)
        )
    else:
        current = past.id
        _take_over(connection, artifact.id, artifact.version_id, artifact.id, past.id)
        connection.execute(
            delete(LocationRow).where(
                col(LocationRow.version_id) == artifact.version_id
            )
        )
        start_location(connection, artifact, past.id)
        _provisional_text(connection, artifact.version_id, past.id)
    connection.execute(
        update(ArtifactRow)
        .where(col(ArtifactRow.id) == artifact.id)
        .values(
            version_id=current,
            digest=digest,
            stage=_stage(connection, artifact.uid, digest),
        )
    )
    if past is not None:
        connection.execute(
            delete(VersionRow).where(col(VersionRow.id) == artifact.version_id)
        )


def _provisional_text(connection: Connection, provisional: int, past: int) -> None:
    row = connection.execute(
        select(table(VersionRow)).where(col(VersionRow.id) == provisional)
    ).one()
    connection.execute(
        update(VersionRow)
        .where(col(VersionRow.id) == past)
        .values(
            text=row.text,
            recorded_at=row.recorded_at,
            recorded_source=row.recorded_source,
            digest_all=row.digest_all,
        )
    )


def _stage(connection: Connection, uid: str, digest: str) -> str:
    stage = connection.scalar(
        select(col(StageRow.stage)).where(
            col(StageRow.artifact_uid) == uid, col(StageRow.digest) == digest
        )
    )
    return stage or "draft"


def _take_over(
    connection: Connection,
    giver: int,
    giver_version: int | None,
    taker: int,
    taker_version: int | None,
) -> None:
    """Let one version have what was just read of another with the same bytes."""
    for said in SAID:
        connection.execute(
            delete(said).where(
                said.artifact_id == taker, said.version_id == taker_version
            )
        )
        connection.execute(
            update(said)
            .where(said.artifact_id == giver, said.version_id == giver_version)
            .values(artifact_id=taker, version_id=taker_version)
        )


def _follow_moves(connection: Connection, born: set[int]) -> set[int]:
    if not born:
        return born
    fresh = connection.execute(
        select(table(ArtifactRow)).where(
            col(ArtifactRow.id).in_(sorted(born)),
            col(ArtifactRow.digest).is_not(None),
            col(ArtifactRow.size) > 0,
        )
    ).all()
    left = set(born)
    for artifact in fresh:
        rivals = [r for r in fresh if _alike(r, artifact)]
        gone = connection.execute(
            select(table(ArtifactRow)).where(
                col(ArtifactRow.digest) == artifact.digest,
                col(ArtifactRow.presence) == "missing",
                col(ArtifactRow.kind) == artifact.kind,
                col(ArtifactRow.bundle) == artifact.bundle,
            )
        ).all()
        if len(rivals) == 1 and len(gone) == 1:
            _follow(connection, old=gone[0], new=artifact)
            left.discard(artifact.id)
    return left


def _alike(one: Any, other: Any) -> bool:
    return (one.digest, one.kind, one.bundle) == (
        other.digest,
        other.kind,
        other.bundle,
    )


def _follow(connection: Connection, *, old: Any, new: Any) -> None:
    """The vanished artifact is the new one, moved: it keeps its id and history."""
    _take_over(connection, new.id, new.version_id, old.id, old.version_id)
    if new.version_id is not None and old.version_id is not None:
        _provisional_text(connection, new.version_id, old.version_id)
    connection.execute(delete(ClaimRow).where(col(ClaimRow.artifact_id) == old.id))
    connection.execute(
        update(ClaimRow)
        .where(col(ClaimRow.artifact_id) == new.id)
        .values(artifact_id=old.id)
    )
    connection.execute(delete(FindingRow).where(col(FindingRow.artifact_id) == old.id))
    connection.execute(
        update(FindingRow)
        .where(col(FindingRow.artifact_id) == new.id)
        .values(artifact_id=old.id, subject=old.uid)
    )
    connection.execute(
        update(FileRow)
        .where(col(FileRow.artifact_id) == old.id)
        .values(artifact_id=None)
    )
    connection.execute(
        update(FileRow)
        .where(col(FileRow.artifact_id) == new.id)
        .values(artifact_id=old.id)
    )
    erase(connection, new.id)
    connection.execute(insert(ArtifactAliasRow).values(uid=new.uid, artifact_id=old.id))
    connection.execute(
        update(ArtifactRow)
        .where(col(ArtifactRow.id) == old.id)
        .values(
            project_id=new.project_id,
            path=new.path,
            path_text=new.path_text,
            name=new.name,
            format=new.format,
            modified=new.modified,
            size=new.size,
            presence="present",
            present=True,
            stage=_stage(connection, old.uid, old.digest),
        )
    )
    end_locations(connection, old.id)
    moved = connection.execute(
        select(table(ArtifactRow)).where(col(ArtifactRow.id) == old.id)
    ).one()
    if old.version_id is not None:
        start_location(connection, moved, old.version_id)
