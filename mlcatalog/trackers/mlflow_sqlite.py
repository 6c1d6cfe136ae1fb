"""Runs of an MLflow SQLite store (`mlflow.db`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import Claim, Fact, Param, Point, RunReading, Series
from mlcatalog.domain.values import Value, clipped
from mlcatalog.domain.words import Evidence
from mlcatalog.trackers import mlflow_claims, mlflow_tables, told
from mlcatalog.trackers.database_copy import opened
from mlcatalog.trackers.mlflow_claims import TOOL
from mlcatalog.trackers.mlflow_tables import Row, Store, text
from mlcatalog.trackers.tracker import value_of_text

DELETED = "deleted"
COMMIT_TAG = "mlflow.source.git.commit"
OWN_PREFIX = "mlflow."


class MlflowSqliteTracker:
    """Reads a copy of the store, by the columns that it has."""

    tool = TOOL
    title = "MLflow"
    version = 2

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """The store that MLflow makes by default since 3.7."""
        return folder_names & {"mlflow.db"}

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """All runs that were not deleted; raises FormatError."""
        with opened(place) as database:
            store = Store(database)
            if not store.has("runs", "run_uuid"):
                raise FormatError(
                    "This database is no MLflow store",
                    where=str(place),
                    why="It has no table of runs with the column run_uuid",
                )
            return tuple(_Runs(store, place).readings())


@dataclass(frozen=True, slots=True)
class _Tables:
    params: dict[str, list[Row]]
    metrics: dict[str, list[Row]]
    tags: dict[str, list[Row]]
    measured_on: dict[tuple[str, str], str]  # (run, metric) to dataset
    registered: dict[str, list[Row]]
    experiments: dict[str, str]


class _Runs:
    """All runs of one store; every table is read once."""

    def __init__(self, store: Store, place: Path) -> None:
        self._runs = store.rows("runs", mlflow_tables.RUN_COLUMNS)
        self._folder = place.parent
        self._aliases: dict[tuple[str, str], list[str]] = defaultdict(list)
        for one in store.rows("registered_model_aliases", ("name", "alias", "version")):
            named = text(one["name"]), text(one["version"])
            self._aliases[named].append(text(one["alias"]))
        self._claims = mlflow_claims.claims_by_run(store)
        keyed = ("run_uuid", "key", "value")
        self._tables = _Tables(
            params=store.by("run_uuid", "params", keyed, order=("key",)),
            metrics=store.by(
                "run_uuid",
                "metrics",
                mlflow_tables.METRIC_COLUMNS,
                order=("run_uuid", "key", "step", "timestamp"),
            ),
            tags=store.by("run_uuid", "tags", keyed, order=("key",)),
            measured_on=_measured_on(store),
            registered=store.by(
                "run_id", "model_versions", mlflow_tables.VERSION_COLUMNS
            ),
            experiments={
                text(row["experiment_id"]): text(row["name"])
                for row in store.rows("experiments", ("experiment_id", "name"))
            },
        )

    def readings(self) -> Iterator[RunReading]:
        """One reading per run that was not deleted."""
        for row in self._runs:
            if row["lifecycle_stage"] != DELETED:
                yield self._reading(row)

    def _reading(self, row: Row) -> RunReading:
        run = text(row["run_uuid"])
        tags = {text(t["key"]): text(t["value"]) for t in self._tables.tags[run]}
        claims: list[Claim] = list(self._claims.get(run, ()))
        claims += mlflow_claims.claims_of_tags(tags, text(row["source_name"]))
        return RunReading(
            tool=TOOL,
            native_id=run,
            name=text(row["name"]) or tags.get("mlflow.runName", "") or run,
            folder=self._run_folder(text(row["artifact_uri"])),
            status=text(row["status"]),
            started=_microseconds(row["start_time"]),
            ended=_microseconds(row["end_time"]),
            facts=tuple(self._facts(row, tags)),
            params=tuple(_params(self._tables.params[run])),
            metrics=tuple(self._metrics(run)),
            claims=tuple(claims),
            same=told.twins(
                {text(p["key"]): text(p["value"]) for p in self._tables.params[run]},
                tags,
            ),
        )

    def _run_folder(self, uri: str) -> str:
        """The folder of a local run; artifacts lie in it or in `artifacts/`."""
        path = mlflow_claims.local_path(uri)
        if not path:
            return ""
        folder = self._folder / path  # an absolute path replaces the folder
        return str(folder.parent if folder.name == "artifacts" else folder)

    def _facts(self, row: Row, tags: dict[str, str]) -> Iterator[Fact]:
        experiment = self._tables.experiments.get(text(row["experiment_id"]), "")
        known = {
            "experiment": (experiment, "experiments.name"),
            "code.commit": (
                tags.get(COMMIT_TAG, "") or text(row["source_version"]),
                f"tags.{COMMIT_TAG}",
            ),
            "user": (
                tags.get("mlflow.user", "") or text(row["user_id"]),
                "runs.user_id",
            ),
        }
        for key, (value, source) in known.items():
            if value:
                yield _fact(key, value, source)
        for key, value in tags.items():
            if not key.startswith(OWN_PREFIX):
                yield _fact(f"tag.{key}", value, f"tags.{key}")
        for version in self._tables.registered[text(row["run_uuid"])]:
            name, number = text(version["name"]), text(version["version"])
            stage = text(version["current_stage"])
            shown = f"{name} v{number}"
            shown += f" ({stage})" if stage not in ("", "None") else ""
            for alias in self._aliases[name, number]:
                shown += f" @{alias}"
            yield _fact("registered model", shown, f"model_versions.{name}")

    def _metrics(self, run: str) -> Iterator[Series]:
        series: dict[str, list[Point]] = {}
        for row in self._tables.metrics[run]:
            series.setdefault(text(row["key"]), []).append(_point(row))
        for name, points in series.items():
            dataset = self._tables.measured_on.get((run, name), "")
            yield Series(name, tuple(points), dataset)


def _measured_on(store: Store) -> dict[tuple[str, str], str]:
    columns = ("run_id", "metric_name", "dataset_name")
    return {
        (text(row["run_id"]), text(row["metric_name"])): text(row["dataset_name"])
        for row in store.rows("logged_model_metrics", columns)
        if row["dataset_name"]
    }


def _params(rows: list[Row]) -> Iterator[Param]:
    for row in rows:
        yield Param(clipped(text(row["key"])), value_of_text(text(row["value"])))


def _point(row: Row) -> Point:
    """NaN is kept as 0 with a mark; infinity as the largest double."""
    value = float("nan") if row["is_nan"] else float(text(row["value"]))
    step = row["step"]
    return Point(
        step=step if isinstance(step, int) else None,
        value=value,
        time=_microseconds(row["timestamp"]),
    )


def _fact(key: str, value: str, source: str) -> Fact:
    return Fact(key, Value.of(value), source, Evidence.RECORDED)


def _microseconds(milliseconds: object) -> int | None:
    return milliseconds * 1_000 if isinstance(milliseconds, int) else None
