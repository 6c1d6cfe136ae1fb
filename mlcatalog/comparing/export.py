"""A sheet for elsewhere: plain values, text, CSV and Markdown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator

from mlcatalog.comparing.sheet import Row, Sheet
from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.moments import utc_text

MISSING, EMPTY = "—", "(empty)"
WIDEST = 48  # characters of a cell of the text
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~$-])")


def as_document(sheet: Sheet, only_differences: bool = False) -> dict[str, object]:
    """The plain values of `compare --json` (DESIGN section 7)."""
    return {
        "items": [_item(summary) for summary in sheet.items],
        "rows": [_plain(row) for row in _rows(sheet, only_differences)],
    }


def as_text(sheet: Sheet, only_differences: bool = False) -> str:
    """Columns for a terminal; the baseline is starred, long cells end with an ellipsis."""
    lines = [["", *_names(sheet)]]
    sections = {0: ""}
    for row in _rows(sheet, only_differences):
        if row.section not in sections.values():
            sections[len(lines)] = row.section
        marked = f"{'*' if row.differs else ' '} {row.key}"
        lines.append([marked, *(_shown(value) for value in row.values)])
    clean = [[_cut(_printable(cell)) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*clean, strict=True)]
    texts = []
    for number, line in enumerate(clean):
        if sections.get(number):
            texts += ["", sections[number]]
        padded = (c.ljust(w) for c, w in zip(line, widths, strict=True))
        texts.append("  ".join(padded).rstrip())
    return "\n".join(texts) + "\n"


def as_csv(sheet: Sheet, only_differences: bool = False) -> str:
    """Comma-separated; a missing value is blank, and no cell is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = (summary.name for summary in sheet.items)
    writer.writerow(["section", "key", "differs", *map(_inert, names)])
    for row in _rows(sheet, only_differences):
        cells = ("" if value is None else value or EMPTY for value in row.values)
        differs = "yes" if row.differs else "no"
        writer.writerow([row.section, _inert(row.key), differs, *map(_inert, cells)])
    return out.getvalue()


def as_markdown(sheet: Sheet, only_differences: bool = False) -> str:
    """A table a section; whatever stands in a file is text, never markup."""
    lines: list[str] = []
    section = None
    for row in _rows(sheet, only_differences):
        if row.section != section:
            section = row.section
            heads = [section, *_names(sheet)]
            lines += ["", _line(heads, _escaped), _line(["---"] * len(heads), str)]
        cells = [row.key, *(_shown(value) for value in row.values)]
        lines.append(_line(cells, _escaped))
    return "\n".join(lines).lstrip("\n") + "\n"


def _rows(sheet: Sheet, only_differences: bool) -> Iterator[Row]:
    return (row for row in sheet.rows if row.differs or not only_differences)


def _item(summary: Summary) -> dict[str, object]:
    return {
        "id": summary.id,
        "kind": summary.kind.value,
        "format": summary.format,
        "name": summary.name,
        "path": summary.path or None,
        "size": summary.size,
        "digest": summary.digest,
        "stage": summary.stage.value,
        "owner": summary.owner or None,
        "modified": utc_text(summary.modified) or None,
        "traceability": {"met": summary.met, "applicable": summary.applicable},
        "findings": summary.findings,
    }


def _plain(row: Row) -> dict[str, object]:
    return {
        "section": row.section,
        "key": row.key,
        "values": list(row.values),
        "differs": row.differs,
        "delta": list(row.deltas),
    }


def _names(sheet: Sheet) -> list[str]:
    return [
        f"★ {one.name}" if place == sheet.baseline else one.name
        for place, one in enumerate(sheet.items)
    ]


def _shown(value: str | None) -> str:
    return MISSING if value is None else value or EMPTY


def _printable(text: str) -> str:
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in text
    )


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


def _inert(text: str) -> str:
    """The text with an apostrophe where a spreadsheet would compute it."""
    return (
        f"'{text}"
        if text.lstrip(" ").startswith(FORMULA) and not _is_number(text)
        else text
    )


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", text) is not None


def _line(cells: list[str], write: Callable[[str], str]) -> str:
    return f"| {' | '.join(write(cell) for cell in cells)} |"


def _escaped(text: str) -> str:
    plain = _printable(" ".join(text.split())).replace("&", "&amp;")
    return MARKUP.sub(r"\\\1", plain.replace("<", "&lt;").replace(">", "&gt;"))
