"""Tables that grow row by row: read on from the last whole line.

A table is only followed where reading on is bound to give what reading all of
it gives: its first rows decided its delimiter and header, and no quoted cell
could hold an end of line. Any other is read from its start each time.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.growth import START, Followed, Position
from mlcatalog.domain.reading import Series
from mlcatalog.formats import bounded, rows
from mlcatalog.formats.curves import Curves

READ_LIMIT = 64_000_000  # bytes
DECIDED = 20  # lines by which the delimiter is known for good
LAYOUT = 1  # of a mark


@dataclass(frozen=True, slots=True)
class _Mark:
    """How far a table was read, and what its first rows said."""

    position: Position = START
    delimiter: str = ""
    names: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)

    def packed(self) -> bytes:
        """As bytes, for the next time."""
        found = [LAYOUT, self.position.plain(), self.delimiter, self.names, self.counts]
        return json.dumps(found).encode()


def _mark_in(packed: bytes | None, file: BinaryIO) -> _Mark:
    """The mark when it holds in the file, else that of its start."""
    if packed is None:
        return _Mark()
    layout, position, delimiter, names, counts = json.loads(packed)
    mark = _Mark(Position(*position), delimiter, tuple(names), counts)
    return mark if layout == LAYOUT and mark.position.holds_in(file) else _Mark()


@dataclass(frozen=True, slots=True)
class _New:
    """The bytes after a mark: whole lines, and what follows the last of them."""

    whole: bytes
    rest: bytes

    @classmethod
    def after(cls, file: BinaryIO, offset: int) -> _New:
        file.seek(offset)
        raw = file.read(READ_LIMIT + 1 - offset)
        end = raw.rfind(b"\n") + 1
        is_cut = offset + len(raw) > READ_LIMIT
        return cls(raw[:end], b"" if is_cut else raw[end:])


def follow_json_lines(
    path: Path, packed: bytes | None, *, is_growing: bool
) -> Followed[tuple[Series, ...]]:
    """The curves of JSON lines; raises FormatError for a broken line but the last."""
    with path.open("rb") as file:
        mark = _mark_in(packed, file)
        start = mark.position.offset
        new = _New.after(file, start)
        curves = Curves(mark.counts)
        is_first = start == 0
        whole, taken = _taken(new.whole, path, is_first=is_first)
        for row in whole:
            curves.add(row)
        counts = curves.counts()
        rest = new.whole[taken:] + (b"" if is_growing else new.rest)
        for row in _taken(rest, path, is_first=is_first and not whole)[0]:
            curves.add(row)
        here = Position.at(file, start + taken)
    return Followed(
        curves.series(),
        _Mark(here, counts=counts).packed() if here.offset else None,
        continues=start > 0,
        held_back=is_growing and bool(new.rest),
        start=start,
    )


def _taken(
    raw: bytes, path: Path, *, is_first: bool
) -> tuple[list[dict[str, object]], int]:
    """The rows of lines, and the bytes they take; a broken last line is left."""
    found: list[dict[str, object]] = []
    lines = raw.splitlines(keepends=True)
    last = max((n for n, line in enumerate(lines) if line.strip()), default=-1)
    taken = 0
    for place, line in enumerate(lines):
        if line.strip():
            try:
                found.append(bounded.table_of(bounded.json_of(line, path)))
            except FormatError:
                # The last line of a file that is still written may be cut.
                if place < last or (is_first and not found):
                    raise
                break
        taken += len(line)
    return found, taken


def follow_table(
    path: Path, packed: bytes | None, *, is_growing: bool
) -> Followed[tuple[Series, ...]]:
    """The curves of a CSV; raises FormatError."""
    with path.open("rb") as file:
        mark = _mark_in(packed, file)
        start = mark.position.offset
        new = _New.after(file, start)
        held_back = is_growing and bool(new.rest)
        rest = b"" if is_growing else new.rest
        if _is_plain(new.whole + rest):
            parsed = _parsed(new.whole, rest, mark)
            if parsed is not None:
                series, names, delimiter, counts = parsed
                here = Position.at(file, start + len(new.whole))
                is_known = start > 0 or _is_decided(new.whole)
                ahead = _Mark(here, delimiter, names, counts).packed()
                return Followed(
                    series,
                    ahead if is_known else None,
                    continues=start > 0,
                    held_back=held_back,
                    start=start,
                )
        end = _New.after(file, 0)
    limit = len(end.whole) if is_growing else READ_LIMIT
    return Followed(_all_of(path, limit), held_back=held_back)


def _is_plain(raw: bytes) -> bool:
    """UTF-8 whose lines are its rows."""
    is_wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    return not is_wide and b'"' not in raw and raw.count(b"\r") == raw.count(b"\r\n")


def _is_decided(whole: bytes) -> bool:
    return len(whole) > 4 * 65_536 or len(whole[:65_536].splitlines()) > DECIDED


Parsed = tuple[tuple[Series, ...], tuple[str, ...], str, dict[str, int]]


def _parsed(whole: bytes, rest: bytes, mark: _Mark) -> Parsed | None:
    """What the lines after a mark say; None for a table of another kind."""
    encoding = "utf-8" if mark.names else "utf-8-sig"
    try:
        text, last = whole.decode(encoding), rest.decode("utf-8")
    except UnicodeDecodeError:
        return None
    delimiter = mark.delimiter or rows.sniffed(text + last)
    lines, ending = _rows(text, delimiter), _rows(last, delimiter)
    names = mark.names
    if not names:
        if not lines:
            return None
        names, has_header = rows.header_of(lines[0])
        names = tuple(name.strip() for name in names)
        if _is_list_of_values(names):
            return None
        lines = lines[1:] if has_header else lines
    curves = Curves(mark.counts)
    for row in lines:
        curves.add(dict(zip(names, row, strict=False)))
    counts = curves.counts()
    for row in ending:
        curves.add(dict(zip(names, row, strict=False)))
    return curves.series(), names, delimiter, counts


def _rows(text: str, delimiter: str) -> list[list[str]]:
    csv.field_size_limit(rows.FIELD_LIMIT)
    return [
        r for r in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if r
    ]


def _is_list_of_values(names: Sequence[str]) -> bool:
    return len(names) == 2 and names[1].lower() == "value"


def _all_of(path: Path, limit: int) -> tuple[Series, ...]:
    """The curves of any table, or the numbers of one with names and values."""
    head = rows.head_of(path, limit=limit)
    names = [name.strip() for name in head.header]
    curves = Curves()
    if _is_list_of_values(names):
        curves.add({row[0]: row[1] for row in head.rows if len(row) > 1})
    else:
        for row in head.rows:
            curves.add(dict(zip(names, row, strict=False)))
    return curves.series()
