"""Hydra's multirun.yaml: the sweep that started several jobs, as the run above them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import (
    Claim,
    Fact,
    Param,
    Point,
    Reference,
    RunReading,
    Scheme,
    Series,
)
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.trackers import bounded_yaml, told
from mlcatalog.trackers.bounded_yaml import as_table

MULTIRUN = "multirun.yaml"
RESULTS = "optimization_results.yaml"  # what the sweepers that optimise write


def sweep(place: Path) -> RunReading:
    """The sweep of a multirun.yaml; raises FormatError."""
    own = as_table(bounded_yaml.table(place).get("hydra"))
    if not own:
        raise FormatError(
            "This file holds no settings of a Hydra sweep",
            where=str(place),
            why="It has no table named hydra",
        )
    folder = place.parent
    job, runtime = as_table(own.get("job")), as_table(own.get("runtime"))
    native_id = sweep_id(own, folder)
    results = bounded_yaml.table(folder / RESULTS)
    name = job.get("name")
    shown = "/".join(PurePosixPath(native_id).parts[1:]) or native_id
    return RunReading(
        tool="hydra",
        native_id=native_id,
        name=f"{name} {shown}" if isinstance(name, str) else shown,
        folder=str(folder),
        facts=tuple(_facts(own, runtime, results)),
        params=tuple(_swept(own)),
        metrics=tuple(_best(results)),
        claims=tuple(_script(name)),
    )


def sweep_id(own: dict[str, object], folder: Path) -> str:
    """The sweep's folder relative to the project, as its jobs know it too."""
    directory = as_table(own.get("sweep")).get("dir")
    if not isinstance(directory, str) or "${" in directory:
        return folder.name
    inner = PurePosixPath(directory.replace("\\", "/"))
    home = as_table(own.get("runtime")).get("cwd")
    outer = PurePosixPath(home.replace("\\", "/") if isinstance(home, str) else "")
    if inner.is_absolute() and inner.is_relative_to(outer):
        return inner.relative_to(outer).as_posix()
    return folder.name if inner.is_absolute() else inner.as_posix()


def parent_claims(own: dict[str, object], folder: Path) -> Iterator[Claim]:
    """That a job belongs to the sweep whose file lies above it."""
    if (folder.parent / MULTIRUN).is_file():
        target = Reference(
            Scheme.RUN, f"hydra:{sweep_id(own, folder.parent)}", kind=Kind.RUN
        )
        yield told.claim(Relation.CHILD_OF, target, "hydra.sweep.dir")


def _facts(
    own: dict[str, object], runtime: dict[str, object], results: dict[str, object]
) -> Iterator[Fact]:
    overrides = as_table(own.get("overrides")).get("task")
    if isinstance(overrides, list):
        shown = " ".join(str(one) for one in overrides)
        yield from told.fact("overrides", shown, "hydra.overrides.task")
    sweeper = as_table(own.get("sweeper")).get("_target_")
    yield from told.fact("sweeper", sweeper, "hydra.sweeper")
    yield from told.fact("hydra.version", runtime.get("version"), "hydra.runtime")
    best = as_table(results.get("best_params")) or results.get("best_evaluated_params")
    yield from told.fact("best params", best, RESULTS)


def _swept(own: dict[str, object]) -> Iterator[Param]:
    """What was varied: "optimizer.lr": "0.1,0.2"."""
    overrides = as_table(own.get("overrides")).get("task")
    for one in overrides if isinstance(overrides, list) else []:
        key, equals, value = str(one).partition("=")
        if equals:
            yield Param(key.lstrip("+~"), Value.of(value))


def _best(results: dict[str, object]) -> Iterator[Series]:
    for key in ("best_value", "best_evaluated_result"):
        value = told.number_of(results.get(key))
        if value is not None:
            yield Series(key, (Point(None, value),))


def _script(name: object) -> Iterator[Claim]:
    if isinstance(name, str) and name:
        target = Reference(Scheme.PATH, f"{name}.py", kind=Kind.SCRIPT)
        yield told.claim(Relation.EXECUTED, target, "hydra.job.name")
