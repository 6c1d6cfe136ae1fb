"""What a walk saw of files, written by comparing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    insert,
    or_,
    select,
    text,
    true,
    update,
)
from sqlmodel import col

from mlcatalog.catalog.tables import (
    ArtifactRow,
    ClaimRow,
    ColumnRow,
    FactRow,
    FileRow,
    FindingRow,
    FolderRow,
    MetricRow,
    ParamRow,
    ProjectRow,
    TensorRow,
    VersionRow,
    table,
)
from mlcatalog.catalog.views import CHUNK

SAID: tuple[Any, ...] = (FactRow, ParamRow, MetricRow, TensorRow, ColumnRow)


class Seen(NamedTuple):
    """A file as a walk saw it; folder and name are bytes below the project."""

    folder: bytes
    name: bytes
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int
    link: bool = False


class FileState(NamedTuple):
    """A file as the catalogue remembers it."""

    id: int
    folder: bytes
    name: bytes
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int
    state: str = "seen"
    format: str = ""
    role: str = ""
    artifact_id: int | None = None
    read_version: str = ""
    digest: str | None = None
    digested: bool = False
    link: bool = False

    @property
    def place(self) -> tuple[int, int]:
        """What hard and symbolic links to one file have in common."""
        return self.device, self.inode

    @property
    def path(self) -> bytes:
        """Relative to the project."""
        return self.folder + b"/" + self.name if self.folder else self.name


# Word for word the conditions of the partial indices.
WAITING = "folder.waiting"
UNREAD = "file.artifact_id IS NOT NULL AND file.read_version = ''"
UNDIGESTED = "file.artifact_id IS NOT NULL AND file.digested = 0"
MOST_FOLDERS = 2_000  # asked one by one; more, and all are read


def files(connection: Connection, project: int) -> list[FileState]:
    """All remembered files of a project, the missing ones too."""
    return _states(connection, col(FolderRow.project_id) == project)


def has_files(connection: Connection, project: int) -> bool:
    """Whether a project had any file when it was last looked at."""
    row = connection.execute(
        select(col(FileRow.id))
        .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
        .where(col(FolderRow.project_id) == project, col(FileRow.state) != "missing")
        .limit(1)
    ).first()
    return row is not None


def signatures(
    connection: Connection, project: int, folder: bytes, *, recursive: bool
) -> dict[bytes, bytes | None]:
    """The known folders of a part of a project, with what each was last known by."""
    rows = connection.execute(
        select(col(FolderRow.path), col(FolderRow.signature)).where(
            col(FolderRow.project_id) == project,
            _below(folder, recursive=recursive),
        )
    )
    return {bytes(row[0]): row[1] for row in rows}


def folder_paths(connection: Connection, project: int) -> list[bytes]:
    """All folders of a project that hold or held files."""
    rows = connection.execute(
        select(col(FolderRow.path)).where(col(FolderRow.project_id) == project)
    ).scalars()
    return [bytes(path) for path in rows]


def _below(folder: bytes, *, recursive: bool) -> ColumnElement[bool]:
    if recursive and not folder:
        return true()
    place = col(FolderRow.path) == folder
    if recursive:
        place |= (col(FolderRow.path) > folder + b"/") & (
            col(FolderRow.path) < folder + b"0"
        )
    return place


def files_under(
    connection: Connection, project: int, folder: bytes, *, recursive: bool
) -> list[FileState]:
    """The remembered files of a part of a project."""
    return _states(
        connection,
        (col(FolderRow.project_id) == project) & _below(folder, recursive=recursive),
    )


def waiting(connection: Connection, project: int) -> set[bytes]:
    """The folders in which something waits to be looked at."""
    rows = connection.execute(
        select(col(FolderRow.path)).where(
            col(FolderRow.project_id) == project, text(WAITING)
        )
    ).scalars()
    return {bytes(path) for path in rows}


def wait(connection: Connection, condition: ColumnElement[bool]) -> None:
    """Have the folders of some files looked at."""
    connection.execute(
        update(FolderRow)
        .where(
            col(FolderRow.id).in_(select(col(FileRow.folder_id)).where(condition)),
            ~col(FolderRow.waiting),
        )
        .values(waiting=True)
    )


def grown(connection: Connection, files: Collection[int], version: str) -> None:
    """Logs that only grew are what they were, and nothing waits in their folders.

    Only for folders in which nothing else changed.
    """
    here = col(FileRow.id).in_(sorted(files))
    connection.execute(
        update(FileRow).where(here).values(state="present", read_version=version)
    )
    connection.execute(
        update(FolderRow)
        .where(col(FolderRow.id).in_(select(col(FileRow.folder_id)).where(here)))
        .values(waiting=False)
    )


def looked_at(connection: Connection, project: int, folders: Collection[bytes]) -> None:
    """Nothing waits in some folders any more."""
    paths = sorted(folders)
    for start in range(0, len(paths), CHUNK):
        connection.execute(
            update(FolderRow)
            .where(
                col(FolderRow.project_id) == project,
                col(FolderRow.path).in_(paths[start : start + CHUNK]),
                text(WAITING),
            )
            .values(waiting=False)
        )


def newborn(connection: Connection, project: int) -> set[int]:
    """Artifacts whose first content is not digested: a move may have ended there."""
    rows = connection.execute(
        select(col(VersionRow.artifact_id))
        .join(ArtifactRow, col(ArtifactRow.version_id) == col(VersionRow.id))
        .where(
            col(ArtifactRow.project_id) == project,
            col(VersionRow.digest).is_(None),
            col(VersionRow.number) == 1,
        )
    ).scalars()
    return set(rows)


def unread(
    connection: Connection, project: int, *, after: int, most: int
) -> list[FileState]:
    """The files of artifacts whose header was not read yet, by number."""
    return _waiting_files(connection, project, UNREAD, after=after, most=most)


def undigested(
    connection: Connection, project: int, *, after: int, most: int
) -> list[FileState]:
    """The files of artifacts whose bytes were not read through yet, by number."""
    return _waiting_files(connection, project, UNDIGESTED, after=after, most=most)


def undigested_since(
    connection: Connection, project: int, mtime_ns: int
) -> list[FileState]:
    """Those of them that were written lately."""
    return _states(
        connection,
        (col(FileRow.project_id) == project)
        & text(UNDIGESTED)
        & _SPEAKS
        & (col(FileRow.mtime_ns) >= mtime_ns),
    )


_SPEAKS = col(FileRow.role).in_(("main", "content", "companion")) & (
    col(FileRow.state) != "missing"
)


def _waiting_files(
    connection: Connection, project: int, condition: str, *, after: int, most: int
) -> list[FileState]:
    return _states(
        connection,
        (col(FileRow.project_id) == project)
        & text(condition)
        & _SPEAKS
        & (col(FileRow.id) > after),
        most=most,
    )


def link_folders(
    connection: Connection, artifacts: Collection[int]
) -> dict[int, set[bytes]]:
    """The folders in which there are links to artifacts."""
    found: dict[int, set[bytes]] = {}
    numbers = sorted(artifacts)
    for start in range(0, len(numbers), CHUNK):
        for artifact, path in connection.execute(
            select(col(FileRow.artifact_id), col(FolderRow.path))
            .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
            .where(
                col(FileRow.artifact_id).in_(numbers[start : start + CHUNK]),
                col(FileRow.role) == "link",
                col(FileRow.state) != "missing",
            )
        ):
            found.setdefault(int(artifact or 0), set()).add(bytes(path))
    return found


def children(
    connection: Connection, project: int, folders: Collection[bytes]
) -> Iterator[tuple[bytes, bytes]]:
    """Each folder with the names of the folders in it that hold files somewhere."""
    holds_files = (
        select(col(FileRow.id))
        .where(
            col(FileRow.folder_id) == col(FolderRow.id),
            col(FileRow.state) != "missing",
        )
        .exists()
    )
    for folder in folders:
        prefix = folder + b"/" if folder else b""
        place = (col(FolderRow.project_id) == project) & holds_files
        if folder:
            place &= (col(FolderRow.path) > prefix) & (
                col(FolderRow.path) < folder + b"0"
            )
        seen: set[bytes] = set()
        for path in connection.execute(
            select(col(FolderRow.path)).where(place)
        ).scalars():
            name = bytes(path)[len(prefix) :].partition(b"/")[0]
            if name and name not in seen:
                seen.add(name)
                yield folder, name


def files_in(
    connection: Connection, project: int, folders: Collection[bytes]
) -> Iterator[FileState]:
    """The remembered files that lie directly in some folders."""
    if len(folders) > MOST_FOLDERS:
        wanted = set(folders)
        yield from (s for s in files(connection, project) if s.folder in wanted)
        return
    paths = sorted(folders)
    for start in range(0, len(paths), CHUNK):
        yield from _states(
            connection,
            (col(FolderRow.project_id) == project)
            & col(FolderRow.path).in_(paths[start : start + CHUNK]),
        )


def _states(
    connection: Connection, condition: Any, *, most: int | None = None
) -> list[FileState]:
    columns = table(FileRow).c
    statement = (
        select(*(_COLUMNS.get(name, columns.get(name)) for name in FileState._fields))
        .select_from(table(FileRow))
        .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
        .where(condition)
    )
    if most is not None:
        statement = statement.order_by(col(FileRow.id)).limit(most)
    return [FileState._make(row) for row in connection.execute(statement)]


_COLUMNS: Mapping[str, Any] = {"folder": col(FolderRow.path)}


def folders_sharing(
    connection: Connection, project: int, folders: set[bytes]
) -> set[bytes]:
    """These folders and all that links or one bundle join with them."""
    known, fresh = set(folders), folders
    while fresh:
        paths, found = sorted(fresh), set()
        for start in range(0, len(paths), CHUNK):
            part = paths[start : start + CHUNK]
            for statement in (
                _same_files(project, part),
                _same_artifacts(project, part),
            ):
                found |= {
                    bytes(path) for path in connection.execute(statement).scalars()
                }
        fresh = found - known
        known |= fresh
    return known


def _same_files(project: int, paths: Sequence[bytes]) -> Any:
    """The other folders of the very files that lie in some."""
    here, there = table(FileRow).alias(), table(FileRow).alias()
    return (
        select(_OTHER.c.path)
        .distinct()
        .select_from(_HERE)
        .join(here, here.c.folder_id == _HERE.c.id)
        .join(
            there,
            (there.c.inode == here.c.inode) & (there.c.device == here.c.device),
        )
        .join(_OTHER, _OTHER.c.id == there.c.folder_id)
        .where(
            _HERE.c.project_id == project,
            _HERE.c.path.in_(paths),
            there.c.project_id == project,
            there.c.folder_id != here.c.folder_id,
            there.c.inode != 0,
        )
    )


def _same_artifacts(project: int, paths: Sequence[bytes]) -> Any:
    """All folders of the bundles and linked artifacts that have files in some.

    By artifact, never file by file: a bundle of 100,000 files is asked once.
    """
    here, there = table(FileRow).alias(), table(FileRow).alias()
    linked = table(FileRow).alias()
    in_folders = (
        select(here.c.artifact_id)
        .join(_HERE, _HERE.c.id == here.c.folder_id)
        .where(
            _HERE.c.project_id == project,
            _HERE.c.path.in_(paths),
            here.c.artifact_id.is_not(None),
        )
    )
    bundles = select(col(ArtifactRow.id)).where(
        col(ArtifactRow.project_id) == project, col(ArtifactRow.bundle)
    )
    links = select(linked.c.artifact_id).where(
        linked.c.project_id == project,
        linked.c.role == "link",
        linked.c.artifact_id.is_not(None),
    )
    return (
        select(_OTHER.c.path)
        .distinct()
        .select_from(there)
        .join(_OTHER, _OTHER.c.id == there.c.folder_id)
        .where(
            _OTHER.c.project_id == project,
            there.c.artifact_id.in_(in_folders),
            or_(there.c.artifact_id.in_(bundles), there.c.artifact_id.in_(links)),
        )
    )


_HERE, _OTHER = table(FolderRow).alias(), table(FolderRow).alias()


def placed(
    connection: Connection, project: int, folders: Collection[bytes], version: str
) -> None:
    """Note that the files of folders were grouped by the readers of a version."""
    for condition in _in_folders(project, folders):
        connection.execute(
            update(FileRow)
            .where(condition, col(FileRow.state) == "seen")
            .values(state="present")
        )
        connection.execute(
            update(FileRow)
            .where(
                condition,
                col(FileRow.artifact_id).is_(None),
                col(FileRow.role).in_(("", "other")),
            )
            .values(role="other", read_version=version)
        )


def _in_folders(
    project: int, folders: Collection[bytes]
) -> Iterator[ColumnElement[bool]]:
    if len(folders) > MOST_FOLDERS:
        yield col(FileRow.project_id) == project
        return
    paths = sorted(folders)
    for start in range(0, len(paths), CHUNK):
        yield col(FileRow.folder_id).in_(
            select(col(FolderRow.id)).where(
                col(FolderRow.project_id) == project,
                col(FolderRow.path).in_(paths[start : start + CHUNK]),
            )
        )


def retire(connection: Connection, project: int, version: str) -> None:
    """Have what other readers read, or passed over, looked at again."""
    readers = connection.scalar(
        select(col(ProjectRow.readers)).where(col(ProjectRow.id) == project)
    )
    if readers == version:
        return
    connection.execute(
        update(ProjectRow).where(col(ProjectRow.id) == project).values(readers=version)
    )
    old = (col(FileRow.project_id) == project) & (col(FileRow.read_version) != version)
    connection.execute(
        update(FileRow)
        .where(old, col(FileRow.artifact_id).is_not(None))
        .values(read_version="")
    )
    # What tells of runs was read by a tracker, and has no version of its own.
    connection.execute(
        update(FileRow)
        .where(old, col(FileRow.artifact_id).is_(None), col(FileRow.state) == "present")
        .values(state="seen", read_version="")
    )
    wait(
        connection,
        (col(FileRow.project_id) == project) & (col(FileRow.state) == "seen"),
    )


def write_files(
    connection: Connection,
    project: int,
    *,
    added: Sequence[Seen],
    changed: Sequence[tuple[int, Seen]],
    gone: Sequence[int],
    signatures: Mapping[bytes, bytes],
) -> None:
    """Write what differs between the walk and the catalogue.

    The signatures are of the folders whose files are known now.
    """
    if added:
        folders = folder_ids(connection, project, {seen.folder for seen in added})
        connection.execute(
            insert(table(FileRow)),
            [
                {
                    "project_id": project,
                    "folder_id": folders[seen.folder],
                    "name": seen.name,
                    **_stat(seen),
                    "state": "seen",
                    "format": "",
                    "role": "",
                    "read_version": "",
                    "problem": "",
                    "digested": False,
                }
                for seen in added
            ],
        )
        connection.execute(
            update(table(FolderRow))
            .where(table(FolderRow).c.id == bindparam("folder"))
            .values(waiting=True),
            [{"folder": folders[path]} for path in {seen.folder for seen in added}],
        )
    if changed:
        columns = [*_stat(changed[0][1])]
        connection.execute(
            update(table(FileRow))
            .where(table(FileRow).c.id == bindparam("file"))
            .values(
                {name: bindparam(f"new_{name}") for name in columns}
                | {
                    "state": "seen",
                    "read_version": "",
                    "problem": "",
                    "digest": None,
                    "digested": False,
                }
            ),
            [
                {"file": file_id}
                | {f"new_{name}": value for name, value in _stat(seen).items()}
                for file_id, seen in changed
            ],
        )
    numbers = [file_id for file_id, _ in changed]
    for start in range(0, len(numbers), CHUNK):
        wait(connection, col(FileRow.id).in_(numbers[start : start + CHUNK]))
    for start in range(0, len(gone), CHUNK):
        part = gone[start : start + CHUNK]
        wait(connection, col(FileRow.id).in_(part))
        connection.execute(
            update(FileRow).where(col(FileRow.id).in_(part)).values(state="missing")
        )
        # What a vanished file said is kept with its versions, except that
        # claims and problems are about the present.
        connection.execute(delete(ClaimRow).where(col(ClaimRow.file_id).in_(part)))
        connection.execute(delete(FindingRow).where(col(FindingRow.file_id).in_(part)))
    sign(connection, project, signatures)


def sign(
    connection: Connection, project: int, signatures: Mapping[bytes, bytes | None]
) -> None:
    """Note by what listing the files of folders are known; None: by none."""
    if signatures:
        folder = table(FolderRow)
        connection.execute(
            update(folder)
            .where(folder.c.project_id == project, folder.c.path == bindparam("at"))
            .values(signature=bindparam("now")),
            [{"at": path, "now": now} for path, now in signatures.items()],
        )


def _stat(seen: Seen) -> dict[str, object]:
    return {
        "size": seen.size,
        "mtime_ns": seen.mtime_ns,
        "ctime_ns": seen.ctime_ns,
        "inode": signed(seen.inode),
        "device": signed(seen.device),
        "link": seen.link,
    }


def signed(number: int) -> int:
    """A number of the file system as SQLite's integers hold it."""
    return number - 2**64 if number >= 2**63 else number


def folder_ids(
    connection: Connection, project: int, wanted: Iterable[bytes]
) -> dict[bytes, int]:
    """The numbers of folders; new ones get one."""
    missing = sorted(set(wanted))
    known: dict[bytes, int] = {}
    for is_last in (False, True):
        for start in range(0, len(missing), CHUNK):
            rows = connection.execute(
                select(col(FolderRow.path), col(FolderRow.id)).where(
                    col(FolderRow.project_id) == project,
                    col(FolderRow.path).in_(missing[start : start + CHUNK]),
                )
            )
            known |= {bytes(path): number or 0 for path, number in rows}
        missing = [path for path in missing if path not in known]
        if missing and not is_last:
            connection.execute(
                insert(table(FolderRow)),
                [{"project_id": project, "path": path} for path in missing],
            )
    return known
