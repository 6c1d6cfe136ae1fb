"""What readers and trackers said, as rows: replaced when their source changes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlmodel import col

from mlcatalog.catalog.editing import new_uid
from mlcatalog.catalog.erasing import dissolve, erase
from mlcatalog.catalog.listing import SAID
from mlcatalog.catalog.packing import packed_points
from mlcatalog.catalog.placing import inserted
from mlcatalog.catalog.summaries import joined
from mlcatalog.catalog.tables import (
    ArtifactRow,
    ClaimRow,
    ColumnRow,
    FactRow,
    FileRow,
    FindingRow,
    FolderRow,
    KeyRow,
    MetricRow,
    ParamRow,
    TensorRow,
    VersionRow,
    table,
)
from mlcatalog.catalog.views import display
from mlcatalog.domain.moments import now, parse_moment, utc_text
from mlcatalog.domain.reading import (
    Claim,
    Fact,
    Notice,
    Reading,
    RunReading,
    Series,
)
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind


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
            for row in connection.execute(select(table(KeyRow))):
                self._known[row.name] = row.id
            for name in sorted(wanted - self._known.keys()):
                result = connection.execute(insert(KeyRow).values(name=name))
                self._known[name] = inserted(result)
        return self._known

    def forget(self) -> None:
        """After a transaction that failed, numbers may not be kept."""
        self._known.clear()


def write_reading(
    connection: Connection,
    keys: Keys,
    said: Said,
    reading: Reading,
    *,
    text: bytes | None,
) -> None:
    """Replace what a file says about its artifact's current version."""
    marks = _marks(connection, said)
    forget_file(connection, said.file_id, version_id=said.version_id)
    _write(connection, keys, said, reading)
    if marks is not None and reading.tensors:
        _put_marks(connection, said, marks)
    recorded = next(
        (
            (moment, fact.source)
            for fact in reading.facts
            if fact.key == "created"
            and (moment := parse_moment(fact.value.text)) is not None
        ),
        None,
    )
    values: dict[str, object] = {"text": text} if text is not None else {}
    if recorded:
        values |= {"recorded_at": recorded[0], "recorded_source": recorded[1]}
    if values and said.version_id is not None:
        connection.execute(
            update(VersionRow)
            .where(col(VersionRow.id) == said.version_id)
            .values(**values)
        )


Place = tuple[str, str, int | None, int]  # a tensor's name, type, offset and size


def _marks(connection: Connection, said: Said) -> dict[Place, str | None] | None:
    """The fingerprints of a file whose bytes were digested; None if they were not.

    A newer reader reads headers again, but bytes that did not change are not
    digested again: what they proved must not be lost.
    """
    digested = connection.execute(
        select(col(FileRow.digested)).where(col(FileRow.id) == said.file_id)
    ).scalar()
    if not digested:
        return None
    rows = connection.execute(
        select(table(TensorRow)).where(
            col(TensorRow.file_id) == said.file_id,
            col(TensorRow.version_id) == said.version_id,
        )
    )
    return {(r.name, r.dtype, r.offset, r.size): r.digest for r in rows}


def _put_marks(
    connection: Connection, said: Said, marks: Mapping[Place, str | None]
) -> None:
    """Give tensors their fingerprints again; ask for the bytes where one is new."""
    rows = connection.execute(
        select(table(TensorRow)).where(
            col(TensorRow.file_id) == said.file_id,
            col(TensorRow.version_id) == said.version_id,
        )
    ).all()
    for row in rows:
        place = (row.name, row.dtype, row.offset, row.size)
        if marks.get(place) is not None:
            connection.execute(
                update(TensorRow)
                .where(col(TensorRow.id) == row.id)
                .values(digest=marks[place])
            )
    places = {(r.name, r.dtype, r.offset, r.size) for r in rows}
    has_bytes = any(r.offset is not None and r.size for r in rows)
    if not places <= marks.keys() or (has_bytes and not any(marks.values())):
        connection.execute(
            update(FileRow)
            .where(col(FileRow.id) == said.file_id)
            .values(digested=False)
        )


def forget_file(
    connection: Connection, file_id: int, *, version_id: int | None
) -> None:
    """Drop what a file said about a version, and its claims and notices."""
    for row_class in SAID:
        same = (
            row_class.version_id.is_(None)
            if version_id is None
            else row_class.version_id == version_id
        )
        connection.execute(delete(row_class).where(row_class.file_id == file_id, same))
    connection.execute(delete(ClaimRow).where(col(ClaimRow.file_id) == file_id))
    connection.execute(delete(FindingRow).where(col(FindingRow.file_id) == file_id))


def _write(connection: Connection, keys: Keys, said: Said, reading: Reading) -> None:
    facts, params, metrics = reading.facts, reading.params, reading.metrics
    names = [f.key for f in facts] + [p.key for p in params] + [m.name for m in metrics]
    number = keys.numbers(connection, names)
    base = {
        "artifact_id": said.artifact_id,
        "version_id": said.version_id,
        "file_id": said.file_id,
    }
    _insert(
        connection,
        FactRow,
        [
            {
                **base,
                "key_id": number[fact.key],
                **_columns_of(fact.value),
                "evidence": fact.evidence.value,
                "source": fact.source or said.source,
            }
            for fact in facts
        ],
    )
    _insert(
        connection,
        ParamRow,
        [
            {
                **base,
                "key_id": number[param.key],
                **_columns_of(param.value),
                "source": said.source,
            }
            for param in params
        ],
    )
    _insert(
        connection,
        MetricRow,
        [
            {
                **base,
                "key_id": number[series.name],
                **summarised(series),
                "source": said.source,
            }
            for series in metrics
        ],
    )
    _insert(
        connection,
        TensorRow,
        [
            {
                **base,
                "position": position,
                "name": tensor.name,
                "dtype": tensor.dtype,
                "shape": json.dumps(list(tensor.shape)),
                "offset": tensor.offset,
                "size": tensor.size,
            }
            for position, tensor in enumerate(reading.tensors)
        ],
    )
    _insert(
        connection,
        ColumnRow,
        [
            {**base, "position": position, "name": column.name, "type": column.type}
            for position, column in enumerate(reading.columns)
        ],
    )
    _insert(connection, ClaimRow, [_claim(said, claim) for claim in reading.claims])
    for notice in reading.notices:
        write_notice(connection, said, notice)


def _insert(
    connection: Connection, row_class: Any, rows: list[dict[str, object]]
) -> None:
    if rows:
        connection.execute(insert(row_class), rows)


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


def settle_kind(
    connection: Connection, said: Said, reading: Reading, *, is_main: bool
) -> bool:
    """Correct what the name alone had guessed; False when there is no artifact.

    A file that turns out to be only evidence (a metrics file, a tokenizer)
    makes no artifact of its own.
    """
    if not is_main:
        return True
    if reading.kind is None or reading.kind is Kind.RUN:
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
        dissolve(connection, said.artifact_id)
        return False
    connection.execute(
        update(ArtifactRow)
        # A bundle is what its files make together, not what its main one is.
        .where(col(ArtifactRow.id) == said.artifact_id, ~col(ArtifactRow.bundle))
        .values(kind=reading.kind.value, format=reading.format)
    )
    return True


def write_runs(
    connection: Connection,
    keys: Keys,
    project: Any,
    *,
    file_id: int,
    source: str,
    source_path: str,
    place: str,
    runs: Sequence[tuple[RunReading, bytes]],
) -> set[int]:
    """Replace the runs of one source; gives their ids.

    Each reading comes with its folder relative to the project. A run that
    the source no longer has is taken back.
    """
    prefix = f"{project.uid}|{place}|"
    connection.execute(delete(ClaimRow).where(col(ClaimRow.file_id) == file_id))
    connection.execute(delete(FindingRow).where(col(FindingRow.file_id) == file_id))
    for row_class in SAID:
        connection.execute(delete(row_class).where(row_class.file_id == file_id))
    before = {
        row.run_key: row
        for row in connection.execute(
            select(table(ArtifactRow)).where(
                col(ArtifactRow.run_key).startswith(prefix, autoescape=True)
            )
        )
    }
    ids: set[int] = set()
    for run, folder in runs:
        key = f"{prefix}{run.tool}|{run.native_id}"
        run_id = _run_row(connection, project, before.get(key), run, key, folder)
        ids.add(run_id)
        said = Said(run_id, None, file_id, source, source_path)
        told = Reading(
            format=run.tool,
            kind=Kind.RUN,
            facts=(*run.facts, *_run_facts(run)),
            params=run.params,
            metrics=run.metrics,
            claims=run.claims,
            notices=run.notices,
        )
        _write(connection, keys, said, told)
    for row in before.values():
        if row.id not in ids:
            erase(connection, row.id)
    return ids


def add_to_run(
    connection: Connection,
    keys: Keys,
    *,
    project: int,
    folder: bytes,
    read: Sequence[tuple[int, str, Reading]],
    root: str,
) -> bool:
    """Let a tracker's run have what files in its folder say; False without one.

    Each reading comes with its file's number and name. What files of the
    folder said of the run before is replaced.
    """
    run = connection.execute(
        select(table(ArtifactRow))
        .where(
            col(ArtifactRow.project_id) == project,
            col(ArtifactRow.kind) == Kind.RUN.value,
            col(ArtifactRow.path) == folder,
            col(ArtifactRow.format) != "metrics",
            col(ArtifactRow.present),
        )
        .order_by(col(ArtifactRow.run_key))
        .limit(1)
    ).first()
    if run is None:
        return False
    here = (
        select(col(FileRow.id))
        .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
        .where(col(FolderRow.project_id) == project, col(FolderRow.path) == folder)
    )
    for row_class in (*SAID, ClaimRow):
        connection.execute(
            delete(row_class).where(
                row_class.artifact_id == run.id, row_class.file_id.in_(here)
            )
        )
    for file_id, name, reading in read:
        source_path = joined(root, display(folder + b"/")) + name
        _write(
            connection, keys, Said(run.id, None, file_id, name, source_path), reading
        )
    return True


def _run_row(
    connection: Connection,
    project: Any,
    row: Any,
    run: RunReading,
    key: str,
    folder: bytes,
) -> int:
    values = {
        "name": run.name or run.native_id,
        "format": run.tool,
        "path": folder,
        "path_text": display(folder),
        "modified": run.ended or run.started,
        "presence": "present",
        "present": True,
    }
    if row is not None:
        connection.execute(
            update(ArtifactRow).where(col(ArtifactRow.id) == row.id).values(**values)
        )
        return int(row.id)
    result = connection.execute(
        insert(ArtifactRow).values(
            uid=new_uid(),
            project_id=project.id,
            kind=Kind.RUN.value,
            run_key=key,
            bundle=False,
            owner="",
            created_at=now(),
            stage="draft",
            metric_name="",
            met=0,
            applicable=0,
            findings=0,
            name_broken=False,
            **values,
        )
    )
    return inserted(result)


def _run_facts(run: RunReading) -> tuple[Fact, ...]:
    told = {
        "run.id": run.native_id,
        "run.tool": run.tool,
        "status": run.status,
        "started": utc_text(run.started),
        "ended": utc_text(run.ended),
    }
    return tuple(
        Fact(key, Value.of(text), evidence=Evidence.RECORDED)
        for key, text in told.items()
        if text
    )
