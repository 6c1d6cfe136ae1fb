"""Git repositories of projects, and what they say of artifacts, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select
from sqlmodel import col

from mlcatalog.catalog.readings import Keys
from mlcatalog.catalog.tables import (
    ArtifactRow,
    FactRow,
    FileRow,
    FolderRow,
    KeyRow,
    RepositoryRow,
    table,
)
from mlcatalog.catalog.views import CHUNK
from mlcatalog.domain.reading import Fact
from mlcatalog.domain.words import Kind

OURS = ("git.%", "code.commit.%")  # keys of facts that only repositories say


@dataclass(frozen=True, slots=True)
class RepositoryState:
    """One repository as it was when it was last looked at."""

    folder: bytes  # relative to the project; ".." and the like for one around it
    signature: str  # another one when something was committed or staged
    kind: str = ""
    branch: str = ""
    commit: str = ""
    date: str = ""
    changed: int | None = None  # files with uncommitted changes
    note: str = ""
    problem: str = ""  # why it could not be read


@dataclass(frozen=True, slots=True)
class Tracked:
    """A file that a repository may say something of."""

    artifact: int
    version: int | None
    kind: Kind
    path: bytes  # of its main file, relative to the project


def is_around(folder: bytes) -> bool:
    """Whether a repository's folder is one above the project ("..", "../..")."""
    return folder.partition(b"/")[0] == b".."


def known(connection: Connection, project: int) -> dict[bytes, RepositoryState]:
    """The repositories of a project by their folders."""
    rows = connection.execute(
        select(table(RepositoryRow)).where(col(RepositoryRow.project_id) == project)
    )
    return {
        bytes(row.path): RepositoryState(
            folder=bytes(row.path),
            signature=row.signature,
            kind=row.kind,
            branch=row.branch,
            commit=row.commit_id,
            date=row.date,
            changed=row.changed,
            note=row.note,
            problem=row.problem,
        )
        for row in rows
    }


def files(connection: Connection, project: int) -> list[Tracked]:
    """The main files of present artifacts."""
    rows: Any = connection.execute(
        select(
            col(ArtifactRow.id),
            col(ArtifactRow.version_id),
            col(ArtifactRow.kind),
            col(FolderRow.path).label("folder"),
            col(FileRow.name),
        )
        .join(FileRow, col(FileRow.artifact_id) == col(ArtifactRow.id))
        .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
        .where(
            col(ArtifactRow.project_id) == project,
            col(ArtifactRow.present),
            col(FileRow.role) == "main",
        )
    )
    return [
        Tracked(row.id, row.version_id, Kind(row.kind), _path(row.folder, row.name))
        for row in rows
    ]


def _path(folder: bytes, name: bytes) -> bytes:
    return bytes(folder) + b"/" + bytes(name) if folder else bytes(name)


def recorded(connection: Connection, project: int) -> dict[int, str]:
    """The commits that runs and models recorded, by artifact."""
    rows = connection.execute(
        select(col(FactRow.artifact_id), col(FactRow.text))
        .join(KeyRow, col(KeyRow.id) == col(FactRow.key_id))
        .join(ArtifactRow, col(ArtifactRow.id) == col(FactRow.artifact_id))
        .where(
            col(KeyRow.name) == "code.commit",
            col(ArtifactRow.project_id) == project,
            col(ArtifactRow.present),
        )
    )
    return {int(artifact): str(text) for artifact, text in rows}


def write(
    connection: Connection,
    keys: Keys,
    project: int,
    state: RepositoryState,
    said: Mapping[tuple[int, int | None], Sequence[Fact]],
) -> int:
    """Keep what a repository says; gives how many artifacts it is news of.

    `said` is by artifact and version; what is the same as before is left.
    """
    _write_state(connection, project, state)
    before = _facts(connection, {artifact for artifact, _ in said})
    numbers = keys.numbers(
        connection, {f.key for facts in said.values() for f in facts}
    )
    stale: list[int] = []
    fresh: list[dict[str, object]] = []
    news = 0
    for (artifact, version), facts in said.items():
        rows = before.get((artifact, version), {})
        wanted = [_values(fact, numbers[fact.key]) for fact in facts]
        if sorted(rows.values()) == sorted(tuple(one.values()) for one in wanted):
            continue
        news += 1
        stale += rows
        base = {"artifact_id": artifact, "version_id": version, "file_id": None}
        fresh += [{**base, **one, "number": None} for one in wanted]
    _delete(connection, stale)
    if fresh:
        connection.execute(insert(table(FactRow)), fresh)
    return news


def forget(connection: Connection, project: int, folder: bytes) -> None:
    """Take back what a repository that is gone said."""
    prefix = folder + b"/" if folder and not is_around(folder) else b""
    artifacts = {
        one.artifact
        for one in files(connection, project)
        if one.path.startswith(prefix)
    }
    rows = _facts(connection, artifacts)
    _delete(connection, [number for facts in rows.values() for number in facts])
    connection.execute(
        delete(RepositoryRow).where(
            col(RepositoryRow.project_id) == project, col(RepositoryRow.path) == folder
        )
    )


def _values(fact: Fact, key: int) -> dict[str, object]:
    return {
        "key_id": key,
        "type": fact.value.type.value,
        "text": fact.value.text,
        "evidence": fact.evidence.value,
        "source": fact.source,
    }


def _facts(
    connection: Connection, artifacts: Iterable[int]
) -> dict[tuple[int, int | None], dict[int, tuple[Any, ...]]]:
    """What repositories said before: row numbers with values, by artifact and version."""
    names = select(col(KeyRow.id)).where(or_(*(col(KeyRow.name).like(p) for p in OURS)))
    ours = list(connection.execute(names).scalars())
    found: dict[tuple[int, int | None], dict[int, tuple[Any, ...]]] = {}
    ordered = sorted(artifacts)
    for start in range(0, len(ordered) if ours else 0, CHUNK):
        for row in connection.execute(
            select(table(FactRow)).where(
                col(FactRow.artifact_id).in_(ordered[start : start + CHUNK]),
                col(FactRow.key_id).in_(ours),
                col(FactRow.file_id).is_(None),
            )
        ):
            place = (row.artifact_id, row.version_id)
            values = (row.key_id, row.type, row.text, row.evidence, row.source)
            found.setdefault(place, {})[row.id] = values
    return found


def _delete(connection: Connection, numbers: Sequence[int]) -> None:
    for start in range(0, len(numbers), CHUNK):
        part = numbers[start : start + CHUNK]
        connection.execute(delete(FactRow).where(col(FactRow.id).in_(part)))


def _write_state(connection: Connection, project: int, state: RepositoryState) -> None:
    here = (col(RepositoryRow.project_id) == project) & (
        col(RepositoryRow.path) == state.folder
    )
    connection.execute(delete(RepositoryRow).where(here))
    connection.execute(
        insert(table(RepositoryRow)).values(
            project_id=project,
            path=state.folder,
            signature=state.signature,
            kind=state.kind,
            branch=state.branch,
            commit_id=state.commit,
            date=state.date,
            changed=state.changed,
            note=state.note,
            problem=state.problem,
        )
    )
