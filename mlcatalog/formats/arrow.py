"""Arrow IPC: Feather files, and the streams that Hugging Face datasets are.

Layout: arrow.apache.org/docs/format/Columnar.html (IPC); field numbers:
format/{Message,Schema}.fbs. Record batches are stepped over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mlcatalog.domain.reading import Column, Fact, Reading
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import saying
from mlcatalog.formats.bounded import damaged, exactly, table_of, truncated
from mlcatalog.formats.flatbuffer import Flat, Table

MAGIC = b"ARROW1"
NEXT = b"\xff\xff\xff\xff"
BATCH_LIMIT = 1_000_000
HEADER_LIMIT = 64_000_000
COLUMN_LIMIT = 100_000
SCHEMA, BATCH = 1, 3
TYPES = {
    1: "null", 4: "binary", 5: "text", 6: "boolean", 7: "decimal", 8: "date", 9: "time",
    10: "timestamp", 11: "interval", 12: "list", 13: "struct", 14: "union",
    15: "binary", 16: "list", 17: "map", 18: "duration", 19: "binary", 20: "text",
    21: "list", 24: "text",
}  # fmt: skip


class ArrowReader:
    """Reads columns, rows and the notes of the schema."""

    format = "arrow"
    title = "Arrow or Feather table"
    version = 1
    kind: Kind | None = Kind.DATASET
    suffixes: tuple[str, ...] = (".arrow", ".feather", ".ipc")
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """A file, or a stream that begins with a message."""
        return head[:6] == MAGIC or head[:4] == NEXT

    def read(self, path: Path) -> Reading:
        """The schema and how many rows follow; raises FormatError."""
        columns: tuple[Column, ...] = ()
        notes: dict[str, str] = {}
        rows = batches = 0
        with path.open("rb") as file:
            size = file.seek(0, 2)
            for kind, header in _messages(file, path, size):
                if kind == SCHEMA:
                    columns = tuple(_columns(header))
                    notes = {one.text(0): one.text(1) for one in header.tables(2)}
                elif kind == BATCH:
                    rows += max(header.number(0, "<q"), 0)
                    batches += 1
        if not columns and not batches:
            raise damaged(path, "It has no schema")
        content = Evidence.CONTENT
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.fact("rows", rows, "record batches", content),
                *saying.fact("columns", len(columns), "schema", content),
                *saying.fact("batches", batches, "record batches", content),
                *_notes(notes),
            ),
            columns=columns,
        )


def _messages(file: BinaryIO, path: Path, size: int) -> Iterator[tuple[int, Table]]:
    """(kind, header) of each message; bodies are skipped."""
    file.seek(0)
    place = 8 if file.read(6) == MAGIC else 0
    for _ in range(BATCH_LIMIT):
        if place + 8 > size:
            return
        file.seek(place)
        mark, raw = exactly(file, 4, path), exactly(file, 4, path)
        length = int.from_bytes(raw, "little")
        if mark != NEXT or not length:
            return
        if length > HEADER_LIMIT:
            raise damaged(path, f"A message claims to have {length:,} bytes")
        message = Flat(file, path, place + 8, length).root()
        body = message.number(3, "<q")
        place += 8 + length + body
        if body < 0 or place > size:
            raise truncated(path, has=size, needs=place)
        header = message.table(2)
        if header is not None:
            yield message.number(1, "<B"), header


def _columns(schema: Table) -> Iterator[Column]:
    for number, field in enumerate(schema.tables(1)):
        if number >= COLUMN_LIMIT:
            return
        yield Column(field.text(0)[:1_000], _type(field))


def _type(field: Table) -> str:
    kind, details = field.number(2, "<B"), field.table(3)
    if kind == 2 and details is not None:
        sign = "int" if details.number(1, "<B") else "uint"
        return f"{sign}{details.number(0, '<i')}"
    if kind == 3 and details is not None:
        return f"float{16 << details.number(0, '<h')}"
    return TYPES.get(kind, f"type {kind}")


def _notes(notes: dict[str, str]) -> Iterator[Fact]:
    """The notes of the schema; those of Hugging Face hold a dataset's features."""
    for key, text in list(notes.items())[:100]:
        yield from saying.fact(f"metadata.{key[:200]}", text, "custom_metadata")
    try:
        info = table_of(json.loads(notes.get("huggingface", "{}")))
    except (ValueError, RecursionError):
        return
    features = table_of(table_of(info.get("info")).get("features"))
    yield from saying.fact("features", list(features), "metadata.huggingface")
