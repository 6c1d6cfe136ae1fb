"""Folders that change hands: a project moved, or one that lies inside another."""

from __future__ import annotations

import os
from typing import Any

from sqlalchemy import Connection, delete, func, select, update
from sqlmodel import col

from mlcatalog.catalog.listing import FileState, files, sign, signed, wait
from mlcatalog.catalog.tables import (
    ArtifactRow,
    FileRow,
    FindingRow,
    FolderRow,
    LocationRow,
    ProjectRow,
    table,
)
from mlcatalog.catalog.views import display

SAMPLE = 100  # files that are looked at, to know a folder again


def place_of(path: bytes) -> tuple[int, int] | None:
    """What a folder keeps when it is moved: device and inode; None if it is gone."""
    try:
        status = os.stat(path)  # noqa: PTH116 - bytes paths
    except OSError:
        return None
    return signed(status.st_dev), signed(status.st_ino)


def moved_project(connection: Connection, path: bytes) -> Any | None:
    """The project whose folder this is, moved while nobody looked.

    The folder's own number only nominates it: numbers are given again. Most
    of the files that it had must be in it, unchanged.
    """
    place = place_of(path)
    if place is None:
        return None
    rows = connection.execute(
        select(table(ProjectRow)).where(
            col(ProjectRow.device) == place[0], col(ProjectRow.inode) == place[1]
        )
    ).all()
    lost = [row for row in rows if place_of(bytes(row.path)) != place]
    return next((row for row in lost if _is_it(connection, row, path)), None)


def _is_it(connection: Connection, project: Any, path: bytes) -> bool:
    known = [s for s in files(connection, project.id) if s.state != "missing"]
    sample = known[:: max(1, len(known) // SAMPLE)]
    same = sum(_is_same(state, path) for state in sample)
    return bool(sample) and same * 2 > len(sample)


def _is_same(state: FileState, root: bytes) -> bool:
    try:
        status = os.stat(os.path.join(root, state.path))  # noqa: PTH116, PTH118
    except OSError:
        return False
    return (state.inode, state.size, state.mtime_ns) == (
        signed(status.st_ino),
        status.st_size,
        status.st_mtime_ns,
    )


def relocate(connection: Connection, project: Any, path: bytes, name: str) -> None:
    """Let a project be at another path, with all it has."""
    connection.execute(
        update(ProjectRow)
        .where(col(ProjectRow.id) == project.id)
        .values(path=path, path_text=display(path), name=name, removed_at=None)
    )
    connection.execute(
        delete(FindingRow).where(
            col(FindingRow.project_id) == project.id,
            col(FindingRow.artifact_id).is_(None),
        )
    )
    _look_again(connection, col(FileRow.project_id) == project.id)


def outer_of(connection: Connection, path: bytes) -> Any | None:
    """The watched project that a folder lies in; the innermost of several."""
    rows = connection.execute(
        select(table(ProjectRow)).where(col(ProjectRow.removed_at).is_(None))
    ).all()
    around = [r for r in rows if path.startswith(bytes(r.path).rstrip(b"/") + b"/")]
    return max(around, key=lambda row: len(row.path), default=None)


def hand_over(connection: Connection, *, giver: Any, taker: Any) -> None:
    """Give a project what of another lies in its folder, or back to the outer one."""
    change = _Change(giver, taker)
    folders = connection.execute(
        select(table(FolderRow)).where(col(FolderRow.project_id) == giver.id)
    ).all()
    for folder in folders:
        there = change.of(bytes(folder.path))
        if there is not None:
            _hand_over_folder(connection, taker, folder, there)
    artifacts = connection.execute(
        select(table(ArtifactRow)).where(col(ArtifactRow.project_id) == giver.id)
    ).all()
    for artifact in artifacts:
        there = change.of(bytes(artifact.path))
        if there is not None:
            _hand_over_artifact(connection, change, artifact, there)


class _Change:
    """How paths below one root read below another."""

    def __init__(self, giver: Any, taker: Any) -> None:
        self.giver, self.taker = giver, taker
        self._old = bytes(giver.path).rstrip(b"/")
        self._new = bytes(taker.path).rstrip(b"/")

    def of(self, path: bytes) -> bytes | None:
        """A path relative to the taker; None for what does not lie in it."""
        whole = self._old + b"/" + path if path else self._old
        if whole == self._new:
            return b""
        inside = whole.startswith(self._new + b"/")
        return whole[len(self._new) + 1 :] if inside else None

    def run_key(self, key: str | None) -> str | None:
        """A run's key with the taker's id and its source's place there."""
        if key is None:
            return None
        _, place, rest = key.split("|", 2)
        there = self.of(place.encode("utf-8", "surrogateescape"))
        text = place if there is None else display(there)
        return f"{self.taker.uid}|{text}|{rest}"


def _hand_over_folder(
    connection: Connection, taker: Any, folder: Any, there: bytes
) -> None:
    old = connection.execute(
        select(table(FolderRow)).where(
            col(FolderRow.project_id) == taker.id, col(FolderRow.path) == there
        )
    ).first()
    target = folder.id
    if old is None:
        connection.execute(
            update(FolderRow)
            .where(col(FolderRow.id) == folder.id)
            .values(project_id=taker.id, path=there)
        )
    else:
        target = old.id
        connection.execute(delete(FileRow).where(col(FileRow.folder_id) == target))
    connection.execute(
        update(FileRow)
        .where(col(FileRow.folder_id) == folder.id)
        .values(project_id=taker.id, folder_id=target)
    )
    if old is not None:
        connection.execute(delete(FolderRow).where(col(FolderRow.id) == folder.id))
        sign(connection, taker.id, {there: None})
    _look_again(connection, col(FileRow.folder_id) == target)


def _hand_over_artifact(
    connection: Connection, change: _Change, artifact: Any, there: bytes
) -> None:
    key = change.run_key(artifact.run_key)
    if key is not None and connection.scalar(
        select(func.count()).where(col(ArtifactRow.run_key) == key)
    ):
        return  # the run is there already; the next scan takes this one back
    connection.execute(
        update(ArtifactRow)
        .where(col(ArtifactRow.id) == artifact.id)
        .values(
            project_id=change.taker.id,
            path=there,
            path_text=display(there),
            run_key=key,
        )
    )
    connection.execute(
        update(FindingRow)
        .where(col(FindingRow.artifact_id) == artifact.id)
        .values(project_id=change.taker.id)
    )
    for row in connection.execute(
        select(table(LocationRow)).where(
            col(LocationRow.artifact_id) == artifact.id,
            col(LocationRow.ended_at).is_(None),
        )
    ).all():
        place = change.of(bytes(row.path))
        if place is not None:
            connection.execute(
                update(LocationRow)
                .where(col(LocationRow.id) == row.id)
                .values(
                    project_id=change.taker.id, path=place, path_text=display(place)
                )
            )


def _look_again(connection: Connection, condition: Any) -> None:
    """Have files grouped and read again by the next scan; digests stay."""
    connection.execute(
        update(FileRow)
        .where(condition, col(FileRow.state) != "missing")
        .values(state="seen", read_version="")
    )
    wait(connection, condition & (col(FileRow.state) != "missing"))
