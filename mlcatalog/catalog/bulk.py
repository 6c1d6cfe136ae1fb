"""One-pass reads of present artifacts, all or some, for the link and judge stages."""

from __future__ import annotations

import math
import os
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, or_, select, true
from sqlmodel import col

from mlcatalog.catalog.stale import among
from mlcatalog.catalog.summaries import joined
from mlcatalog.catalog.tables import (
    ArtifactRow,
    FactRow,
    FileRow,
    FolderRow,
    KeyRow,
    MetricRow,
    ProjectRow,
    TensorRow,
    VersionRow,
)
from mlcatalog.catalog.views import display
from mlcatalog.domain.artifact import Metric
from mlcatalog.domain.words import Evidence

Rows = Collection[int] | None  # artifacts by their numbers; None: all


def _current(table: Any) -> Any:
    return or_(table.version_id.is_(None), table.version_id == ArtifactRow.version_id)


def wanted(column: Any, rows: Rows) -> Any:
    """A condition for some artifacts, or for all."""
    return true() if rows is None else among(column, rows)


def facts_by_artifact(
    connection: Connection, rows: Rows = None
) -> dict[int, dict[str, str]]:
    """The text of each fact of each present artifact, strongest evidence first."""
    found = connection.execute(
        select(
            col(FactRow.artifact_id),
            col(KeyRow.name),
            col(FactRow.text),
            col(FactRow.evidence),
            col(FactRow.source),
        )
        .join(KeyRow, col(KeyRow.id) == col(FactRow.key_id))
        .join(ArtifactRow, col(ArtifactRow.id) == col(FactRow.artifact_id))
        .where(
            col(ArtifactRow.present),
            _current(FactRow),
            wanted(col(FactRow.artifact_id), rows),
        )
    )
    ordered = sorted(found, key=lambda r: (r[0], r[1], Evidence(r[3]).rank, r[4], r[2]))
    facts: dict[int, dict[str, str]] = {}
    for artifact, key, text, _, _ in ordered:
        facts.setdefault(artifact, {}).setdefault(key, text)
    return facts


def members_by_artifact(
    connection: Connection, rows: Rows = None
) -> dict[int, list[str]]:
    """The absolute paths of each artifact's files that are there."""
    found = connection.execute(
        select(
            col(FileRow.artifact_id),
            col(ProjectRow.path_text),
            col(FolderRow.path),
            col(FileRow.name),
        )
        .select_from(FileRow)
        .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
        .join(ProjectRow, col(ProjectRow.id) == col(FileRow.project_id))
        .where(
            col(FileRow.artifact_id).is_not(None),
            col(FileRow.state) != "missing",
            wanted(col(FileRow.artifact_id), rows),
        )
        .order_by(col(FolderRow.path), col(FileRow.name))
    )
    members: dict[int, list[str]] = {}
    for artifact, root, folder, name in found:
        relative = os.path.join(folder, name)  # noqa: PTH118 - bytes
        if artifact is not None:
            members.setdefault(artifact, []).append(joined(root, display(relative)))
    return members


def tensors_by_artifact(
    connection: Connection, rows: Rows = None
) -> dict[int, list[tuple[str, str | None, int]]]:
    """Each present model's tensors: name, fingerprint, number of elements."""
    found = connection.execute(
        select(
            col(TensorRow.artifact_id),
            col(TensorRow.name),
            col(TensorRow.digest),
            col(TensorRow.shape),
        )
        .join(ArtifactRow, col(ArtifactRow.id) == col(TensorRow.artifact_id))
        .where(
            col(ArtifactRow.present),
            _current(TensorRow),
            wanted(col(TensorRow.artifact_id), rows),
        )
        .order_by(col(TensorRow.file_id), col(TensorRow.position))
    )
    tensors: dict[int, list[tuple[str, str | None, int]]] = {}
    for artifact, name, digest, shape in found:
        tensors.setdefault(artifact, []).append((name, digest, _elements(shape)))
    return tensors


@dataclass(frozen=True, slots=True)
class PastWeights:
    """The weights of a model version that was overwritten."""

    digest: str
    at: int  # when it was recorded, else first observed; UTC µs
    tensors: tuple[tuple[str, str | None, int], ...]


def past_weights(
    connection: Connection, rows: Rows = None
) -> dict[int, list[PastWeights]]:
    """Each present model's earlier versions whose tensors are known."""
    said = connection.execute(
        select(
            col(TensorRow.artifact_id),
            col(VersionRow.digest),
            func.coalesce(col(VersionRow.recorded_at), col(VersionRow.observed_at)),
            col(TensorRow.name),
            col(TensorRow.digest),
            col(TensorRow.shape),
        )
        .join(ArtifactRow, col(ArtifactRow.id) == col(TensorRow.artifact_id))
        .join(VersionRow, col(VersionRow.id) == col(TensorRow.version_id))
        .where(
            col(ArtifactRow.present),
            col(ArtifactRow.version_id) != col(TensorRow.version_id),
            col(VersionRow.digest).is_not(None),
            wanted(col(TensorRow.artifact_id), rows),
        )
        .order_by(col(VersionRow.id), col(TensorRow.file_id), col(TensorRow.position))
    )
    found: dict[tuple[int, str, int], list[tuple[str, str | None, int]]] = {}
    for artifact, digest, at, name, mark, shape in said:
        held = found.setdefault((artifact, str(digest), at), [])
        held.append((name, mark, _elements(shape)))
    past: dict[int, list[PastWeights]] = {}
    for (artifact, digest, at), tensors in found.items():
        past.setdefault(artifact, []).append(PastWeights(digest, at, tuple(tensors)))
    return past


def tensors_of(
    connection: Connection, artifact_id: str
) -> tuple[tuple[str, str | None, int], ...]:
    """One model's tensors as it is now: name, fingerprint, number of elements."""
    rows = connection.execute(
        select(col(TensorRow.name), col(TensorRow.digest), col(TensorRow.shape))
        .join(ArtifactRow, col(ArtifactRow.id) == col(TensorRow.artifact_id))
        .where(col(ArtifactRow.uid) == artifact_id, _current(TensorRow))
        .order_by(col(TensorRow.file_id), col(TensorRow.position))
    )
    return tuple((name, digest, _elements(shape)) for name, digest, shape in rows)


def _elements(shape: str) -> int:
    return math.prod(int(part) for part in shape.strip("[]").split(",") if part.strip())


def last_values(connection: Connection, rows: Rows = None) -> dict[int, list[Metric]]:
    """The last value of each metric of present artifacts, without their curves."""
    found = connection.execute(
        select(col(MetricRow.artifact_id), col(KeyRow.name), col(MetricRow.last))
        .join(KeyRow, col(KeyRow.id) == col(MetricRow.key_id))
        .join(ArtifactRow, col(ArtifactRow.id) == col(MetricRow.artifact_id))
        .where(
            col(ArtifactRow.present),
            _current(MetricRow),
            wanted(col(MetricRow.artifact_id), rows),
        )
        .order_by(col(KeyRow.name), col(MetricRow.source), col(MetricRow.id))
    )
    values: dict[int, list[Metric]] = {}
    for artifact, name, last in found:
        values.setdefault(artifact, []).append(Metric(name, last, None, None, None))
    return values
