"""The artifacts that files make: placed, versioned, missed and taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlmodel import col

from mlcatalog.catalog.editing import new_uid
from mlcatalog.catalog.listing import SAID, FileState, files
from mlcatalog.catalog.tables import (
    ArtifactRow,
    CheckRow,
    ClaimRow,
    FileRow,
    FindingRow,
    LocationRow,
    NoteRow,
    PersonClaimRow,
    RemovedRow,
    TagRow,
    VersionRow,
    table,
)
from mlcatalog.catalog.views import display
from mlcatalog.domain.moments import from_ns, now


@dataclass(frozen=True, slots=True)
class Desired:
    """An artifact as the files of one folder make it."""

    folder: bytes
    path: bytes  # its place, relative to the project
    kind: str
    format: str
    name: str
    bundle: bool
    main: bytes  # a file name
    roles: Mapping[bytes, str] = field(default_factory=dict)  # of its files


def place(
    connection: Connection,
    project: int,
    *,
    folders: Iterable[bytes],
    desired: Sequence[Desired],
    touched: frozenset[int],
) -> set[int]:
    """Make the artifacts of some folders what their files make them.

    `touched` are the ids of files that are new or changed. Gives the ids of
    artifacts that are new.
    """
    here = set(folders)
    by_folder: dict[bytes, dict[bytes, FileState]] = {folder: {} for folder in here}
    members: dict[int, set[int]] = {}
    for state in files(connection, project):
        if state.folder not in here:
            continue
        if state.artifact_id is not None and state.role != "source":
            content = members.setdefault(state.artifact_id, set())
            content |= {state.id} if state.role != "companion" else set()
        if state.state != "missing":
            by_folder[state.folder][state.name] = state
    placed = {
        bytes(row.path): row
        for row in connection.execute(
            select(table(ArtifactRow)).where(
                col(ArtifactRow.project_id) == project, col(ArtifactRow.kind) != "run"
            )
        )
    }
    rows = {row.id: row for row in placed.values()}
    wanted_places = {d.path for d in desired}
    kept: set[int] = set()
    born: set[int] = set()
    for want in sorted(desired, key=lambda d: d.path):
        at = by_folder[want.folder]
        row = placed.get(want.path)
        former = rows.get(at[want.main].artifact_id or 0)
        if row is None and _may_move(former, kept, wanted_places):
            row = former
        if row is None:
            artifact_id = _new_artifact(connection, project, want)
            born.add(artifact_id)
        else:
            artifact_id = row.id
            if _moved_in_place(connection, row, want):
                members.pop(artifact_id, None)
        kept.add(artifact_id)
        _take_members(
            connection,
            artifact_id,
            want=want,
            at=at,
            touched=touched,
            former=members.get(artifact_id, set()),
        )
    for artifact_id in members.keys() - kept:
        _without_files(connection, artifact_id)
    return born


def _may_move(former: Any, kept: set[int], wanted_places: set[bytes]) -> bool:
    """Forming or splitting a bundle keeps its main member's artifact."""
    return (
        former is not None
        and former.id not in kept
        and bytes(former.path) not in wanted_places
    )


def _new_artifact(connection: Connection, project: int, want: Desired) -> int:
    result = connection.execute(
        insert(ArtifactRow).values(
            uid=new_uid(),
            project_id=project,
            kind=want.kind,
            name=want.name,
            path=want.path,
            path_text=display(want.path),
            bundle=want.bundle,
            owner="",
            created_at=now(),
            format=want.format,
            presence="present",
            present=True,
            stage="draft",
            metric_name="",
            met=0,
            applicable=0,
            findings=0,
            name_broken=False,
        )
    )
    return inserted(result)


def _moved_in_place(connection: Connection, row: Any, want: Desired) -> bool:
    """Put an artifact where it is now; True when it is made of other parts."""
    values: dict[str, object] = {}
    if (bytes(row.path), row.name, bool(row.bundle)) != (
        want.path,
        want.name,
        want.bundle,
    ):
        values = {
            "path": want.path,
            "path_text": display(want.path),
            "name": want.name,
            "bundle": want.bundle,
            "kind": want.kind,
            "format": want.format,
        }
    if row.presence != "present" or not row.present:
        values |= {"presence": "present", "present": True}
    if values:
        connection.execute(
            update(ArtifactRow).where(col(ArtifactRow.id) == row.id).values(**values)
        )
    return bool(row.bundle) != want.bundle


def _take_members(
    connection: Connection,
    artifact_id: int,
    *,
    want: Desired,
    at: Mapping[bytes, FileState],
    touched: frozenset[int],
    former: set[int],
) -> None:
    content = {
        at[name].id
        for name, role in want.roles.items()
        if role != "companion" and name in at
    }
    for name, role in want.roles.items():
        state = at.get(name)
        if state is None:
            continue
        if (state.artifact_id, state.role) != (artifact_id, role):
            connection.execute(
                update(FileRow)
                .where(col(FileRow.id) == state.id)
                .values(artifact_id=artifact_id, role=role, read_version="")
            )
            if state.artifact_id not in (None, artifact_id):
                _forget(connection, state.artifact_id or 0, state.id)
    if content != former or content & touched:
        size = sum(at[name].size for name in want.roles if at[name].id in content)
        new_version(
            connection,
            artifact_id,
            size=size,
            modified=from_ns(at[want.main].mtime_ns),
            companions=bool(set(want.roles) - {want.main}),
        )


def _forget(connection: Connection, artifact_id: int, file_id: int) -> None:
    """Drop what a file said about an artifact that it no longer belongs to."""
    for said in (*SAID, ClaimRow, FindingRow):
        connection.execute(
            delete(said).where(said.artifact_id == artifact_id, said.file_id == file_id)
        )


def inserted(result: Any) -> int:
    """The number of the row that was just inserted."""
    return int(result.inserted_primary_key[0])


def new_version(
    connection: Connection,
    artifact_id: int,
    *,
    size: int,
    modified: int,
    companions: bool,
) -> int:
    """Start a provisional version, or go on with one; it gets a digest later."""
    artifact = connection.execute(
        select(table(ArtifactRow)).where(col(ArtifactRow.id) == artifact_id)
    ).one()
    current = connection.execute(
        select(table(VersionRow)).where(col(VersionRow.id) == artifact.version_id)
    ).first()
    moment = now()
    if current is not None and current.digest is None:
        version_id = current.id
        connection.execute(
            update(VersionRow)
            .where(col(VersionRow.id) == version_id)
            .values(size=size, observed_at=moment)
        )
    else:
        last = connection.scalar(
            select(func.max(col(VersionRow.number))).where(
                col(VersionRow.artifact_id) == artifact_id
            )
        )
        result = connection.execute(
            insert(VersionRow).values(
                uid=new_uid(),
                artifact_id=artifact_id,
                number=(last or 0) + 1,
                size=size,
                observed_at=moment,
                recorded_source="",
            )
        )
        version_id = inserted(result)
        end_locations(connection, artifact_id)
        start_location(connection, artifact, version_id)
    connection.execute(
        update(ArtifactRow)
        .where(col(ArtifactRow.id) == artifact_id)
        .values(
            version_id=version_id,
            size=size,
            digest=None,
            modified=modified,
            stage="draft",
        )
    )
    if companions:
        connection.execute(
            update(FileRow)
            .where(
                col(FileRow.artifact_id) == artifact_id,
                col(FileRow.state) != "missing",
            )
            .values(read_version="")
        )
    return int(version_id)


def start_location(connection: Connection, artifact: Any, version_id: int) -> None:
    """Note where a version's bytes are from now on."""
    connection.execute(
        insert(LocationRow).values(
            artifact_id=artifact.id,
            version_id=version_id,
            project_id=artifact.project_id,
            path=artifact.path,
            path_text=artifact.path_text,
            first_seen=now(),
            last_seen=now(),
            state="present",
        )
    )


def end_locations(
    connection: Connection, artifact_id: int, state: str = "missing"
) -> None:
    """Note that the bytes are no longer where they were."""
    connection.execute(
        update(LocationRow)
        .where(
            col(LocationRow.artifact_id) == artifact_id,
            col(LocationRow.ended_at).is_(None),
        )
        .values(ended_at=now(), state=state)
    )


def _without_files(connection: Connection, artifact_id: int) -> None:
    left = connection.scalar(
        select(func.count())
        .select_from(FileRow)
        .where(
            col(FileRow.artifact_id) == artifact_id,
            col(FileRow.state) != "missing",
            col(FileRow.role) != "source",
        )
    )
    if left:
        return
    connection.execute(
        update(ArtifactRow)
        .where(col(ArtifactRow.id) == artifact_id)
        .values(presence="missing", present=False)
    )
    connection.execute(delete(ClaimRow).where(col(ClaimRow.artifact_id) == artifact_id))
    connection.execute(
        update(FindingRow)
        .where(col(FindingRow.artifact_id) == artifact_id)
        .values(state="suspended")
    )
    end_locations(connection, artifact_id)


def dissolve(connection: Connection, artifact_id: int) -> None:
    """Take back an artifact that turned out to be none, unless people used it."""
    used = any(
        connection.scalar(statement)
        for statement in (
            select(func.count())
            .select_from(TagRow)
            .where(col(TagRow.artifact_id) == artifact_id),
            select(func.count())
            .select_from(RemovedRow)
            .where(col(RemovedRow.artifact_id) == artifact_id),
            select(func.count())
            .select_from(NoteRow)
            .where(col(NoteRow.artifact_id) == artifact_id),
            select(func.count())
            .select_from(PersonClaimRow)
            .join(ArtifactRow, col(ArtifactRow.uid) == col(PersonClaimRow.child))
            .where(col(ArtifactRow.id) == artifact_id),
        )
    )
    if used:
        connection.execute(
            update(ArtifactRow)
            .where(col(ArtifactRow.id) == artifact_id)
            .values(presence="missing", present=False)
        )
        return
    erase(connection, artifact_id)


def erase(connection: Connection, artifact_id: int) -> None:
    """Delete an artifact that nobody has used, with all that was said of it."""
    for said in (*SAID, ClaimRow, FindingRow, CheckRow, LocationRow):
        connection.execute(delete(said).where(said.artifact_id == artifact_id))
    connection.execute(
        update(FileRow)
        .where(col(FileRow.artifact_id) == artifact_id)
        .values(artifact_id=None)
    )
    connection.execute(
        update(ArtifactRow)
        .where(col(ArtifactRow.id) == artifact_id)
        .values(version_id=None)
    )
    connection.execute(
        delete(VersionRow).where(col(VersionRow.artifact_id) == artifact_id)
    )
    connection.execute(delete(ArtifactRow).where(col(ArtifactRow.id) == artifact_id))
