"""Open-ended values: a type, a text and, where there is one, a number."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from mlcatalog.domain.portable import portable

TEXT_LIMIT = 4_096  # characters kept of one value


class ValueType(StrEnum):
    """The type a value had where it was written."""

    TEXT = "text"
    INTEGER = "integer"
    REAL = "real"
    BOOLEAN = "boolean"
    NULL = "null"
    TIME = "time"
    LIST = "list"  # text holds JSON
    TABLE = "table"  # text holds JSON


@portable
@dataclass(frozen=True, slots=True)
class Value:
    """One value as it was written; NaN, Inf, 2^64 and odd text survive.

    `number` is None when there is none or it is not finite: sort by it,
    show `text`.
    """

    type: ValueType
    text: str
    number: float | None = None

    @classmethod
    def of(cls, raw: object) -> Value:  # noqa: C901 - one line a type
        """The value of a plain Python object (str, int, float, list, …)."""
        match raw:
            case Value():
                return raw
            case None:
                return cls(ValueType.NULL, "null")
            case bool():
                return cls(ValueType.BOOLEAN, "true" if raw else "false", float(raw))
            case int():
                return cls(ValueType.INTEGER, _digits(raw), _float_of(raw))
            case float():
                finite = raw if math.isfinite(raw) else None
                return cls(ValueType.REAL, repr(raw), finite)
            case bytes():
                return cls(ValueType.TEXT, clipped(raw.decode("utf-8", "replace")))
            case datetime() | date() | time():
                return cls(ValueType.TIME, raw.isoformat())
            case Mapping():
                return cls(ValueType.TABLE, clipped(_json(raw)))
            case str():
                return cls(ValueType.TEXT, clipped(raw))
            case Sequence():
                return cls(ValueType.LIST, clipped(_json(raw)))
            case _:
                return cls(ValueType.TEXT, clipped(str(raw)))


def clipped(text: str, limit: int = TEXT_LIMIT) -> str:
    """The text without lone surrogates, cut to the limit with an ellipsis."""
    if text.isascii() and len(text) <= limit:
        return text
    shown = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def _digits(number: int) -> str:
    if number.bit_length() <= 1_024:
        return str(number)
    return f"{hex(number >> (number.bit_length() - 64))}… ({number.bit_length()} bits)"


def _float_of(number: int) -> float | None:
    return float(number) if number.bit_length() <= 1_023 else None


def _json(raw: object) -> str:
    try:
        return json.dumps(raw, default=str, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return f"<{type(raw).__name__}>"
