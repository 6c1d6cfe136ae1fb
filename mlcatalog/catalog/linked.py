"""What the link and judge stages found, written by comparing with what was."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlmodel import col

from mlcatalog.catalog.tables import (
    ArtifactRow,
    CheckRow,
    EdgeRow,
    ExternalRow,
    FindingRow,
    WaiverRow,
    table,
)
from mlcatalog.catalog.views import CHUNK
from mlcatalog.domain.finding import Check, Finding
from mlcatalog.domain.lineage import Edge, Node
from mlcatalog.domain.moments import now
from mlcatalog.domain.words import CheckState


def write_edges(
    connection: Connection, edges: Sequence[Edge], externals: Sequence[Node]
) -> int:
    """Make the edges those given; gives how many rows were written or dropped."""
    _write_externals(connection, externals)
    before = {
        (row.child, row.relation, row.parent): row
        for row in connection.execute(select(table(EdgeRow)))
    }
    written = 0
    wanted: set[tuple[str, str, str]] = set()
    for edge in edges:
        key = (edge.child, edge.relation.value, edge.parent)
        if key in wanted:
            continue
        wanted.add(key)
        values = _edge_values(edge)
        row = before.get(key)
        if row is None:
            connection.execute(
                insert(EdgeRow).values(
                    child=key[0], relation=key[1], parent=key[2], **values
                )
            )
        elif {name: getattr(row, name) for name in values} != values:
            connection.execute(
                update(EdgeRow).where(col(EdgeRow.id) == row.id).values(**values)
            )
        else:
            continue
        written += 1
    for key, row in before.items():
        if key not in wanted:
            connection.execute(delete(EdgeRow).where(col(EdgeRow.id) == row.id))
            written += 1
    return written


def _edge_values(edge: Edge) -> dict[str, Any]:
    proofs = sorted(
        edge.proofs, key=lambda p: (p.evidence.rank, -p.confidence, p.source, p.detail)
    )
    return {
        "evidence": edge.best.evidence.value,
        "confidence": edge.confidence,
        "proofs": json.dumps(
            [[p.evidence.value, p.source, p.detail, p.confidence] for p in proofs]
        ),
        "pinned": edge.pinned,
    }


def _write_externals(connection: Connection, externals: Sequence[Node]) -> None:
    known = {row.uid: row for row in connection.execute(select(table(ExternalRow)))}
    for node in {node.id: node for node in externals}.values():
        if node.id in known:
            continue
        connection.execute(
            insert(ExternalRow).values(
                uid=node.id,
                kind=node.kind.value,
                scheme=node.format or "name",
                reference=node.name,
                revision=node.revision or "",
                name=node.name,
            )
        )


def write_findings(
    connection: Connection, origin: str, findings: Sequence[Finding]
) -> int:
    """Make the findings of one stage those given; gives how many changed.

    What recurs reopens; what is gone is dropped; what a person waived stays
    waived until its day.
    """
    artifacts = {
        row.uid: (row.id, row.project_id)
        for row in connection.execute(
            select(
                col(ArtifactRow.uid), col(ArtifactRow.id), col(ArtifactRow.project_id)
            )
        )
    }
    before = {
        (row.rule, row.subject, row.detail): row
        for row in connection.execute(
            select(table(FindingRow)).where(col(FindingRow.origin) == origin)
        )
    }
    wanted: set[tuple[str, str, str]] = set()
    written = 0
    for finding in findings:
        key = (finding.rule, finding.artifact or finding.path, finding.detail)
        if key in wanted:
            continue
        wanted.add(key)
        values = _finding_values(finding)
        row = before.get(key)
        if row is None:
            artifact, project = artifacts.get(finding.artifact, (None, None))
            connection.execute(
                insert(FindingRow).values(
                    rule=key[0],
                    subject=key[1],
                    detail=key[2],
                    artifact_id=artifact,
                    project_id=project,
                    origin=origin,
                    state="open",
                    first_seen=now(),
                    **values,
                )
            )
        elif {name: getattr(row, name) for name in values} != values or (
            row.state == "suspended"
        ):
            connection.execute(
                update(FindingRow)
                .where(col(FindingRow.id) == row.id)
                .values(**values, state="open")
            )
        else:
            continue
        written += 1
    stale = [row.id for key, row in before.items() if key not in wanted]
    for row_id in stale:
        connection.execute(delete(FindingRow).where(col(FindingRow.id) == row_id))
    return written + len(stale)


def _finding_values(finding: Finding) -> dict[str, Any]:
    return {
        "severity": finding.severity.value,
        "message": finding.message,
        "path_text": finding.path,
        "field": finding.field,
        "found": finding.found,
        "expected": finding.expected,
        "suggestion": finding.suggestion,
        "remedy": finding.remedy,
    }


def apply_waivers(connection: Connection) -> None:
    """Waive what people waived; a waiver whose day has come ends."""
    moment = now()
    live = [
        row
        for row in connection.execute(select(table(WaiverRow)))
        if row.until is None or row.until > moment
    ]
    keys = {(row.rule, row.subject, row.detail) for row in live}
    for row in connection.execute(
        select(table(FindingRow)).where(col(FindingRow.state).in_(("open", "waived")))
    ).all():
        state = "waived" if (row.rule, row.subject, row.detail) in keys else "open"
        if row.state != state:
            connection.execute(
                update(FindingRow)
                .where(col(FindingRow.id) == row.id)
                .values(state=state)
            )


def write_checks(
    connection: Connection, checklists: Mapping[int, Sequence[Check]]
) -> None:
    """Replace the checklists of models, by artifact number, where they changed."""
    known = _checks(connection, list(checklists))
    for artifact, checks in checklists.items():
        rows = [
            {
                "artifact_id": artifact,
                "position": position,
                "check_name": check.check,
                "state": check.state.value,
                "evidence": check.evidence,
                "remedy": check.remedy,
            }
            for position, check in enumerate(checks)
        ]
        before = known.get(artifact, [])
        if before == rows:
            continue
        connection.execute(
            delete(CheckRow).where(col(CheckRow.artifact_id) == artifact)
        )
        if rows:
            connection.execute(insert(table(CheckRow)), rows)
        states = [check.state for check in checks]
        connection.execute(
            update(ArtifactRow)
            .where(col(ArtifactRow.id) == artifact)
            .values(
                met=states.count(CheckState.MET) + states.count(CheckState.WAIVED),
                applicable=len(states) - states.count(CheckState.NOT_APPLICABLE),
            )
        )


def _checks(
    connection: Connection, artifacts: Sequence[int]
) -> dict[int, list[dict[str, Any]]]:
    """The rows of the checklists that there are, in their order."""
    found: dict[int, list[dict[str, Any]]] = {}
    for start in range(0, len(artifacts), CHUNK):
        for row in connection.execute(
            select(table(CheckRow))
            .where(col(CheckRow.artifact_id).in_(artifacts[start : start + CHUNK]))
            .order_by(col(CheckRow.artifact_id), col(CheckRow.position))
        ):
            found.setdefault(row.artifact_id, []).append(dict(row._mapping))
    return found


def write_counts(
    connection: Connection, headlines: Mapping[int, tuple[str, float | None]]
) -> None:
    """Bring counts of findings and headline metrics up to date."""
    open_rules: dict[int | None, list[str]] = {}
    for row in connection.execute(
        select(col(FindingRow.artifact_id), col(FindingRow.rule)).where(
            col(FindingRow.state) == "open", col(FindingRow.artifact_id).is_not(None)
        )
    ):
        open_rules.setdefault(row[0], []).append(row[1])
    for row in connection.execute(select(table(ArtifactRow))).all():
        rules = open_rules.get(row.id, [])
        name, value = headlines.get(row.id, ("", None))
        values = {
            "findings": len(rules),
            "name_broken": any(rule.startswith("name.") for rule in rules),
            "metric_name": name,
            "metric_value": value,
        }
        if {key: getattr(row, key) for key in values} != values:
            connection.execute(
                update(ArtifactRow)
                .where(col(ArtifactRow.id) == row.id)
                .values(**values)
            )
