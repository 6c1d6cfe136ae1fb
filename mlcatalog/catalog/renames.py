"""The catalogue follows files that it renamed itself: ids, history and words stay."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlmodel import col

from mlcatalog.catalog import journal, locations
from mlcatalog.catalog.database import Database
from mlcatalog.catalog.tables import (
    ArtifactRow,
    FileRow,
    FolderRow,
    JournalRow,
    PersonClaimRow,
    ProjectRow,
    table,
)
from mlcatalog.catalog.views import display

Moved = tuple[str, str]  # absolute path before and after


class Renames:
    """What renames write: places and names, with the entry that says so."""

    def __init__(self, database: Database, actor: str) -> None:
        self._database = database
        self._actor = actor

    def follow(
        self,
        plan: str,
        moves: Sequence[Moved],
        *,
        names: Mapping[str, str],
        payload: Mapping[str, object],
    ) -> bool:
        """Take artifacts and files along to their new names, once per plan.

        `names` are the new names of artifacts by id. False when this plan was
        followed already.
        """
        with self._database.writing() as connection:
            if _is_known(connection, plan):
                return False
            for together in _by_depth(moves):
                for project, inside in _by_project(connection, together):
                    _move_artifacts(connection, project, inside)
                    _move_folders(connection, project.id, inside)
                    _move_files(connection, project.id, inside)
                _move_words(connection, together)
                for old, new in together:
                    _see_again(connection, _project_of(connection, old), new)
            for uid, name in names.items():
                connection.execute(
                    update(ArtifactRow)
                    .where(col(ArtifactRow.uid) == uid)
                    .values(name=name)
                )
            subject = moves[0][0] if moves else ""
            journal.append(
                connection,
                actor=self._actor,
                kind="rename",
                subject=subject,
                payload={"plan": plan, **payload},
            )
            return True


def _project_of(connection: Connection, path: str) -> Any:
    """The innermost watched folder that holds a path."""
    rows = connection.execute(
        select(table(ProjectRow)).where(col(ProjectRow.removed_at).is_(None))
    ).all()
    raw = os.fsencode(path)
    holders = [r for r in rows if raw.startswith(bytes(r.path).rstrip(b"/") + b"/")]
    return max(holders, key=lambda row: len(row.path), default=None)


def _is_known(connection: Connection, plan: str) -> bool:
    count = connection.scalar(
        select(func.count())
        .select_from(JournalRow)
        .where(
            col(JournalRow.kind) == "rename",
            col(JournalRow.payload).contains(f'"plan":"{plan}"', autoescape=True),
        )
    )
    return bool(count)


def _by_depth(moves: Sequence[Moved]) -> Iterator[list[Moved]]:
    """The moves in the order of their renaming; those of one depth at a time.

    Names may be swapped, so that the moves of one depth happen together.
    """
    for depth in sorted({old.count("/") for old, _ in moves}, reverse=True):
        yield [move for move in moves if move[0].count("/") == depth]


def _by_project(
    connection: Connection, moves: Sequence[Moved]
) -> list[tuple[Any, dict[bytes, bytes]]]:
    """The projects that hold what is renamed, with it, below their roots."""
    found: dict[int, tuple[Any, dict[bytes, bytes]]] = {}
    for old, new in moves:
        project = _project_of(connection, old)
        if project is None:
            continue  # no longer watched: there is nothing to take along
        here = bytes(project.path).rstrip(b"/") + b"/"
        inside = found.setdefault(project.id, (project, {}))[1]
        inside[os.fsencode(old).removeprefix(here)] = os.fsencode(new).removeprefix(
            here
        )
    return list(found.values())


def _after(path: bytes, moves: Mapping[bytes, bytes]) -> bytes | None:
    """The path after a rename of itself or of a folder above it; None if it stays."""
    for old, new in moves.items():
        if path == old or path.startswith(old + b"/"):
            return new + path[len(old) :]
    return None


def _move_artifacts(
    connection: Connection, project: Any, moves: Mapping[bytes, bytes]
) -> None:
    rows = connection.execute(
        select(table(ArtifactRow)).where(
            col(ArtifactRow.project_id) == project.id,
            col(ArtifactRow.present),
        )
    ).all()
    shown = {display(old): display(new) for old, new in moves.items()}
    for row in rows:
        place = _after(bytes(row.path), moves)
        values: dict[str, object] = {}
        if place is not None:
            values = {"path": place, "path_text": display(place)}
        key = _run_key(row.run_key, shown)
        if key != row.run_key:
            values["run_key"] = key
        if not values:
            continue
        connection.execute(
            update(ArtifactRow).where(col(ArtifactRow.id) == row.id).values(**values)
        )
        if place is not None and row.version_id is not None:
            places = locations.current(connection, [row.id]).get(row.id, set())
            places -= {bytes(row.path)}
            locations.end(connection, [row.id], "renamed")
            locations.put(
                connection,
                artifact=row.id,
                version=row.version_id,
                project=row.project_id,
                places=places | {place},
            )


def _run_key(key: str | None, moves: Mapping[str, str]) -> str | None:
    """The key of a run, whose middle is the file or folder that told of it."""
    parts = (key or "").split("|")
    if len(parts) < 3:
        return key
    for old, new in moves.items():
        if parts[1] == old or parts[1].startswith(f"{old}/"):
            return "|".join([parts[0], new + parts[1][len(old) :], *parts[2:]])
    return key


def _move_folders(
    connection: Connection, project: int, moves: Mapping[bytes, bytes]
) -> None:
    folders = {
        bytes(row.path): row.id
        for row in connection.execute(
            select(table(FolderRow)).where(col(FolderRow.project_id) == project)
        )
    }
    places = {path: _after(path, moves) for path in folders}
    for passes in (b"\0", b""):  # names may be swapped, so that each waits aside
        for path, place in places.items():
            is_free = place is not None and (
                place not in folders or places[place] is not None
            )
            if place is None or not is_free:
                continue  # it was there before: the next scan joins the two
            connection.execute(
                update(FolderRow)
                .where(col(FolderRow.id) == folders[path])
                .values(path=passes + place)
            )


def _move_files(
    connection: Connection, project: int, moves: Mapping[bytes, bytes]
) -> None:
    found: dict[int, tuple[int, bytes]] = {}
    for old, new in moves.items():
        number = _file(connection, project, old)
        if number is not None:
            to, _, name = new.rpartition(b"/")
            found[number] = (_folder(connection, project, to), name)
    for number, (folder, name) in list(found.items()):
        other = connection.scalar(
            select(col(FileRow.id)).where(
                col(FileRow.folder_id) == folder, col(FileRow.name) == name
            )
        )
        if other is not None and other not in found:
            del found[number]  # it was known before: the next scan sorts it out
    for passes in (b"\0", b""):
        for number, (folder, name) in found.items():
            connection.execute(
                update(FileRow)
                .where(col(FileRow.id) == number)
                .values(folder_id=folder, name=passes + name)
            )


def _file(connection: Connection, project: int, path: bytes) -> int | None:
    folder, _, name = path.rpartition(b"/")
    return connection.scalar(
        select(col(FileRow.id))
        .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
        .where(
            col(FileRow.project_id) == project,
            col(FolderRow.path) == folder,
            col(FileRow.name) == name,
        )
    )


def _folder(connection: Connection, project: int, path: bytes) -> int:
    known = connection.scalar(
        select(col(FolderRow.id)).where(
            col(FolderRow.project_id) == project, col(FolderRow.path) == path
        )
    )
    if known is not None:
        return int(known)
    made: Any = connection.execute(
        insert(FolderRow).values(project_id=project, path=path)
    )
    return int(made.inserted_primary_key[0])


def _move_words(connection: Connection, moves: Sequence[Moved]) -> None:
    """What people said about a path they now say about where it is."""
    for row in connection.execute(
        select(table(PersonClaimRow)).where(col(PersonClaimRow.scheme) == "path")
    ).all():
        for old, new in moves:
            if row.reference == old or row.reference.startswith(f"{old}/"):
                connection.execute(
                    update(PersonClaimRow)
                    .where(col(PersonClaimRow.id) == row.id)
                    .values(reference=new + row.reference[len(old) :])
                )
                break


def _see_again(connection: Connection, project: Any, place: str) -> None:
    """Take over times and inodes, so that a scan sees no change in what it knows."""
    if project is None:
        return
    root = Path(os.fsdecode(bytes(project.path)))
    rows = connection.execute(
        select(
            col(FileRow.id),
            col(FileRow.name),
            col(FileRow.size),
            col(FileRow.mtime_ns),
            col(FolderRow.path),
        )
        .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
        .where(col(FileRow.project_id) == project.id, col(FileRow.state) != "missing")
    ).all()
    for number, name, size, mtime_ns, folder in rows:
        path = root / os.fsdecode(bytes(folder)) / os.fsdecode(bytes(name))
        text = str(path)
        if text != place and not text.startswith(f"{place}/"):
            continue
        try:
            info = path.lstat()
        except OSError:
            continue
        if (info.st_size, info.st_mtime_ns) != (size, mtime_ns):
            continue  # it is another content: the next scan reads it
        connection.execute(
            update(FileRow)
            .where(col(FileRow.id) == number)
            .values(
                ctime_ns=info.st_ctime_ns,
                inode=_signed(info.st_ino),
                device=_signed(info.st_dev),
            )
        )


def _signed(number: int) -> int:
    return number - 2**64 if number >= 2**63 else number
