"""What people wrote of an artifact that turned out to be another goes to that one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, delete, select, update
from sqlmodel import col

from mlcatalog.catalog.many import many
from mlcatalog.catalog.stale import among
from mlcatalog.catalog.tables import (
    DecisionRow,
    FeatureDocRow,
    NoteRow,
    PersonClaimRow,
    RemovedRow,
    StageRow,
    TagRow,
    WaiverRow,
    table,
)

BY_NUMBER: tuple[Any, ...] = (TagRow, FeatureDocRow, RemovedRow)
BY_ID: tuple[tuple[Any, Any], ...] = (
    (StageRow, StageRow.artifact_uid),
    (WaiverRow, WaiverRow.subject),
    (DecisionRow, DecisionRow.child),
    (DecisionRow, DecisionRow.parent),
    (PersonClaimRow, PersonClaimRow.child),
    (PersonClaimRow, PersonClaimRow.reference),
)


class Joined(Protocol):
    """The rows of an artifact, and of the new one that turned out to be it."""

    @property
    def old(self) -> Any: ...
    @property
    def new(self) -> Any: ...


def inherit(connection: Connection, pairs: Sequence[Joined]) -> None:
    """Let old artifacts have what people wrote of new ones before they were known.

    Where both have a word the new one's holds, for it was said later; two notes
    become one.
    """
    noted = set(
        connection.execute(
            select(col(NoteRow.artifact_id)).where(
                among(col(NoteRow.artifact_id), [p.new.id for p in pairs])
            )
        ).scalars()
    )
    for pair in pairs:
        if pair.new.id in noted:
            _note(connection, pair.old, pair.new)
    for row in BY_NUMBER:
        many(
            connection,
            f"UPDATE OR REPLACE {row.__tablename__} SET artifact_id = ?"
            " WHERE artifact_id = ?",
            ((p.old.id, p.new.id) for p in pairs),
        )
    for row, column in BY_ID:
        many(
            connection,
            f"UPDATE OR REPLACE {row.__tablename__} SET {column.key} = ?"
            f" WHERE {column.key} = ?",
            ((p.old.uid, p.new.uid) for p in pairs),
        )
    many(
        connection,
        "UPDATE artifact SET owner = ? WHERE id = ?",
        ((p.new.owner, p.old.id) for p in pairs if p.new.owner),
    )


def _note(connection: Connection, old: Any, new: Any) -> None:
    notes = {
        row.artifact_id: row
        for row in connection.execute(
            select(table(NoteRow)).where(col(NoteRow.artifact_id).in_((old.id, new.id)))
        )
    }
    said = notes.get(new.id)
    if said is None:
        return
    connection.execute(delete(NoteRow).where(col(NoteRow.artifact_id) == new.id))
    before = notes.get(old.id)
    if before is None:
        connection.execute(
            table(NoteRow)
            .insert()
            .values(artifact_id=old.id, text=said.text, at=said.at)
        )
    elif said.text not in before.text:
        connection.execute(
            update(NoteRow)
            .where(col(NoteRow.artifact_id) == old.id)
            .values(text=f"{before.text}\n\n{said.text}", at=said.at)
        )
