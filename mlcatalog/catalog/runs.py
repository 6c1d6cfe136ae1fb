"""Runs as rows: what each source told of them, joined and taken apart again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlmodel import col

from mlcatalog.catalog import logs
from mlcatalog.catalog.editing import new_uid
from mlcatalog.catalog.erasing import dissolve, is_used
from mlcatalog.catalog.listing import SAID
from mlcatalog.catalog.logs import Log
from mlcatalog.catalog.placing import inserted
from mlcatalog.catalog.readings import Keys, Rows, Said
from mlcatalog.catalog.summaries import joined
from mlcatalog.catalog.tables import (
    ArtifactAliasRow,
    ArtifactRow,
    ClaimRow,
    FactRow,
    FileRow,
    FindingRow,
    FolderRow,
    KeyRow,
    MetricRow,
    table,
)
from mlcatalog.catalog.views import CHUNK, display
from mlcatalog.domain.moments import now, parse_moment, utc_text
from mlcatalog.domain.reading import Fact, Reading, RunReading, RunSource
from mlcatalog.domain.values import Value, ValueType
from mlcatalog.domain.words import Evidence, Kind

TOLD = ("run.id", "run.tool", "run.source", "run.folder", "run.same", "run.name")
TIMES = ("started", "ended")


@dataclass(frozen=True, slots=True)
class Part:
    """What one metrics file of a folder says of the run there."""

    file_id: int
    path: bytes  # relative to the project
    reading: Reading
    continues: bool = False  # its series hold new points only
    mark: bytes | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The runs of one source, each with its folder relative to the project."""

    file_id: int
    path: bytes  # of the source, relative to the project
    key: bytes  # the source's place in the keys of its runs
    runs: Sequence[tuple[RunReading, bytes]]
    continues: bool = False  # their series hold new points only
    log: Log | None = None  # where the source may grow
    parts: Sequence[Part] = ()  # metrics files, for the run of their folder


@dataclass(slots=True)
class _Source:
    """One run of one source, out of the facts that the source told."""

    artifact: int
    file_id: int
    facts: dict[str, str] = field(default_factory=dict)
    same: list[str] = field(default_factory=list)
    rank: int = 0

    @property
    def identity(self) -> tuple[str, str, str]:
        """Place, tool and native id: what the run's key is made of."""
        told = self.facts
        return told["run.source"], told["run.tool"], told["run.id"]


def write_runs(
    connection: Connection,
    keys: Keys,
    project: Any,
    *,
    root: str,
    sources: Sequence[Told],
) -> None:
    """Replace the runs of some sources.

    A run that its source no longer has is taken back, unless another source
    tells of it too.
    """
    files = [one.file_id for one in sources]
    files += _tellers(connection, project, {one.key for one in sources} - {b""})
    for told in sources:
        if told.parts:
            files += _loose_files(connection, project.id, told.runs[0][1])
    before = _sources(connection, col(FactRow.file_id).in_(files))
    known = _rows_by_key(connection, project, sources)
    of = {(one.file_id, one.identity): one.artifact for one in before}
    going = {one.file_id for one in sources if one.continues}
    going |= {p.file_id for one in sources for p in one.parts if p.continues}
    _forget_files(connection, files, going)
    rows = Rows(connection, keys)
    kept: set[int] = set()
    for told in sources:
        place = display(told.key)
        name = display(told.path.rpartition(b"/")[2])
        where = joined(root, display(told.path))
        for run, folder in told.runs:
            key = f"{project.uid}|{place}|{run.tool}|{run.native_id}"
            there = of.get((told.file_id, (place, run.tool, run.native_id)))
            number = _run_row(
                connection,
                project,
                known.get(key) if there is None else there,
                run,
                key=key,
                folder=folder,
            )
            kept.add(number)
            rows.add(
                Said(number, None, told.file_id, name, where),
                _told(run, place, folder),
                continues=told.continues,
            )
            _add_parts(rows, number, told.parts, root=root)
    rows.flush()
    known_logs = [log for told in sources for log in _logs_of(told)]
    logs.write(connection, known_logs, tellers=files, stale=rows.stale)
    _settle(connection, project, kept | {one.artifact for one in before})


def _add_parts(rows: Rows, run: int, parts: Sequence[Part], *, root: str) -> None:
    for part in parts:
        name = display(part.path.rpartition(b"/")[2])
        said = Said(run, None, part.file_id, name, joined(root, display(part.path)))
        rows.add(said, part.reading, continues=part.continues)


def _logs_of(told: Told) -> Iterator[Log]:
    if told.log is not None:
        yield told.log
    yield from _logs_of_parts(told.parts, told.file_id)


def _logs_of_parts(parts: Sequence[Part], teller: int) -> Iterator[Log]:
    for part in parts:
        if part.mark is not None:
            yield Log(part.file_id, teller, "", part.path, part.mark)


def _tellers(connection: Connection, project: Any, keys: set[bytes]) -> list[int]:
    """The files that told of the runs of metrics folders until now.

    Such a run is told by the first of its files, which may be another today.
    """
    places = sorted(display(key) for key in keys if key.endswith(b"/"))
    told: set[int] = set()
    for start in range(0, len(places), CHUNK):
        rows = connection.execute(
            select(col(FactRow.file_id))
            .join(KeyRow, col(KeyRow.id) == col(FactRow.key_id))
            .join(ArtifactRow, col(ArtifactRow.id) == col(FactRow.artifact_id))
            .where(
                col(KeyRow.name) == "run.source",
                col(FactRow.text).in_(places[start : start + CHUNK]),
                col(ArtifactRow.project_id) == project.id,
                col(FactRow.file_id).is_not(None),
            )
        )
        told |= {number for number in rows.scalars() if number is not None}
    return sorted(told)


def _rows_by_key(
    connection: Connection, project: Any, sources: Sequence[Told]
) -> dict[str, int]:
    wanted = [
        f"{project.uid}|{display(told.key)}|{run.tool}|{run.native_id}"
        for told in sources
        for run, _ in told.runs
    ]
    found: dict[str, int] = {}
    for start in range(0, len(wanted), CHUNK):
        for row in connection.execute(
            select(col(ArtifactRow.run_key), col(ArtifactRow.id)).where(
                col(ArtifactRow.run_key).in_(wanted[start : start + CHUNK])
            )
        ):
            found[str(row.run_key)] = row.id
    return found


def _forget_files(
    connection: Connection,
    file_ids: Sequence[int],
    going: Collection[int] = (),
) -> None:
    """Take back what files said of runs; what they say of themselves stays.

    A tracker's source may be a folder, known by the first file in it, and
    that file may be a model. Of logs that go on the curves stay.
    """
    themselves = (
        select(col(FileRow.artifact_id))
        .where(col(FileRow.id).in_(file_ids), col(FileRow.artifact_id).is_not(None))
        .scalar_subquery()
    )
    for row_class in (*SAID, ClaimRow, FindingRow):
        gone = set(file_ids) - set(going if row_class is MetricRow else ())
        connection.execute(
            delete(row_class).where(
                row_class.file_id.in_(gone),
                or_(
                    row_class.artifact_id.is_(None),
                    row_class.artifact_id.not_in(themselves),
                ),
            )
        )


def _told(run: RunReading, place: str, folder: bytes) -> Reading:
    return Reading(
        format=run.tool,
        kind=Kind.RUN,
        facts=(*run.facts, *_run_facts(run, place, folder)),
        params=run.params,
        metrics=run.metrics,
        claims=run.claims,
        notices=run.notices,
    )


def _run_facts(run: RunReading, place: str, folder: bytes) -> tuple[Fact, ...]:
    told = {
        "run.id": run.native_id,
        "run.source": place,
        "run.folder": display(folder) if run.folder else "",
        "run.name": run.name,
        "status": run.status,
        "started": utc_text(run.started),
        "ended": utc_text(run.ended),
    }
    rank = Value(ValueType.TEXT, run.tool, float(run.rank))
    return (
        Fact("run.tool", rank, evidence=Evidence.RECORDED),
        *(
            Fact(key, Value.of(text), evidence=Evidence.RECORDED)
            for key, text in told.items()
            if text
        ),
        *(
            Fact("run.same", Value.of(text), evidence=Evidence.RECORDED)
            for text in run.same
        ),
    )


def _run_row(
    connection: Connection,
    project: Any,
    number: int | None,
    run: RunReading,
    *,
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
    if number is not None:
        connection.execute(
            update(ArtifactRow).where(col(ArtifactRow.id) == number).values(**values)
        )
        return number
    return _new_row(connection, project, key, values)


def _new_row(
    connection: Connection, project: Any, key: str, values: Mapping[str, object]
) -> int:
    # Values given beside the statement: it is made and understood once for all runs.
    result = connection.execute(
        insert(table(ArtifactRow)),
        {
            "uid": new_uid(),
            "project_id": project.id,
            "kind": Kind.RUN.value,
            "run_key": key,
            "bundle": False,
            "owner": "",
            "created_at": now(),
            "stage": "draft",
            "metric_name": "",
            "met": 0,
            "applicable": 0,
            "findings": 0,
            "name_broken": False,
            **values,
        },
    )
    return inserted(result)


def _sources(connection: Connection, *conditions: Any) -> list[_Source]:
    """The runs that sources told of, in the order of their keys."""
    numbers = {
        row.id: row.name
        for row in connection.execute(
            select(table(KeyRow)).where(col(KeyRow.name).in_((*TOLD, *TIMES)))
        )
    }
    found: dict[tuple[int, int], _Source] = {}
    for row in connection.execute(
        select(
            col(FactRow.artifact_id),
            col(FactRow.file_id),
            col(FactRow.key_id),
            col(FactRow.text),
            col(FactRow.number),
        ).where(
            col(FactRow.version_id).is_(None),
            col(FactRow.key_id).in_(numbers),
            *conditions,
        )
    ):
        place = (row.artifact_id, row.file_id)
        source = found.setdefault(place, _Source(*place))
        key = numbers[row.key_id]
        if key == "run.same":
            source.same.append(row.text)
        else:
            source.facts[key] = row.text
        if key == "run.tool":
            source.rank = int(row.number or 0)
    whole = [
        one
        for one in found.values()
        if {"run.id", "run.tool", "run.source"} <= one.facts.keys()
    ]
    return sorted(whole, key=lambda one: (one.rank, one.identity))


def _settle(connection: Connection, project: Any, artifacts: Iterable[int]) -> None:
    """Let each run be called as its first source calls it; none: take it back."""
    ordered = sorted(artifacts)
    for start in range(0, len(ordered), CHUNK):
        chunk = ordered[start : start + CHUNK]
        told: dict[int, list[_Source]] = defaultdict(list)
        for source in _sources(connection, col(FactRow.artifact_id).in_(chunk)):
            told[source.artifact].append(source)
        for artifact in chunk:
            if not told[artifact]:
                dissolve(connection, artifact)
            elif len(told[artifact]) > 1:
                _name_after(connection, project, artifact, told[artifact])


def _name_after(
    connection: Connection, project: Any, artifact: int, sources: Sequence[_Source]
) -> None:
    first = sources[0]
    place, tool, native = first.identity
    folder = next((f for one in sources if (f := one.facts.get("run.folder"))), None)
    times = [
        moment
        for key in ("ended", "started")
        for one in sources
        if (moment := parse_moment(one.facts.get(key, ""))) is not None
    ]
    values: dict[str, object] = {
        "name": first.facts.get("run.name", native),
        "format": tool,
        "run_key": f"{project.uid}|{place}|{tool}|{native}",
        "modified": times[0] if times else None,
    }
    if folder is not None:
        raw = folder.encode("utf-8", "surrogateescape")
        values |= {"path": raw, "path_text": folder}
    connection.execute(
        update(ArtifactRow).where(col(ArtifactRow.id) == artifact).values(**values)
    )


def sources_of(connection: Connection, project: int) -> list[RunSource]:
    """What every source in a project told of runs, for joining them."""
    ours = select(col(ArtifactRow.id)).where(
        col(ArtifactRow.project_id) == project,
        col(ArtifactRow.kind) == Kind.RUN.value,
    )
    return [
        RunSource(
            file_id=one.file_id,
            artifact=one.artifact,
            tool=one.facts["run.tool"],
            native_id=one.facts["run.id"],
            place=one.facts["run.source"],
            folder=one.facts.get("run.folder", ""),
            rank=one.rank,
            same=tuple(one.same),
        )
        for one in _sources(connection, col(FactRow.artifact_id).in_(ours))
    ]


def join(
    connection: Connection, project: Any, groups: Sequence[Sequence[RunSource]]
) -> int:
    """Let each group be one run, and what is in no group together be apart.

    Every source keeps its values under its own name. Gives how many moved.
    """
    members: dict[int, int] = defaultdict(int)  # groups an artifact stands for
    for group in groups:
        for artifact in {one.artifact for one in group}:
            members[artifact] += 1
    taken: set[int] = set()
    moved = 0
    for group in groups:
        own = sorted({one.artifact for one in group})
        if len(own) == 1 and members[own[0]] == 1:
            continue
        used = [one for one in own if one not in taken and is_used(connection, one)]
        if len(used) > 1:
            continue  # people wrote on several: what they wrote stays where it is
        free = used or [one for one in own if one not in taken]
        target = free[0] if free else _another(connection, project, group[0])
        taken.add(target)
        moved += _gather(connection, project, group, target)
    return moved


def _another(connection: Connection, project: Any, source: RunSource) -> int:
    key = f"{project.uid}|{source.place}|{source.tool}|{source.native_id}"
    raw = source.folder.encode("utf-8", "surrogateescape")
    old = connection.execute(
        select(table(ArtifactRow)).where(col(ArtifactRow.id) == source.artifact)
    ).one()
    if old.run_key == key:
        connection.execute(
            update(ArtifactRow)
            .where(col(ArtifactRow.id) == old.id)
            .values(run_key=f"{key}|")
        )
    values = {
        "name": source.native_id,
        "format": source.tool,
        "path": raw,
        "path_text": source.folder,
        "modified": old.modified,
        "presence": "present",
        "present": True,
    }
    return _new_row(connection, project, key, values)


def _gather(
    connection: Connection, project: Any, group: Sequence[RunSource], target: int
) -> int:
    left = {one.artifact for one in group} - {target}
    for one in group:
        if one.artifact == target:
            continue
        for row_class in (*SAID, ClaimRow, FindingRow):
            connection.execute(
                update(row_class)
                .where(
                    row_class.artifact_id == one.artifact,
                    row_class.file_id == one.file_id,
                )
                .values(artifact_id=target)
            )
    still = {
        one.artifact for one in _sources(connection, col(FactRow.artifact_id).in_(left))
    }
    for artifact in sorted(left - still):
        uid = connection.scalar(
            select(col(ArtifactRow.uid)).where(col(ArtifactRow.id) == artifact)
        )
        connection.execute(
            update(ArtifactAliasRow)
            .where(col(ArtifactAliasRow.artifact_id) == artifact)
            .values(artifact_id=target)
        )
        dissolve(connection, artifact)
        connection.execute(insert(ArtifactAliasRow).values(uid=uid, artifact_id=target))
    _settle(connection, project, {target} | still)
    return len(left)


def drop(connection: Connection, project: Any, place: str) -> None:
    """Take back what a source that is gone told of runs."""
    told = [
        one
        for one in _sources(connection, *_of(project))
        if one.facts["run.source"] == place
    ]
    for one in told:
        for row_class in (*SAID, ClaimRow, FindingRow):
            connection.execute(
                delete(row_class).where(
                    row_class.artifact_id == one.artifact,
                    row_class.file_id == one.file_id,
                )
            )
    bare = connection.execute(
        select(col(ArtifactRow.id)).where(
            col(ArtifactRow.run_key) >= f"{project.uid}|{place}|",
            col(ArtifactRow.run_key) < f"{project.uid}|{place}}}",
        )
    ).scalars()
    numbers = {int(number) for number in bare if number is not None}
    _settle(connection, project, numbers | {one.artifact for one in told})
    for number in numbers:
        rest = _sources(connection, col(FactRow.artifact_id) == number)
        if rest:
            _name_after(connection, project, number, rest)


def _of(project: Any) -> list[Any]:
    ours = select(col(ArtifactRow.id)).where(
        col(ArtifactRow.project_id) == project.id,
        col(ArtifactRow.kind) == Kind.RUN.value,
    )
    return [col(FactRow.artifact_id).in_(ours)]


def add_to_run(
    connection: Connection,
    keys: Keys,
    *,
    project: int,
    run: int,
    folder: bytes,
    parts: Sequence[Part],
    root: str,
) -> None:
    """Let a tracker's run have what files in its folder say.

    What files of the folder said of runs before is replaced; what trackers'
    sources said stays.
    """
    here = _loose_files(connection, project, folder)
    going = {part.file_id for part in parts if part.continues}
    _forget_files(connection, here, going)
    rows = Rows(connection, keys)
    _add_parts(rows, run, parts, root=root)
    rows.flush()
    known = list(_logs_of_parts(parts, 0))
    logs.write(connection, known, tellers=here, stale=rows.stale)


def lengthen(
    connection: Connection, keys: Keys, *, part: Part, log: Log, ended: int, root: str
) -> None:
    """Let the run that a metrics file belongs to have its new points."""
    run = connection.execute(
        select(col(MetricRow.artifact_id)).where(
            col(MetricRow.file_id) == part.file_id, col(MetricRow.version_id).is_(None)
        )
    ).scalar()
    rows = Rows(connection, keys)
    if run is None:
        rows.stale.add(part.file_id)
    else:
        _add_parts(rows, run, [part], root=root)
        rows.flush()
        _lasts_until(connection, run, log.teller_id, ended)
    known = list(_logs_of_parts([part], log.teller_id))
    logs.write(connection, known, tellers=(), stale=rows.stale)


def _lasts_until(connection: Connection, run: int, teller: int, ended: int) -> None:
    """A run that only its metrics files tell of ended when they were written last."""
    told = connection.execute(
        update(FactRow)
        .where(
            col(FactRow.artifact_id) == run,
            col(FactRow.file_id) == teller,
            col(FactRow.key_id).in_(
                select(col(KeyRow.id)).where(col(KeyRow.name) == "ended")
            ),
        )
        .values(text=utc_text(ended))
    )
    if told.rowcount:
        connection.execute(
            update(ArtifactRow).where(col(ArtifactRow.id) == run).values(modified=ended)
        )


def _loose_files(connection: Connection, project: int, folder: bytes) -> list[int]:
    """The files of a folder that are no artifact's and no tracker's source."""
    here = [
        number
        for number in connection.execute(
            select(col(FileRow.id))
            .join(FolderRow, col(FolderRow.id) == col(FileRow.folder_id))
            .where(
                col(FolderRow.project_id) == project,
                col(FolderRow.path) == folder,
                col(FileRow.artifact_id).is_(None),
            )
        ).scalars()
        if number is not None
    ]
    told = {
        one.file_id
        for one in _sources(connection, col(FactRow.file_id).in_(here))
        if one.facts["run.tool"] != "metrics"
    }
    return [number for number in here if number not in told]


def forget_missing(connection: Connection, project: int) -> None:
    """Take back what metrics files that are gone said of runs."""
    gone = [
        number
        for number in connection.execute(
            select(col(FileRow.id)).where(
                col(FileRow.project_id) == project,
                col(FileRow.state) == "missing",
                col(FileRow.artifact_id).is_(None),
            )
        ).scalars()
        if number is not None
    ]
    for start in range(0, len(gone), CHUNK):
        chunk = gone[start : start + CHUNK]
        told = {
            one.file_id for one in _sources(connection, col(FactRow.file_id).in_(chunk))
        }
        _forget_files(connection, [number for number in chunk if number not in told])
