"""Curves as numbers: which metrics have one, x by step or time, and smoothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlcatalog.domain.artifact import Detail, Metric

Numbers = NDArray[np.float64]
MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Curve:
    """One metric of one artifact: x and y of equal length, finite, x ascending."""

    artifact: str
    name: str
    x: Numbers
    y: Numbers


def curved_metrics(details: Sequence[Detail]) -> list[str]:
    """Names of metrics that have more than one point in some artifact, most shared first."""
    seen: dict[str, int] = {}
    for detail in details:
        for name in dict.fromkeys(m.name for m in detail.metrics if len(m.points) > 1):
            seen[name] = seen.get(name, 0) + 1
    return sorted(seen, key=lambda name: -seen[name])  # stable: as first met


def curves_of(
    name: str, details: Sequence[Detail], *, by_time: bool = False
) -> list[Curve]:
    """The curves of one metric, in the order of the artifacts that have it."""
    curves = []
    for detail in details:
        metric = next((m for m in detail.metrics if m.name == name and m.points), None)
        if metric is not None:
            x, y = _numbers(metric, by_time=by_time)
            curves.append(Curve(detail.summary.id, detail.summary.name, x, y))
    return [curve for curve in curves if len(curve.x)]


def smoothed(values: Numbers, weight: float) -> Numbers:
    """An exponential moving average without the bias of its first values.

    weight 0 leaves the values as they are, towards 1 follows them ever slower.
    """
    if weight <= 0 or len(values) < 2:
        return values
    result = np.empty_like(values)
    last = 0.0
    for place, value in enumerate(values):
        last = last * weight + float(value) * (1 - weight)
        result[place] = last / (1 - weight ** (place + 1))
    return result


def value_near(curve: Curve, x: float) -> tuple[float, float]:
    """The measured point of a curve that is nearest to x."""
    place = int(np.argmin(np.abs(curve.x - x)))
    return float(curve.x[place]), float(curve.y[place])


def _numbers(metric: Metric, *, by_time: bool) -> tuple[Numbers, Numbers]:
    start = min((p.time for p in metric.points if p.time is not None), default=0)
    pairs = []
    for place, point in enumerate(metric.points):
        if by_time and point.time is None:
            continue
        x = (
            (point.time - start) / MICROSECONDS
            if by_time and point.time is not None
            else float(place if point.step is None else point.step)
        )
        if math.isfinite(point.value):
            pairs.append((x, point.value))
    pairs.sort(key=lambda pair: pair[0])
    table = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]
