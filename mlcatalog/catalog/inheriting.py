"""What people wrote of an artifact that turned out to be another goes to that one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlmodel import col

from mlcatalog.catalog.tables import (
    ArtifactRow,
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


def inherit(connection: Connection, *, old: Any, new: Any) -> None:
    """Let the old artifact have what people wrote of the new one before it was known.

    Where both have a word the new one's holds, for it was said later; two notes
    become one.
    """
    _note(connection, old, new)
    for row in BY_NUMBER:
        connection.execute(
            update(row)
            .prefix_with("OR REPLACE")
            .where(row.artifact_id == new.id)
            .values(artifact_id=old.id)
        )
    for row, column in BY_ID:
        connection.execute(
            update(row)
            .prefix_with("OR REPLACE")
            .where(column == new.uid)
            .values({column: old.uid})
        )
    if new.owner:
        connection.execute(
            update(ArtifactRow)
            .where(col(ArtifactRow.id) == old.id)
            .values(owner=new.owner)
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
