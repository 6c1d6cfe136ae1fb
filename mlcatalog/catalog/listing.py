"""What a walk saw of files, written by comparing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlmodel import col

from mlcatalog.catalog.tables import (
    ClaimRow,
    ColumnRow,
    FactRow,
    FileRow,
    FindingRow,
    FolderRow,
    MetricRow,
    ParamRow,
    TensorRow,
    table,
)
from mlcatalog.catalog.views import CHUNK

SAID: tuple[Any, ...] = (FactRow, ParamRow, MetricRow, TensorRow, ColumnRow)


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as a walk saw it; folder and name are bytes below the project."""

    folder: bytes
    name: bytes
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as the catalogue remembers it."""

    id: int
    folder: bytes
    name: bytes
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int
    state: str
    format: str
    role: str
    artifact_id: int | None
    read_version: str
    digest: str | None
    digested: bool

    @property
    def path(self) -> bytes:
        """Relative to the project."""
        return self.folder + b"/" + self.name if self.folder else self.name


_FILE = [
    "id",
    "size",
    "mtime_ns",
    "ctime_ns",
    "inode",
    "device",
    "state",
    "format",
    "role",
    "artifact_id",
    "read_version",
    "digest",
    "digested",
]


def files(connection: Connection, project: int) -> list[FileState]:
    """All remembered files of a project, the missing ones too."""
    columns = [table(FileRow).c[name] for name in _FILE]
    rows = connection.execute(
        select(*columns, col(FolderRow.path).label("folder"), col(FileRow.name))
        .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
        .where(col(FileRow.project_id) == project)
    )
    return [FileState(**row._mapping) for row in rows]


def write_files(
    connection: Connection,
    project: int,
    *,
    added: Sequence[Seen],
    changed: Sequence[tuple[int, Seen]],
    gone: Sequence[int],
) -> None:
    """Write what differs between the walk and the catalogue."""
    folders = _folder_ids(connection, project, {seen.folder for seen in added})
    if added:
        connection.execute(
            insert(FileRow),
            [
                {
                    "project_id": project,
                    "folder_id": folders[seen.folder],
                    "name": seen.name,
                    **_stat(seen),
                    "state": "present",
                    "format": "",
                    "role": "",
                    "read_version": "",
                    "problem": "",
                    "digested": False,
                }
                for seen in added
            ],
        )
    for file_id, seen in changed:
        connection.execute(
            update(FileRow)
            .where(col(FileRow.id) == file_id)
            .values(
                **_stat(seen),
                state="present",
                read_version="",
                problem="",
                digest=None,
                digested=False,
            )
        )
    for start in range(0, len(gone), CHUNK):
        part = gone[start : start + CHUNK]
        connection.execute(
            update(FileRow).where(col(FileRow.id).in_(part)).values(state="missing")
        )
        for said in (*SAID, ClaimRow, FindingRow):
            # What a vanished file said is kept with its versions, except that
            # claims and problems are about the present.
            if said in (ClaimRow, FindingRow):
                connection.execute(delete(said).where(said.file_id.in_(part)))


def _stat(seen: Seen) -> dict[str, int]:
    return {
        "size": seen.size,
        "mtime_ns": seen.mtime_ns,
        "ctime_ns": seen.ctime_ns,
        "inode": seen.inode - 2**64 if seen.inode >= 2**63 else seen.inode,
        "device": seen.device - 2**64 if seen.device >= 2**63 else seen.device,
    }


def _folder_ids(
    connection: Connection, project: int, wanted: set[bytes]
) -> dict[bytes, int]:
    known: dict[bytes, int] = {
        bytes(row.path): row.id
        for row in connection.execute(
            select(table(FolderRow)).where(col(FolderRow.project_id) == project)
        )
    }
    missing = sorted(wanted - known.keys())
    if missing:
        connection.execute(
            insert(FolderRow), [{"project_id": project, "path": p} for p in missing]
        )
        return _folder_ids(connection, project, wanted)
    return known
