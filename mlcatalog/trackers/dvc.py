"""Stages of a DVC pipeline: what dvc.lock records, and past ones of the run cache.

A stage's dependencies and outputs are known by path and MD5. Small files that
are there are held against it, so that a claim says whether they are still the
ones the stage saw.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import (
    THIS,
    Claim,
    Fact,
    Param,
    Point,
    Reference,
    RunReading,
    Scheme,
    Series,
)
from mlcatalog.domain.values import Value, clipped
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.trackers import bounded_yaml, file_kinds, told
from mlcatalog.trackers.bounded_yaml import as_table

COMPARE_LIMIT = 16 * 2**20  # bytes of files whose MD5 is compared at once
PAST_LIMIT = 2_000  # executions in the run cache


class DvcTracker:
    """Reads dvc.lock, the metrics that dvc.yaml names, and the run cache."""

    tool = "dvc"
    title = "DVC"
    version = 1

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """The lock: a stage that never ran is no run."""
        return folder_names & {"dvc.lock"}

    def owned(self, folder_names: frozenset[str]) -> frozenset[str]:
        """The lock alone; dvc.yaml and params.yaml are configurations."""
        return folder_names & {"dvc.lock"}

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The last run of each stage, then earlier ones; raises FormatError."""
        lock = bounded_yaml.table(place)
        schema = str(lock.get("schema", "1.0"))
        if not schema.startswith(("1.", "2.")):
            raise FormatError(
                "This dvc.lock is newer than what is known here",
                where=str(place),
                why=f"Its schema is {schema}",
            )
        stages = as_table(lock.get("stages") if "stages" in lock else lock)
        pipeline = as_table(bounded_yaml.table(place.parent / "dvc.yaml").get("stages"))
        folder = place.parent
        now = [
            _run(name, as_table(stage), folder, as_table(pipeline.get(name)))
            for name, stage in stages.items()
        ]
        return (*now, *_past(folder, {n: as_table(s) for n, s in stages.items()}))


def _run(
    name: str,
    stage: dict[str, object],
    folder: Path,
    declared: dict[str, object],
    past: str = "",
) -> RunReading:
    params = tuple(_params(stage))
    native = f"{name}@{past}" if past else name
    return RunReading(
        tool="dvc",
        native_id=native,
        name=f"{name} ({past[:8]})" if past else name,
        status="FINISHED",
        facts=tuple(_facts(stage, past)),
        params=params,
        metrics=() if past else tuple(_metrics(folder, declared)),
        claims=tuple(_claims(stage, folder, native)),
    )


def _facts(stage: dict[str, object], past: str) -> Iterator[Fact]:
    yield from told.fact("command", stage.get("cmd"), "cmd")
    if past:
        yield from told.fact("run.cache", past, ".dvc/cache/runs")


def _params(stage: dict[str, object]) -> Iterator[Param]:
    for values in as_table(stage.get("params")).values():
        for key, value in as_table(values).items():
            yield Param(clipped(key), Value.of(value))


def _claims(stage: dict[str, object], folder: Path, native: str) -> Iterator[Claim]:
    for path, detail in _entries(stage.get("deps"), folder):
        relation, kind = file_kinds.taken(path)
        target = Reference(Scheme.PATH, path, kind=kind)
        yield Claim(THIS, relation, target, Evidence.RECORDED, "deps", detail)
    for path, detail in _entries(stage.get("outs"), folder):
        yield told.claim(
            Relation.PRODUCED_BY,
            Reference(Scheme.RUN, f"dvc:{native}", kind=Kind.RUN),
            "outs",
            subject=Reference(Scheme.PATH, path, kind=file_kinds.made(path)),
            detail=detail,
        )


def _entries(raw: object, folder: Path) -> Iterator[tuple[str, str]]:
    for one in raw if isinstance(raw, list) else []:
        entry = as_table(one)
        path, md5 = entry.get("path"), entry.get("md5")
        if isinstance(path, str) and path:
            yield path, _compared(folder, path, md5)


def _compared(folder: Path, path: str, md5: object) -> str:
    """The recorded MD5, and whether the file that is there has it."""
    if not isinstance(md5, str):
        return ""
    inner = PurePosixPath(path)
    place = folder / path
    outside = inner.is_absolute() or ".." in inner.parts
    if outside or place.is_symlink() or not place.is_file():
        return f"md5 {md5}"
    if place.stat().st_size > COMPARE_LIMIT:
        return f"md5 {md5}"
    found = hashlib.md5(place.read_bytes(), usedforsecurity=False).hexdigest()
    return f"md5 {md5}, {'the file that is there' if found == md5 else 'changed since'}"


def _metrics(folder: Path, declared: dict[str, object]) -> Iterator[Series]:
    """Numbers of the metrics files that dvc.yaml names for the stage."""
    listed = declared.get("metrics")
    for one in listed if isinstance(listed, list) else []:
        path = next(iter(as_table(one)), "") if isinstance(one, dict) else str(one)
        inner = PurePosixPath(path)
        if inner.suffix != ".json" or inner.is_absolute() or ".." in inner.parts:
            continue
        if (folder / path).is_symlink():
            continue
        for key, value in told.numbers(told.json_table(folder / path)):
            yield Series(clipped(key), (Point(None, value),))


def _past(folder: Path, stages: dict[str, dict[str, object]]) -> Iterator[RunReading]:
    """Executions that the run cache remembers and the lock no longer has."""
    cache = folder / ".dvc/cache/runs"
    if cache.is_symlink() or not cache.is_dir():
        return
    names = {str(stage.get("cmd")): name for name, stage in stages.items()}
    current = [_told(stage) for stage in stages.values()]
    for path in sorted(cache.glob("??/*/*"))[:PAST_LIMIT]:
        if path.is_symlink() or not path.is_file():
            continue
        stage = bounded_yaml.table(path)
        name = names.get(str(stage.get("cmd")), "")
        if name and _told(stage) not in current:
            yield _run(name, stage, folder, {}, past=path.name)


def _told(stage: dict[str, object]) -> str:
    return repr([stage.get(key) for key in ("cmd", "deps", "params", "outs")])
