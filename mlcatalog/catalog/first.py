"""The first listing of a project: rows by the thousand, seen before they are whole.

What a window shows is written first; the files, versions and places behind it
follow in a second transaction. Plain statements: SQLModel's take ten times as
long, and nothing is there that these rows could be at odds with.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, text
from sqlmodel import col

from mlcatalog.catalog.listing import signed
from mlcatalog.catalog.many import many
from mlcatalog.catalog.placing import Desired
from mlcatalog.catalog.stale import noted_at_once
from mlcatalog.catalog.tables import (
    ArtifactRow,
    FolderRow,
    ProjectRow,
    VersionRow,
)
from mlcatalog.catalog.views import display
from mlcatalog.domain.moments import from_ns, now

# A file as a walk gives it: name, size, times, inode, device, link, hard links.
Plain = tuple[bytes, int, int, int, int, int, bool, int]


@dataclass(slots=True)
class NewFolder:
    """A folder that the catalogue does not know, with all its files."""

    path: bytes
    signature: bytes
    files: Sequence[Plain]
    roles: dict[bytes, str] = field(default_factory=dict)
    owners: dict[bytes, int] = field(default_factory=dict)  # places in a list
    waiting: bool = False  # something in it tells of runs


class NewArtifact(NamedTuple):
    """An artifact that the catalogue does not know."""

    want: Desired
    size: int
    mtime_ns: int


def is_unknown(connection: Connection, project: int) -> bool:
    """Whether the catalogue holds nothing at all of a project."""
    known = (
        select(col(ArtifactRow.id)).where(col(ArtifactRow.project_id) == project),
        select(col(FolderRow.id)).where(col(FolderRow.project_id) == project),
    )
    return all(connection.execute(one.limit(1)).first() is None for one in known)


def show(
    connection: Connection, project: int, artifacts: Sequence[NewArtifact]
) -> range:
    """Write what a list shows of artifacts; gives their numbers in the same order."""
    first = _last(connection, ArtifactRow) + 1
    numbers = range(first, first + len(artifacts))
    moment = now()
    with noted_at_once(connection, project, numbers):
        many(
            connection,
            """INSERT INTO artifact (id, uid, project_id, kind, name, path, path_text,
            bundle, format, size, modified, created_at, owner, presence, present, stage,
            metric_name, met, applicable, findings, name_broken)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 'present', 1, 'draft',
            '', 0, 0, 0, 0)""",
            (
                (
                    number,
                    uid,
                    project,
                    want.kind,
                    want.name,
                    want.path,
                    display(want.path),
                    want.bundle,
                    want.format,
                    size,
                    from_ns(mtime_ns),
                    moment,
                )
                for number, uid, (want, size, mtime_ns) in zip(
                    numbers, new_uids(len(artifacts)), artifacts, strict=True
                )
            ),
        )
    return numbers


def remember(
    connection: Connection,
    project: int,
    *,
    folders: Sequence[NewFolder],
    artifacts: Sequence[NewArtifact],
    numbers: range,
    version: str,
) -> None:
    """Write what stands behind artifacts that are shown: files, versions, places."""
    names = chain.from_iterable((file[0] for file in f.files) for f in folders)
    with noted_at_once(connection, project, numbers, names):
        _write_files(connection, project, folders, numbers, version)
        _write_versions(connection, project, artifacts, numbers)


def _write_versions(
    connection: Connection,
    project: int,
    artifacts: Sequence[NewArtifact],
    numbers: range,
) -> None:
    first = _last(connection, VersionRow) + 1
    versions = range(first, first + len(artifacts))
    moment = now()
    many(
        connection,
        """INSERT INTO version (id, uid, artifact_id, number, size, observed_at,
        recorded_source) VALUES (?, ?, ?, 1, ?, ?, '')""",
        (
            (version_id, uid, artifact, new.size, moment)
            for version_id, uid, artifact, new in zip(
                versions, new_uids(len(artifacts)), numbers, artifacts, strict=True
            )
        ),
    )
    connection.exec_driver_sql(
        "UPDATE artifact SET version_id = id + ? WHERE id BETWEEN ? AND ?",
        (versions.start - numbers.start, numbers.start, numbers.stop - 1),
    )
    many(
        connection,
        """INSERT INTO location (artifact_id, version_id, project_id, path, path_text,
        first_seen, last_seen, state) VALUES (?, ?, ?, ?, ?, ?, ?, 'present')""",
        (
            (artifact, version_id, project, path, display(path), moment, moment)
            for version_id, artifact, new in zip(
                versions, numbers, artifacts, strict=True
            )
            for path in (new.want.path,)
        ),
    )


def _write_files(
    connection: Connection,
    project: int,
    folders: Sequence[NewFolder],
    numbers: Sequence[int],
    version: str,
) -> None:
    first = _last(connection, FolderRow) + 1
    many(
        connection,
        """INSERT INTO folder (id, project_id, path, waiting, signature)
        VALUES (?, ?, ?, ?, ?)""",
        (
            (number, project, folder.path, folder.waiting, folder.signature)
            for number, folder in enumerate(folders, first)
        ),
    )
    many(
        connection,
        """INSERT INTO file (project_id, folder_id, name, size, mtime_ns, ctime_ns,
        inode, device, link, role, artifact_id, read_version, state, format, problem,
        digested) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'present', '', '', 0)""",
        (
            (
                project,
                number,
                name,
                size,
                mtime_ns,
                ctime_ns,
                signed(inode),
                signed(device),
                is_link,
                folder.roles.get(name, "other"),
                numbers[folder.owners[name]] if name in folder.owners else None,
                "" if name in folder.roles else version,
            )
            for number, folder in enumerate(folders, first)
            for name, size, mtime_ns, ctime_ns, inode, device, is_link, _ in folder.files
        ),
    )


def unfinished(connection: Connection, project: int) -> list[int]:
    """Artifacts that were shown by a program that ended before it wrote the rest."""
    rows = connection.execute(
        select(col(ArtifactRow.id)).where(
            col(ArtifactRow.project_id) == project,
            col(ArtifactRow.kind) != "run",
            col(ArtifactRow.version_id).is_(None),
            col(ArtifactRow.present),
        )
    ).scalars()
    return [number or 0 for number in rows]


def finish(connection: Connection, project: int, version: str) -> None:
    """Note that all files of a project were listed, by the readers of a version."""
    connection.execute(
        text("UPDATE project SET readers = :readers WHERE id = :id"),
        {"readers": version, "id": project},
    )


def is_finished(connection: Connection, project: int) -> bool:
    """Whether all files of a project were listed once."""
    return bool(
        connection.scalar(
            select(col(ProjectRow.readers)).where(col(ProjectRow.id) == project)
        )
    )


def new_uids(count: int) -> list[str]:
    """Ids of new kept rows, never given before or again; sorted, as an index likes it."""
    drawn = os.urandom(16 * count).hex()
    return sorted(drawn[start : start + 32] for start in range(0, 32 * count, 32))


def _last(connection: Connection, row_class: Any) -> int:
    return int(connection.scalar(select(func.max(row_class.id))) or 0)
