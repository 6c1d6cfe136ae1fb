"""When two values are the same: by type, and numbers by what they are worth."""

from __future__ import annotations

import json
import math

from mlcatalog.domain.values import Value, ValueType

NUMBERS = frozenset({ValueType.INTEGER, ValueType.REAL})
PARTS = frozenset({ValueType.LIST, ValueType.TABLE})
Worth = tuple[str, str | int | float]


def worth(value: Value) -> Worth:
    """What a value is compared by: 1 and 1.0 are one, the text "1" is another."""
    if value.type in NUMBERS:
        return ("number", _number(value))
    if value.type in PARTS:
        return (value.type.value, _sorted(value.text))
    return (value.type.value, value.text)


def finite(value: Value | None) -> float | None:
    """The number of a number; None for all else, switches among it."""
    return value.number if value is not None and value.type in NUMBERS else None


def _number(value: Value) -> str | int | float:
    try:
        # Whole numbers beyond 2^53 differ where their floats no longer do.
        number = (int if value.type is ValueType.INTEGER else float)(value.text)
    except ValueError:
        return value.text
    return "nan" if math.isnan(number) else number


def _sorted(text: str) -> str:
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except (ValueError, RecursionError):
        return text
