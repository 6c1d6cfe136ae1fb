"""Artifacts side by side: one row a value, one column an artifact."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlcatalog.comparing.directions import UP, direction_of
from mlcatalog.comparing.equality import finite, worth
from mlcatalog.comparing.gathering import METRICS, SECTIONS, WEIGHTS, gathered
from mlcatalog.domain.artifact import Detail, Summary
from mlcatalog.domain.lineage import Graph
from mlcatalog.domain.values import Value, ValueType

SHOWN_TENSORS = 200  # rows of tensors that differ; tensors that agree have none


@dataclass(frozen=True, slots=True)
class Row:
    """One value of every item; None where an item does not have it."""

    section: str
    key: str
    values: tuple[str | None, ...]
    differs: bool
    deltas: tuple[float | None, ...] = ()  # against the baseline
    better: tuple[bool | None, ...] = ()  # than the baseline; None: cannot tell
    direction: str | None = None  # "up" or "down": which way is better


@dataclass(frozen=True, slots=True)
class Sheet:
    """The items in the order asked, and their rows by section."""

    items: tuple[Summary, ...]
    rows: tuple[Row, ...]
    baseline: int = 0


def compare(
    details: Sequence[Detail],
    *,
    baseline: int = 0,
    graph: Graph | None = None,
    sources: Mapping[str, Sequence[Detail]] | None = None,
) -> Sheet:
    """Lay artifacts side by side.

    `sources` holds, by artifact id, the runs, configs and datasets that an
    artifact came from: their metrics and parameters count where it has none
    of its own. A row differs when two items have different values or one has
    none. Raises ValueError for a baseline that is none of the items.
    """
    if details and not 0 <= baseline < len(details):
        raise ValueError(f"baseline {baseline} of {len(details)} items")
    known = sources or {}
    columns = [gathered(one, known.get(one.summary.id, ()), graph) for one in details]
    places = dict.fromkeys(place for column in columns for place in column)
    rows = [
        _row(place, [column.get(place) for column in columns], baseline)
        for place in sorted(places, key=lambda p: (SECTIONS.index(p[0]), p[1]))
    ]
    return Sheet(tuple(d.summary for d in details), _shortened(rows), baseline)


def _row(place: tuple[str, str], held: Sequence[Value | None], baseline: int) -> Row:
    section, key = place
    direction = direction_of(key) if section == METRICS else None
    deltas = tuple(_delta(value, held[baseline]) for value in held)
    return Row(
        section=section,
        key=key,
        values=_texts(held),
        differs=len({None if value is None else worth(value) for value in held}) > 1,
        deltas=deltas,
        better=tuple(_is_better(delta, direction) for delta in deltas),
        direction=direction,
    )


def _texts(held: Sequence[Value | None]) -> tuple[str | None, ...]:
    """The texts; those that look like another item's value of another type are quoted."""
    typed = {v.text for v in held if v is not None and v.type is not ValueType.TEXT}
    return tuple(
        None if v is None else _quoted(v.text) if _is_alike(v, typed) else v.text
        for v in held
    )


def _is_alike(value: Value, typed: set[str]) -> bool:
    return value.type is ValueType.TEXT and value.text in typed


def _quoted(text: str) -> str:
    return f'"{text}"'


def _delta(value: Value | None, base: Value | None) -> float | None:
    number, start = finite(value), finite(base)
    if number is None or start is None:
        return None
    change = number - start
    return change if math.isfinite(change) else None


def _is_better(delta: float | None, direction: str | None) -> bool | None:
    if not delta or direction is None:
        return None
    return (delta > 0) == (direction == UP)


def _shortened(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows without tensors that agree, and with the first of those that differ."""
    kept, tensors = [], 0
    for row in rows:
        if row.section == WEIGHTS and row.key.startswith("tensor "):
            tensors += row.differs
            if not row.differs or tensors > SHOWN_TENSORS:
                continue
        kept.append(row)
    return tuple(kept)
