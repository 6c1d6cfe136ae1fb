"""Metrics by step or as a summary: JSON, JSON lines and CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mlcatalog.domain.growth import Followed
from mlcatalog.domain.reading import Claim, Fact, Point, Reading, Reference, Series
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.formats import bounded, growing, saying
from mlcatalog.formats.curves import (
    SERIES_LIMIT,
    STEP_KEYS,
    by_step,
    number_of,
    step_of,
)
from mlcatalog.formats.growing import READ_LIMIT

DATA_KEYS = ("dataset", "data", "eval_data", "test_data")


class MetricsReader:
    """Reads numbers under the names that a training script gave them."""

    format = "metrics"
    title = "Metrics of a run"
    version = 2
    kind = Kind.RUN
    suffixes: tuple[str, ...] = ()
    names = (
        "metrics*.json", "*metrics.json", "eval.json", "evaluation.json",
        "eval_results*.json", "eval_metrics*.json", "results.json", "results_*.json",
        "test_results.json", "train_results.json", "all_results.json", "scores*.json",
        "history.json", "metrics*.jsonl", "*metrics.jsonl", "log.jsonl",
        "train_log*.jsonl", "training_log*.jsonl", "history.jsonl", "progress.jsonl",
        "metrics*.csv", "*metrics.csv", "results.csv", "progress.csv", "history.csv",
        "training_log*.csv", "train_log*.csv",
    )  # fmt: skip

    def claims(self, head: bytes) -> bool:
        """Any text."""
        return bounded.is_text(head)

    def read(self, path: Path) -> Reading:
        """Series by name; what the file says it measured becomes a claim."""
        return self.follow(path, None, is_growing=False).said

    def follow(
        self, path: Path, mark: bytes | None, *, is_growing: bool
    ) -> Followed[Reading]:
        """The same, from a mark on; a growing file's half-written line is left."""
        match path.suffix.lower():
            case ".csv":
                found = growing.follow_table(path, mark, is_growing=is_growing)
            case ".jsonl":
                found = growing.follow_json_lines(path, mark, is_growing=is_growing)
            case _:
                return Followed(self._summary(path))
        said = Reading(self.format, self.kind, metrics=found.said)
        return Followed(said, found.mark, found.continues, found.held_back, found.start)

    def _summary(self, path: Path) -> Reading:
        series, notes = _from_json(path)
        return Reading(
            self.format,
            self.kind,
            facts=tuple(_facts(notes)),
            metrics=series,
            claims=tuple(_claims(notes)),
        )


def _from_json(path: Path) -> tuple[tuple[Series, ...], Mapping[str, object]]:
    raw = bounded.json_file(path, READ_LIMIT)
    if isinstance(raw, list):
        return by_step(bounded.table_of(row) for row in raw), {}
    table = bounded.table_of(raw)
    listed = _curves(table)
    plain = by_step([dict(_numbers(table, depth=0))], dataset=_dataset(table))
    return (*listed, *plain)[:SERIES_LIMIT], table


def _curves(table: Mapping[str, object]) -> tuple[Series, ...]:
    """Series of {"loss": [0.3, 0.2]} and of {"history": [{"step": 1, …}]}."""
    found: list[Series] = []
    steps = next((table[key] for key in STEP_KEYS if key in table), None)
    for name, value in table.items():
        if not isinstance(value, list) or name in STEP_KEYS:
            continue
        if value and all(isinstance(one, dict) for one in value):
            found += by_step(bounded.table_of(one) for one in value)
        elif value and all(number_of(one) is not None for one in value):
            places = steps if isinstance(steps, list) else range(len(value))
            pairs = zip(places, value, strict=False)
            points = (_point(place, one) for place, one in pairs)
            found.append(Series(name, tuple(point for point in points if point)))
    return tuple(found)


def _point(step: object, value: object) -> Point | None:
    number = number_of(value)
    return None if number is None else Point(step_of(step), number)


def _numbers(
    table: Mapping[str, object], *, depth: int, prefix: str = ""
) -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, dict) and depth < 8:
            inner = bounded.table_of(value)
            yield from _numbers(inner, depth=depth + 1, prefix=f"{prefix}{key}.")
        elif number_of(value) is not None:
            yield f"{prefix}{key}", value


def _dataset(notes: Mapping[str, object]) -> str:
    found = (notes.get(key) for key in DATA_KEYS)
    return next((text for text in found if isinstance(text, str) and text), "")


def _facts(notes: Mapping[str, object]) -> Iterator[Fact]:
    names = {"run.id": "run_id", "code.commit": "git_commit", "task": "task"}
    yield from saying.facts_from(notes, names)
    for key in ("epoch", "step"):
        yield from saying.fact(key, notes.get(key), key, Evidence.RECORDED)


def _claims(notes: Mapping[str, object]) -> Iterator[Claim]:
    """The measured data; for the run of the folder and for the named model."""
    text = _dataset(notes)
    if not text:
        return
    data = saying.target(text, Kind.DATASET)
    yield saying.claim(
        Relation.EVALUATED_ON, data, "dataset", evidence=Evidence.RECORDED
    )
    model = notes.get("model")
    if isinstance(model, str) and model:
        subject: Reference = saying.target(model, Kind.MODEL)
        yield saying.claim(
            Relation.EVALUATED_ON,
            data,
            "dataset",
            subject=subject,
            evidence=Evidence.RECORDED,
        )
