"""The watched folders."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update
from sqlmodel import col

from mlcatalog.catalog import journal, rehoming
from mlcatalog.catalog.database import Database
from mlcatalog.catalog.editing import new_uid
from mlcatalog.catalog.tables import (
    ArtifactRow,
    EdgeRow,
    FindingRow,
    ProjectRow,
    VersionRow,
    table,
)
from mlcatalog.catalog.views import display
from mlcatalog.domain.artifact import Project, ProjectCounts
from mlcatalog.domain.errors import NotFoundError, ProjectError
from mlcatalog.domain.moments import now
from mlcatalog.domain.words import ProjectState


class Projects:
    """Adding, removing and listing watched folders."""

    def __init__(self, database: Database, actor: str) -> None:
        self._database = database
        self._actor = actor

    def all(self) -> tuple[Project, ...]:
        """The folders that are watched, by name."""
        counts = (
            select(col(ArtifactRow.project_id), func.count().label("artifacts"))
            .where(col(ArtifactRow.present))
            .group_by(col(ArtifactRow.project_id))
            .subquery()
        )
        statement = (
            select(table(ProjectRow), counts.c.artifacts)
            .join(counts, counts.c.project_id == col(ProjectRow.id), isouter=True)
            .where(col(ProjectRow.removed_at).is_(None))
            .order_by(col(ProjectRow.name), col(ProjectRow.path_text))
        )
        with self._database.reading() as connection:
            return tuple(_project(row) for row in connection.execute(statement))

    def add(self, path: Path) -> Project:
        """Watch a folder; one that was removed comes back with all it had."""
        folder = path.absolute()
        if not folder.is_dir():
            raise ProjectError(
                "This folder cannot be watched.",
                where=str(path),
                why="There is no folder here"
                if not folder.exists()
                else "It is a file",
                remedy="Choose a folder; to add one file, register it.",
            )
        folder = folder.resolve()
        raw = os.fsencode(folder)
        with self._database.writing() as connection:
            row = connection.execute(
                select(table(ProjectRow)).where(col(ProjectRow.path) == raw)
            ).first()
            if row is not None and row.removed_at is None:
                return _project(row)
            name = display(os.fsencode(folder.name)) or str(folder)
            moved = rehoming.moved_project(connection, raw) if row is None else None
            place = rehoming.place_of(raw) or (None, None)
            if moved is not None:
                rehoming.relocate(connection, moved, raw, name)
            elif row is not None:
                connection.execute(
                    update(ProjectRow)
                    .where(col(ProjectRow.id) == row.id)
                    .values(removed_at=None, device=place[0], inode=place[1])
                )
                connection.execute(
                    update(ArtifactRow)
                    .where(
                        col(ArtifactRow.project_id) == row.id,
                        col(ArtifactRow.presence).not_in(("missing", "removed")),
                    )
                    .values(present=True)
                )
            else:
                connection.execute(
                    insert(ProjectRow).values(
                        uid=new_uid(),
                        name=name,
                        path=raw,
                        path_text=display(raw),
                        state=ProjectState.IDLE.value,
                        state_note="",
                        added_at=now(),
                        device=place[0],
                        inode=place[1],
                    )
                )
            journal.append(
                connection,
                actor=self._actor,
                kind="project",
                subject=display(raw),
                payload={"added": True}
                if moved is None
                else {"moved from": moved.path_text},
            )
            added = connection.execute(
                select(table(ProjectRow)).where(col(ProjectRow.path) == raw)
            ).one()
            outer = rehoming.outer_of(connection, raw)
            if outer is not None:
                rehoming.hand_over(connection, giver=outer, taker=added)
            return _project(added)

    def move(self, project_id: str, path: Path) -> Project:
        """Follow a folder to where it is now; what was known of it goes along.

        Raises NotFoundError for an unknown project, and ProjectError where
        there is no folder or another project has it.
        """
        folder = path.absolute()
        if not folder.is_dir():
            raise ProjectError(
                "The project cannot be moved there.",
                where=str(path),
                why="There is no folder here",
                remedy="Name the folder that the project is in now.",
            )
        folder = folder.resolve()
        raw = os.fsencode(folder)
        with self._database.writing() as connection:
            row = connection.execute(
                select(table(ProjectRow)).where(col(ProjectRow.uid) == project_id)
            ).first()
            if row is None:
                raise NotFoundError("This folder is not watched.", where=project_id)
            taken = connection.execute(
                select(col(ProjectRow.id)).where(
                    col(ProjectRow.path) == raw, col(ProjectRow.id) != row.id
                )
            ).first()
            if taken is not None:
                raise ProjectError(
                    "The project cannot be moved there.",
                    where=str(path),
                    why="Another project of the catalogue has this folder",
                    remedy="Choose another folder.",
                )
            name = display(os.fsencode(folder.name)) or str(folder)
            rehoming.relocate(connection, row, raw, name)
            place = rehoming.place_of(raw) or (None, None)
            connection.execute(
                update(ProjectRow)
                .where(col(ProjectRow.id) == row.id)
                .values(device=place[0], inode=place[1])
            )
            journal.append(
                connection,
                actor=self._actor,
                kind="project",
                subject=display(raw),
                payload={"moved from": row.path_text},
            )
            return _project(
                connection.execute(
                    select(table(ProjectRow)).where(col(ProjectRow.id) == row.id)
                ).one()
            )

    def remove(self, project_id: str) -> None:
        """Stop watching; its artifacts leave the lists and come back with it."""
        with self._database.writing() as connection:
            row = connection.execute(
                select(table(ProjectRow)).where(col(ProjectRow.uid) == project_id)
            ).first()
            if row is None:
                raise NotFoundError("This folder is not watched.", where=project_id)
            connection.execute(
                update(ProjectRow)
                .where(col(ProjectRow.id) == row.id)
                .values(removed_at=now(), state=ProjectState.IDLE.value)
            )
            outer = rehoming.outer_of(connection, bytes(row.path))
            if outer is not None:
                rehoming.hand_over(connection, giver=row, taker=outer)
            connection.execute(
                update(ArtifactRow)
                .where(col(ArtifactRow.project_id) == row.id)
                .values(present=False)
            )
            journal.append(
                connection,
                actor=self._actor,
                kind="project",
                subject=row.path_text,
                payload={"removed": True},
            )

    def counts(self, project_id: str) -> ProjectCounts:
        """What a project holds now."""
        mine = (
            select(col(ArtifactRow.id))
            .join(ProjectRow, col(ProjectRow.id) == col(ArtifactRow.project_id))
            .where(col(ProjectRow.uid) == project_id, col(ArtifactRow.present))
        )
        uids = mine.with_only_columns(col(ArtifactRow.uid))
        per_kind = mine.with_only_columns(col(ArtifactRow.kind), func.count()).group_by(
            col(ArtifactRow.kind)
        )
        with self._database.reading() as connection:
            return ProjectCounts(
                kinds={
                    str(row[0]): int(row[1]) for row in connection.execute(per_kind)
                },
                versions=_count(connection, col(VersionRow.artifact_id).in_(mine)),
                edges=_count(connection, col(EdgeRow.child).in_(uids)),
                findings=_count(
                    connection,
                    col(FindingRow.artifact_id).in_(mine)
                    & (col(FindingRow.state) == "open"),
                ),
                unreadable=_count(
                    connection,
                    col(ArtifactRow.id).in_(mine)
                    & (col(ArtifactRow.presence) == "unreadable"),
                ),
            )

    def set_state(self, project_id: str, state: str, note: str) -> None:
        """Say what is going on with a folder; writes only when that changed."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(table(ProjectRow)).where(col(ProjectRow.uid) == project_id)
            ).first()
        if row is None or (row.state, row.state_note) == (state, note):
            return
        with self._database.writing() as connection:
            connection.execute(
                update(ProjectRow)
                .where(col(ProjectRow.uid) == project_id)
                .values(state=state, state_note=note)
            )


def _count(connection: Connection, condition: ColumnElement[bool]) -> int:
    return int(connection.scalar(select(func.count()).where(condition)) or 0)


def _project(row: Any) -> Project:
    return Project(
        id=row.uid,
        name=row.name,
        path=row.path_text,
        state=ProjectState(row.state),
        artifacts=getattr(row, "artifacts", None) or 0,
        note=row.state_note,
    )
