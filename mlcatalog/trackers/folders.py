"""Runs that are a folder with settings beside metrics: Lightning, Ultralytics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from mlcatalog.domain.reading import Claim, Fact, Param, Reference, RunReading, Scheme
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.trackers import bounded_yaml, told
from mlcatalog.trackers.hydra import flattened, param_claims

VERSION = re.compile(r"version_\d+")


class LightningTracker:
    """Reads the hparams.yaml that Lightning's loggers write; metrics.csv joins it."""

    tool = "lightning"
    title = "Lightning"
    version = 1

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """hparams.yaml beside what a logger writes."""
        logged = folder_names & {"metrics.csv", "checkpoints/"} or any(
            ".tfevents." in name for name in folder_names
        )
        return frozenset({"hparams.yaml"} & folder_names if logged else ())

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The run of a folder; raises FormatError."""
        table = bounded_yaml.table(place)
        folder = place.parent
        params = tuple(flattened(table)) if table else ()
        is_version = VERSION.fullmatch(folder.name)
        parts = folder.parts[-2:] if is_version else folder.parts[-1:]
        return (
            RunReading(
                tool=self.tool,
                # Its folder from the logs' on: it survives a move of the project.
                native_id="/".join(folder.parts[-3:]),
                name="/".join(parts),
                folder=str(folder),
                params=params,
                claims=tuple(param_claims(params, folder, "hparams.yaml")),
                same=told.twins(table),
            ),
        )


class UltralyticsTracker:
    """Reads the args.yaml of `runs/TASK/NAME`; results.csv joins it."""

    tool = "ultralytics"
    title = "Ultralytics"
    version = 1

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """args.yaml beside results or weights."""
        is_run = folder_names & {"results.csv", "weights/"}
        return frozenset({"args.yaml"} & folder_names if is_run else ())

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The run of a folder; raises FormatError."""
        table = bounded_yaml.table(place)
        params: tuple[Param, ...] = tuple(flattened(table)) if table else ()
        folder = place.parent
        return (
            RunReading(
                tool=self.tool,
                native_id="/".join(folder.parts[-3:]),
                name=folder.name,
                folder=str(folder),
                facts=tuple(_facts(table)),
                params=params,
                claims=tuple(_claims(table)),
                same=told.twins(table),
            ),
        )


def _facts(table: dict[str, object]) -> Iterator[Fact]:
    for key in ("task", "mode"):
        yield from told.fact(key, table.get(key), f"args.yaml: {key}")


def _claims(table: dict[str, object]) -> Iterator[Claim]:
    data, model = table.get("data"), table.get("model")
    if isinstance(data, str) and data:
        target = Reference(Scheme.PATH, data, kind=Kind.DATASET)
        yield told.claim(Relation.TRAINED_ON, target, "args.yaml: data")
    # A .yaml names an architecture, trained from scratch.
    if isinstance(model, str) and model.endswith(".pt"):
        target = Reference(Scheme.PATH, model, kind=Kind.MODEL)
        yield told.claim(Relation.STARTED_FROM, target, "args.yaml: model")
