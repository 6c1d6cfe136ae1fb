"""Moves: a vanished artifact and a new one that are the same, where that is proven."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, distinct, func, insert, select, update
from sqlmodel import col

from mlcatalog.catalog import locations
from mlcatalog.catalog.erasing import erase, is_used
from mlcatalog.catalog.inheriting import inherit
from mlcatalog.catalog.listing import SAID
from mlcatalog.catalog.summaries import joined
from mlcatalog.catalog.tables import (
    ArtifactAliasRow,
    ArtifactRow,
    ClaimRow,
    FileRow,
    FindingRow,
    ProjectRow,
    VersionRow,
    table,
)
from mlcatalog.catalog.versions import hand_on, stage_of, take_over
from mlcatalog.catalog.views import CHUNK
from mlcatalog.domain.moments import now

MAYBE = "identity.maybe-moved"


def follow(connection: Connection, born: Iterable[int]) -> set[int]:
    """Give new artifacts the history of those they were moved from.

    A move is a new artifact, not empty, whose digest is that of exactly one
    that vanished. Moved and edited as well is only suggested. Gives the
    numbers of those that are still new.
    """
    numbers = sorted(born)
    if not numbers:
        return set()
    fresh = [
        row
        for start in range(0, len(numbers), 500)
        for row in connection.execute(
            select(table(ArtifactRow)).where(
                col(ArtifactRow.id).in_(numbers[start : start + 500]),
                col(ArtifactRow.digest).is_not(None),
                col(ArtifactRow.size) > 0,
            )
        )
    ]
    rivals: dict[tuple[Any, ...], int] = {}
    for artifact in fresh:
        rivals[_content(artifact)] = rivals.get(_content(artifact), 0) + 1
    left = set(numbers)
    shared = _shared(connection, fresh)
    any_missing = _any_missing(connection)
    for artifact in fresh:
        gone = _vanished(connection, artifact) if artifact.digest in shared else ()
        if len(gone) == 1 and rivals[_content(artifact)] == 1:
            join(connection, old=gone[0], new=artifact)
            left.discard(artifact.id)
        elif not gone and any_missing:
            _suggest(connection, artifact)
    return left


def _shared(connection: Connection, fresh: Sequence[Any]) -> set[str]:
    """The digests that some other artifact has or had, too."""
    digests = sorted({artifact.digest for artifact in fresh})
    found: set[str] = set()
    for start in range(0, len(digests), CHUNK):
        rows = connection.execute(
            select(col(VersionRow.digest))
            .where(col(VersionRow.digest).in_(digests[start : start + CHUNK]))
            .group_by(col(VersionRow.digest))
            .having(func.count(distinct(col(VersionRow.artifact_id))) > 1)
        )
        found |= {str(row[0]) for row in rows}
    return found


def _any_missing(connection: Connection) -> bool:
    row = connection.execute(
        select(col(ArtifactRow.id))
        .where(~col(ArtifactRow.present), col(ArtifactRow.presence) == "missing")
        .limit(1)
    ).first()
    return row is not None


def _content(artifact: Any) -> tuple[Any, ...]:
    return artifact.digest, artifact.kind, artifact.bundle


def _vanished(connection: Connection, new: Any) -> Sequence[Any]:
    """The artifacts that last held these bytes and are not where they were."""
    alike = connection.execute(
        select(table(ArtifactRow), col(ProjectRow.path).label("root"))
        .join(ProjectRow, col(ProjectRow.id) == col(ArtifactRow.project_id))
        .join(VersionRow, col(VersionRow.artifact_id) == col(ArtifactRow.id))
        .where(
            col(VersionRow.digest) == new.digest,
            col(VersionRow.id) == _last_digested(),
            col(ArtifactRow.id) != new.id,
            col(ArtifactRow.kind) == new.kind,
            col(ArtifactRow.bundle) == new.bundle,
        )
    ).all()
    return [
        row
        for row in alike
        if row.presence == "missing"
        or (row.project_id != new.project_id and _is_gone(row))
    ]


def _last_digested() -> Any:
    """The newest version of an artifact that was read through."""
    version = table(VersionRow).alias()
    current = (
        select(version.c.id)
        .where(
            version.c.id == col(ArtifactRow.version_id),
            version.c.digest.is_not(None),
        )
        .scalar_subquery()
    )
    newest = (
        select(version.c.id)
        .where(
            version.c.artifact_id == col(ArtifactRow.id),
            version.c.digest.is_not(None),
        )
        .order_by(version.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(current, newest)


def _is_gone(row: Any) -> bool:
    """Whether the other project is there, and this artifact no longer in it."""
    root = bytes(row.root)
    path = os.path.join(root, bytes(row.path))  # noqa: PTH118 - bytes
    return os.path.isdir(root) and not os.path.lexists(path)  # noqa: PTH112


def _suggest(connection: Connection, new: Any) -> None:
    """Say so where the file is one that had a history, under another name."""
    here, there = table(FileRow).alias(), table(FileRow).alias()
    old = connection.execute(
        select(
            table(ArtifactRow),
            col(ProjectRow.path_text).label("root"),
            here.c.id.label("file"),
        )
        .select_from(here)
        .join(
            there,
            (there.c.inode == here.c.inode)
            & (there.c.device == here.c.device)
            & (there.c.id != here.c.id),
        )
        .join(ArtifactRow, col(ArtifactRow.id) == there.c.artifact_id)
        .join(ProjectRow, col(ProjectRow.id) == col(ArtifactRow.project_id))
        .where(
            here.c.artifact_id == new.id,
            here.c.role == "main",
            there.c.role == "main",
            there.c.state == "missing",
            col(ArtifactRow.presence) == "missing",
            col(ArtifactRow.kind) == new.kind,
        )
    ).all()
    if len(old) != 1 or not is_used(connection, old[0].id):
        return
    path = joined(old[0].root, old[0].path_text)
    connection.execute(
        insert(FindingRow).values(
            rule=MAYBE,
            subject=new.uid,
            detail=old[0].uid,
            artifact_id=new.id,
            project_id=new.project_id,
            file_id=old[0].file,
            origin="read",
            severity="note",
            message=f"It may be {path}, moved and changed: what was noted "
            "of that one is kept with it.",
            path_text=joined(_root(connection, new.project_id), new.path_text),
            field="",
            found="",
            expected="",
            suggestion="",
            remedy="Say that they are the same, or note here what still holds.",
            state="open",
            first_seen=now(),
        )
    )


def _root(connection: Connection, project: int) -> str:
    return str(
        connection.scalar(
            select(col(ProjectRow.path_text)).where(col(ProjectRow.id) == project)
        )
    )


def adopt(connection: Connection, *, old: Any, new: Any) -> None:
    """A person says that the vanished artifact is the new one, moved and changed."""
    places = locations.current(connection, new.id)
    last = connection.scalar(
        select(func.max(col(VersionRow.number))).where(
            col(VersionRow.artifact_id) == old.id
        )
    )
    connection.execute(
        update(VersionRow)
        .where(col(VersionRow.artifact_id) == new.id)
        .values(artifact_id=old.id, number=col(VersionRow.number) + (last or 0))
    )
    _hand_over(connection, old=old, new=new, version=new.version_id, places=places)


def join(connection: Connection, *, old: Any, new: Any) -> None:
    """The vanished artifact is the new one, moved: it keeps its id and history."""
    places = locations.current(connection, new.id)
    kept = _version_of(connection, old, new.digest)
    take_over(connection, new.id, new.version_id, old.id, kept)
    if new.version_id is not None and kept is not None:
        hand_on(connection, new.version_id, kept)
    _hand_over(connection, old=old, new=new, version=kept, places=places)


def _hand_over(
    connection: Connection,
    *,
    old: Any,
    new: Any,
    version: int | None,
    places: set[bytes],
) -> None:
    """Put the old artifact in the place of the new one, which was never another."""
    for said in SAID:
        connection.execute(
            update(said).where(said.artifact_id == new.id).values(artifact_id=old.id)
        )
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
        .values(artifact_id=None, role="other")
    )
    connection.execute(
        update(FileRow)
        .where(col(FileRow.artifact_id) == new.id)
        .values(artifact_id=old.id)
    )
    connection.execute(
        update(ArtifactAliasRow)
        .where(col(ArtifactAliasRow.artifact_id) == new.id)
        .values(artifact_id=old.id)
    )
    inherit(connection, old=old, new=new)
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
            version_id=version,
            digest=new.digest,
            presence="present",
            present=True,
            stage=stage_of(connection, old.uid, new.digest),
        )
    )
    if version is not None:
        locations.put(
            connection,
            artifact=old.id,
            version=version,
            project=new.project_id,
            places=places,
        )


def _version_of(connection: Connection, artifact: Any, digest: str) -> int | None:
    """The version that has the digest; a provisional one after it was never one."""
    version = connection.scalar(
        select(col(VersionRow.id)).where(
            col(VersionRow.artifact_id) == artifact.id,
            col(VersionRow.digest) == digest,
        )
    )
    if version is not None and version != artifact.version_id:
        take_over(connection, artifact.id, artifact.version_id, artifact.id, version)
        locations.recognised(
            connection, provisional=artifact.version_id, past=int(version)
        )
        connection.execute(
            update(ArtifactRow)
            .where(col(ArtifactRow.id) == artifact.id)
            .values(version_id=version)
        )
        connection.execute(
            delete(VersionRow).where(
                col(VersionRow.id) == artifact.version_id,
                col(VersionRow.digest).is_(None),
            )
        )
    return version
