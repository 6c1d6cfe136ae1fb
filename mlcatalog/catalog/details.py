"""All that is known of several artifacts, with one statement a table."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select
from sqlmodel import col

from mlcatalog.catalog import locations, packing, views
from mlcatalog.catalog.graphs import edges_of
from mlcatalog.catalog.summaries import joined
from mlcatalog.catalog.tables import (
    ArtifactRow,
    CheckRow,
    ColumnRow,
    FactRow,
    FileRow,
    FindingRow,
    FolderRow,
    KeyRow,
    MetricRow,
    NoteRow,
    ParamRow,
    ProjectRow,
    StageRow,
    TagRow,
    TensorRow,
    VersionRow,
    WaiverRow,
    table,
)
from mlcatalog.catalog.views import CHUNK, display, finding, finding_columns, its_waiver
from mlcatalog.domain.artifact import Detail, KnownFact, Member, Metric, Version
from mlcatalog.domain.finding import Check
from mlcatalog.domain.reading import Column, Tensor
from mlcatalog.domain.values import Value, ValueType
from mlcatalog.domain.words import CheckState, Evidence, Stage

T = TypeVar("T")
Many = dict[int, list[T]]


@dataclass(frozen=True, slots=True)
class Asked:
    """An artifact's row, and the row of the version that is meant; None: it has none."""

    artifact: Any
    version: Any

    @property
    def version_id(self) -> int | None:
        """The row number of the version."""
        return None if self.version is None else int(self.version.id)


def details(connection: Connection, asked: Sequence[Asked]) -> list[Detail]:
    """The details of artifacts at one version each, in the order asked."""
    found: dict[int, Detail] = {}
    each = list({one.artifact.id: one for one in asked}.values())
    for start in range(0, len(each), CHUNK):
        for detail in _Reading(connection, each[start : start + CHUNK]).all():
            found[detail.summary.row] = detail
    return [found[one.artifact.id] for one in asked]


def current(connection: Connection, uids: Sequence[str]) -> list[Asked]:
    """Artifacts at their current versions, in the order asked."""
    found: dict[str, Any] = {}
    for start in range(0, len(uids), CHUNK):
        part = list(uids[start : start + CHUNK])
        for row in connection.execute(
            select(table(ArtifactRow)).where(col(ArtifactRow.uid).in_(part))
        ):
            found[row.uid] = row
    numbers = [row.version_id for row in found.values() if row.version_id is not None]
    versions: dict[int, Any] = {}
    for start in range(0, len(numbers), CHUNK):
        for row in connection.execute(
            select(table(VersionRow)).where(
                col(VersionRow.id).in_(numbers[start : start + CHUNK])
            )
        ):
            versions[row.id] = row
    rows = (found[uid] for uid in dict.fromkeys(uids) if uid in found)
    return [Asked(row, versions.get(row.version_id)) for row in rows]


class _Reading:
    def __init__(self, connection: Connection, asked: Sequence[Asked]) -> None:
        self._connection = connection
        self._asked = asked
        self._ids = [one.artifact.id for one in asked]
        self._versions = [v for one in asked if (v := one.version_id) is not None]
        # Runs repeat each other's values: each is made once.
        self._values: dict[tuple[str, str, float | None], Value] = {}

    def all(self) -> list[Detail]:
        summaries = {
            summary.row: summary
            for summary in views.summaries_of(self._connection, self._ids)
        }
        versions, facts = self._all_versions(), self._facts()
        params, metrics = self._params(), self._metrics()
        tensors, columns = self._tensors(), self._columns()
        findings, checks = self._findings(), self._checks()
        members, tags, notes = self._members(), self._tags(), self._notes()
        edges = edges_of(self._connection, [one.artifact.uid for one in self._asked])
        gone = views.missing_since(self._connection, self._ids)
        places = locations.history(self._connection, self._ids)
        return [
            Detail(
                summary=summaries[number],
                versions=tuple(versions.get(number, ())),
                facts=tuple(sorted(facts.get(number, ()), key=_strongest_first)),
                params=dict(params.get(number, ())),
                metrics=tuple(metrics.get(number, ())),
                tensors=tuple(tensors.get(number, ())),
                columns=tuple(columns.get(number, ())),
                edges=edges[one.artifact.uid],
                findings=tuple(findings.get(number, ())),
                checks=tuple(checks.get(number, ())),
                members=tuple(members.get(number, ())),
                locations=tuple(places.get(number, ())),
                tags=tuple(sorted(tags.get(number, ()))),
                note="".join(notes.get(number, ())),
                text=_text(one.version),
                missing_since=gone.get(number),
            )
            for one in self._asked
            for number in [one.artifact.id]
        ]

    def _all_versions(self) -> Many[Version]:
        stages = {
            (row.artifact_uid, row.digest): row.stage
            for row in self._connection.execute(
                select(table(StageRow)).where(
                    col(StageRow.artifact_uid).in_(
                        [one.artifact.uid for one in self._asked]
                    )
                )
            )
        }
        artifacts = {one.artifact.id: one.artifact for one in self._asked}
        statement = (
            select(
                *[c for c in table(VersionRow).c if c.name != "text"],
                col(VersionRow.text).is_not(None).label("has_text"),
            )
            .where(col(VersionRow.artifact_id).in_(self._ids))
            .order_by(col(VersionRow.number).desc())
        )

        def made(row: Any) -> Version:
            artifact = artifacts[row.artifact_id]
            stage = stages.get((artifact.uid, row.digest), Stage.DRAFT)
            return Version(
                id=row.uid,
                number=row.number,
                digest=row.digest,
                size=row.size,
                observed=row.observed_at,
                recorded=row.recorded_at,
                current=row.id == artifact.version_id,
                stage=Stage(stage),
                has_text=bool(row.has_text),
            )

        return self._many(statement, made)

    def _facts(self) -> Many[KnownFact]:
        statement = self._keyed(FactRow)

        def made(row: Any) -> KnownFact:
            return KnownFact(
                row.key, self._value(row), Evidence(row.evidence), row.source
            )

        return self._many(statement, made)

    def _params(self) -> Many[tuple[str, Value]]:
        statement = self._keyed(ParamRow).order_by(
            col(KeyRow.name), col(ParamRow.source)
        )
        return self._many(statement, lambda row: (row.key, self._value(row)))

    def _metrics(self) -> Many[Metric]:
        statement = self._keyed(MetricRow).order_by(
            col(KeyRow.name), col(MetricRow.source), col(MetricRow.id)
        )
        return self._many(statement, _metric)

    def _tensors(self) -> Many[Tensor]:
        statement = (
            select(table(TensorRow))
            .where(self._said(TensorRow))
            .order_by(col(TensorRow.file_id), col(TensorRow.position))
        )
        return self._many(statement, _tensor)

    def _columns(self) -> Many[Column]:
        statement = (
            select(table(ColumnRow))
            .where(self._said(ColumnRow))
            .order_by(col(ColumnRow.file_id), col(ColumnRow.position))
        )
        return self._many(statement, lambda row: Column(row.name, row.type))

    def _findings(self) -> Many[Any]:
        uids = {one.artifact.id: one.artifact.uid for one in self._asked}
        statement = (
            select(*finding_columns())
            .join(WaiverRow, its_waiver(), isouter=True)
            .where(
                col(FindingRow.artifact_id).in_(self._ids),
                col(FindingRow.state).in_(("open", "waived")),
            )
            .order_by(col(FindingRow.severity), col(FindingRow.rule))
        )
        return self._many(statement, lambda row: finding(row, uids[row.artifact_id]))

    def _checks(self) -> Many[Check]:
        statement = (
            select(table(CheckRow))
            .where(col(CheckRow.artifact_id).in_(self._ids))
            .order_by(col(CheckRow.position))
        )
        return self._many(
            statement,
            lambda row: Check(
                row.check_name, CheckState(row.state), row.evidence, row.remedy
            ),
        )

    def _members(self) -> Many[Member]:
        statement = (
            select(
                col(FileRow.artifact_id),
                col(ProjectRow.path_text),
                col(FolderRow.path),
                col(FileRow.name),
                col(FileRow.role),
                col(FileRow.size),
                col(FileRow.digest),
                col(ProjectRow.path),
            )
            .select_from(FileRow)
            .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
            .join(ProjectRow, col(ProjectRow.id) == col(FileRow.project_id))
            .where(
                col(FileRow.artifact_id).in_(self._ids), col(FileRow.state) != "missing"
            )
            .order_by(col(FileRow.role).desc(), col(FileRow.name))
        )
        return self._many(statement, _member)

    def _tags(self) -> Many[str]:
        statement = select(table(TagRow)).where(col(TagRow.artifact_id).in_(self._ids))
        return self._many(statement, lambda row: str(row.tag))

    def _notes(self) -> Many[str]:
        statement = select(table(NoteRow)).where(
            col(NoteRow.artifact_id).in_(self._ids)
        )
        return self._many(statement, lambda row: str(row.text))

    def _keyed(self, said: Any) -> Select[Any]:
        return (
            select(table(said), col(KeyRow.name).label("key"))
            .join(KeyRow, col(KeyRow.id) == said.key_id)
            .where(self._said(said))
        )

    def _said(self, said: Any) -> ColumnElement[bool]:
        """Said of these artifacts, at their versions or at none."""
        at_version: ColumnElement[bool] = said.version_id.in_(self._versions)
        return and_(
            said.artifact_id.in_(self._ids), or_(said.version_id.is_(None), at_version)
        )

    def _many(self, statement: Any, made: Callable[[Any], T]) -> Many[T]:
        found: Many[T] = {}
        for row in self._connection.execute(statement):
            found.setdefault(row.artifact_id, []).append(made(row))
        return found

    def _value(self, row: Any) -> Value:
        key = row.type, row.text, row.number
        value = self._values.get(key)
        if value is None:
            value = self._values[key] = Value(ValueType(row.type), row.text, row.number)
        return value


def _strongest_first(fact: KnownFact) -> tuple[str, int, str, str]:
    return fact.key, fact.evidence.rank, fact.source, fact.value.text


def _metric(row: Any) -> Metric:
    return Metric(
        name=row.key,
        last=row.last,
        min=row.low,
        max=row.high,
        step=row.step,
        points=packing.unpacked_points(row.series),
        dataset=row.dataset,
        source=row.source,
    )


def _tensor(row: Any) -> Tensor:
    shape = tuple(json.loads(row.shape))
    return Tensor(row.name, row.dtype, shape, row.offset, row.size)


def _member(row: Any) -> Member:
    return Member(
        path=joined(row[1], display(os.path.join(row[2], row[3]))),  # noqa: PTH118
        role=row[4],
        size=row[5],
        digest=row[6],
        place=os.path.join(row[7], row[2], row[3]),  # noqa: PTH118 - bytes
    )


def _text(version: Any) -> str | None:
    if version is None or not version.text:
        return None
    return packing.unpacked_text(version.text)
