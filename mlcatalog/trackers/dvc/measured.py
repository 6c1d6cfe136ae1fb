"""Metrics and plots files of stages, as series."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import Point, Series
from mlcatalog.domain.values import clipped
from mlcatalog.trackers import told
from mlcatalog.trackers.dvc import plain
from mlcatalog.trackers.dvc.pipeline import Plot

METRIC_LIMIT = 10_000  # of one file
POINT_LIMIT = 200_000
STEPS = ("step", "steps", "epoch", "iteration", "iter", "global_step", "batch", "round")


def metrics(raw: bytes, path: str) -> Iterator[Series]:
    """Each number of a metrics file; raises FormatError."""
    found = plain.parsed(raw, path)
    for count, (key, value) in enumerate(plain.leaves(found)):
        if count >= METRIC_LIMIT:
            return
        number = None if isinstance(value, str) else told.number_of(value)
        if number is not None:
            yield Series(clipped(key), (Point(None, number),))


def curves(raw: bytes, plot: Plot) -> Iterator[Series]:
    """The curves of a plots file whose x counts steps; others are no series."""
    rows = _rows(raw, plot.path)
    if not rows:
        return
    x = plot.x or next((name for name in rows[0] if name.lower() in STEPS), "")
    if x.lower() not in STEPS:
        return
    names = plot.y or tuple(name for name in rows[0] if name != x)
    for name in names:
        points = tuple(_points(rows, x, name))
        if points:
            yield Series(clipped(name), points)


def _points(rows: list[dict[str, object]], x: str, name: str) -> Iterator[Point]:
    for row in rows:
        step, value = told.number_of(row.get(x)), told.number_of(row.get(name))
        if step is not None and value is not None and step == step // 1:
            yield Point(int(step), value)


def _rows(raw: bytes, path: str) -> list[dict[str, object]]:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in (".csv", ".tsv"):
        text = io.StringIO(raw.decode("utf-8-sig", "replace"), newline="")
        reader = csv.DictReader(text, delimiter="\t" if suffix == ".tsv" else ",")
        return [dict(row) for _, row in zip(range(POINT_LIMIT), reader, strict=False)]
    if suffix not in (".json", ".yaml", ".yml"):
        return []
    found = plain.parsed(raw, path)
    if isinstance(found, Mapping):
        found = next((v for v in found.values() if isinstance(v, list)), [])
    return [plain.table(one) for one in plain.listed(found)[:POINT_LIMIT]]


def said(raw: bytes | None, path: str, plot: Plot | None = None) -> tuple[Series, ...]:
    """What a file measures; nothing for none, and for one that cannot be read."""
    if raw is None:
        return ()
    try:
        return tuple(curves(raw, plot) if plot else metrics(raw, path))
    except (FormatError, csv.Error):
        return ()
