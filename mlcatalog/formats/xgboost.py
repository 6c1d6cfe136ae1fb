"""XGBoost models in JSON and in universal binary JSON (UBJ).

Layout: xgboost, doc/model.schema; ubjson.org (numbers are big-endian, typed
arrays name their type and length first).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mlcatalog.domain.reading import Fact, Param, Reading
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import bounded, saying
from mlcatalog.formats.bounded import damaged, exactly, table_of, truncated, words_of

DEPTH_LIMIT = 64
ITEM_LIMIT = 20_000_000
KEPT = 10_000  # members of an array that are kept
TEXT_LIMIT = 16_000_000
NUMBERS = {
    mark: struct.Struct(f">{code}")
    for mark, code in zip(b"iUIlLdD", "bBhiqfd", strict=True)
}
CONSTANTS: dict[int, object] = {ord("Z"): None, ord("T"): True, ord("F"): False}


class XgboostJsonReader:
    """Reads the learner of a model in JSON; its first key tells it from others."""

    format = "xgboost"
    title = "XGBoost model (JSON)"
    version = 1
    kind: Kind | None = Kind.MODEL
    suffixes: tuple[str, ...] = (".json",)
    names: tuple[str, ...] = ()
    by_content = True

    def claims(self, head: bytes) -> bool:
        """The learner, or the version and then the learner."""
        start = head.lstrip()[1:200].lstrip()
        return head.lstrip()[:1] == b"{" and (
            start.startswith(b'"learner"')
            or (start.startswith(b'"version"') and b'"learner"' in start)
        )

    def read(self, path: Path) -> Reading:
        """Objective, features, settings; raises FormatError."""
        return _reading(table_of(bounded.json_file(path)), path)


class XgboostUbjReader:
    """Reads the learner of a model in universal binary JSON."""

    format = "xgboost"
    title = "XGBoost model (UBJ)"
    version = 1
    kind: Kind | None = Kind.MODEL
    suffixes: tuple[str, ...] = (".ubj",)
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """A table whose keys have long lengths."""
        return head[:2] == b"{L"

    def read(self, path: Path) -> Reading:
        """Objective, features, settings; raises FormatError."""
        with path.open("rb") as file:
            found = _Ubj(file, path, file.seek(0, 2)).root()
        return _reading(table_of(found), path)


def _reading(raw: Mapping[str, object], path: Path) -> Reading:
    learner = table_of(raw.get("learner"))
    if not learner:
        raise damaged(path, "It has no learner")
    params = dict(_params(learner))
    content = Evidence.CONTENT
    return Reading(
        "xgboost",
        Kind.MODEL,
        facts=(
            *saying.fact("framework", "xgboost", "learner"),
            *saying.fact("framework.version", _version(raw.get("version")), "version"),
            *_facts(learner),
            *saying.fact("classes", _count(params.get("num_class")), "num_class"),
            *saying.fact(
                "n_features", params.get("num_feature"), "num_feature", content
            ),
        ),
        params=tuple(Param(key, Value.of(value)) for key, value in params.items()),
    )


def _version(raw: object) -> str:
    parts = raw if isinstance(raw, list) else []
    return ".".join(str(part) for part in parts[:4])


def _count(raw: object) -> object:
    return raw if raw not in ("0", 0, None) else None


def _facts(learner: Mapping[str, object]) -> Iterator[Fact]:
    booster = table_of(learner.get("gradient_booster"))
    name = booster.get("name")
    model = table_of(booster.get("model"))
    if not model:  # DART keeps its trees one level deeper
        model = table_of(table_of(booster.get("gbtree")).get("model"))
    trees = table_of(model.get("gbtree_model_param")).get("num_trees")
    yield from saying.fact("architecture", name, "gradient_booster.name")
    yield from saying.fact("trees", trees, "gbtree_model_param.num_trees")
    objective = table_of(learner.get("objective")).get("name")
    yield from saying.fact("objective", objective, "objective.name")
    names = words_of(learner.get("feature_names"))
    yield from saying.fact("features", names, "feature_names", Evidence.RECORDED)
    attributes = table_of(learner.get("attributes"))
    for key in ("best_iteration", "best_score"):
        yield from saying.fact(f"best.{key[5:]}", attributes.get(key), "attributes")


def _params(learner: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    yield from table_of(learner.get("learner_model_param")).items()
    for key, value in table_of(learner.get("objective")).items():
        inner = table_of(value)
        if inner:
            yield from ((f"objective.{name}", one) for name, one in inner.items())
        else:
            yield f"objective.{key}", value
    for key, value in table_of(learner.get("attributes")).items():
        if key != "scikit_learn":
            yield f"attributes.{key}", value


@dataclass(slots=True)
class _Ubj:
    """A walk over universal binary JSON; long arrays are stepped over."""

    file: BinaryIO
    path: Path
    size: int
    items: int = 0

    def root(self) -> object:
        """The value that the file holds; raises FormatError."""
        self.file.seek(0)
        return self._value(self._byte(), 0)

    def _byte(self) -> int:
        self.items += 1
        if self.items > ITEM_LIMIT:
            raise damaged(self.path, f"It holds more than {ITEM_LIMIT:,} values")
        return exactly(self.file, 1, self.path)[0]

    def _number(self, mark: int) -> int | float:
        form = NUMBERS[mark]
        found: int | float = form.unpack(exactly(self.file, form.size, self.path))[0]
        return found

    def _length(self) -> int:
        found = self._number(self._byte())
        if not isinstance(found, int) or found < 0 or found > self.size:
            raise damaged(self.path, f"A length of it is {found}")
        return found

    def _text(self, length: int) -> str:
        if length > TEXT_LIMIT:
            raise damaged(self.path, f"A text claims to have {length:,} bytes")
        return exactly(self.file, length, self.path).decode("utf-8", "replace")

    def _value(self, mark: int, depth: int) -> object:
        if depth > DEPTH_LIMIT:
            raise damaged(self.path, f"It is nested more than {DEPTH_LIMIT} levels")
        if mark in NUMBERS:
            return self._number(mark)
        match chr(mark):
            case "S" | "H":
                return self._text(self._length())
            case "C":
                return chr(self._byte())
            case "[":
                return self._list(depth)
            case "{":
                return self._table(depth)
            case _ if mark in CONSTANTS:
                return CONSTANTS[mark]
        raise damaged(self.path, f"A value of it begins with byte {mark}")

    def _counted(self) -> tuple[int | None, int | None, int]:
        """(type, length, first mark) of a container that says them or not."""
        kind, mark = None, self._byte()
        if mark == ord("$"):
            kind, mark = self._byte(), self._byte()
        if mark == ord("#"):
            return kind, self._length(), 0
        return kind, None, mark

    def _list(self, depth: int) -> list[object]:
        kind, length, mark = self._counted()
        found: list[object] = []
        if length is None:
            while mark != ord("]"):
                value = self._value(mark, depth + 1)
                if len(found) < KEPT:
                    found.append(value)
                mark = self._byte()
            return found
        if kind in NUMBERS and length > KEPT:
            self._skip(length * NUMBERS[kind].size)
            return found
        for _ in range(length):
            value = self._value(self._byte() if kind is None else kind, depth + 1)
            if len(found) < KEPT:
                found.append(value)
        return found

    def _skip(self, length: int) -> None:
        place = self.file.tell() + length
        if place > self.size:
            raise truncated(self.path, has=self.size, needs=place)
        self.file.seek(place)

    def _table(self, depth: int) -> dict[str, object]:
        kind, length, mark = self._counted()
        found: dict[str, object] = {}
        while length is None or length > 0:
            if length is None and mark == ord("}"):
                break
            size = self._number(mark if length is None else self._byte())
            key = self._text(int(size))
            found[key] = self._value(self._byte() if kind is None else kind, depth + 1)
            if length is None:
                mark = self._byte()
            else:
                length -= 1
        return found
