"""What the link and judge stages found, written by comparing with what was."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    delete,
    insert,
    select,
    text,
    true,
    update,
)
from sqlmodel import col

from mlcatalog.catalog.many import many
from mlcatalog.catalog.stale import among
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
from mlcatalog.domain.words import CheckState, Severity

FINDING_TEXTS = ("message", "field", "found", "expected", "suggestion", "remedy")
FindingKey = tuple[str, str, str]  # rule, subject, detail
Condition = ColumnElement[bool] | None
EdgeKey = tuple[str, str, str]  # child, relation, parent


def write_edges(
    connection: Connection,
    edges: Sequence[Edge],
    externals: Sequence[Node],
    children: Collection[str] | None = None,
) -> list[EdgeKey]:
    """Make the edges those given; gives those that were written or dropped.

    `children` says whose, where not all are meant.
    """
    write_externals(connection, externals)
    about = true() if children is None else among(col(EdgeRow.child), children)
    before = {
        (row.child, row.relation, row.parent): row
        for row in connection.execute(select(table(EdgeRow)).where(about))
    }
    wanted: dict[EdgeKey, Edge] = {}
    for edge in edges:
        wanted.setdefault((edge.child, edge.relation.value, edge.parent), edge)
    fresh: list[dict[str, Any]] = []
    written: list[EdgeKey] = []
    for key, edge in wanted.items():
        values, row = _edge_values(edge), before.get(key)
        if row is None:
            ends = dict(zip(("child", "relation", "parent"), key, strict=True))
            fresh.append(ends | values)
        elif {name: getattr(row, name) for name in values} != values:
            connection.execute(
                update(EdgeRow).where(col(EdgeRow.id) == row.id).values(**values)
            )
        else:
            continue
        written.append(key)
    if fresh:
        connection.execute(insert(table(EdgeRow)), fresh)
    gone = [key for key in before if key not in wanted]
    if gone:
        numbers = [before[key].id for key in gone]
        connection.execute(delete(EdgeRow).where(among(col(EdgeRow.id), numbers)))
    return written + gone


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


def write_externals(connection: Connection, externals: Sequence[Node]) -> None:
    """Add what is known by reference only, unless it is there."""
    nodes = {node.id: node for node in externals}
    if not nodes:
        return
    known = {
        row.uid: row
        for row in connection.execute(
            select(table(ExternalRow)).where(among(col(ExternalRow.uid), nodes))
        )
    }
    fresh: list[dict[str, str]] = []
    for node in nodes.values():
        scheme = node.format or node.facts.get("scheme", "name")
        row = known.get(node.id)
        if row is None:
            fresh.append(
                {
                    "uid": node.id,
                    "kind": node.kind.value,
                    "scheme": scheme,
                    "reference": node.name,
                    "revision": node.revision or "",
                    "name": node.name,
                }
            )
        elif row.scheme != scheme:  # an earlier program called all of them names
            connection.execute(
                update(ExternalRow)
                .where(col(ExternalRow.uid) == node.id)
                .values(scheme=scheme)
            )
    if fresh:
        # What nothing leads to any more may still hold the same reference.
        connection.execute(insert(ExternalRow).prefix_with("OR REPLACE"), fresh)


def write_findings(
    connection: Connection,
    origin: str,
    findings: Sequence[Finding],
    about: Condition = None,
) -> int:
    """Make the findings of one stage those given; gives how many changed.

    `about` says which of them, where not all are meant. What recurs reopens;
    what is gone is dropped; what a person waived stays waived until its day.
    """
    rows = connection.execute(
        select(table(FindingRow)).where(
            col(FindingRow.origin) == origin, true() if about is None else about
        )
    )
    before = {(row.rule, row.subject, row.detail): row for row in rows}
    wanted: dict[FindingKey, Finding] = {}
    for finding in findings:
        subject = finding.artifact or finding.path
        wanted.setdefault((finding.rule, subject, finding.detail), finding)
    fresh = {key: finding for key, finding in wanted.items() if key not in before}
    _insert_findings(connection, origin, fresh)
    written = len(fresh)
    for key in wanted.keys() & before.keys():
        values, row = _finding_values(wanted[key]), before[key]
        is_same = {name: getattr(row, name) for name in values} == values
        if not is_same or row.state == "suspended":
            connection.execute(
                update(FindingRow)
                .where(col(FindingRow.id) == row.id)
                .values(**values, state="open")
            )
            written += 1
    gone = [row.id for key, row in before.items() if key not in wanted]
    if gone:
        connection.execute(delete(FindingRow).where(among(col(FindingRow.id), gone)))
    return written + len(gone)


def _insert_findings(
    connection: Connection, origin: str, findings: Mapping[FindingKey, Finding]
) -> None:
    subjects = {finding.artifact for finding in findings.values()} - {""}
    artifacts = {
        row[0]: (row[1], row[2])
        for row in connection.execute(
            select(
                col(ArtifactRow.uid), col(ArtifactRow.id), col(ArtifactRow.project_id)
            ).where(among(col(ArtifactRow.uid), subjects))
        )
    }
    rows = []
    for (rule, subject, detail), finding in findings.items():
        artifact, project = artifacts.get(finding.artifact, (None, None))
        rows.append(
            {
                "rule": rule,
                "subject": subject,
                "detail": detail,
                "artifact_id": artifact,
                "project_id": project,
                "origin": origin,
                "state": "open",
                "first_seen": now(),
                **_finding_values(finding),
            }
        )
    if rows:
        connection.execute(insert(table(FindingRow)), rows)


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


def plain_finding(row: Any) -> Finding:
    """A finding that is about a place, as a stage gave it."""
    return Finding(
        rule=row.rule,
        severity=Severity(row.severity),
        path=row.path_text,
        detail=row.detail,
        **{name: getattr(row, name) for name in FINDING_TEXTS},
    )


def apply_waivers(connection: Connection) -> set[int]:
    """Waive what people waived; a waiver whose day has come ends.

    Gives the artifacts whose findings that changed.
    """
    moment = now()
    live = {
        (row.rule, row.subject, row.detail)
        for row in connection.execute(select(table(WaiverRow)))
        if row.until is None or row.until > moment
    }
    waived = connection.execute(
        select(table(FindingRow)).where(text("finding.state = 'waived'"))
    ).all()
    have = {(row.rule, row.subject, row.detail) for row in waived}
    ended = [r for r in waived if (r.rule, r.subject, r.detail) not in live]
    begun = [
        row
        for rule, subject, detail in live - have
        for row in connection.execute(
            select(table(FindingRow)).where(
                col(FindingRow.rule) == rule,
                col(FindingRow.subject) == subject,
                col(FindingRow.detail) == detail,
                col(FindingRow.state) == "open",
            )
        )
    ]
    for rows, state in ((ended, "open"), (begun, "waived")):
        if rows:
            connection.execute(
                update(FindingRow)
                .where(among(col(FindingRow.id), [row.id for row in rows]))
                .values(state=state)
            )
    return {r.artifact_id for r in (*ended, *begun) if r.artifact_id is not None}


def write_checks(
    connection: Connection, checklists: Mapping[int, Sequence[Check]]
) -> None:
    """Replace the checklists of models, by artifact number, where they changed."""
    known = _checks(connection, list(checklists))
    written: list[dict[str, object]] = []
    counts: list[tuple[int, int, int]] = []
    for artifact, checks in checklists.items():
        rows: list[dict[str, object]] = [
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
        if known.get(artifact, []) == rows:
            continue
        written += rows
        states = [check.state for check in checks]
        met = states.count(CheckState.MET) + states.count(CheckState.WAIVED)
        applicable = len(states) - states.count(CheckState.NOT_APPLICABLE)
        counts.append((met, applicable, artifact))
    connection.execute(
        delete(CheckRow).where(
            among(col(CheckRow.artifact_id), [n for *_, n in counts])
        )
    )
    if written:
        connection.execute(insert(table(CheckRow)), written)
    many(connection, "UPDATE artifact SET met = ?, applicable = ? WHERE id = ?", counts)


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


def write_headlines(
    connection: Connection, headlines: Mapping[int, tuple[str, float | None]]
) -> None:
    """Bring the metrics that the library shows up to date."""
    rows = connection.execute(
        select(
            col(ArtifactRow.id),
            col(ArtifactRow.metric_name),
            col(ArtifactRow.metric_value),
        ).where(among(col(ArtifactRow.id), list(headlines)))
    ).all()
    for number, *before in rows:
        name, value = headlines[number or 0]
        if before != [name, value]:
            connection.execute(
                update(ArtifactRow)
                .where(col(ArtifactRow.id) == number)
                .values(metric_name=name, metric_value=value)
            )


COUNTS = """SELECT artifact.id AS id, count(finding.id) AS found,
    coalesce(max(finding.rule LIKE 'name.%'), 0) AS broken
    FROM json_each(:artifacts) AS wanted JOIN artifact ON artifact.id = wanted.value
    LEFT JOIN finding ON finding.artifact_id = artifact.id AND finding.state = 'open'
    GROUP BY artifact.id
    HAVING found IS NOT artifact.findings OR broken IS NOT artifact.name_broken"""


def write_counts(connection: Connection, artifacts: Sequence[int]) -> None:
    """Bring the numbers of open findings of artifacts up to date."""
    rows = connection.execute(text(COUNTS), {"artifacts": json.dumps(list(artifacts))})
    values = [{"number": row.id, "n": row.found, "b": row.broken} for row in rows]
    if values:
        connection.execute(
            text(
                "UPDATE artifact SET findings = :n, name_broken = :b WHERE id = :number"
            ),
            values,
        )
