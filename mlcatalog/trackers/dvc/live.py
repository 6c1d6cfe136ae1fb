"""Runs that DVCLive logs: a folder with metrics.json, and a table of steps a metric."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from mlcatalog.domain import dvc_words
from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import (
    Claim,
    Fact,
    Notice,
    Param,
    Point,
    Reference,
    RunReading,
    Scheme,
    Series,
)
from mlcatalog.domain.values import Value, clipped
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.trackers import told
from mlcatalog.trackers.dvc import measured, plain
from mlcatalog.trackers.dvc.files import Folder
from mlcatalog.trackers.dvc.pipeline import Declared, pipeline

MAIN = "metrics.json"
REPORTS = ("report.html", "report.md", "report.ipynb")
# All that DVCLive writes: a folder with anything else is a person's own.
OWN = frozenset({MAIN, "params.yaml", "plots/", "dvc.yaml", *REPORTS, "static/"})
BESIDE = frozenset({"artifacts/"})  # models, which are artifacts of their own
TABLES_LIMIT = 2_000
TABLE_SIZE = 64 * 2**20  # bytes of one table
POINTS_LIMIT = 1_000_000
LEVELS = 8


class DvcliveTracker:
    """Reads the folder of a DVCLive logger, also while it is written."""

    tool = "dvclive"
    title = "DVCLive"
    version = 1

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """The values of the last step, in a folder that is DVCLive's alone."""
        whole = {MAIN, "plots/"} <= folder_names <= OWN | BESIDE
        return frozenset({MAIN}) if whole else frozenset()

    def owned(self, folder_names: frozenset[str]) -> frozenset[str]:
        """All but the models that were copied there."""
        return folder_names & OWN

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The run of the folder; none where no metric has steps; raises FormatError."""
        folder = Folder(place.parent)
        tables = list(islice(_tables(folder), TABLES_LIMIT))
        if not tables:
            return ()
        last, notices = _last(folder)
        series = {name: one for path in tables for name, one in _series(folder, path)}
        for name, value in plain.leaves(last):
            number = None if isinstance(value, str) else told.number_of(value)
            spelt = name.replace(".", "/")
            if number is not None and name != "step" and spelt not in series:
                series[spelt] = Series(clipped(spelt), (Point(None, number),))
        times = [p.time for one in series.values() for p in one.points if p.time]
        return (
            RunReading(
                tool=self.tool,
                native_id=place.parent.name,
                name=place.parent.name,
                folder=str(place.parent),
                started=min(times, default=None),
                ended=max(times, default=None),
                facts=tuple(_facts(folder, last)),
                params=tuple(_params(folder)),
                metrics=tuple(series.values()),
                claims=tuple(_claims(folder)),
                notices=notices,
            ),
        )


def _tables(folder: Folder) -> Iterator[str]:
    """The tables below plots/metrics, named as their metrics."""
    top = folder.place("plots/metrics")
    if top is None or not top.is_dir():
        return
    for place in sorted(top.rglob("*.tsv")):
        inner = place.relative_to(top)
        if len(inner.parts) <= LEVELS and place.is_file() and not place.is_symlink():
            yield inner.as_posix()


def _series(folder: Folder, path: str) -> Iterator[tuple[str, Series]]:
    place = folder.place(f"plots/metrics/{path}")
    if place is None or place.stat().st_size > TABLE_SIZE:
        return
    name = path.removesuffix(".tsv")
    with place.open(encoding="utf-8", errors="replace", newline="") as file:
        points = tuple(islice(_points(file, PurePosixPath(name).name), POINTS_LIMIT))
    if points:
        yield name, Series(clipped(name), points)


def _points(lines: Iterator[str], column: str) -> Iterator[Point]:
    """Step, value and time of each whole line; the last may be half written."""
    names = next(lines, "").rstrip("\r\n").split("\t")
    if "step" not in names or column not in names:
        return
    at_step, at_value = names.index("step"), names.index(column)
    at_time = names.index("timestamp") if "timestamp" in names else None
    for line in lines:
        cells = line.rstrip("\r\n").split("\t")
        if not line.endswith("\n") or len(cells) != len(names):
            continue
        step, value = told.number_of(cells[at_step]), told.number_of(cells[at_value])
        if value is None or step is None or step != step // 1:
            continue
        time = told.number_of(cells[at_time]) if at_time is not None else None
        yield Point(int(step), value, told.microseconds(time / 1_000 if time else None))


def _last(folder: Folder) -> tuple[dict[str, object], tuple[Notice, ...]]:
    """The values of the last step; while they are written anew, none."""
    raw = folder.read(MAIN)
    try:
        return plain.table(plain.parsed(raw or b"{}", MAIN)), ()
    except FormatError as error:
        message = f"{MAIN} is half written or damaged: {error.why}"
        return {}, (Notice("run.half-written", message, "note"),)


def _facts(folder: Folder, last: dict[str, object]) -> Iterator[Fact]:
    yield from told.fact("step", last.get("step"), MAIN)
    names = [name for name in REPORTS if folder.place(name) and folder.read(name)]
    yield from told.fact("dvclive.report", names, "dvclive")


def _params(folder: Folder) -> Iterator[Param]:
    raw = folder.read("params.yaml")
    if raw is None:
        return
    try:
        found = plain.parsed(raw, "params.yaml")
    except FormatError:
        return
    for key, value in islice(plain.leaves(found), measured.METRIC_LIMIT):
        yield Param(clipped(key), Value.of(value))


def _claims(folder: Folder) -> Iterator[Claim]:
    """The models that the logger was given, out of its dvc.yaml or the project's."""
    for declared in _declared(folder):
        if declared.type not in ("", "model", "dataset"):
            continue
        kind = (
            Kind(declared.type) if declared.type else dvc_words.kind_of(declared.path)
        )
        yield told.claim(
            Relation.PRODUCED_BY,
            Reference(Scheme.RUN_IN, ".", kind=Kind.RUN),
            f"dvc.yaml: artifacts.{declared.name}",
            subject=Reference(Scheme.PATH, declared.path, kind=kind),
            detail=declared.description,
        )


def _declared(folder: Folder) -> Iterator[Declared]:
    own = pipeline(folder)
    yield from own.artifacts
    above = pipeline(Folder(folder.root.parent))
    if f"{folder.root.name}/{MAIN}" in map(posixpath.normpath, above.metrics):
        for one in above.artifacts:
            yield Declared(
                one.name, f"../{one.path}", one.type, one.description, one.labels
            )
