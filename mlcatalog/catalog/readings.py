"""What readers and trackers said, as rows: replaced when their source changes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlmodel import col

from mlcatalog.catalog.erasing import dissolve
from mlcatalog.catalog.listing import wait
from mlcatalog.catalog.many import many
from mlcatalog.catalog.packing import (
    longer_points,
    packed_points,
    unpacked_points,
)
from mlcatalog.catalog.tables import (
    ArtifactRow,
    ClaimRow,
    ColumnRow,
    FactRow,
    FileRow,
    FindingRow,
    KeyRow,
    MetricRow,
    ParamRow,
    TensorRow,
    table,
)
from mlcatalog.catalog.views import CHUNK
from mlcatalog.domain.moments import now
from mlcatalog.domain.reading import (
    Claim,
    Notice,
    Reading,
    Series,
)
from mlcatalog.domain.values import Value


@dataclass(frozen=True, slots=True)
class Said:
    """Where rows belong: an artifact, its version (None for runs), a file."""

    artifact_id: int
    version_id: int | None
    file_id: int
    source: str  # the file's name, for facts
    source_path: str  # absolute


class Keys:
    """The numbers of key names, remembered between writes."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def numbers(self, connection: Connection, names: Iterable[str]) -> dict[str, int]:
        """The number of each name; new names get one."""
        wanted = set(names) - self._known.keys()
        if wanted:
            self._find(connection, wanted)
            new = sorted(wanted - self._known.keys())
            many(connection, "INSERT INTO key (name) VALUES (?)", ((n,) for n in new))
            self._find(connection, new)
        return self._known

    def _find(self, connection: Connection, names: Iterable[str]) -> None:
        asked = sorted(names)
        for start in range(0, len(asked), CHUNK):
            for row in connection.execute(
                select(table(KeyRow)).where(
                    col(KeyRow.name).in_(asked[start : start + CHUNK])
                )
            ):
                self._known[row.name] = row.id

    def forget(self) -> None:
        """After a transaction that failed, numbers may not be kept."""
        self._known.clear()


# A file's tensors by name, type, offset and size, with their fingerprints.
Marks = dict[tuple[str, str, int | None, int], str | None]


class Rows:
    """Rows of many readings, written together."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._keys = keys
        self._waiting: dict[Any, list[dict[str, object]]] = {}
        self._notices: list[tuple[Said, Notice]] = []
        self.stale: set[int] = set()  # files whose earlier points are not there

    def flush(self) -> None:
        """Write what was added."""
        for row_class, rows in self._waiting.items():
            _insert(self._connection, row_class, rows)
        for said, notice in self._notices:
            write_notice(self._connection, said, notice)
        self._waiting, self._notices = {}, []

    def _put(self, row_class: Any, rows: Iterable[dict[str, object]]) -> None:
        self._waiting.setdefault(row_class, []).extend(rows)

    def name(self, readings: Iterable[Reading]) -> Mapping[str, int]:
        """Give the keys of readings their numbers; many together ask only once."""
        names: set[str] = set()
        for reading in readings:
            names.update(fact.key for fact in reading.facts)
            names.update(param.key for param in reading.params)
            names.update(series.name for series in reading.metrics)
        return self._keys.numbers(self._connection, names)

    def add(
        self,
        said: Said,
        reading: Reading,
        *,
        continues: bool = False,
        marks: Marks | None = None,
    ) -> None:
        """Add all that a reading says; one that continues has new points only.

        marks: what is known of the bytes of its tensors.
        """
        facts, params, metrics = reading.facts, reading.params, reading.metrics
        number = self.name((reading,))
        known = marks or {}
        base = {
            "artifact_id": said.artifact_id,
            "version_id": said.version_id,
            "file_id": said.file_id,
        }
        self._put(
            FactRow,
            (
                {
                    **base,
                    "key_id": number[fact.key],
                    **_columns_of(fact.value),
                    "evidence": fact.evidence.value,
                    "source": fact.source or said.source,
                }
                for fact in facts
            ),
        )
        self._put(
            ParamRow,
            (
                {
                    **base,
                    "key_id": number[param.key],
                    **_columns_of(param.value),
                    "source": said.source,
                }
                for param in params
            ),
        )
        if continues:
            metrics = self._continued(said, metrics, number)
        self._put(
            MetricRow,
            (
                {
                    **base,
                    "key_id": number[series.name],
                    **summarised(series),
                    "source": said.source,
                }
                for series in metrics
            ),
        )
        self._put(
            ColumnRow,
            (
                {**base, "position": place, "name": column.name, "type": column.type}
                for place, column in enumerate(reading.columns)
            ),
        )
        self._put(
            TensorRow,
            (
                {
                    **base,
                    "position": position,
                    "name": tensor.name,
                    "dtype": tensor.dtype,
                    "shape": json.dumps(list(tensor.shape)),
                    "offset": tensor.offset,
                    "size": tensor.size,
                    "digest": known.get(
                        (tensor.name, tensor.dtype, tensor.offset, tensor.size)
                    ),
                }
                for position, tensor in enumerate(reading.tensors)
            ),
        )
        self._put(ClaimRow, (_claim(said, claim) for claim in reading.claims))
        self._notices += [(said, notice) for notice in reading.notices]

    def _continued(
        self, said: Said, metrics: Sequence[Series], number: Mapping[str, int]
    ) -> tuple[Series, ...]:
        """Lengthen the series that are there; gives those that are new."""
        own = (
            col(MetricRow.file_id) == said.file_id,
            col(MetricRow.version_id).is_(None),
        )
        moved = col(MetricRow.artifact_id) != said.artifact_id
        self._connection.execute(
            update(MetricRow).where(*own, moved).values(artifact_id=said.artifact_id)
        )
        new: list[Series] = []
        for series in metrics:
            same = (*own, col(MetricRow.key_id) == number[series.name])
            row = self._connection.execute(
                select(table(MetricRow)).where(*same)
            ).first()
            if row is None or not series.after:
                self._connection.execute(delete(MetricRow).where(*same))
                new.append(series)
            elif series.points:
                self._connection.execute(
                    update(MetricRow)
                    .where(col(MetricRow.id) == row.id)
                    .values(**lengthened(row, series))
                )
            if series.after > (row.points if row is not None else 0):
                self.stale.add(said.file_id)
        return tuple(new)


def _insert(
    connection: Connection, row_class: Any, rows: list[dict[str, object]]
) -> None:
    if rows:
        connection.execute(insert(table(row_class)), rows)


def _columns_of(value: Value) -> dict[str, object]:
    return {"type": value.type.value, "text": value.text, "number": value.number}


def summarised(series: Series) -> dict[str, object]:
    """Last, lowest, highest and the step of the last value; NaN is left out."""
    finite = [p for p in series.points if not math.isnan(p.value)]
    last = series.points[-1] if series.points else None
    return {
        "last": finite[-1].value if finite else None,
        "low": min((p.value for p in finite), default=None),
        "high": max((p.value for p in finite), default=None),
        "step": last.step if last else None,
        "dataset": series.dataset,
        "series": packed_points(series.points),
        "points": len(series.points),
    }


def lengthened(row: Any, series: Series) -> dict[str, object]:
    """A metric's row with the points that follow its first `series.after`."""
    if row.points != series.after:
        first = unpacked_points(row.series)[: series.after]
        return summarised(replace(series, points=(*first, *series.points)))
    new = summarised(series)
    finite = new["last"] is not None
    lows = [n for n in (row.low, new["low"]) if isinstance(n, float)]
    highs = [n for n in (row.high, new["high"]) if isinstance(n, float)]
    return new | {
        "last": new["last"] if finite else row.last,
        "low": min(lows, default=None),
        "high": max(highs, default=None),
        "series": longer_points(row.series, row.points, series.points),
        "points": row.points + len(series.points),
    }


def _claim(said: Said, claim: Claim) -> dict[str, object]:
    return {
        "artifact_id": said.artifact_id,
        "file_id": said.file_id,
        "source_path": said.source_path,
        "subject_scheme": claim.subject.scheme.value,
        "subject_id": claim.subject.id,
        "subject_revision": claim.subject.revision,
        "relation": claim.relation.value,
        "target_scheme": claim.target.scheme.value,
        "target_id": claim.target.id,
        "target_revision": claim.target.revision,
        "target_kind": claim.target.kind.value if claim.target.kind else None,
        "evidence": claim.evidence.value,
        "source": claim.source,
        "detail": claim.detail,
        "confidence": claim.confidence,
    }


def write_notice(connection: Connection, said: Said, notice: Notice) -> None:
    """A reader's notice as a finding of its artifact."""
    artifact = connection.execute(
        select(table(ArtifactRow)).where(col(ArtifactRow.id) == said.artifact_id)
    ).first()
    subject = artifact.uid if artifact is not None else said.source_path
    detail = f"{said.source}: {notice.message}"[:500]
    connection.execute(
        delete(FindingRow).where(
            col(FindingRow.rule) == notice.rule,
            col(FindingRow.subject) == subject,
            col(FindingRow.detail) == detail,
        )
    )
    connection.execute(
        insert(FindingRow).values(
            rule=notice.rule,
            subject=subject,
            detail=detail,
            artifact_id=artifact.id if artifact is not None else None,
            project_id=artifact.project_id if artifact is not None else None,
            file_id=said.file_id,
            origin="read",
            severity=notice.severity,
            message=notice.message,
            path_text=said.source_path,
            field="",
            found="",
            expected="",
            suggestion="",
            remedy="",
            state="open",
            first_seen=now(),
        )
    )


def write_source_problem(
    connection: Connection, *, project: int, file_id: int, path: str, notice: Notice
) -> None:
    """Why a file that belongs to no artifact could not be read."""
    connection.execute(delete(FindingRow).where(col(FindingRow.file_id) == file_id))
    said = Said(0, None, file_id, path.rpartition("/")[2], path)
    write_notice(connection, said, notice)
    connection.execute(
        update(FindingRow)
        .where(col(FindingRow.file_id) == file_id)
        .values(project_id=project)
    )


def drop_evidence(connection: Connection, said: Said, reading: Reading) -> None:
    """Take the artifact back that a file was thought to be: it only tells of others."""
    connection.execute(
        update(FileRow)
        .where(col(FileRow.id) == said.file_id)
        .values(role="source", artifact_id=None)
    )
    connection.execute(  # its hard links are evidence of their own folders
        update(FileRow)
        .where(
            col(FileRow.artifact_id) == said.artifact_id,
            col(FileRow.role) == "link",
            ~col(FileRow.link),
        )
        .values(role="source", artifact_id=None, format=reading.format)
    )
    wait(connection, col(FileRow.id) == said.file_id)  # its folder may be a run's
    dissolve(connection, said.artifact_id)
