"""Plain tables: columns as wide as what they hold, numbers to the right."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from mlcatalog.cli.output import bold, printable

GAP = "  "
WIDEST = 120  # columns of one cell; longer ones are cut


def table(
    titles: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()
) -> Iterator[str]:
    """The lines of a table; `right` are the columns that stand to the right."""
    cells = [[cut(printable(cell)) for cell in row] for row in rows]
    widths = [
        max(map(columns_of, column)) for column in zip(titles, *cells, strict=True)
    ]
    yield bold(_line(titles, widths, right))
    for row in cells:
        yield _line(row, widths, right)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    padded = []
    for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        space = " " * (width - columns_of(cell))
        padded.append(space + cell if place in right else cell + space)
    return GAP.join(padded).rstrip()


def cut(text: str) -> str:
    """The text, cut with an ellipsis where it is too wide for a cell."""
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


def columns_of(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
