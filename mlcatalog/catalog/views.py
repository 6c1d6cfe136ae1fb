"""Rows as the frozen values of `domain/`: summaries, details and graphs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, or_, select
from sqlmodel import col

from mlcatalog.catalog.packing import unpacked_points
from mlcatalog.catalog.tables import (
    ArtifactRow,
    CheckRow,
    ColumnRow,
    EdgeRow,
    ExternalRow,
    FactRow,
    FileRow,
    FindingRow,
    FolderRow,
    KeyRow,
    MetricRow,
    ParamRow,
    ProjectRow,
    StageRow,
    TensorRow,
    VersionRow,
    table,
)
from mlcatalog.domain.artifact import KnownFact, Member, Metric, Summary, Version
from mlcatalog.domain.finding import Check, Finding
from mlcatalog.domain.lineage import Edge, Node, Proof
from mlcatalog.domain.reading import Column, Tensor
from mlcatalog.domain.values import Value, ValueType, clipped
from mlcatalog.domain.words import (
    CheckState,
    Evidence,
    Kind,
    Presence,
    Relation,
    Severity,
    Stage,
)

CHUNK = 500  # bound parameters per statement
NODE_FACTS = (
    "architecture",
    "base.revision",
    "code.commit",
    "code.dirty",
    "created",
    "epoch",
    "features",
    "features.documented",
    "hub.id",
    "rows",
    "run.id",
    "status",
    "step",
    "task",
)

SUMMARY: Any = (
    select(
        col(ArtifactRow.id),
        col(ArtifactRow.uid),
        col(ArtifactRow.kind),
        col(ArtifactRow.format),
        col(ArtifactRow.name),
        col(ProjectRow.path_text),
        col(ArtifactRow.path_text),
        col(ProjectRow.name),
        col(ArtifactRow.size),
        col(ArtifactRow.digest),
        col(ArtifactRow.stage),
        col(ArtifactRow.owner),
        col(ArtifactRow.modified),
        col(ArtifactRow.presence),
        col(ArtifactRow.metric_name),
        col(ArtifactRow.metric_value),
        col(ArtifactRow.met),
        col(ArtifactRow.applicable),
        col(ArtifactRow.findings),
        col(ArtifactRow.name_broken),
        col(ArtifactRow.bundle),
    )
    .select_from(ArtifactRow)
    .join(ProjectRow, col(ProjectRow.id) == col(ArtifactRow.project_id))
)


def display(path: bytes) -> str:
    """A path's bytes as text that any encoder takes."""
    return clipped(os.fsdecode(path))


def summaries(connection: Connection, statement: Select[Any]) -> list[Summary]:
    """What SUMMARY, narrowed, selects."""
    return [_summary(row) for row in connection.execute(statement)]


def summaries_of(connection: Connection, rows: Sequence[int]) -> list[Summary]:
    """The summaries of row numbers, in their order; vanished ones are left out."""
    found: dict[int, Summary] = {}
    for start in range(0, len(rows), CHUNK):
        part = [int(row) for row in rows[start : start + CHUNK]]
        for summary in summaries(
            connection, SUMMARY.where(col(ArtifactRow.id).in_(part))
        ):
            found[summary.row] = summary
    return [found[int(row)] for row in rows if int(row) in found]


def _summary(row: Any) -> Summary:
    metric = f"{row[14]} {row[15]:.4g}" if row[14] and row[15] is not None else ""
    return Summary(
        row=row[0],
        id=row[1],
        kind=Kind(row[2]),
        format=row[3],
        name=row[4],
        path=joined(row[5], row[6]),
        project=row[7],
        size=row[8],
        digest=row[9],
        stage=Stage(row[10]),
        owner=row[11],
        modified=row[12],
        presence=Presence(row[13]),
        metric=metric,
        met=row[16],
        applicable=row[17],
        findings=row[18],
        name_broken=bool(row[19]),
        bundle=bool(row[20]),
    )


def joined(root: str, relative: str) -> str:
    """An absolute path text; the root itself for an empty relative one."""
    return f"{root.rstrip('/')}/{relative}" if relative else root


def versions(connection: Connection, artifact: ArtifactRow) -> tuple[Version, ...]:
    """All versions of an artifact, newest first."""
    stages = {
        row.digest: row.stage
        for row in connection.execute(
            select(table(StageRow)).where(col(StageRow.artifact_uid) == artifact.uid)
        )
    }
    rows = connection.execute(
        select(table(VersionRow))
        .where(col(VersionRow.artifact_id) == artifact.id)
        .order_by(col(VersionRow.number).desc())
    )
    return tuple(
        Version(
            id=row.uid,
            number=row.number,
            digest=row.digest,
            size=row.size,
            observed=row.observed_at,
            recorded=row.recorded_at,
            current=row.id == artifact.version_id,
            stage=Stage(stages.get(row.digest, Stage.DRAFT)),
            has_text=row.text is not None,
        )
        for row in rows
    )


def _of(table: Any, artifact_id: int, version_id: int | None) -> Any:
    wanted = (
        table.version_id.is_(None)
        if version_id is None
        else or_(table.version_id == version_id, table.version_id.is_(None))
    )
    return (table.artifact_id == artifact_id) & wanted


def facts(
    connection: Connection, artifact_id: int, version_id: int | None
) -> tuple[KnownFact, ...]:
    """The facts of one version, by key, strongest evidence first."""
    rows = connection.execute(
        select(table(FactRow), col(KeyRow.name).label("key"))
        .join(KeyRow, col(KeyRow.id) == col(FactRow.key_id))
        .where(_of(FactRow, artifact_id, version_id))
    )
    known = [
        KnownFact(
            key=row.key,
            value=_value(row),
            evidence=Evidence(row.evidence),
            source=row.source,
        )
        for row in rows
    ]
    return tuple(
        sorted(known, key=lambda f: (f.key, f.evidence.rank, f.source, f.value.text))
    )


def params(
    connection: Connection, artifact_id: int, version_id: int | None
) -> dict[str, Value]:
    """The configuration of one version, sorted by key."""
    rows = connection.execute(
        select(table(ParamRow), col(KeyRow.name).label("key"))
        .join(KeyRow, col(KeyRow.id) == col(ParamRow.key_id))
        .where(_of(ParamRow, artifact_id, version_id))
        .order_by(col(KeyRow.name), col(ParamRow.source))
    )
    return {row.key: _value(row) for row in rows}


def _value(row: Any) -> Value:
    return Value(ValueType(row.type), row.text, row.number)


def metrics(
    connection: Connection, artifact_id: int, version_id: int | None
) -> tuple[Metric, ...]:
    """The metrics of one version with their curves, sorted by name."""
    rows = connection.execute(
        select(table(MetricRow), col(KeyRow.name).label("key"))
        .join(KeyRow, col(KeyRow.id) == col(MetricRow.key_id))
        .where(_of(MetricRow, artifact_id, version_id))
        .order_by(col(KeyRow.name), col(MetricRow.source), col(MetricRow.id))
    )
    return tuple(
        Metric(
            name=row.key,
            last=row.last,
            min=row.low,
            max=row.high,
            step=row.step,
            points=unpacked_points(row.series),
            dataset=row.dataset,
        )
        for row in rows
    )


def tensors(
    connection: Connection, artifact_id: int, version_id: int | None
) -> tuple[Tensor, ...]:
    """The tensors of one version, in the order of their files."""
    rows = connection.execute(
        select(table(TensorRow))
        .where(_of(TensorRow, artifact_id, version_id))
        .order_by(col(TensorRow.file_id), col(TensorRow.position))
    )
    return tuple(
        Tensor(row.name, row.dtype, tuple(json.loads(row.shape)), row.offset, row.size)
        for row in rows
    )


def columns(
    connection: Connection, artifact_id: int, version_id: int | None
) -> tuple[Column, ...]:
    """The columns of one dataset version, in order."""
    rows = connection.execute(
        select(table(ColumnRow))
        .where(_of(ColumnRow, artifact_id, version_id))
        .order_by(col(ColumnRow.file_id), col(ColumnRow.position))
    )
    return tuple(Column(row.name, row.type) for row in rows)


def members(connection: Connection, artifact_id: int) -> tuple[Member, ...]:
    """The files of an artifact that are there now."""
    rows = connection.execute(
        select(
            col(ProjectRow.path_text),
            col(FolderRow.path),
            col(FileRow.name),
            col(FileRow.role),
            col(FileRow.size),
            col(FileRow.digest),
        )
        .select_from(FileRow)
        .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
        .join(ProjectRow, col(ProjectRow.id) == col(FileRow.project_id))
        .where(col(FileRow.artifact_id) == artifact_id, col(FileRow.state) != "missing")
        .order_by(col(FileRow.role).desc(), col(FileRow.name))
    )
    return tuple(
        Member(
            path=joined(row[0], display(os.path.join(row[1], row[2]))),  # noqa: PTH118
            role=row[3],
            size=row[4],
            digest=row[5],
        )
        for row in rows
    )


def finding(row: Any, uid: str) -> Finding:
    """A finding's row as a value."""
    return Finding(
        rule=row.rule,
        severity=Severity(row.severity),
        message=row.message,
        artifact=uid,
        path=row.path_text,
        detail=row.detail,
        field=row.field,
        found=row.found,
        expected=row.expected,
        suggestion=row.suggestion,
        state=row.state,
        remedy=row.remedy,
    )


def findings(connection: Connection, artifact: ArtifactRow) -> tuple[Finding, ...]:
    """The open and waived findings of an artifact."""
    rows = connection.execute(
        select(table(FindingRow))
        .where(
            col(FindingRow.artifact_id) == artifact.id,
            col(FindingRow.state).in_(("open", "waived")),
        )
        .order_by(col(FindingRow.severity), col(FindingRow.rule))
    )
    return tuple(finding(row, artifact.uid) for row in rows)


def checks(connection: Connection, artifact_id: int) -> tuple[Check, ...]:
    """The traceability checklist of a model."""
    rows = connection.execute(
        select(table(CheckRow))
        .where(col(CheckRow.artifact_id) == artifact_id)
        .order_by(col(CheckRow.position))
    )
    return tuple(
        Check(row.check_name, CheckState(row.state), row.evidence, row.remedy)
        for row in rows
    )


def edge(row: Any, status: str = "open") -> Edge:
    """An edge's row as a value."""
    return Edge(
        parent=row.parent,
        child=row.child,
        relation=Relation(row.relation),
        proofs=tuple(
            Proof(Evidence(p[0]), p[1], p[2], p[3]) for p in json.loads(row.proofs)
        ),
        status=status,
        pinned=bool(row.pinned),
    )


def edges_touching(connection: Connection, uids: Iterable[str]) -> list[Any]:
    """The rows of all edges with an end among the ids."""
    found: dict[int, Any] = {}
    wanted = list(uids)
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        for row in connection.execute(
            select(table(EdgeRow)).where(
                or_(col(EdgeRow.child).in_(part), col(EdgeRow.parent).in_(part))
            )
        ):
            found[row.id] = row
    return list(found.values())


def nodes(connection: Connection, uids: Sequence[str]) -> dict[str, Node]:
    """The nodes of ids: artifacts with a few of their facts, and externals."""
    found: dict[str, Node] = {}
    for start in range(0, len(uids), CHUNK):
        part = list(uids[start : start + CHUNK])
        for row in connection.execute(
            select(table(ArtifactRow), col(ProjectRow.path_text).label("root"))
            .join(ProjectRow, col(ProjectRow.id) == col(ArtifactRow.project_id))
            .where(col(ArtifactRow.uid).in_(part))
        ):
            found[row.uid] = Node(
                id=row.uid,
                kind=Kind(row.kind),
                name=row.name,
                path=joined(row.root, row.path_text),
                format=row.format,
                digest=row.digest,
                size=row.size,
                modified=row.modified,
                stage=row.stage,
                facts=_node_facts(connection, row.id, row.version_id),
            )
        for row in connection.execute(
            select(table(ExternalRow)).where(col(ExternalRow.uid).in_(part))
        ):
            found[row.uid] = Node(
                id=row.uid,
                kind=Kind(row.kind),
                name=row.name,
                external=True,
                format=row.scheme,
                revision=row.revision or None,
            )
    return found


def _node_facts(
    connection: Connection, artifact_id: int, version_id: int | None
) -> dict[str, str]:
    known: dict[str, str] = {}
    for fact in facts(connection, artifact_id, version_id):
        if fact.key in NODE_FACTS:
            known.setdefault(fact.key, fact.value.text)
    return known
