"""What is stale: artifacts that changed since a stage of the flow looked at them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlmodel import col

from mlcatalog.catalog.tables import ArtifactRow, JudgedByRow, table

LINK = "link"  # what is said of it, or where it is, may be something else
SPREAD = "spread"  # its lineage changed: judge it and what came from it
JUDGE = "judge"  # judge it alone
COUNT = "count"  # its findings changed

EVERYWHERE = ""  # the place of the rules themselves
CONVENTION = b".mlcatalog.toml"  # a file that is about its whole project


def among(column: Any, values: Collection[int] | Collection[str]) -> Any:
    """A condition for any number of values in one parameter."""
    each = func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(select(each.c.value))


def take(connection: Connection, stage: str) -> list[int]:
    """What a stage has to do now; it stays on the list until `done`.

    What an earlier program had taken and not finished is among it.
    """
    named = {"stage": stage}
    connection.execute(
        text(
            "INSERT OR IGNORE INTO stale (stage, taken, artifact_id) SELECT stage, 1,"
            " artifact_id FROM stale WHERE stage = :stage AND taken = 0"
        ),
        named,
    )
    connection.execute(
        text("DELETE FROM stale WHERE stage = :stage AND taken = 0"), named
    )
    return taken(connection, stage)


def taken(connection: Connection, stage: str) -> list[int]:
    """What a stage took and has not done yet."""
    rows = connection.execute(
        text("SELECT artifact_id FROM stale WHERE stage = :stage AND taken = 1"),
        {"stage": stage},
    )
    return [int(row) for row in rows.scalars()]


def done(connection: Connection, stage: str) -> None:
    """What was taken is done, in the transaction that writes its outcome."""
    connection.execute(
        text("DELETE FROM stale WHERE stage = :stage AND taken = 1"), {"stage": stage}
    )


def add(
    connection: Connection,
    stage: str,
    artifacts: Iterable[int],
    *,
    is_taken: bool = False,
) -> None:
    """Put artifacts on the list of a stage, as part of what it has taken or not."""
    rows = [
        {"stage": stage, "taken": is_taken, "artifact": number} for number in artifacts
    ]
    if rows:
        connection.execute(
            text(
                "INSERT OR IGNORE INTO stale (stage, taken, artifact_id)"
                " VALUES (:stage, :taken, :artifact)"
            ),
            rows,
        )


def add_everything(connection: Connection, stage: str) -> None:
    """Put all artifacts on the list of a stage."""
    connection.execute(
        text(
            "INSERT OR IGNORE INTO stale (stage, taken, artifact_id)"
            " SELECT :stage, 0, id FROM artifact"
        ),
        {"stage": stage},
    )


@contextmanager
def noted_at_once(
    connection: Connection, project: int, new: range, files: Iterable[bytes] = ()
) -> Iterator[None]:
    """Write many rows of new artifacts, which are noted as stale together.

    What notes them one by one costs as much as the rows. It is put away and
    back within the transaction: others never see the tables without it, and
    what is broken off leaves it as it was.

    files: the names of files that are written.
    """
    triggers = connection.exec_driver_sql(_NOTING).all()
    for trigger in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER "{trigger.name}"')
    yield
    for trigger in triggers:
        connection.exec_driver_sql(trigger.sql)
    among = {"stage": LINK, "first": new.start, "last": new.stop - 1}
    connection.execute(text(_ALL_OF), among)
    if CONVENTION in files:
        connection.execute(text(_ALL_IN), {"stage": JUDGE, "project": project})


_NOTING = """SELECT name, sql FROM sqlite_master WHERE type = 'trigger'
    AND tbl_name IN ('artifact', 'file', 'version') AND sql LIKE '%INSERT INTO stale%'"""
_NEW = "INSERT OR IGNORE INTO stale (stage, taken, artifact_id) SELECT :stage, 0, id"
_ALL_OF = f"{_NEW} FROM artifact WHERE id BETWEEN :first AND :last"
_ALL_IN = f"{_NEW} FROM artifact WHERE project_id = :project"


def numbers(connection: Connection, uids: Collection[str]) -> dict[str, int]:
    """The row numbers of artifacts; externals have none."""
    if not uids:
        return {}
    rows = connection.execute(
        select(col(ArtifactRow.uid), col(ArtifactRow.id)).where(
            among(col(ArtifactRow.uid), uids)
        )
    )
    return {row[0]: int(row[1] or 0) for row in rows}


def signatures(connection: Connection) -> dict[str, str]:
    """What the judgements of each place rested on."""
    return {
        row.place: row.signature
        for row in connection.execute(select(table(JudgedByRow)))
    }


def sign(connection: Connection, place: str, signature: str) -> None:
    """Note what the judgements of a place rest on now."""
    connection.execute(
        text(
            "INSERT OR REPLACE INTO judged_by (place, signature)"
            " VALUES (:place, :signature)"
        ),
        {"place": place, "signature": signature},
    )
