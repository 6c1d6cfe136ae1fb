"""Zarr arrays and groups, versions 2 and 3, by their metadata alone.

Layout: zarr-specs.readthedocs.io.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mlcatalog.domain.reading import Column, Fact, Reading
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import bounded, saying
from mlcatalog.formats.bounded import damaged, table_of

ARRAY_LIMIT = 100_000


class ZarrReader:
    """Reads shape, type, chunks and attributes; of a group, its arrays."""

    format = "zarr"
    title = "Zarr array or group"
    version = 1
    kind: Kind | None = Kind.DATASET
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = (
        "zarr.json",
        ".zarray",
        ".zgroup",
        ".zmetadata",
        ".zattrs",
    )

    def claims(self, head: bytes) -> bool:
        """A JSON table."""
        return head.lstrip()[:1] == b"{"

    def read(self, path: Path) -> Reading:
        """One file of metadata; raises FormatError."""
        raw = table_of(bounded.json_file(path))
        arrays = dict(_arrays(path.name.lower(), raw))
        attributes = table_of(raw.get("attributes"))
        if path.name.lower() == ".zattrs":
            attributes = raw
        elif not arrays and "zarr_format" not in raw and "metadata" not in raw:
            raise damaged(path, "It describes no array")
        return Reading(
            self.format,
            self.kind,
            facts=tuple(_facts(raw, arrays, attributes)),
            columns=tuple(
                Column(name or "array", f"{_type(one)} {one.get('shape')}")
                for name, one in list(arrays.items())[:ARRAY_LIMIT]
            ),
        )


def _arrays(
    name: str, raw: Mapping[str, object]
) -> Iterator[tuple[str, dict[str, object]]]:
    """The arrays that a file of metadata describes, by their paths."""
    inner = table_of(raw.get("metadata"))
    consolidated = table_of(table_of(raw.get("consolidated_metadata")).get("metadata"))
    if name == ".zarray" or raw.get("node_type") == "array":
        yield "", dict(raw)
    for key, value in inner.items():  # .zmetadata of version 2
        if key.endswith(".zarray"):
            yield key.removesuffix("/.zarray").removesuffix(".zarray"), table_of(value)
    for key, value in consolidated.items():
        if table_of(value).get("node_type") == "array":
            yield key, table_of(value)


def _type(array: Mapping[str, object]) -> str:
    found = array.get("data_type") or array.get("dtype")
    return found if isinstance(found, str) else str(table_of(found).get("name", "?"))


def _facts(
    raw: Mapping[str, object],
    arrays: Mapping[str, Mapping[str, object]],
    attributes: Mapping[str, object],
) -> Iterator[Fact]:
    content = Evidence.CONTENT
    yield from saying.fact(
        "zarr.version", raw.get("zarr_format"), "zarr_format", content
    )
    yield from saying.fact("arrays", len(arrays) or None, "metadata", content)
    firsts = {_first(array) for array in arrays.values()} - {None}
    rows = firsts.pop() if len(firsts) == 1 else None
    yield from saying.fact("rows", rows, "shape", content)
    only = next(iter(arrays.values())) if len(arrays) == 1 else {}
    yield from saying.fact("chunks", _chunks(only), "chunk_grid", content)
    for key, value in list(attributes.items())[:500]:
        yield from saying.fact(f"attribute.{key[:200]}", value, "attributes")


def _first(array: Mapping[str, object]) -> int | None:
    shape = array.get("shape")
    first = shape[0] if isinstance(shape, list) and shape else None
    return first if isinstance(first, int) else None


def _chunks(array: Mapping[str, object]) -> object:
    grid = table_of(table_of(array.get("chunk_grid")).get("configuration"))
    return array.get("chunks") or grid.get("chunk_shape")
