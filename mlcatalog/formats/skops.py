"""skops files: the schema inside the archive; nothing is built from it.

Layout: skops.readthedocs.io, "Secure persistence": schema.json is a tree of
nodes {__class__, __module__, __loader__, content}, arrays are members.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import Fact, Param, Reading
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import bounded, pickled, saying
from mlcatalog.formats.bounded import damaged, table_of

SCHEMA_LIMIT = 64_000_000
NODE_LIMIT = 500_000
ARRAY_LIMIT = 65_536  # bytes of an array that are read
DEPTH_LIMIT = 200


class SkopsReader:
    """Reads settings, features, version and the types that loading would import."""

    format = "skops"
    title = "scikit-learn model saved by skops"
    version = 1
    kind: Kind | None = Kind.MODEL
    suffixes: tuple[str, ...] = (".skops",)
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """A zip archive."""
        return head[:4] == b"PK\x03\x04"

    def read(self, path: Path) -> Reading:
        """The schema alone; raises FormatError."""
        with zipfile.ZipFile(path) as archive:
            if "schema.json" not in archive.namelist():
                raise damaged(path, "It is a zip archive without schema.json")
            with archive.open("schema.json") as stream:
                raw = stream.read(SCHEMA_LIMIT + 1)
            if len(raw) > SCHEMA_LIMIT:
                raise damaged(path, f"Its schema is longer than {SCHEMA_LIMIT:,} bytes")
            schema = table_of(bounded.json_of(raw, path))
            estimator = _fields(schema)
            classes = _array(archive, estimator.get("classes_"))
        names = dict.fromkeys(_types(schema, path))
        return Reading(
            self.format,
            self.kind,
            facts=(
                *_facts(schema, estimator),
                *saying.fact("classes", classes, "classes_", Evidence.RECORDED),
                *pickled.global_facts(names),
            ),
            params=tuple(_params(estimator)),
            notices=pickled.global_notices(names),
        )


def _fields(node: Mapping[str, object]) -> dict[str, object]:
    """The attributes of an object's node."""
    return table_of(table_of(node.get("content")).get("content"))


def _types(schema: object, path: Path) -> Iterator[str]:
    """Every class or function that the tree names."""
    waiting: list[tuple[object, int]] = [(schema, 0)]
    seen = 0
    while waiting:
        node, depth = waiting.pop()
        seen += 1
        if seen > NODE_LIMIT or depth > DEPTH_LIMIT:
            raise damaged(path, "Its schema is too deep or too long")
        if isinstance(node, dict):
            module, name = node.get("__module__"), node.get("__class__")
            if isinstance(module, str) and isinstance(name, str):
                yield f"{module}.{name}"[:300]
            waiting += [(one, depth + 1) for one in reversed(node.values())]
        elif isinstance(node, list):
            waiting += [(one, depth + 1) for one in reversed(node)]


def _value(node: object) -> Any:
    """The plain value of a node; None for what is none."""
    table = table_of(node)
    content = table.get("content")
    if table.get("__loader__") == "JsonNode" and isinstance(content, str):
        try:
            return bounded.json_of(content.encode(), Path("schema.json"))
        except FormatError:
            return None
    if isinstance(content, list) and len(content) <= 100_000:
        return [_value(one) for one in content]
    if isinstance(content, str) and table.get("__class__") in ("str", "int", "float"):
        return content
    return None


def _array(archive: zipfile.ZipFile, node: object) -> object:
    """The members of a small array, kept as a member of its own or in the schema."""
    name = table_of(node).get("file")
    if not isinstance(name, str) or name not in archive.namelist():
        return _value(node)
    if archive.getinfo(name).file_size > ARRAY_LIMIT:
        return None
    import numpy as np

    with archive.open(name) as stream:
        raw = io.BytesIO(stream.read(ARRAY_LIMIT))
    found: object = np.lib.format.read_array(raw, allow_pickle=False).tolist()
    return found


def _facts(
    schema: Mapping[str, object], estimator: Mapping[str, object]
) -> Iterator[Fact]:
    recorded = Evidence.RECORDED
    yield from saying.fact("architecture", schema.get("__class__"), "__class__")
    yield from saying.fact("framework", "scikit-learn", "__module__", recorded)
    yield from saying.fact("producer.version", schema.get("_skops_version"), "schema")
    for key, name in {
        "framework.version": "_sklearn_version",
        "n_features": "n_features_in_",
        "features": "feature_names_in_",
    }.items():
        yield from saying.fact(key, _value(estimator.get(name)), name, recorded)


def _params(estimator: Mapping[str, object]) -> Iterator[Param]:
    for key, node in list(estimator.items())[:5_000]:
        if not key.startswith("_") and not key.endswith("_"):
            table = table_of(node)
            is_plain = table.get("__loader__") == "JsonNode" or "content" not in table
            shown = _value(node) if is_plain else table.get("__class__")
            yield Param(key, Value.of(shown))
