"""A vanished artifact in the place of a new one: it keeps its id and history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlmodel import col

from mlcatalog.catalog import locations
from mlcatalog.catalog.erasing import erase_all
from mlcatalog.catalog.inheriting import inherit
from mlcatalog.catalog.listing import SAID
from mlcatalog.catalog.many import many
from mlcatalog.catalog.stale import among
from mlcatalog.catalog.tables import ArtifactRow, VersionRow
from mlcatalog.catalog.versions import hand_on_all, take_over, take_over_all
from mlcatalog.domain.words import is_pointer


@dataclass(frozen=True, slots=True)
class Pair:
    """The rows of an artifact that vanished, and of the new one that it is."""

    old: Any
    new: Any


def join(connection: Connection, pairs: Sequence[Pair]) -> None:
    """The vanished artifacts are the new ones, moved; each of them is in one pair."""
    kept = _versions_of(connection, pairs)
    take_over_all(
        connection,
        [(p.new.id, p.new.version_id, p.old.id, kept.get(p.old.id)) for p in pairs],
    )
    hand_on_all(
        connection,
        [
            (p.new.version_id, kept[p.old.id])
            for p in pairs
            if p.new.version_id is not None and p.old.id in kept
        ],
    )
    hand_over(connection, pairs, kept)


def hand_over(
    connection: Connection, pairs: Sequence[Pair], versions: dict[int, int]
) -> None:
    """Put old artifacts in the places of new ones, which were never others.

    versions: what the old ones, by their numbers, are at now.
    """
    places = locations.current(connection, [p.new.id for p in pairs])
    to_old = [(p.old.id, p.new.id) for p in pairs]
    of_old = [(p.old.id,) for p in pairs]
    for said in SAID:
        _hand(connection, said.__tablename__, to_old)
    many(connection, "DELETE FROM claim WHERE artifact_id = ?", of_old)
    _hand(connection, "claim", to_old)
    many(connection, "DELETE FROM finding WHERE artifact_id = ?", of_old)
    many(
        connection,
        "UPDATE finding SET artifact_id = ?, subject = ? WHERE artifact_id = ?",
        ((p.old.id, p.old.uid, p.new.id) for p in pairs),
    )
    many(
        connection,
        "UPDATE file SET artifact_id = NULL, role = 'other' WHERE artifact_id = ?",
        of_old,
    )
    _hand(connection, "file", to_old)
    _hand(connection, "artifact_alias", to_old)
    inherit(connection, pairs)
    erase_all(connection, [p.new.id for p in pairs])
    many(
        connection,
        "INSERT INTO artifact_alias (uid, artifact_id) VALUES (?, ?)",
        ((p.new.uid, p.old.id) for p in pairs),
    )
    _place(connection, pairs, versions)
    locations.put_all(
        connection,
        {
            p.old.id: (version, p.new.project_id, places.get(p.new.id, set()))
            for p in pairs
            if (version := versions.get(p.old.id)) is not None
        },
    )


def _hand(connection: Connection, name: str, to_old: Sequence[tuple[int, int]]) -> None:
    many(connection, f"UPDATE {name} SET artifact_id = ? WHERE artifact_id = ?", to_old)


def _place(
    connection: Connection, pairs: Sequence[Pair], versions: dict[int, int]
) -> None:
    many(
        connection,
        """UPDATE artifact SET project_id = ?, path = ?, path_text = ?, name = ?,
        format = ?, modified = ?, size = ?, version_id = ?, digest = ?,
        presence = ?, present = 1, stage = coalesce(
            (SELECT stage FROM stage WHERE artifact_uid = ? AND digest = ?), 'draft')
        WHERE id = ?""",
        (
            (
                p.new.project_id,
                p.new.path,
                p.new.path_text,
                p.new.name,
                p.new.format,
                p.new.modified,
                p.new.size,
                versions.get(p.old.id),
                p.new.digest,
                "elsewhere" if is_pointer(p.new.format) else "present",
                p.old.uid,
                p.new.digest,
                p.old.id,
            )
            for p in pairs
        ),
    )


def _versions_of(connection: Connection, pairs: Sequence[Pair]) -> dict[int, int]:
    """The versions that have the new ones' digests, by the old ones' numbers."""
    wanted = {p.old.id: p for p in pairs}
    found: dict[int, int] = {}
    for version in connection.execute(
        select(
            col(VersionRow.id), col(VersionRow.artifact_id), col(VersionRow.digest)
        ).where(among(col(VersionRow.artifact_id), wanted.keys()))
    ).all():
        pair = wanted[version.artifact_id]
        if version.digest is not None and version.digest == pair.new.digest:
            found[version.artifact_id] = version.id or 0
    for number, version_id in found.items():
        if version_id != wanted[number].old.version_id:
            _never_was(connection, wanted[number].old, version_id)
    return found


def _never_was(connection: Connection, artifact: Any, past: int) -> None:
    """A provisional version after the one that came back was never one."""
    provisional = artifact.version_id
    take_over(connection, artifact.id, provisional, artifact.id, past)
    locations.recognised(connection, provisional=provisional, past=past)
    connection.execute(
        update(ArtifactRow)
        .where(col(ArtifactRow.id) == artifact.id)
        .values(version_id=past)
    )
    connection.execute(
        delete(VersionRow).where(
            col(VersionRow.id) == provisional, col(VersionRow.digest).is_(None)
        )
    )
