"""Metrics by step or as a summary: JSON, JSON lines and CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mlcatalog.domain.reading import Claim, Fact, Point, Reading, Reference, Series
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.formats import bounded, rows, saying

STEP_KEYS = ("step", "global_step", "_step", "iteration", "iter", "epoch")
TIME_KEYS = frozenset({"time", "timestamp", "wall_time", "_timestamp", "_runtime"})
DATA_KEYS = ("dataset", "data", "eval_data", "test_data")
SERIES_LIMIT = 10_000
POINT_LIMIT = 5_000_000
READ_LIMIT = 64_000_000  # bytes


class MetricsReader:
    """Reads numbers under the names that a training script gave them."""

    format = "metrics"
    title = "Metrics of a run"
    version = 1
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
        series: tuple[Series, ...]
        notes: Mapping[str, object] = {}
        match path.suffix.lower():
            case ".csv":
                series = _from_table(path)
            case ".jsonl":
                series = by_step(rows.json_rows(path, READ_LIMIT))
            case _:
                series, notes = _from_json(path)
        return Reading(
            self.format,
            self.kind,
            facts=tuple(_facts(notes)),
            metrics=series,
            claims=tuple(_claims(notes)),
        )


def _from_table(path: Path) -> tuple[Series, ...]:
    head = rows.head_of(path, limit=READ_LIMIT)
    table = [dict(zip(head.header, row, strict=False)) for row in head.rows]
    if len(head.header) == 2 and head.header[1].strip().lower() == "value":
        named = {row[0]: row[1] for row in head.rows if len(row) > 1}
        return by_step([named])
    return by_step(table)


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
        elif value and all(_number(one) is not None for one in value):
            places = steps if isinstance(steps, list) else range(len(value))
            pairs = zip(places, value, strict=False)
            points = (_point(place, one) for place, one in pairs)
            found.append(Series(name, tuple(point for point in points if point)))
    return tuple(found)


def _point(step: object, value: object) -> Point | None:
    number = _number(value)
    return None if number is None else Point(_step_of(step), number)


def _numbers(
    table: Mapping[str, object], *, depth: int, prefix: str = ""
) -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, dict) and depth < 8:
            inner = bounded.table_of(value)
            yield from _numbers(inner, depth=depth + 1, prefix=f"{prefix}{key}.")
        elif _number(value) is not None:
            yield f"{prefix}{key}", value


def by_step(
    table: Iterable[Mapping[str, object]], *, dataset: str = ""
) -> tuple[Series, ...]:
    """One series a numeric column, in the order of the rows."""
    points: dict[str, list[Point]] = {}
    total = 0
    for row in table:
        step_key = next((key for key in STEP_KEYS if _has(row, key)), "")
        step = _step_of(row.get(step_key))
        for name, raw in row.items():
            number = _number(raw)
            if number is None or name.strip() in STEP_KEYS or name in TIME_KEYS:
                continue
            if name in points or len(points) < SERIES_LIMIT:
                points.setdefault(name, []).append(Point(step, number))
                total += 1
        if total > POINT_LIMIT:
            break
    return tuple(
        Series(name.strip(), tuple(found), dataset) for name, found in points.items()
    )


def _has(row: Mapping[str, object], key: str) -> bool:
    return _number(row.get(key)) is not None


def _step_of(raw: object) -> int | None:
    number = _number(raw)
    whole = number is not None and abs(number) < 2**53 and number == int(number)
    return int(number) if whole and number is not None else None


def _number(raw: object) -> float | None:
    """A number, also one that a CSV wrote; booleans are none."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int | float):
        return Value.of(raw).number if isinstance(raw, int) else raw
    if isinstance(raw, str) and raw[:40].strip():
        try:
            return float(raw[:40])
        except ValueError:
            return None
    return None


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
