"""Files of which something says an MD5, and the MD5 that they turned out to have."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select
from sqlmodel import col

from mlcatalog.catalog.readings import Keys, Rows, Said
from mlcatalog.catalog.tables import (
    ArtifactRow,
    ClaimRow,
    FactRow,
    FileRow,
    FolderRow,
    KeyRow,
)
from mlcatalog.catalog.views import CHUNK
from mlcatalog.domain import dvc_words
from mlcatalog.domain.reading import Fact, Reading, Scheme
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind

CLAIMED = "dvc.md5"  # the fact that says which MD5 a file had
COMPUTED = "content.md5"
BY_LINES = "content.md5.lines"  # of a text with its lines ended by newlines alone
LISTED = "dvc.checked"  # the listing of a folder whose MD5 was computed
SOURCE = "bytes of the file"
FOLDER_SOURCE = "files of the folder"
FOLDER = "dvc data"  # the format of a pointer whose folder is here


class Unchecked(NamedTuple):
    """A file of which an MD5 is said, and not known yet."""

    file: int
    artifact: int
    version: int
    path: bytes  # relative to the project
    size: int


def unchecked(connection: Connection, project: int, root: str) -> list[Unchecked]:
    """The digested files of which a DVC pointer or a run says the MD5."""
    told = _told(connection, project)
    places = {
        place.encode("utf-8", "surrogateescape")
        for place in _places(connection, project, root)
    }
    if not told and not places:
        return []
    found: dict[int, Unchecked] = {}
    for column, values in (
        (col(ArtifactRow.id), sorted(told)),
        (col(ArtifactRow.path), sorted(places)),
    ):
        for one in _files(connection, project, column, values):
            found[one.file] = one
    known = _known(connection, [one.artifact for one in found.values()])
    return [one for one in found.values() if (one.artifact, one.version) not in known]


class UncheckedFolder(NamedTuple):
    """A folder of which a DVC pointer says the MD5, and how it was when last checked."""

    file: int  # the pointer
    artifact: int
    version: int
    folder: bytes  # relative to the project
    listed: str  # its listing now
    before: str  # and when its MD5 was computed
    by_lines: bool  # the pointer was made by DVC 2


def unchecked_folders(connection: Connection, project: int) -> list[UncheckedFolder]:
    """The folders that DVC pointers stand for, if they are others than when checked."""
    rows = connection.execute(
        select(
            col(FileRow.id),
            col(ArtifactRow.id),
            col(ArtifactRow.version_id),
            col(FolderRow.path),
            col(FileRow.name),
        )
        .join(ArtifactRow, col(ArtifactRow.id) == col(FileRow.artifact_id))
        .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
        .where(
            col(ArtifactRow.project_id) == project,
            col(ArtifactRow.format) == FOLDER,
            col(ArtifactRow.kind).in_((Kind.DATASET.value, Kind.MODEL.value)),
            col(ArtifactRow.present),
            col(FileRow.role) == "main",
        )
    ).all()
    found: list[UncheckedFolder] = []
    for file, artifact, version, folder, name in rows:
        pointed = dvc_words.pointed(os.fsdecode(name))
        path = (bytes(folder) + b"/" if folder else b"") + os.fsencode(pointed)
        facts = _facts(connection, artifact, version or 0)
        listed = _listing(connection, project, path)
        one = UncheckedFolder(
            int(file or 0),
            int(artifact or 0),
            int(version or 0),
            path,
            listed,
            facts.get(LISTED, ""),
            facts.get("dvc.layout") == "dvc 2",
        )
        if one.listed != one.before:
            found.append(one)
    return found


def _facts(
    connection: Connection, artifact: int | None, version: int
) -> dict[str, str]:
    rows = connection.execute(
        select(col(KeyRow.name), col(FactRow.text))
        .join(KeyRow, col(KeyRow.id) == col(FactRow.key_id))
        .where(
            col(FactRow.artifact_id) == artifact,
            col(FactRow.version_id) == version,
        )
    )
    return {row[0]: row[1] for row in rows}


def _listing(connection: Connection, project: int, folder: bytes) -> str:
    """What differs as soon as a file in a folder or below it does."""
    rows = connection.execute(
        select(col(FolderRow.path), col(FolderRow.signature))
        .where(
            col(FolderRow.project_id) == project,
            # What sorts from its name to its name with what follows "/".
            col(FolderRow.path) >= folder,
            col(FolderRow.path) < folder + b"0",
        )
        .order_by(col(FolderRow.path))
    )
    digest = blake2b(digest_size=16)
    for path, signature in rows:
        if path != folder and not bytes(path).startswith(folder + b"/"):
            continue
        digest.update(bytes(path) + b"\0" + (signature or b"") + b"\0")
    return digest.hexdigest()


def write_folder(
    connection: Connection, keys: Keys, one: UncheckedFolder, md5: str
) -> None:
    """Keep the MD5 of a folder with the listing that it was computed of."""
    names = keys.numbers(connection, (COMPUTED, LISTED))
    connection.execute(
        delete(FactRow).where(
            col(FactRow.artifact_id) == one.artifact,
            col(FactRow.version_id) == one.version,
            col(FactRow.key_id).in_((names[COMPUTED], names[LISTED])),
        )
    )
    told = [(LISTED, one.listed)] + ([(COMPUTED, md5)] if md5 else [])
    facts = [Fact(k, Value.of(v), FOLDER_SOURCE, Evidence.CONTENT) for k, v in told]
    rows = Rows(connection, keys)
    said = Said(one.artifact, one.version, one.file, FOLDER_SOURCE, "")
    rows.add(said, Reading("", None, facts=tuple(facts)))
    rows.flush()


def _told(connection: Connection, project: int) -> set[int]:
    """Artifacts beside which a pointer lies."""
    rows = connection.execute(
        select(col(FactRow.artifact_id))
        .join(KeyRow, col(KeyRow.id) == col(FactRow.key_id))
        .join(ArtifactRow, col(ArtifactRow.id) == col(FactRow.artifact_id))
        .where(
            col(KeyRow.name) == CLAIMED,
            col(ArtifactRow.project_id) == project,
            col(ArtifactRow.present),
        )
    )
    return set(rows.scalars())


def _places(connection: Connection, project: int, root: str) -> Iterator[str]:
    """The places, relative to the project, of what runs read or made by MD5."""
    rows = connection.execute(
        select(
            col(ClaimRow.source_path),
            col(ClaimRow.subject_scheme),
            col(ClaimRow.subject_id),
            col(ClaimRow.subject_revision),
            col(ClaimRow.target_scheme),
            col(ClaimRow.target_id),
            col(ClaimRow.target_revision),
        )
        .join(ArtifactRow, col(ArtifactRow.id) == col(ClaimRow.artifact_id))
        .where(
            col(ArtifactRow.project_id) == project,
            col(ArtifactRow.kind) == Kind.RUN.value,
            col(ArtifactRow.format) == "dvc",
            col(ArtifactRow.present),
        )
    )
    prefix = root.rstrip("/") + "/"
    for source, *ends in rows:
        for scheme, place, revision in (ends[:3], ends[3:]):
            if scheme == Scheme.PATH.value and dvc_words.bare(revision):
                folder = posixpath.dirname(source)
                whole = posixpath.normpath(posixpath.join(folder, str(place)))
                if whole.startswith(prefix):
                    yield whole[len(prefix) :]


def _files(
    connection: Connection, project: int, column: Any, values: Sequence[Any]
) -> Iterator[Unchecked]:
    """The main files of artifacts; pointers stand for others and have none."""
    for start in range(0, len(values), CHUNK):
        for row in connection.execute(
            select(
                col(FileRow.id),
                col(ArtifactRow.id),
                col(ArtifactRow.version_id),
                col(FolderRow.path),
                col(FileRow.name),
                col(FileRow.size),
            )
            .join(ArtifactRow, col(ArtifactRow.id) == col(FileRow.artifact_id))
            .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
            .where(
                column.in_(values[start : start + CHUNK]),
                col(ArtifactRow.project_id) == project,
                col(ArtifactRow.kind) != Kind.RUN.value,
                col(ArtifactRow.presence).not_in(("missing", "removed")),
                ~col(ArtifactRow.bundle),
                col(FileRow.role) == "main",
                col(FileRow.state) != "missing",
                col(FileRow.digested),
            )
        ):
            folder, name = bytes(row[3]), bytes(row[4])
            if not name.endswith(dvc_words.SUFFIX.encode()):
                path = folder + b"/" + name if folder else name
                file, artifact, version = (int(number or 0) for number in row[:3])
                yield Unchecked(file, artifact, version, path, int(row[5]))


def _known(connection: Connection, artifacts: Sequence[int]) -> set[tuple[int, int]]:
    """The versions whose MD5 was computed."""
    found: set[tuple[int, int]] = set()
    for start in range(0, len(artifacts), CHUNK):
        rows = connection.execute(
            select(col(FactRow.artifact_id), col(FactRow.version_id))
            .join(KeyRow, col(KeyRow.id) == col(FactRow.key_id))
            .where(
                col(KeyRow.name) == COMPUTED,
                col(FactRow.artifact_id).in_(artifacts[start : start + CHUNK]),
                col(FactRow.evidence) == Evidence.CONTENT.value,
            )
        )
        found |= {(int(row[0]), int(row[1] or 0)) for row in rows}
    return found


def write(
    connection: Connection,
    keys: Keys,
    checked: Iterable[tuple[Unchecked, str, str]],
) -> None:
    """Keep the MD5 of files, and that by lines where it is another one."""
    rows = Rows(connection, keys)
    for one, md5, by_lines in checked:
        facts = [Fact(COMPUTED, Value.of(md5), SOURCE, Evidence.CONTENT)]
        if by_lines:
            facts.append(Fact(BY_LINES, Value.of(by_lines), SOURCE, Evidence.CONTENT))
        said = Said(one.artifact, one.version, one.file, SOURCE, "")
        rows.add(said, Reading("", None, facts=tuple(facts)))
    rows.flush()
