"""What people decide: each change is one transaction with its journal entry."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlmodel import SQLModel, col

from mlcatalog.catalog import journal, moves
from mlcatalog.catalog.database import Database
from mlcatalog.catalog.erasing import erase, purgeable
from mlcatalog.catalog.tables import (
    ArtifactAliasRow,
    ArtifactRow,
    DecisionRow,
    DossierRow,
    FindingRow,
    NoteRow,
    PersonClaimRow,
    RemovedRow,
    SavedSearchRow,
    StageRow,
    TagRow,
    WaiverRow,
    table,
)
from mlcatalog.catalog.views import its_waiver, missing_since
from mlcatalog.domain.errors import NotFoundError
from mlcatalog.domain.finding import Finding, Waiver
from mlcatalog.domain.lineage import Edge
from mlcatalog.domain.moments import now
from mlcatalog.domain.reading import Claim
from mlcatalog.domain.words import Presence, Stage


class Editing:
    """The kept writes of the catalogue, by one person."""

    def __init__(self, database: Database, actor: str) -> None:
        self._database = database
        self._actor = actor

    def set_stage(self, artifact_id: str, stage: Stage) -> None:
        """Give the current version a stage; later versions start as draft."""
        with self._database.writing() as connection:
            artifact = artifact_row(connection, artifact_id)
            self._upsert(
                connection,
                StageRow,
                {"artifact_uid": artifact.uid, "digest": artifact.digest or ""},
                {"stage": stage.value, "who": self._actor, "at": now()},
            )
            _set(connection, artifact.id, stage=stage.value)
            self._note(
                connection,
                "stage",
                artifact.uid,
                {"name": artifact.name, "from": artifact.stage, "to": stage.value},
            )

    def set_owner(self, artifact_id: str, owner: str) -> None:
        """Say who is answerable for an artifact."""
        with self._database.writing() as connection:
            artifact = artifact_row(connection, artifact_id)
            _set(connection, artifact.id, owner=owner)
            self._note(
                connection,
                "owner",
                artifact.uid,
                {"name": artifact.name, "from": artifact.owner, "to": owner},
            )

    def set_tags(self, artifact_id: str, tags: Sequence[str]) -> None:
        """Replace an artifact's tags."""
        with self._database.writing() as connection:
            artifact = artifact_row(connection, artifact_id)
            connection.execute(
                delete(TagRow).where(col(TagRow.artifact_id) == artifact.id)
            )
            wanted = sorted({tag.strip() for tag in tags if tag.strip()})
            for tag in wanted:
                connection.execute(
                    insert(TagRow).values(artifact_id=artifact.id, tag=tag)
                )
            self._note(
                connection,
                "tags",
                artifact.uid,
                {"name": artifact.name, "to": wanted},
            )

    def set_note(self, artifact_id: str, text: str) -> None:
        """Replace an artifact's note."""
        with self._database.writing() as connection:
            artifact = artifact_row(connection, artifact_id)
            self._upsert(
                connection,
                NoteRow,
                {"artifact_id": artifact.id},
                {"text": text, "at": now()},
            )
            self._note(
                connection, "note", artifact.uid, {"name": artifact.name, "to": text}
            )

    def set_listed(self, artifact_id: str, listed: bool) -> None:
        """Take an artifact out of the catalogue, or put it back; files are not touched."""
        with self._database.writing() as connection:
            artifact = artifact_row(connection, artifact_id)
            if listed:
                _restore(connection, artifact.id)
            else:
                self._upsert(
                    connection,
                    RemovedRow,
                    {"artifact_id": artifact.id},
                    {"who": self._actor, "at": now()},
                )
                _set(
                    connection,
                    artifact.id,
                    present=False,
                    presence=Presence.REMOVED.value,
                )
            self._note(
                connection,
                "restored" if listed else "removed",
                artifact.uid,
                {"name": artifact.name, "path": artifact.path_text},
            )

    def decide(self, edge: Edge, verdict: str) -> None:
        """Confirm, reject or reopen an edge ("confirmed", "rejected", "open")."""
        key = {
            "child": edge.child,
            "relation": edge.relation.value,
            "parent": edge.parent,
        }
        with self._database.writing() as connection:
            if verdict == "open":
                connection.execute(
                    delete(DecisionRow).where(
                        *(getattr(DecisionRow, k) == v for k, v in key.items())
                    )
                )
            else:
                self._upsert(
                    connection,
                    DecisionRow,
                    key,
                    {"verdict": verdict, "who": self._actor, "at": now()},
                )
            self._note(connection, "lineage", edge.child, {**key, "verdict": verdict})

    def claim(self, claim: Claim, child: str) -> None:
        """Keep a person's word on where an artifact came from.

        `child` is the artifact's id; the next link stage makes the edge.
        """
        target = claim.target
        with self._database.writing() as connection:
            self._upsert(
                connection,
                PersonClaimRow,
                {
                    "child": child,
                    "relation": claim.relation.value,
                    "scheme": target.scheme.value,
                    "reference": target.id,
                },
                {
                    "revision": target.revision or "",
                    "kind": target.kind.value if target.kind else "",
                    "who": self._actor,
                    "at": now(),
                },
            )
            self._note(
                connection,
                "claim",
                child,
                {"relation": claim.relation.value, "target": target.id},
            )

    def same(self, old_id: str, new_id: str) -> None:
        """Say that a missing artifact is a new one, moved and changed.

        The old one lives on at the new one's place, with its history and
        what people noted; the new one's id leads to it.
        """
        with self._database.writing() as connection:
            old = artifact_row(connection, old_id)
            new = artifact_row(connection, new_id)
            moves.adopt(connection, old=old, new=new)
            self._note(
                connection, "moved", old.uid, {"name": new.name, "was": old.path_text}
            )

    def purge(self) -> tuple[str, ...]:
        """Forget missing artifacts that nobody used; gives where they were."""
        with self._database.writing() as connection:
            gone = purgeable(connection)
            for row in gone:
                erase(connection, row.id)
            paths = tuple(row.where for row in gone)
            if paths:
                self._note(connection, "purge", "", {"paths": list(paths)})
            return paths

    def waive(
        self, finding: Finding, why: str, until: int | None, who: str = ""
    ) -> None:
        """Accept a finding until a moment (UTC µs), or for good with None.

        `who` answers for it; without it the one who writes does.
        """
        key = {
            "rule": finding.rule,
            "subject": finding.artifact or finding.path,
            "detail": finding.detail,
        }
        with self._database.writing() as connection:
            self._upsert(
                connection,
                WaiverRow,
                key,
                {"who": who or self._actor, "why": why, "until": until, "at": now()},
            )
            _turn(connection, key, "waived")
            self._note(
                connection,
                "waiver",
                key["subject"],
                {
                    "rule": finding.rule,
                    "why": why,
                    "until": until,
                    "who": who or self._actor,
                },
            )

    def unwaive(self, finding: Finding | Waiver) -> None:
        """End a waiver: what was accepted is a problem again."""
        subject = (
            finding.subject
            if isinstance(finding, Waiver)
            else finding.artifact or finding.path
        )
        key = {"rule": finding.rule, "subject": subject, "detail": finding.detail}
        with self._database.writing() as connection:
            connection.execute(
                delete(WaiverRow).where(
                    *(getattr(WaiverRow, k) == v for k, v in key.items())
                )
            )
            _turn(connection, key, "open")
            self._note(
                connection,
                "waiver",
                subject,
                {"rule": finding.rule, "ended": True},
            )

    def end_waivers(self) -> int:
        """Open again what was waived until a moment that has come; gives how many."""
        with self._database.reading() as connection:
            over = _over(connection)
        if not over:
            return 0
        with self._database.writing() as connection:
            over = _over(connection)
            for row in over:
                key = {"rule": row.rule, "subject": row.subject, "detail": row.detail}
                _turn(connection, key, "open")
            return len(over)

    def save_search(self, name: str, query: str) -> None:
        """Keep a query under a name."""
        with self._database.writing() as connection:
            self._upsert(
                connection,
                SavedSearchRow,
                {"name": name},
                {"query": query, "at": now()},
            )
            self._note(connection, "saved search", name, {"query": query})

    def delete_search(self, name: str) -> None:
        """Forget a saved query."""
        with self._database.writing() as connection:
            connection.execute(
                delete(SavedSearchRow).where(col(SavedSearchRow.name) == name)
            )
            self._note(connection, "saved search", name, {"deleted": True})

    def record_dossier(
        self,
        title: str,
        path: str,
        digest: str,
        evidence_digest: str,
        subjects: Sequence[str],
    ) -> None:
        """Remember that an audit report was written."""
        with self._database.writing() as connection:
            connection.execute(
                insert(DossierRow).values(
                    uid=new_uid(),
                    at=now(),
                    title=title,
                    path_text=path,
                    digest=digest,
                    evidence_digest=evidence_digest,
                    subjects=json.dumps(list(subjects)),
                )
            )
            self._note(
                connection,
                "dossier",
                title,
                {"sha256": digest, "evidence": evidence_digest},
            )

    def record(self, kind: str, subject: str, payload: Mapping[str, object]) -> None:
        """Write a journal entry about something done outside the tables."""
        with self._database.writing() as connection:
            self._note(connection, kind, subject, payload)

    def _note(
        self,
        connection: Connection,
        kind: str,
        subject: str,
        payload: Mapping[str, object],
    ) -> None:
        journal.append(
            connection, actor=self._actor, kind=kind, subject=subject, payload=payload
        )

    @staticmethod
    def _upsert(
        connection: Connection,
        row_class: type[SQLModel],
        key: Mapping[str, object],
        values: Mapping[str, object],
    ) -> None:
        statement = upsert(table(row_class)).values(**key, **values)
        connection.execute(
            statement.on_conflict_do_update(index_elements=list(key), set_=dict(values))
        )


def new_uid() -> str:
    """A new id of a kept row; never reused."""
    return uuid.uuid4().hex


def artifact_row(connection: Connection, artifact_id: str) -> Any:
    """The row of an artifact's id, or of one it was merged into; raises NotFoundError."""
    merged = select(col(ArtifactAliasRow.artifact_id)).where(
        col(ArtifactAliasRow.uid) == artifact_id
    )
    row = connection.execute(
        select(table(ArtifactRow)).where(
            or_(
                col(ArtifactRow.uid) == artifact_id,
                col(ArtifactRow.id).in_(merged),
            )
        )
    ).first()
    if row is None:
        raise NotFoundError(
            "There is no artifact of this id.",
            where=artifact_id,
            remedy="It may have been removed since; search for its name.",
        )
    return row


def _over(connection: Connection) -> list[Any]:
    """The waivers whose day has come while what they accept is still called waived."""
    return list(
        connection.execute(
            select(table(WaiverRow))
            .join(FindingRow, its_waiver())
            .where(
                col(WaiverRow.until).is_not(None),
                col(WaiverRow.until) <= now(),
                col(FindingRow.state) == "waived",
            )
        )
    )


def _turn(connection: Connection, key: Mapping[str, object], state: str) -> None:
    """Make findings open or waived, and count them where they belong."""
    chosen = [getattr(FindingRow, k) == v for k, v in key.items()]
    chosen.append(col(FindingRow.state).in_(("open", "waived")))
    touched = connection.execute(
        select(col(FindingRow.artifact_id)).where(*chosen)
    ).all()
    connection.execute(update(FindingRow).where(*chosen).values(state=state))
    for (artifact,) in touched:
        if artifact is not None:
            recount(connection, artifact)


def recount(connection: Connection, artifact: int) -> None:
    """Bring an artifact's counts of open findings up to date."""
    rules = [
        row[0]
        for row in connection.execute(
            select(col(FindingRow.rule)).where(
                col(FindingRow.artifact_id) == artifact,
                col(FindingRow.state) == "open",
            )
        )
    ]
    _set(
        connection,
        artifact,
        findings=len(rules),
        name_broken=any(rule.startswith("name.") for rule in rules),
    )


def _restore(connection: Connection, artifact: int) -> None:
    connection.execute(
        delete(RemovedRow).where(col(RemovedRow.artifact_id) == artifact)
    )
    is_gone = artifact in missing_since(connection, [artifact])
    presence = Presence.MISSING if is_gone else Presence.PRESENT
    _set(
        connection,
        artifact,
        present=presence is Presence.PRESENT,
        presence=presence.value,
    )


def _set(connection: Connection, artifact: int, **values: object) -> None:
    connection.execute(
        update(ArtifactRow).where(col(ArtifactRow.id) == artifact).values(**values)
    )
