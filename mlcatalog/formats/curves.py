"""Curves that are made row by row, and go on where they stopped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlcatalog.domain.reading import Point, Series
from mlcatalog.domain.values import Value

STEP_KEYS = ("step", "global_step", "_step", "iteration", "iter", "epoch")
TIME_KEYS = frozenset({"time", "timestamp", "wall_time", "_timestamp", "_runtime"})
SERIES_LIMIT = 10_000
POINT_LIMIT = 5_000_000


class Curves:
    """One series a numeric column, in the order of the rows.

    `told` counts the points that earlier rows of the same file gave.
    """

    def __init__(self, told: Mapping[str, int] | None = None) -> None:
        self._told = dict(told or {})
        self._points: dict[str, list[Point]] = {name: [] for name in self._told}
        self._total = sum(self._told.values())

    def add(self, row: Mapping[str, object]) -> None:
        """Add what one row measured."""
        if self._total > POINT_LIMIT:
            return
        step_key = next((key for key in STEP_KEYS if _has(row, key)), "")
        step = step_of(row.get(step_key))
        for written, raw in row.items():
            number, name = number_of(raw), written.strip()
            if number is None or name in STEP_KEYS or name in TIME_KEYS:
                continue
            if name in self._points or len(self._points) < SERIES_LIMIT:
                self._points.setdefault(name, []).append(Point(step, number))
                self._total += 1

    def series(self, dataset: str = "") -> tuple[Series, ...]:
        """The new points of each series."""
        return tuple(
            Series(name, tuple(found), dataset, self._told.get(name, 0))
            for name, found in self._points.items()
            if found
        )

    def counts(self) -> dict[str, int]:
        """How many points each series has by now."""
        return {
            name: self._told.get(name, 0) + len(found)
            for name, found in self._points.items()
        }


def by_step(
    table: Iterable[Mapping[str, object]], *, dataset: str = ""
) -> tuple[Series, ...]:
    """The series of a whole table."""
    curves = Curves()
    for row in table:
        curves.add(row)
    return curves.series(dataset)


def _has(row: Mapping[str, object], key: str) -> bool:
    return number_of(row.get(key)) is not None


def step_of(raw: object) -> int | None:
    """A whole number, None for what is none."""
    number = number_of(raw)
    whole = number is not None and abs(number) < 2**53 and number == int(number)
    return int(number) if whole and number is not None else None


def number_of(raw: object) -> float | None:
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
