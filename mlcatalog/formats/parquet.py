"""Parquet: the footer alone.

Layout: apache/parquet-format README and parquet.thrift: `PAR1`, pages, the
footer in thrift, its u32 length, `PAR1`; `PARE` when the footer is encrypted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mlcatalog.domain.reading import Column, Notice, Reading
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import saying
from mlcatalog.formats.bounded import damaged, exactly, truncated
from mlcatalog.formats.thrift_compact import ThriftBytes

FOOTER_LIMIT = 100_000_000
TYPES = (
    "boolean", "int32", "int64", "int96", "float", "double", "binary", "fixed binary",
)  # fmt: skip
CONVERTED: dict[int, str] = {
    0: "string", 1: "map", 3: "list", 4: "enum", 5: "decimal", 6: "date", 7: "time",
    8: "time", 9: "timestamp", 10: "timestamp", 11: "uint8", 12: "uint16",
    13: "uint32", 14: "uint64", 15: "int8", 16: "int16", 17: "int32", 18: "int64",
    19: "json", 20: "bson", 21: "interval",
}  # fmt: skip
LOGICAL: dict[int, str] = {
    1: "string", 2: "map", 3: "list", 4: "enum", 5: "decimal", 6: "date", 7: "time",
    8: "timestamp", 12: "json", 13: "bson", 14: "uuid", 15: "float16",
}  # fmt: skip


class ParquetReader:
    """Reads columns, rows, writer and the keys of its notes."""

    format = "parquet"
    title = "Parquet table"
    version = 1
    kind = Kind.DATASET
    suffixes = (".parquet", ".pq")
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """The magic, plain or encrypted."""
        return head[:4] in (b"PAR1", b"PARE")

    def read(self, path: Path) -> Reading:
        """The footer; raises FormatError."""
        raw = _footer(path)
        if raw is None:
            notice = Notice(
                "integrity.encrypted", "The footer is encrypted: columns are unknown"
            )
            return Reading(self.format, self.kind, notices=(notice,))
        table = ThriftBytes(raw).struct_()
        schema, rows = table[2], table[3]
        if not isinstance(schema, list) or not isinstance(rows, int):
            raise damaged(path, "Its footer has no schema")
        columns = tuple(_columns(schema))
        groups = table.get(4)
        content = Evidence.CONTENT
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.fact("rows", rows, "num_rows", content),
                *saying.fact("columns", len(columns), "schema", content),
                *saying.fact("producer", _text(table.get(6)), "created_by"),
                *saying.fact(
                    "metadata.keys", _keys(table.get(5)), "key_value_metadata"
                ),
                *saying.fact(
                    "row_groups",
                    len(groups) if isinstance(groups, list) else None,
                    "row_groups",
                    content,
                ),
            ),
            columns=columns,
        )


def _footer(path: Path) -> bytes | None:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        if size < 12:
            raise truncated(path, has=size, needs=12)
        file.seek(size - 8)
        length = int.from_bytes(exactly(file, 4, path), "little")
        magic = exactly(file, 4, path)
        if magic == b"PARE":
            return None
        if magic != b"PAR1":
            raise damaged(path, "It is truncated: it does not end in PAR1")
        if length > min(FOOTER_LIMIT, size - 12):
            raise damaged(path, f"Its footer claims to have {length:,} bytes")
        file.seek(size - 8 - length)
        return exactly(file, length, path)


def _columns(schema: list[object]) -> Iterator[Column]:
    """Top-level columns: a group is one column, its children are within."""
    root = _element(schema, 0)
    place = 1
    for _ in range(_count(root)):
        element = _element(schema, place)
        yield Column(_text(element.get(4)), _type(element))
        place = _after(schema, place)


def _after(schema: list[object], place: int) -> int:
    """The place behind an element and all that is within it."""
    waiting = 1
    while waiting:
        waiting += _count(_element(schema, place)) - 1
        place += 1
    return place


def _count(element: dict[int, object]) -> int:
    count = element.get(5, 0)
    if not isinstance(count, int) or count < 0:
        raise ValueError("a schema element with a negative number of children")
    return count


def _element(schema: list[object], place: int) -> dict[int, object]:
    found = schema[place]
    if not isinstance(found, dict):
        raise TypeError("a schema element is no struct")
    return found


def _type(element: dict[int, object]) -> str:
    logical, converted, plain = element.get(10), element.get(6), element.get(1)
    if isinstance(logical, dict) and logical:
        known = LOGICAL.get(next(iter(logical)))
        if known:
            return known
    if isinstance(converted, int) and converted in CONVERTED:
        return CONVERTED[converted]
    if isinstance(plain, int) and 0 <= plain < len(TYPES):
        return TYPES[plain]
    return "struct"


def _text(raw: object) -> str:
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""


def _keys(raw: object) -> list[str]:
    pairs = raw if isinstance(raw, list) else []
    return [_text(pair.get(1)) for pair in pairs if isinstance(pair, dict)]
