"""Datasets as text: CSV, TSV and JSON lines."""

from __future__ import annotations

from pathlib import Path

from mlcatalog.domain.reading import Column, Reading
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Kind
from mlcatalog.formats import bounded, rows


class DelimitedReader:
    """Reads columns by a megabyte, and counts lines in blocks."""

    version = 1
    kind = Kind.DATASET
    names: tuple[str, ...] = ()

    def __init__(self, name: str, suffixes: tuple[str, ...], delimiter: str) -> None:
        self.format = name
        self.title = f"{name.upper()} table"
        self.suffixes = suffixes
        self._delimiter = delimiter

    def claims(self, head: bytes) -> bool:
        """Any text."""
        return bounded.is_text(head)

    def read(self, path: Path) -> Reading:
        """Columns with types, number of rows; raises FormatError."""
        head = rows.head_of(path, self._delimiter)
        columns = rows.columns_of(head)
        if head.is_whole:
            # Quoted line ends make lines and rows differ; here all rows are known.
            count: int | None = len(head.rows)
        else:
            lines = rows.count_lines(path)
            count = None if lines is None else lines - head.has_header
        return Reading(
            self.format,
            self.kind,
            facts=rows.count_facts(count, len(columns)),
            columns=columns,
        )


class JsonLinesReader:
    """Reads the keys of the first megabyte of JSON lines."""

    format = "jsonl"
    title = "JSON lines"
    version = 1
    kind = Kind.DATASET
    suffixes = (".jsonl", ".ndjson")
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """Any text."""
        return bounded.is_text(head)

    def read(self, path: Path) -> Reading:
        """Keys with types, number of lines; raises FormatError."""
        types: dict[str, set[str]] = {}
        for row in rows.json_rows(path)[:10_000]:
            for key, value in row.items():
                types.setdefault(key, set()).add(Value.of(value).type.value)
        columns = tuple(Column(key, _one(found)) for key, found in types.items())
        return Reading(
            self.format,
            self.kind,
            facts=rows.count_facts(rows.count_lines(path), len(columns)),
            columns=columns,
        )


def _one(types: set[str]) -> str:
    known = types - {"null"}
    if known == {"integer", "real"}:
        return "real"
    return known.pop() if len(known) == 1 else "mixed" if known else "null"
