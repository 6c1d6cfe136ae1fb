"""Moves: a vanished artifact and a new one that are the same, where that is proven."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, distinct, func, insert, select, update
from sqlmodel import col

from mlcatalog.catalog.erasing import is_used
from mlcatalog.catalog.handing_over import Pair, hand_over, join
from mlcatalog.catalog.stale import among
from mlcatalog.catalog.summaries import joined
from mlcatalog.catalog.tables import (
    ArtifactRow,
    FileRow,
    FindingRow,
    ProjectRow,
    VersionRow,
    table,
)
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
    pairs: list[Pair] = []
    vanished = _vanished(connection, fresh)
    any_missing = _any_missing(connection)
    for artifact in fresh:
        gone = [row for row in vanished(artifact) if row.id != artifact.id]
        if len(gone) == 1 and rivals[_content(artifact)] == 1:
            pairs.append(Pair(gone[0], artifact))
        elif not gone and any_missing:
            _suggest(connection, artifact)
    join(connection, pairs)
    return set(numbers) - {pair.new.id for pair in pairs}


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


def _vanished(
    connection: Connection, fresh: Sequence[Any]
) -> Callable[[Any], Sequence[Any]]:
    """What gives, for a new artifact, those that last held its bytes and vanished."""
    alike: dict[tuple[Any, ...], list[Any]] = {}
    for row in connection.execute(
        select(table(ArtifactRow), col(ProjectRow.path).label("root"))
        .join(ProjectRow, col(ProjectRow.id) == col(ArtifactRow.project_id))
        .join(VersionRow, col(VersionRow.artifact_id) == col(ArtifactRow.id))
        .where(
            among(col(VersionRow.digest), _shared(connection, fresh)),
            col(VersionRow.id) == _last_digested(),
        )
        .add_columns(col(VersionRow.digest).label("held"))
    ).all():
        alike.setdefault((row.held, row.kind, row.bundle), []).append(row)
    is_gone = cache(_is_gone)
    known: dict[tuple[Any, ...], list[Any]] = {}

    def vanished(new: Any) -> Sequence[Any]:
        key = (new.project_id, *_content(new))
        if key not in known:
            known[key] = [
                row
                for row in alike.get(_content(new), ())
                if row.presence == "missing"
                or (
                    row.project_id != new.project_id
                    and is_gone(bytes(row.root), bytes(row.path))
                )
            ]
        return known[key]

    return vanished


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


def _is_gone(root: bytes, path: bytes) -> bool:
    """Whether the other project is there, and this artifact no longer in it."""
    place = os.path.join(root, path)  # noqa: PTH118 - bytes
    return os.path.isdir(root) and not os.path.lexists(place)  # noqa: PTH112


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
    versions = {} if new.version_id is None else {old.id: new.version_id}
    hand_over(connection, [Pair(old, new)], versions)
