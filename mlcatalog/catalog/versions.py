"""Digests become versions: recognised, given a past one, or followed through a move."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select, update
from sqlmodel import col

from mlcatalog.catalog import locations
from mlcatalog.catalog.listing import SAID
from mlcatalog.catalog.many import many
from mlcatalog.catalog.stale import among
from mlcatalog.catalog.tables import (
    ArtifactRow,
    FileRow,
    FolderRow,
    StageRow,
    TensorRow,
    VersionRow,
    table,
)
from mlcatalog.domain.reading import Tensor

PART = 2_000  # artifacts of one short transaction

Manifest = Callable[[Mapping[bytes, str]], str]


def write_digests(
    connection: Connection, digests: Mapping[int, tuple[str, Sequence[str | None]]]
) -> None:
    """Keep files' digests, and their tensors' in the order the reader gave them."""
    many(
        connection,
        "UPDATE file SET digest = ?, digested = 1 WHERE id = ?",
        ((digest, file_id) for file_id, (digest, _) in digests.items()),
    )
    with_tensors = [file_id for file_id, (_, found) in digests.items() if any(found)]
    rows: dict[int, list[int]] = {}
    for file_id, row_id in connection.execute(_tensors(with_tensors)):
        rows.setdefault(file_id, []).append(row_id)
    many(
        connection,
        "UPDATE fingerprint SET digest = ? WHERE id = ?",
        (
            (tensor, row_id)
            for file_id, numbers in rows.items()
            for row_id, tensor in zip(numbers, digests[file_id][1], strict=False)
            if tensor is not None
        ),
    )


def tensors(connection: Connection, files: Collection[int]) -> dict[int, list[Tensor]]:
    """The tensors of the current versions of files, in the readers' order."""
    found: dict[int, list[Tensor]] = {}
    each = table(TensorRow).c
    for row in connection.execute(
        _tensors(files).add_columns(
            each.name, each.dtype, each.shape, each.offset, each.size
        )
    ):
        tensor = Tensor(row.name, row.dtype, _shape(row.shape), row.offset, row.size)
        found.setdefault(row.file_id, []).append(tensor)
    return found


def _tensors(files: Collection[int]) -> Any:
    each = table(TensorRow).c
    return (
        select(each.file_id, each.id)
        .join(ArtifactRow, col(ArtifactRow.id) == each.artifact_id)
        .where(
            among(each.file_id, files), each.version_id == col(ArtifactRow.version_id)
        )
        .order_by(each.file_id, each.position)
    )


def _shape(text: str) -> tuple[int, ...]:
    inner = text.strip("[]")
    return tuple(int(size) for size in inner.split(",")) if inner else ()


class Settled(NamedTuple):
    """An artifact of which all bytes are digested now, or were before."""

    digest: str
    artifact: int
    whole: str | None = None  # with its companions
    is_new: bool = True  # this digest has not been given to it yet
    is_read: bool = True  # some of its files have just been digested


def settled(
    connection: Connection,
    project: int,
    *,
    manifest: Manifest,
    digested: Collection[int],
    born: Collection[int],
    most: int = PART,
) -> list[list[Settled]]:
    """The artifacts that may be given their digests, so many that a write is short.

    `digested` are the numbers of artifacts that files were digested of, `born`
    of those that a move may have ended at. What has the same digest stands
    together: whether it moved is decided among all of it.
    """
    found = list(_complete(connection, project, manifest, digested))
    known = {one.artifact for one in found}
    found += [
        Settled(row.digest, row.id, is_new=False, is_read=False)
        for row in connection.execute(
            select(col(ArtifactRow.id), col(ArtifactRow.digest)).where(
                among(col(ArtifactRow.id), set(born) - known),
                col(ArtifactRow.digest).is_not(None),
            )
        )
    ]
    found.sort(key=lambda one: one.digest)
    parts: list[list[Settled]] = []
    for _, same in groupby(found, key=lambda one: one.digest):
        if not parts or len(parts[-1]) >= most:
            parts.append([])
        parts[-1].extend(same)
    return parts


def _complete(
    connection: Connection,
    project: int,
    manifest: Manifest,
    digested: Collection[int],
) -> Iterator[Settled]:
    """Those without a digest, and those whose companions may have changed."""
    here = (col(ArtifactRow.project_id) == project) & col(ArtifactRow.present)
    none = col(ArtifactRow.digest).is_(None)
    for condition in (none, ~none & among(col(ArtifactRow.id), digested)):
        files: Any = connection.execute(
            select(
                col(ArtifactRow.id),
                col(ArtifactRow.path),
                col(ArtifactRow.bundle),
                col(ArtifactRow.digest).label("known"),
                col(FileRow.name),
                col(FileRow.role),
                col(FileRow.digest),
                col(FolderRow.path).label("folder"),
            )
            .join(FileRow, col(FileRow.artifact_id) == col(ArtifactRow.id))
            .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
            .where(
                here,
                condition,
                col(ArtifactRow.version_id).is_not(None),
                col(FileRow.state) != "missing",
                col(FileRow.role).not_in(("source", "link")),
            )
            .order_by(col(ArtifactRow.id))
        )
        for _, rows in groupby(files, key=lambda row: row.id):
            one = _settled(list(rows), manifest)
            if one is not None:
                yield one


def _settled(rows: Sequence[Any], manifest: Manifest) -> Settled | None:
    """What the files of an artifact make it; None while one is not digested."""
    artifact = rows[0]
    prefix = bytes(artifact.path) + b"/" if artifact.path is not None else b"/"
    content: dict[bytes, str] = {}
    everything: dict[bytes, str] = {}
    for row in rows:
        name = _below(bytes(row.folder), prefix) + bytes(row.name)
        everything[name] = row.digest
        if row.role != "companion":
            content[name] = row.digest
    if not content or not all(content.values()):
        return None
    is_whole = len(everything) > len(content) and all(everything.values())
    return Settled(
        _single(content, artifact, manifest),
        artifact.id,
        manifest(everything) if is_whole else None,
        artifact.known is None,
    )


def _below(folder: bytes, prefix: bytes) -> bytes:
    """The way from a bundle's folder down to one of its files' folder."""
    return folder[len(prefix) :] + b"/" if folder.startswith(prefix) else b""


def _single(content: Mapping[bytes, str], artifact: Any, manifest: Manifest) -> str:
    if len(content) == 1 and not artifact.bundle:
        return next(iter(content.values()))
    return manifest(content)


def settle(connection: Connection, part: Sequence[Settled]) -> None:
    """Give provisional versions their digests.

    A digest that the artifact had before makes the old version current again.
    """
    found = {one.artifact: one for one in part}
    rows: Any = connection.execute(
        select(table(ArtifactRow), col(VersionRow.digest_all).label("digest_all"))
        .join(VersionRow, col(VersionRow.id) == col(ArtifactRow.version_id))
        .where(among(col(ArtifactRow.id), found.keys()), col(ArtifactRow.present))
    ).all()
    waiting = [row for row in rows if row.digest is None and found[row.id].is_new]
    past = _past(connection, waiting, found)
    staged = _staged(connection, waiting)
    plain = []
    for row in waiting:
        one = found[row.id]
        if row.id in past or row.uid in staged:
            _recognise(connection, row, one.digest, one.whole, past.get(row.id))
        else:
            plain.append((one, row.version_id))
    many(
        connection,
        "UPDATE version SET digest = ?, digest_all = ? WHERE id = ?",
        ((one.digest, one.whole, version) for one, version in plain),
    )
    many(
        connection,
        "UPDATE artifact SET digest = ?, stage = 'draft' WHERE id = ?",
        ((one.digest, one.artifact) for one, _ in plain),
    )
    many(
        connection,
        "UPDATE version SET digest_all = ? WHERE id = ?",
        (
            (found[row.id].whole, row.version_id)
            for row in rows
            if row.digest is not None
            and found[row.id].is_read
            and found[row.id].whole != row.digest_all
        ),
    )


def _past(
    connection: Connection, waiting: Sequence[Any], found: Mapping[int, Settled]
) -> dict[int, int]:
    """The earlier versions of artifacts that are current again."""
    current = {row.id: row.version_id for row in waiting}
    return {
        row.artifact_id: row.id
        for row in connection.execute(
            select(
                col(VersionRow.id), col(VersionRow.artifact_id), col(VersionRow.digest)
            ).where(
                among(col(VersionRow.artifact_id), current.keys()),
                col(VersionRow.digest).is_not(None),
            )
        )
        if row.digest == found[row.artifact_id].digest
        and row.id != current[row.artifact_id]
    }


def _staged(connection: Connection, waiting: Sequence[Any]) -> set[str]:
    """The artifacts that people gave a stage, whatever their bytes were."""
    rows = connection.execute(
        select(col(StageRow.artifact_uid)).where(
            among(col(StageRow.artifact_uid), [row.uid for row in waiting])
        )
    ).scalars()
    return set(rows)


def _recognise(
    connection: Connection,
    artifact: Any,
    digest: str,
    whole: str | None,
    past: int | None,
) -> None:
    if past is None:
        current = artifact.version_id
        connection.execute(
            update(VersionRow)
            .where(col(VersionRow.id) == current)
            .values(digest=digest, digest_all=whole)
        )
    else:
        current = past
        take_over(connection, artifact.id, artifact.version_id, artifact.id, past)
        locations.recognised(connection, provisional=artifact.version_id, past=past)
        hand_on(connection, artifact.version_id, past)
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
    hand_on_all(connection, [(provisional, past)])


def hand_on_all(connection: Connection, pairs: Sequence[tuple[int, int]]) -> None:
    """The same for many: a provisional and a past version each."""
    many(
        connection,
        """UPDATE version SET (text, recorded_at, recorded_source, digest_all) =
        (SELECT text, recorded_at, recorded_source, digest_all FROM version
        WHERE id = ?) WHERE id = ?""",
        pairs,
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
    take_over_all(connection, [(giver, giver_version, taker, taker_version)])


def take_over_all(
    connection: Connection,
    pairs: Sequence[tuple[int, int | None, int, int | None]],
) -> None:
    """The same for many: an artifact and version that give, and that take."""
    for said in SAID:
        name = said.__tablename__
        many(
            connection,
            f"DELETE FROM {name} WHERE artifact_id = ? AND version_id IS ?",
            (pair[2:] for pair in pairs),
        )
        many(
            connection,
            f"UPDATE {name} SET artifact_id = ?, version_id = ?"
            " WHERE artifact_id = ? AND version_id IS ?",
            ((*pair[2:], *pair[:2]) for pair in pairs),
        )
