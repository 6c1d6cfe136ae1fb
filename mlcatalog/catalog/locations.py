"""Where versions' bytes were, and when: intervals, opened and closed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlmodel import col

from mlcatalog.catalog.many import many
from mlcatalog.catalog.stale import among
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
    put_all(connection, {artifact: (version, project, set(places))})


def put_all(
    connection: Connection, wanted: Mapping[int, tuple[int, int, set[bytes]]]
) -> None:
    """The same for many artifacts: each one's version, project and places."""
    moment = now()
    left = {number: set(places) for number, (_, _, places) in wanted.items()}
    ended: list[int] = []
    for row in _open(connection, wanted.keys()):
        place = bytes(row.path)
        is_there = (row.version_id, row.project_id) == wanted[row.artifact_id][:2]
        if is_there and place in left[row.artifact_id]:
            left[row.artifact_id].discard(place)
        else:
            ended.append(row.id)
    _end(connection, ended, moment)
    many(
        connection,
        """INSERT INTO location (artifact_id, version_id, project_id, path, path_text,
        first_seen, last_seen, state) VALUES (?, ?, ?, ?, ?, ?, ?, 'present')""",
        (
            (number, *wanted[number][:2], place, display(place), moment, moment)
            for number, places in left.items()
            for place in sorted(places)
        ),
    )


def current(
    connection: Connection, artifacts: Collection[int]
) -> dict[int, set[bytes]]:
    """Where artifacts are now, links included."""
    found: dict[int, set[bytes]] = {}
    for row in _open(connection, artifacts):
        found.setdefault(row.artifact_id, set()).add(bytes(row.path))
    return found


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


def end(
    connection: Connection, artifacts: Collection[int], state: str = "missing"
) -> None:
    """Note that bytes are no longer where they were."""
    rows = [row.id for row in _open(connection, artifacts)]
    _end(connection, rows, now(), state)


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


def _open(connection: Connection, artifacts: Collection[int]) -> Sequence[Any]:
    return connection.execute(
        select(table(LocationRow)).where(
            among(col(LocationRow.artifact_id), artifacts),
            col(LocationRow.ended_at).is_(None),
        )
    ).all()


def _end(
    connection: Connection, rows: Sequence[int], moment: int, state: str = "missing"
) -> None:
    many(
        connection,
        "UPDATE location SET ended_at = ?, last_seen = ?, state = ? WHERE id = ?",
        ((moment, moment, state, row) for row in rows),
    )


def _update(connection: Connection, row: int | None, values: dict[str, object]) -> None:
    connection.execute(
        update(LocationRow).where(col(LocationRow.id) == row).values(**values)
    )
