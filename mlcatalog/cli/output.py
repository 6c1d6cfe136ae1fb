"""What goes to standard output: one JSON document, or text that is safe to show."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

SCHEMA = 1
LARGEST = 2**63  # what orjson takes as an integer


def write_json(document: Mapping[str, Any]) -> None:
    """Print one document, with its schema first."""
    write(f"{json_text({'schema': SCHEMA, **document}, indent=True)}\n")


def write_json_line(values: Mapping[str, Any]) -> None:
    """Print one line of a stream of documents, at once."""
    write(f"{json_text({'schema': SCHEMA, **values})}\n")
    sys.stdout.flush()


def json_text(values: object, *, indent: bool = False) -> str:
    """JSON; non-finite numbers are strings, lone surrogates are escaped."""
    import orjson

    option = orjson.OPT_INDENT_2 if indent else 0
    return orjson.dumps(plain(values), option=option).decode()


def plain(value: object) -> Any:
    """The same value with only what JSON can hold."""
    match value:
        case bool() | None:
            return value
        case str():
            return str(value).encode("utf-8", "backslashreplace").decode()
        case int():
            return int(value) if abs(value) < LARGEST else str(value)
        case float():
            return value if math.isfinite(value) else number_word(value)
        case Mapping():
            return {plain(str(key)): plain(held) for key, held in value.items()}
        case Iterable():
            return [plain(held) for held in value]
        case _:
            return plain(str(value))


def number_word(number: float) -> str:
    """How a number that is not finite is written."""
    if math.isnan(number):
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"


def write_lines(lines: Iterable[str]) -> None:
    """Print lines that were made printable."""
    for line in lines:
        write(f"{line}\n")


def write(text: str) -> None:
    """Print text as it is, whatever the terminal's encoding can hold."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def printable(text: str) -> str:
    """Text of a file for a terminal: control and direction characters are escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def bold(text: str) -> str:
    """Text in bold on a terminal that shows it; plain elsewhere."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[1m{text}\x1b[0m"
