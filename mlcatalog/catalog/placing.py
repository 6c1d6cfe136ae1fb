"""The artifacts that files make: placed, versioned, missed and taken back."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlmodel import col

from mlcatalog.catalog import locations
from mlcatalog.catalog.editing import new_uid
from mlcatalog.catalog.erasing import forget
from mlcatalog.catalog.listing import FileState, files_in
from mlcatalog.catalog.many import many
from mlcatalog.catalog.stale import among
from mlcatalog.catalog.tables import (
    ArtifactRow,
    FileRow,
    LocationRow,
    VersionRow,
    table,
)
from mlcatalog.catalog.views import CHUNK, display
from mlcatalog.domain import dvc_words
from mlcatalog.domain.moments import from_ns, now


class Desired(NamedTuple):
    """An artifact as the files of one folder make it.

    `links` are the same artifact at further places: hard and symbolic links
    to all its content.
    """

    folder: bytes
    path: bytes  # its place, relative to the project
    kind: str
    format: str
    name: str
    bundle: bool
    main: bytes  # a file name
    roles: Mapping[bytes, str]  # of its files
    links: tuple[Any, ...] = ()

    @property
    def places(self) -> set[bytes]:
        """Where it is, links included."""
        return {self.path, *(link.path for link in self.links)}


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
    placing = _Placing(connection, project, set(folders), touched)
    return placing.place(desired)


class _Placing:
    """One round of placing: what is there, and what is to be written at the end."""

    def __init__(
        self,
        connection: Connection,
        project: int,
        folders: set[bytes],
        touched: frozenset[int],
    ) -> None:
        self._connection = connection
        self._project = project
        self._touched = touched
        self._at: dict[bytes, dict[bytes, FileState]] = {f: {} for f in folders}
        self._content: dict[int, set[int]] = {}  # artifact -> its content's files
        for state in files_in(connection, project, folders):
            if state.artifact_id is not None and state.role not in ("source", "link"):
                content = self._content.setdefault(state.artifact_id, set())
                content |= {state.id} if state.role != "companion" else set()
            elif state.artifact_id is not None and state.role == "link":
                self._content.setdefault(state.artifact_id, set())
            if state.state != "missing":
                self._at[state.folder][state.name] = state
        self._files: list[dict[str, Any]] = []  # that change hands

    def place(self, desired: Sequence[Desired]) -> set[int]:
        """Place all that is desired; what has no files any more goes missing."""
        rows = list(self._rows(desired))
        placed = {
            bytes(row.path): row for row in rows if row.project_id == self._project
        }
        by_id = {row.id: row for row in rows}
        wanted = {want.path for want in desired}
        kept: set[int] = set()
        fresh: list[Desired] = []
        for want in sorted(desired, key=lambda d: d.path):
            row = placed.get(want.path)
            if row is None or row.id in kept:
                row = next(
                    (
                        by_id[i]
                        for i in self._former(want)
                        if i not in kept and bytes(by_id[i].path) not in wanted
                    ),
                    None,
                )
            if row is None:
                fresh.append(want)
            else:
                self._go_on(row, want)
                kept.add(row.id)
        born = self._begin(fresh)
        self._write_files()
        _without_files(self._connection, self._content.keys() - kept)
        return born

    def _rows(self, desired: Sequence[Desired]) -> Iterator[Any]:
        """The artifacts at the wanted places, and those that the files made."""
        found: set[int] = set()
        wanted: tuple[tuple[Any, list[Any]], ...] = (
            (col(ArtifactRow.path), [want.path for want in desired]),
            (col(ArtifactRow.id), sorted(self._content)),
        )
        for column, values in wanted:
            for start in range(0, len(values), CHUNK):
                for row in self._connection.execute(
                    select(table(ArtifactRow)).where(
                        col(ArtifactRow.project_id) == self._project,
                        col(ArtifactRow.kind) != "run",
                        column.in_(values[start : start + CHUNK]),
                    )
                ):
                    if row.id not in found:
                        found.add(row.id)
                        yield row

    def _former(self, want: Desired) -> Iterator[int]:
        """The artifacts that the main files of an artifact's places belonged to.

        Forming or splitting a bundle keeps its main member's artifact, and so
        does a link that is left when its first place is gone.
        """
        for one in (want, *want.links):
            main = self._at[one.folder][one.main]
            if main.artifact_id in self._content and main.role != "companion":
                yield main.artifact_id
        yield from self._pointed(want)

    def _pointed(self, want: Desired) -> Iterator[int]:
        """The artifact of a DVC pointer whose data came, or of data that it outlives."""
        near = self._at[want.folder]
        for name in (want.main, want.main + dvc_words.SUFFIX.encode()):
            state = near.get(name)
            if state is None or not dvc_words.pointed(os.fsdecode(name)):
                continue
            if state.artifact_id in self._content:
                yield state.artifact_id

    def _files_of(self, want: Desired) -> dict[bytes, FileState]:
        """The files of an artifact by the names in its roles; some lie below."""
        near, found = self._at[want.folder], {}
        for name in want.roles:
            below, slash, last = name.rpartition(b"/")
            at = self._at.get(want.folder + b"/" + below, {}) if slash else near
            if last in at:
                found[name] = at[last]
        return found

    def _begin(self, fresh: Sequence[Desired]) -> set[int]:
        new = _NewRows(self._connection)
        for want in fresh:
            at = self._files_of(want)
            artifact_id = new.add(self._project, want, _size(want, at), _time(want, at))
            self._take(artifact_id, want)
        return new.write()

    def _go_on(self, row: Any, want: Desired) -> None:
        was_bundle = bool(row.bundle)
        _put_in_place(self._connection, row, want)
        self._take(row.id, want)
        at = self._files_of(want)
        content = {s.id for s in _content(want, at)}
        former = (
            self._content.get(row.id, set()) if was_bundle is want.bundle else set()
        )
        if content != former or content & self._touched:
            new_version(
                self._connection,
                row.id,
                size=_size(want, at),
                modified=_time(want, at),
                places=want.places,
            )
        else:
            locations.put(
                self._connection,
                artifact=row.id,
                version=row.version_id,
                project=self._project,
                places=want.places,
            )

    def _take(self, artifact_id: int, want: Desired) -> None:
        """Let the files of an artifact's places be its own."""
        for name, state in self._files_of(want).items():
            self._take_file(artifact_id, state, want.roles[name])
        for link in want.links:
            for state in self._files_of(link).values():
                self._take_file(artifact_id, state, "link")

    def _take_file(self, artifact_id: int, state: FileState, role: str) -> None:
        if (state.artifact_id, state.role) == (artifact_id, role):
            return
        self._files.append({"file": state.id, "artifact_id": artifact_id, "role": role})
        if state.artifact_id is not None and (
            state.artifact_id != artifact_id or role == "link"
        ):
            forget(self._connection, state.artifact_id, state.id)

    def _write_files(self) -> None:
        if self._files:
            self._connection.execute(
                update(table(FileRow))
                .where(table(FileRow).c.id == bindparam("file"))
                .values(
                    artifact_id=bindparam("artifact_id"),
                    role=bindparam("role"),
                    read_version="",
                ),
                self._files,
            )


class _NewRows:
    """Rows of new artifacts, written together at the end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._artifacts: list[dict[str, Any]] = []
        self._versions: list[dict[str, Any]] = []
        self._locations: list[dict[str, Any]] = []
        self._artifact = _last(connection, ArtifactRow)
        self._version = _last(connection, VersionRow)

    def add(self, project: int, want: Desired, size: int, modified: int) -> int:
        """The number of a new artifact with its first, provisional version."""
        self._artifact += 1
        self._version += 1
        moment = now()
        self._artifacts.append(
            {
                "id": self._artifact,
                "uid": new_uid(),
                "project_id": project,
                "kind": want.kind,
                "name": want.name,
                "path": want.path,
                "path_text": display(want.path),
                "bundle": want.bundle,
                "owner": "",
                "created_at": moment,
                "version_id": self._version,
                "size": size,
                "modified": modified,
                "format": want.format,
                "presence": "present",
                "present": True,
                "stage": "draft",
                "metric_name": "",
                "met": 0,
                "applicable": 0,
                "findings": 0,
                "name_broken": False,
            }
        )
        self._versions.append(
            {
                "id": self._version,
                "uid": new_uid(),
                "artifact_id": self._artifact,
                "number": 1,
                "size": size,
                "observed_at": moment,
                "recorded_source": "",
            }
        )
        self._locations += [
            {
                "artifact_id": self._artifact,
                "version_id": self._version,
                "project_id": project,
                "path": path,
                "path_text": display(path),
                "first_seen": moment,
                "last_seen": moment,
                "state": "present",
            }
            for path in sorted(want.places)
        ]
        return self._artifact

    def write(self) -> set[int]:
        """Write all; gives the numbers of the new artifacts."""
        for row_class, rows in (
            (ArtifactRow, self._artifacts),
            (VersionRow, self._versions),
            (LocationRow, self._locations),
        ):
            if rows:
                self._connection.execute(insert(table(row_class)), rows)
        return {row["id"] for row in self._artifacts}


def _last(connection: Connection, row_class: Any) -> int:
    return int(connection.scalar(select(func.max(row_class.id))) or 0)


def _content(want: Desired, at: Mapping[bytes, FileState]) -> list[FileState]:
    return [
        at[name]
        for name, role in want.roles.items()
        if role != "companion" and name in at
    ]


def _size(want: Desired, at: Mapping[bytes, FileState]) -> int:
    return sum(state.size for state in _content(want, at))


def _time(want: Desired, at: Mapping[bytes, FileState]) -> int:
    return from_ns(at[want.main].mtime_ns)


def _put_in_place(connection: Connection, row: Any, want: Desired) -> None:
    """Put an artifact where it is now."""
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
    if row.presence not in ("present", "elsewhere") or not row.present:
        values |= {"presence": "present", "present": True}
    if values:
        connection.execute(
            update(ArtifactRow).where(col(ArtifactRow.id) == row.id).values(**values)
        )


def new_version(
    connection: Connection,
    artifact_id: int,
    *,
    size: int,
    modified: int,
    places: Iterable[bytes],
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
        version_id = int(current.id)
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
    locations.put(
        connection,
        artifact=artifact_id,
        version=version_id,
        project=artifact.project_id,
        places=places,
    )
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
    connection.execute(  # what is left of its files says it anew, of this version
        update(FileRow)
        .where(
            col(FileRow.artifact_id) == artifact_id,
            col(FileRow.state) != "missing",
        )
        .values(read_version="")
    )
    return version_id


def inserted(result: Any) -> int:
    """The number of the row that was just inserted."""
    return int(result.inserted_primary_key[0])


def _without_files(connection: Connection, artifacts: Collection[int]) -> None:
    """Those that have no file left are missing, and what was said of them is past."""
    left = connection.execute(
        select(col(FileRow.artifact_id))
        .where(
            among(col(FileRow.artifact_id), artifacts),
            col(FileRow.state) != "missing",
            col(FileRow.role).not_in(("source", "link")),
        )
        .distinct()
    ).scalars()
    gone = sorted(set(artifacts) - set(left))
    for statement in (
        "UPDATE artifact SET presence = 'missing', present = 0 WHERE id = ?",
        "DELETE FROM claim WHERE artifact_id = ?",
        "UPDATE finding SET state = 'suspended' WHERE artifact_id = ?",
    ):
        many(connection, statement, ((number,) for number in gone))
    locations.end(connection, gone)
