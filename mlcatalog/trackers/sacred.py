"""Runs of Sacred's file observer: numbered folders with a run.json."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mlcatalog.domain.reading import (
    Claim,
    Fact,
    Point,
    Reference,
    RunReading,
    Scheme,
    Series,
)
from mlcatalog.domain.values import clipped
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.trackers import told
from mlcatalog.trackers.bounded_yaml import as_table
from mlcatalog.trackers.hydra import flattened

OWN = frozenset({"run.json", "config.json", "metrics.json", "info.json", "cout.txt"})
STATUSES = {"COMPLETED": "FINISHED", "INTERRUPTED": "KILLED"}


class SacredTracker:
    """Reads configuration, metrics, times, sources and the commit."""

    tool = "sacred"
    title = "Sacred"
    version = 1

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """run.json beside the configuration and the captured output."""
        is_run = {"run.json", "config.json", "cout.txt"} <= folder_names
        return frozenset({"run.json"}) if is_run else frozenset()

    def owned(self, folder_names: frozenset[str]) -> frozenset[str]:
        """What the observer writes itself; artifacts stay artifacts."""
        return OWN & folder_names

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The run of a folder; raises FormatError."""
        run = told.json_table(place)
        folder = place.parent
        config = told.json_table(folder / "config.json")
        experiment = as_table(run.get("experiment"))
        name = experiment.get("name")
        status = str(run.get("status") or "")
        return (
            RunReading(
                tool=self.tool,
                native_id="/".join(folder.parts[-2:]),
                name=f"{name} {folder.name}" if name else folder.name,
                folder=str(folder),
                status=STATUSES.get(status, status),
                started=told.moment(run.get("start_time")),  # Sacred writes UTC
                ended=told.moment(run.get("stop_time")),
                facts=tuple(_facts(run, experiment)),
                params=tuple(flattened(config)) if config else (),
                metrics=(*_metrics(folder / "metrics.json"), *_result(run)),
                claims=tuple(_claims(experiment)),
                same=told.twins(config),
            ),
        )


def _facts(run: dict[str, object], experiment: dict[str, object]) -> Iterator[Fact]:
    yield from told.fact("experiment", experiment.get("name"), "experiment.name")
    host = as_table(run.get("host"))
    yield from told.fact("host", host.get("hostname"), "host.hostname")
    yield from told.fact("python", host.get("python_version"), "host.python_version")
    for one in _listed(experiment.get("repositories")):
        repository = as_table(one)
        source = "experiment.repositories"
        yield from told.fact("code.commit", repository.get("commit"), source)
        yield from told.fact("code.dirty", repository.get("dirty"), source)
    dependencies = [str(one) for one in _listed(experiment.get("dependencies"))]
    yield from told.fact("dependencies", dependencies, "experiment.dependencies")


def _claims(experiment: dict[str, object]) -> Iterator[Claim]:
    main = experiment.get("mainfile")
    if isinstance(main, str) and main:
        target = Reference(Scheme.PATH, main, kind=Kind.SCRIPT)
        yield told.claim(Relation.EXECUTED, target, "experiment.mainfile")


def _metrics(path: Path) -> Iterator[Series]:
    for name, raw in told.json_table(path).items():
        table = as_table(raw)
        parts = [_listed(table.get(key)) for key in ("steps", "values", "timestamps")]
        points = [
            Point(step if isinstance(step, int) else None, value, told.moment(time))
            for step, found, time in zip(*parts, strict=False)
            if (value := told.number_of(found)) is not None
        ]
        yield Series(clipped(name), tuple(points))


def _result(run: dict[str, object]) -> Iterator[Series]:
    value = told.number_of(run.get("result"))
    if value is not None:
        yield Series("result", (Point(None, value),))


def _listed(raw: object) -> list[object]:
    return raw if isinstance(raw, list) else []
