"""REF: an id, a path, a unique name or a digest prefix, as people write it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select
from sqlmodel import col

from mlcatalog.catalog.summaries import joined
from mlcatalog.catalog.tables import (
    ArtifactAliasRow,
    ArtifactRow,
    FileRow,
    FolderRow,
    ProjectRow,
    VersionRow,
    table,
)
from mlcatalog.domain.errors import AmbiguousError, NotFoundError

_DIGEST = re.compile(r"[0-9a-f]{6,64}", re.ASCII)
_VERSION = re.compile(r"(?P<base>.+)@(?P<version>\d{1,6}|[0-9a-f]{6,64})", re.ASCII)


def found(connection: Connection, reference: str) -> tuple[Any, str | None]:
    """The artifact's row and the version's id (None for the current one).

    Raises NotFoundError, or AmbiguousError with the candidates.
    """
    rows = _matches(connection, reference)
    if rows:
        return _single(connection, reference, rows), None
    split = _VERSION.fullmatch(reference)
    if split:
        rows = _matches(connection, split["base"])
        if rows:
            row = _single(connection, split["base"], rows)
            return row, _version(connection, row, split["version"], reference)
    raise NotFoundError(
        "Nothing in the catalogue goes by this reference.",
        where=reference,
        remedy="Search for it with `mlcatalog list`, or index its folder first.",
    )


def _matches(connection: Connection, reference: str) -> list[Any]:
    way, colon, rest = reference.partition(":")
    if colon and way in _WAYS:
        return _WAYS[way](connection, rest)
    for look in _WAYS.values():
        rows = look(connection, reference)
        if rows:
            return rows
    return []


def _by_id(connection: Connection, text: str) -> list[Any]:
    rows = _rows(connection, col(ArtifactRow.uid) == text)
    if rows:
        return rows
    alias = connection.execute(
        select(col(ArtifactAliasRow.artifact_id)).where(
            col(ArtifactAliasRow.uid) == text
        )
    ).first()
    return _rows(connection, col(ArtifactRow.id) == alias[0]) if alias else []


def _by_path(connection: Connection, text: str) -> list[Any]:
    if not text:
        return []
    path = os.fsencode(Path(text).absolute())
    for project in connection.execute(select(table(ProjectRow))):
        root = bytes(project.path)
        if path != root and not path.startswith(root.rstrip(b"/") + b"/"):
            continue
        relative = path[len(root) :].lstrip(b"/")
        here = (col(ArtifactRow.project_id) == project.id) & (
            col(ArtifactRow.path) == relative
        )
        rows = _rows(connection, here & col(ArtifactRow.present))
        rows = rows or _rows(connection, here) or _member(connection, relative, project)
        if rows:
            return rows
    return []


def _member(connection: Connection, relative: bytes, project: Any) -> list[Any]:
    folder, _, name = relative.rpartition(b"/")
    row = connection.execute(
        select(col(FileRow.artifact_id))
        .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
        .where(
            col(FolderRow.project_id) == project.id,
            col(FolderRow.path) == folder,
            col(FileRow.name) == name,
        )
    ).first()
    return _rows(connection, col(ArtifactRow.id) == row[0]) if row and row[0] else []


def _by_name(connection: Connection, text: str) -> list[Any]:
    here = _rows(connection, (col(ArtifactRow.name) == text) & col(ArtifactRow.present))
    return here or _rows(connection, col(ArtifactRow.name) == text)


def _by_digest(connection: Connection, text: str) -> list[Any]:
    prefix = text.lower()
    if not _DIGEST.fullmatch(prefix):
        return []
    current = _rows(
        connection,
        col(ArtifactRow.digest).startswith(prefix) & col(ArtifactRow.present),
    )
    if current:
        return current
    older = select(col(VersionRow.artifact_id)).where(
        col(VersionRow.digest).startswith(prefix)
    )
    return _rows(connection, col(ArtifactRow.id).in_(older))


_WAYS = {"id": _by_id, "path": _by_path, "name": _by_name, "sha256": _by_digest}


def _rows(connection: Connection, condition: Any) -> list[Any]:
    return list(
        connection.execute(select(table(ArtifactRow)).where(condition).limit(50))
    )


def _single(connection: Connection, reference: str, rows: list[Any]) -> Any:
    if len(rows) == 1:
        return rows[0]
    roots = dict(
        connection.execute(select(col(ProjectRow.id), col(ProjectRow.path_text))).all()
    )
    raise AmbiguousError(
        f"{reference} names {len(rows)} artifacts.",
        candidates=tuple(
            f"id:{row.uid} {joined(roots[row.project_id], row.path_text)}"
            for row in rows
        ),
    )


def _version(connection: Connection, artifact: Any, text: str, reference: str) -> str:
    numbered = text.isdigit() and len(text) < 6
    condition = (
        col(VersionRow.number) == int(text)
        if numbered
        else func.substr(col(VersionRow.digest), 1, len(text)) == text
    )
    row = connection.execute(
        select(col(VersionRow.uid)).where(
            col(VersionRow.artifact_id) == artifact.id, condition
        )
    ).first()
    if row is None:
        raise NotFoundError(
            f"{artifact.name} has no version {text}.",
            where=reference,
            remedy="`mlcatalog show` lists its versions.",
        )
    return str(row[0])
