"""Where versions' bytes were, and when: intervals, opened and closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlmodel import col

from mlcatalog.catalog.summaries import joined
from mlcatalog.catalog.tables import LocationRow, ProjectRow, VersionRow, table
from mlcatalog.catalog.views import display
from mlcatalog.domain.artifact import Location
from mlcatalog.domain.moments import now


def put(
    connection: Connection,
    *,
    artifact: int,
    version: int,
    project: int,
    places: Iterable[bytes],
) -> None:
    """Let a version be at some places and nowhere else, from now on."""
    wanted = set(places)
    moment = now()
    for row in _open(connection, artifact):
        place = bytes(row.path)
        if (row.version_id, row.project_id) == (version, project) and place in wanted:
            wanted.discard(place)
        else:
            _end(connection, row.id, moment)
    for place in sorted(wanted):
        connection.execute(
            insert(LocationRow).values(
                artifact_id=artifact,
                version_id=version,
                project_id=project,
                path=place,
                path_text=display(place),
                first_seen=moment,
                last_seen=moment,
                state="present",
            )
        )


def current(connection: Connection, artifact: int) -> set[bytes]:
    """Where an artifact is now, links included."""
    return {bytes(row.path) for row in _open(connection, artifact)}


def history(
    connection: Connection, artifacts: Sequence[int]
) -> dict[int, list[Location]]:
    """Every place of every version of artifacts, in the order of time."""
    rows = connection.execute(
        select(
            table(LocationRow),
            col(ProjectRow.path_text).label("root"),
            col(VersionRow.number),
        )
        .join(ProjectRow, col(ProjectRow.id) == col(LocationRow.project_id))
        .join(VersionRow, col(VersionRow.id) == col(LocationRow.version_id))
        .where(col(LocationRow.artifact_id).in_(artifacts))
        .order_by(col(LocationRow.first_seen), col(LocationRow.id))
    )
    found: dict[int, list[Location]] = {}
    for row in rows:
        place = Location(
            path=joined(row.root, row.path_text),
            version=row.number,
            first_seen=row.first_seen,
            ended=row.ended_at,
            state=row.state,
        )
        found.setdefault(row.artifact_id, []).append(place)
    return found


def end(connection: Connection, artifact: int, state: str = "missing") -> None:
    """Note that the bytes are no longer where they were."""
    moment = now()
    for row in _open(connection, artifact):
        _end(connection, row.id, moment, state)


def recognised(connection: Connection, *, provisional: int, past: int) -> None:
    """A version that turned out to be a past one was that one all the time.

    Where the past one's interval ended as the provisional one began, nothing
    has happened: the interval goes on.
    """
    for row in connection.execute(
        select(table(LocationRow)).where(col(LocationRow.version_id) == provisional)
    ).all():
        before = connection.execute(
            select(table(LocationRow)).where(
                col(LocationRow.artifact_id) == row.artifact_id,
                col(LocationRow.version_id) == past,
                col(LocationRow.path) == row.path,
                col(LocationRow.ended_at) == row.first_seen,
            )
        ).first()
        if before is None:
            values: dict[str, object] = {"version_id": past}
            _update(connection, row.id, values)
            continue
        values = {"ended_at": row.ended_at, "state": row.state}
        _update(connection, before.id, values | {"last_seen": row.last_seen})
        connection.execute(delete(LocationRow).where(col(LocationRow.id) == row.id))


def _open(connection: Connection, artifact: int) -> Sequence[Any]:
    return connection.execute(
        select(table(LocationRow)).where(
            col(LocationRow.artifact_id) == artifact,
            col(LocationRow.ended_at).is_(None),
        )
    ).all()


def _end(
    connection: Connection, row: int | None, moment: int, state: str = "missing"
) -> None:
    values: dict[str, object] = {
        "ended_at": moment,
        "last_seen": moment,
        "state": state,
    }
    _update(connection, row, values)


def _update(connection: Connection, row: int | None, values: dict[str, object]) -> None:
    connection.execute(
        update(LocationRow).where(col(LocationRow.id) == row).values(**values)
    )
