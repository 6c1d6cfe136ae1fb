"""Rows of text files: CSV, TSV and JSON lines by a bounded head."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import Column, Fact
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence
from mlcatalog.formats import bounded

HEAD_LIMIT = 1_048_576  # bytes that are looked at
COUNT_LIMIT = 4_294_967_296  # bytes up to which lines are counted
BLOCK = 4_194_304
COLUMN_LIMIT = 100_000
FIELD_LIMIT = 1_048_576
BOOLEANS = frozenset({"true", "false", "yes", "no"})
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none"})
INTEGER = re.compile(r"[+-]?\d{1,30}")
REAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.I)
TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")


@dataclass(frozen=True, slots=True)
class Head:
    """The first rows of a table, and whether they are all."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_whole: bool
    has_header: bool = True


def head_of(path: Path, delimiter: str = "", limit: int = HEAD_LIMIT) -> Head:
    """The header and rows within the first bytes; raises FormatError."""
    with path.open("rb") as file:
        raw = file.read(limit + 1)
    is_whole = len(raw) <= limit
    raw = raw[:limit]
    if not is_whole:
        raw = raw[: raw.rfind(b"\n") + 1] or raw
    text = _decoded(raw)
    parsed = _parsed(text, delimiter or sniffed(text), path)
    if not parsed:
        return Head((), (), is_whole, has_header=False)
    if len(parsed[0]) > COLUMN_LIMIT:
        raise bounded.damaged(path, f"It has more than {COLUMN_LIMIT:,} columns")
    names, has_header = header_of(parsed[0])
    below = parsed[1:] if has_header else parsed
    return Head(names, tuple(map(tuple, below)), is_whole, has_header)


def header_of(first: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """The columns' names by the first row, and whether that row is a header."""
    if not any(INTEGER.fullmatch(cell) or REAL.fullmatch(cell) for cell in first):
        return tuple(first), True
    return tuple(f"column_{place}" for place in range(1, len(first) + 1)), False


def _decoded(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A cut in the middle of a letter is no other encoding.
        if error.start >= len(raw) - 4:
            return raw[: error.start].decode("utf-8-sig")
        return raw.decode("latin-1")


def _parsed(text: str, delimiter: str, path: Path) -> list[list[str]]:
    csv.field_size_limit(FIELD_LIMIT)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [row for row in rows if row]
    except csv.Error as error:
        raise bounded.damaged(path, f"Its rows are broken: {error}") from error


def sniffed(text: str) -> str:
    """The delimiter that cuts the first lines most evenly, a comma in doubt."""
    lines = [line for line in text[:65_536].splitlines()[:20] if line]
    best, most = ",", 0
    for delimiter in (",", "\t", ";", "|"):
        counts = [line.count(delimiter) for line in lines]
        if counts and min(counts) > most:
            best, most = delimiter, min(counts)
    return best


def columns_of(head: Head) -> tuple[Column, ...]:
    """Columns with the type that all of their first values have."""
    sample = head.rows[:1_000]
    return tuple(
        Column(name, guessed_type(row[place] for row in sample if place < len(row)))
        for place, name in enumerate(head.header)
    )


def guessed_type(cells: Iterable[str]) -> str:
    """integer, real, boolean, time or text; "unknown" for no values."""
    kinds = {_type_of(cell.strip()) for cell in cells} - {""}
    if not kinds:
        return "unknown"
    if kinds == {"integer", "real"}:
        return "real"
    return kinds.pop() if len(kinds) == 1 else "text"


def _type_of(cell: str) -> str:
    if cell.lower() in MISSING:
        return ""
    if INTEGER.fullmatch(cell):
        return "integer"
    if REAL.fullmatch(cell):
        return "real"
    if cell.lower() in BOOLEANS:
        return "boolean"
    return "time" if TIME.fullmatch(cell) else "text"


def count_lines(path: Path) -> int | None:
    """Lines by their ends, None when the file is too long to count."""
    if path.stat().st_size > COUNT_LIMIT:
        return None
    lines, last = 0, b"\n"
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            lines += block.count(b"\n")
            last = block[-1:]
    return lines + (last != b"\n")


def count_facts(rows: int | None, columns: int) -> tuple[Fact, ...]:
    """How many rows (unknown above the bound) and columns there are."""
    shown = Value.of("unknown" if rows is None else rows)
    return (
        Fact("rows", shown, "lines", Evidence.CONTENT),
        Fact("columns", Value.of(columns), "header", Evidence.CONTENT),
    )


def json_rows(path: Path, limit: int = HEAD_LIMIT) -> list[dict[str, object]]:
    """The tables on the lines of the first bytes; raises FormatError."""
    with path.open("rb") as file:
        raw = file.read(limit + 1)
    if len(raw) > limit:
        raw = raw[: raw.rfind(b"\n") + 1]
    lines = [line for line in raw.splitlines() if line.strip()]
    found: list[dict[str, object]] = []
    for place, line in enumerate(lines):
        try:
            found.append(bounded.table_of(bounded.json_of(line, path)))
        except FormatError:
            # The last line of a file that is still written may be cut.
            if place + 1 < len(lines) or not found:
                raise
    return found
