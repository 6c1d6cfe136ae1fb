"""Runs of an MLflow file store (`mlruns/`), one folder a run.

Layout of mlflow/store/tracking/file_store.py, 2.x and 3.x: a run's folder has
meta.yaml, params/, metrics/, tags/, inputs/ and outputs/; datasets and logged
models lie beside the runs of their experiment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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
from mlcatalog.domain.values import clipped
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.trackers import bounded_yaml, mlflow_claims, told
from mlcatalog.trackers.mlflow_claims import TOOL
from mlcatalog.trackers.tracker import value_of_text

PARTS = frozenset({"params/", "metrics/", "tags/", "inputs/", "outputs/"})
ENTRY_LIMIT = 20_000  # files of one part of a run
FILE_LIMIT = 64 * 2**20  # bytes of one metric
DEPTH_LIMIT = 8
# mlflow/protos/service.proto: the file store keeps RunStatus as a number.
STATUSES = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}


class MlflowFilesTracker:
    """Reads each run's folder as it is, without the rest of the store."""

    tool = "mlflow-files"
    title = "MLflow file store"
    version = 1

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """A run's meta.yaml; MLflow tags every run, with its user at least."""
        is_run = {"meta.yaml", "tags/"} <= folder_names
        return frozenset({"meta.yaml"}) if is_run else frozenset()

    def owned(self, folder_names: frozenset[str]) -> frozenset[str]:
        """What a run consists of but its artifacts: those may be models."""
        return (PARTS | {"meta.yaml"}) & folder_names

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The run of a folder; none for a logged model's; raises FormatError."""
        meta = bounded_yaml.table(place)
        run = _text(meta.get("run_id") or meta.get("run_uuid"))
        if meta.get("model_id") or not run:
            if meta.get("model_id"):
                return ()  # its run's outputs/ name it
            raise FormatError(
                "This meta.yaml belongs to no MLflow run",
                where=str(place),
                why="It names neither run_id nor run_uuid",
            )
        if meta.get("lifecycle_stage") == "deleted":
            return ()
        return (_Folder(place.parent, run, meta).reading(),)


@dataclass(frozen=True, slots=True)
class _Folder:
    """One run's folder."""

    path: Path
    run: str
    meta: dict[str, object]

    def reading(self) -> RunReading:
        """All that the folder says."""
        params = {key: _read(path) for key, path in _entries(self.path / "params")}
        tags = {key: _read(path) for key, path in _entries(self.path / "tags")}
        series, notices = self._metrics()
        name = _text(self.meta.get("run_name")) or tags.get("mlflow.runName", "")
        script = _text(self.meta.get("source_name"))
        return RunReading(
            tool=TOOL,
            native_id=self.run,
            name=name or self.run,
            folder=str(self.path),
            status=self._status(),
            started=_milliseconds(self.meta.get("start_time")),
            ended=_milliseconds(self.meta.get("end_time")),
            facts=tuple(self._facts(tags)),
            params=tuple(
                Param(clipped(key), value_of_text(value))
                for key, value in params.items()
            ),
            metrics=series,
            claims=(
                *mlflow_claims.claims_of_tags(tags, script),
                *self._inputs(),
                *self._outputs(),
            ),
            notices=notices,
            same=told.twins(params, tags),
        )

    def _status(self) -> str:
        found = self.meta.get("status")
        if isinstance(found, int):
            return STATUSES.get(found, "")
        return _text(found).rpartition(".")[2]

    def _facts(self, tags: dict[str, str]) -> Iterator[Fact]:
        experiment = _small_table(self.path.parent / "meta.yaml")
        yield from told.fact("experiment", experiment.get("name"), "../meta.yaml: name")
        commit = tags.get("mlflow.source.git.commit") or self.meta.get("source_version")
        yield from told.fact("code.commit", commit, "tags/mlflow.source.git.commit")
        user = tags.get("mlflow.user") or self.meta.get("user_id")
        yield from told.fact("user", user, "tags/mlflow.user")
        for key, value in tags.items():
            if not key.startswith("mlflow."):
                yield from told.fact(f"tag.{key}", value, f"tags/{key}")

    def _metrics(self) -> tuple[tuple[Series, ...], tuple[Notice, ...]]:
        found: list[Series] = []
        notices: list[Notice] = []
        for key, path in _entries(self.path / "metrics"):
            points, dataset, broken = _points(path)
            if broken:
                why = f"metrics/{key} has {broken} lines that are no measurements"
                notices.append(Notice("integrity.unreadable", why))
            found.append(Series(clipped(key), points, dataset))
        return tuple(found), tuple(notices)

    def _inputs(self) -> Iterator[Claim]:
        for folder in told.folders(self.path / "inputs"):
            meta = _small_table(folder / "meta.yaml")
            uid = _text(meta.get("source_id"))
            if meta.get("source_type") != "DATASET" or not _is_name(uid):
                continue
            dataset = _small_table(self.path.parent / "datasets" / uid / "meta.yaml")
            name = _text(dataset.get("name"))
            if not name:
                continue
            tags = bounded_yaml.as_table(meta.get("tags"))
            context = _text(tags.get("mlflow.data.context"))
            evaluation = context.lower() in mlflow_claims.EVALUATION_CONTEXTS
            relation = Relation.EVALUATED_ON if evaluation else Relation.TRAINED_ON
            target = mlflow_claims.dataset_reference(name, dataset.get("source"))
            yield told.claim(relation, target, f"datasets.{name}", detail=context)

    def _outputs(self) -> Iterator[Claim]:
        for folder in told.folders(self.path / "outputs"):
            if not _is_name(folder.name):
                continue
            model = self.path.parent / "models" / folder.name / "meta.yaml"
            place = mlflow_claims.local_path(
                _text(_small_table(model).get("artifact_location"))
            )
            if place:
                yield told.claim(
                    Relation.PRODUCED_BY,
                    Reference(Scheme.RUN, f"{TOOL}:{self.run}", kind=Kind.RUN),
                    f"outputs/{folder.name}",
                    subject=Reference(Scheme.PATH, place, kind=Kind.MODEL),
                )


def _entries(
    folder: Path, prefix: str = "", depth: int = 0
) -> Iterator[tuple[str, Path]]:
    """Key and file of each entry: keys with "/" are folders; links are left out."""
    try:
        found = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in found[:ENTRY_LIMIT]:
        key = prefix + os.fsencode(entry.name).decode("utf-8", "replace")
        if entry.is_dir(follow_symlinks=False) and depth < DEPTH_LIMIT:
            yield from _entries(Path(entry.path), f"{key}/", depth + 1)
        elif entry.is_file(follow_symlinks=False):
            yield key, Path(entry.path)


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(65_536).decode("utf-8", "replace")


def _points(path: Path) -> tuple[tuple[Point, ...], str, int]:
    """Lines "time value step" (and, since 3, a dataset's name and digest)."""
    with path.open("rb") as file:
        raw = file.read(FILE_LIMIT)
    *lines, tail = raw.decode("utf-8", "replace").split("\n")
    if tail:
        lines.append(tail)
    points: list[Point] = []
    dataset, broken = "", 0
    for number, line in enumerate(lines):
        parts = line.split()
        value = told.number_of(parts[1]) if len(parts) > 1 else None
        if value is None or not parts[0].lstrip("-").isdigit():
            broken += number < len(lines) - 1  # the last may be half-written
            continue
        step = parts[2] if len(parts) > 2 else "0"
        whole = int(step) if step.lstrip("-").isdigit() else None
        points.append(Point(whole, value, _milliseconds(int(parts[0]))))
        if len(parts) > 4:
            dataset = parts[3]
    return tuple(points), dataset, broken


def _small_table(path: Path) -> dict[str, object]:
    """What a neighbour says; a broken one takes nothing from the run."""
    try:
        return bounded_yaml.table(path)
    except (FormatError, OSError):
        return {}


def _is_name(text: str) -> bool:
    return (
        bool(text) and "/" not in text and "\\" not in text and text not in (".", "..")
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _milliseconds(value: object) -> int | None:
    plausible = isinstance(value, int) and abs(value) < 10**14
    return value * 1_000 if plausible and isinstance(value, int) else None
