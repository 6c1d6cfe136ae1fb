"""On which line of a TOML file a key stands, for people who must mend it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

MOST_LINES = 5_000  # beyond which no line is looked for


def line_of(text: str, key: Sequence[str]) -> int:
    """The line of a key, or of the table that is nearest above it; 0 for none.

    A file up to some line has the key or has not: the line is found by halves,
    and how the key is written, dotted, quoted or inline, makes no difference.
    """
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        return 0
    for length in range(len(key), 0, -1):
        if _holds(_parsed(lines, len(lines)), key[:length]):
            return _first(lines, key[:length])
    return 0


def _first(lines: Sequence[str], key: Sequence[str]) -> int:
    without, having = 0, len(lines)  # lines that have it not yet, and that do
    while having - without > 1:
        middle = (without + having) // 2
        end, values = _before(lines, middle, without)
        if end == without:  # one statement begins here and goes on past the middle
            middle, values = _after(lines, middle, having)
            if middle == having:
                break
            end = middle
        if _holds(values, key):
            having = end
        else:
            without = end
    return without + 1


def _before(lines: Sequence[str], end: int, least: int) -> tuple[int, Any]:
    """The nearest place at or before a line where the file could end."""
    while end > least:
        values = _parsed(lines, end)
        if values is not None:
            return end, values
        end -= 1
    return least, None


def _after(lines: Sequence[str], end: int, most: int) -> tuple[int, Any]:
    """The nearest place after a line where the file could end."""
    while end < most:
        values = _parsed(lines, end)
        if values is not None:
            return end, values
        end += 1
    return most, None


def _parsed(lines: Sequence[str], end: int) -> Any:
    try:
        return tomllib.loads("\n".join(lines[:end]))
    except (ValueError, RecursionError):
        return None


def _holds(values: Any, key: Sequence[str]) -> bool:
    for part in key:
        if not isinstance(values, dict) or part not in values:
            return False
        values = values[part]
    return True
