"""Digests become versions: recognised, given a past one, or followed through a move."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlmodel import col

from mlcatalog.catalog import locations
from mlcatalog.catalog.listing import SAID
from mlcatalog.catalog.tables import (
    ArtifactRow,
    FileRow,
    FolderRow,
    StageRow,
    TensorRow,
    VersionRow,
    table,
)
from mlcatalog.catalog.views import CHUNK

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
    digested: Collection[int],
) -> None:
    """Give provisional versions their digest, once all their bytes are digested.

    `digested` are the numbers of artifacts that files were digested of.

    A digest that the artifact had before makes the old version current again.
    """
    for artifact in list(_waiting(connection, project, digested)):
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


def _waiting(
    connection: Connection, project: int, digested: Collection[int]
) -> Iterator[Any]:
    """Artifacts without a digest, and those whose companions may have changed."""
    statement = (
        select(table(ArtifactRow), col(VersionRow.digest_all).label("digest_all"))
        .join(VersionRow, col(VersionRow.id) == col(ArtifactRow.version_id))
        .where(col(ArtifactRow.project_id) == project, col(ArtifactRow.present))
    )
    yield from connection.execute(statement.where(col(ArtifactRow.digest).is_(None)))
    numbers = sorted(digested)
    for start in range(0, len(numbers), CHUNK):
        yield from connection.execute(
            statement.where(
                col(ArtifactRow.digest).is_not(None),
                col(ArtifactRow.id).in_(numbers[start : start + CHUNK]),
            )
        )


def _digests(
    connection: Connection, artifact: Any
) -> tuple[dict[bytes, str] | None, dict[bytes, str] | None]:
    """The content's digests by name, and all members'; None while incomplete."""
    rows = connection.execute(
        select(table(FileRow), col(FolderRow.path).label("folder"))
        .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
        .where(
            col(FileRow.artifact_id) == artifact.id,
            col(FileRow.state) != "missing",
            col(FileRow.role).not_in(("source", "link")),
        )
    ).all()
    prefix = bytes(artifact.path) + b"/" if artifact.path is not None else b"/"
    names = {
        row.id: _below(bytes(row.folder), prefix) + bytes(row.name) for row in rows
    }
    content = {names[r.id]: r.digest for r in rows if r.role != "companion"}
    everything = {names[r.id]: r.digest for r in rows}
    if not content or not all(content.values()):
        return None, None
    if len(everything) == len(content) or not all(everything.values()):
        return content, None
    return content, everything


def _below(folder: bytes, prefix: bytes) -> bytes:
    """The way from a bundle's folder down to one of its files' folder."""
    return folder[len(prefix) :] + b"/" if folder.startswith(prefix) else b""


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
        take_over(connection, artifact.id, artifact.version_id, artifact.id, past.id)
        locations.recognised(connection, provisional=artifact.version_id, past=past.id)
        hand_on(connection, artifact.version_id, past.id)
    _settle_stage(connection, artifact, digest)
    connection.execute(
        update(ArtifactRow)
        .where(col(ArtifactRow.id) == artifact.id)
        .values(
            version_id=current,
            digest=digest,
            stage=stage_of(connection, artifact.uid, digest),
        )
    )
    if past is not None:
        connection.execute(
            delete(VersionRow).where(col(VersionRow.id) == artifact.version_id)
        )


def _settle_stage(connection: Connection, artifact: Any, digest: str) -> None:
    """A stage that was given before the bytes were read through is these bytes'.

    Unless they changed since: the artifact was made a draft then.
    """
    given = (col(StageRow.artifact_uid) == artifact.uid) & (col(StageRow.digest) == "")
    connection.execute(
        update(StageRow)
        .prefix_with("OR REPLACE")
        .where(given, col(StageRow.stage) == artifact.stage)
        .values(digest=digest)
    )


def hand_on(connection: Connection, provisional: int, past: int) -> None:
    """Let a past version have what was noted of the provisional one."""
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


def stage_of(connection: Connection, uid: str, digest: str) -> str:
    """The stage that people gave these bytes of an artifact."""
    stage = connection.scalar(
        select(col(StageRow.stage)).where(
            col(StageRow.artifact_uid) == uid, col(StageRow.digest) == digest
        )
    )
    return stage or "draft"


def take_over(
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
