"""The journal: append-only, each entry chained to the one before by SHA-256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from sqlalchemy import Connection, insert, select
from sqlmodel import col

from mlcatalog.catalog.tables import JournalRow, table
from mlcatalog.domain.artifact import JournalEntry
from mlcatalog.domain.moments import now

GENESIS = "0" * 64


def append(
    connection: Connection,
    *,
    actor: str,
    kind: str,
    subject: str,
    payload: Mapping[str, object],
) -> str:
    """Add an entry in the transaction of the change it records; gives its hash."""
    last = connection.execute(
        select(col(JournalRow.seq), col(JournalRow.hash))
        .order_by(col(JournalRow.seq).desc())
        .limit(1)
    ).first()
    seq, prev_hash = (last[0] + 1, last[1]) if last else (1, GENESIS)
    at = now()
    body = canonical(payload)
    digest = entry_hash(
        prev_hash,
        seq=seq,
        at=at,
        actor=actor,
        kind=kind,
        subject=subject,
        payload=body,
    )
    connection.execute(
        insert(JournalRow).values(
            seq=seq,
            at=at,
            actor=actor,
            kind=kind,
            subject=subject,
            payload=body,
            prev_hash=prev_hash,
            hash=digest,
        )
    )
    return digest


def entries(connection: Connection, limit: int) -> tuple[JournalEntry, ...]:
    """The newest entries, newest first."""
    rows = connection.execute(
        select(table(JournalRow)).order_by(col(JournalRow.seq).desc()).limit(limit)
    )
    return tuple(
        JournalEntry(
            seq=row.seq,
            at=row.at,
            actor=row.actor,
            kind=row.kind,
            subject=row.subject,
            payload=json.loads(row.payload),
            prev_hash=row.prev_hash,
            hash=row.hash,
        )
        for row in rows
    )


def verify(connection: Connection) -> tuple[bool, str]:
    """Whether every link of the chain holds, and a sentence about it."""
    expected_prev, expected_seq = GENESIS, 1
    for row in connection.execute(
        select(table(JournalRow)).order_by(col(JournalRow.seq))
    ):
        digest = entry_hash(
            row.prev_hash,
            seq=row.seq,
            at=row.at,
            actor=row.actor,
            kind=row.kind,
            subject=row.subject,
            payload=row.payload,
        )
        if row.seq != expected_seq or row.prev_hash != expected_prev:
            return False, f"Entry {expected_seq} is missing or was moved."
        if digest != row.hash:
            return False, f"Entry {row.seq} was changed after it was written."
        expected_prev, expected_seq = row.hash, row.seq + 1
    return True, f"All {expected_seq - 1} entries hold; head {expected_prev}."


def canonical(payload: Mapping[str, object]) -> str:
    """JSON with sorted keys and no spaces, so that equal content hashes equal."""
    return json.dumps(
        payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def entry_hash(prev_hash: str, **entry: object) -> str:
    """SHA-256 over the previous hash and the entry's canonical JSON."""
    text = f"{prev_hash}\n{canonical(entry)}"
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
