"""Whether rows hold together: what SQLite's own examination does not look at."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from mlcatalog.catalog.listing import SAID
from mlcatalog.catalog.tables import (
    ArtifactRow,
    CheckRow,
    ClaimRow,
    FactRow,
    FileRow,
    FindingRow,
    FolderRow,
    KeyRow,
    LogRow,
    MetricRow,
    ParamRow,
    ProjectRow,
    VersionRow,
)

ASKED = 50  # artifacts that are looked for, to try the search index
SHORTEST = 3  # letters that the search index needs

# Derived rows and what each has to belong to; owners before what they own.
BELONGS: tuple[tuple[Any, Any, Any], ...] = (
    (FolderRow, FolderRow.project_id, ProjectRow),
    (FileRow, FileRow.project_id, ProjectRow),
    (FileRow, FileRow.folder_id, FolderRow),
    (LogRow, LogRow.file_id, FileRow),
    *((row, row.artifact_id, ArtifactRow) for row in SAID),
    *((row, row.artifact_id, ArtifactRow) for row in (ClaimRow, CheckRow)),
    *((row, row.artifact_id, ArtifactRow) for row in (FindingRow, FileRow)),
    *((row, row.file_id, FileRow) for row in (ClaimRow, FindingRow)),
    *((row, row.key_id, KeyRow) for row in (FactRow, ParamRow, MetricRow)),
)


def problems(connection: Connection) -> tuple[str, ...]:
    """What does not hold together, a sentence each; empty is sound."""
    asked = (*_strays(connection), *_incomplete(connection))
    said = tuple(f"{count} {what}" for what, count in asked if count)
    lost = search_problem(connection)
    return (*said, lost) if lost else said


def _strays(connection: Connection) -> list[tuple[str, int]]:
    return [
        (
            f"rows of {row.__tablename__} belong to no {owner.__tablename__}",
            _count(connection, row, stray(number, owner)),
        )
        for row, number, owner in BELONGS
    ]


def stray(number: Any, owner: Any) -> Any:
    """The condition for rows that name an owner which is not there."""
    there = select(owner.id).where(owner.id == number).exists()
    return and_(col(number).is_not(None), ~there)


def _incomplete(connection: Connection) -> list[tuple[str, int]]:
    versions = select(col(VersionRow.id))
    return [
        (
            "artifacts have lost their version",
            _count(
                connection,
                ArtifactRow,
                col(ArtifactRow.version_id).is_not(None)
                & col(ArtifactRow.version_id).not_in(versions),
            ),
        ),
        (
            "artifacts have no file",
            _count(connection, ArtifactRow, without_files()),
        ),
    ]


def without_files(*, that_are_there: bool = False) -> Any:
    """The condition for artifacts that are listed as there, and are no file's.

    One whose files are known to be missing waits for a scan that was stopped.
    """
    owned = col(FileRow.artifact_id) == col(ArtifactRow.id)
    if that_are_there:
        owned &= col(FileRow.state) != "missing"
    theirs = select(col(FileRow.id)).where(owned).exists()
    return (
        col(ArtifactRow.present)
        & (col(ArtifactRow.kind) != "run")
        & col(ArtifactRow.presence).in_(("present", "unreadable", "elsewhere"))
        & ~theirs
    )


def _count(connection: Connection, row: Any, condition: Any) -> int:
    return int(
        connection.scalar(select(func.count()).select_from(row).where(condition)) or 0
    )


def search_problem(connection: Connection) -> str:
    """Whether what there is can be found by its name; "" when it can."""
    try:
        indexed = connection.scalar(
            text("SELECT count(*) FROM artifact_search_docsize")
        )
        there = connection.scalar(
            text(
                "SELECT (SELECT count(*) FROM artifact, search_mark WHERE artifact.id"
                " <= upto) + (SELECT count(*) FROM search_again WHERE artifact_id"
                " NOT IN (SELECT artifact.id FROM artifact, search_mark"
                " WHERE artifact.id <= upto))"
            )
        )
        if indexed != there:
            return f"the search index has {indexed} of {there} artifacts"
        step = max(1, int(there or 0) // ASKED)
        rows = connection.execute(
            select(col(ArtifactRow.id), col(ArtifactRow.name)).where(
                col(ArtifactRow.id) % step == 0,
                text("artifact.id <= (SELECT upto FROM search_mark)"),
                text("artifact.id NOT IN (SELECT artifact_id FROM search_again)"),
                func.length(col(ArtifactRow.name)) >= SHORTEST,
            )
        ).all()
        lost = sum(not _finds(connection, row.id, row.name) for row in rows)
    except DBAPIError as error:
        return f"the search index cannot be used: {error.orig}"
    return f"the search index misses {lost} of {len(rows)} artifacts" if lost else ""


def _finds(connection: Connection, number: int, name: str) -> bool:
    words = '"' + name.replace('"', '""') + '"'
    return bool(
        connection.scalar(
            text(
                "SELECT count(*) FROM artifact_search"
                " WHERE rowid = :number AND artifact_search MATCH :words"
            ),
            {"number": number, "words": words},
        )
    )
