"""LightGBM models: the head of the text, and the settings at its end.

Layout: LightGBM, src/boosting/gbdt_model_text.cpp: "tree", a `key=value` a
line, the trees, `feature_importances:`, `parameters:` with `[key: value]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from mlcatalog.domain.reading import Claim, Column, Fact, Param, Reading
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.formats import saying
from mlcatalog.formats.bounded import damaged

HEAD_LIMIT = 16_000_000  # bytes: names of very many features
TAIL_LIMIT = 16_000_000
SETTING = re.compile(r"\[(\w+): (.*)\]")


class LightgbmReader:
    """Reads features with their ranges, importances, objective and settings."""

    format = "lightgbm"
    title = "LightGBM model"
    version = 1
    kind: Kind | None = Kind.MODEL
    suffixes: tuple[str, ...] = (".lgb", ".lgbm", ".lightgbm")
    names: tuple[str, ...] = (
        "*lgb*.txt", "*lightgbm*.txt", "*gbm*.txt", "model.txt", "booster.txt",
    )  # fmt: skip

    def claims(self, head: bytes) -> bool:
        """The word "tree" on a line of its own, then the version."""
        return head.replace(b"\r", b"").startswith(b"tree\nversion=")

    def read(self, path: Path) -> Reading:
        """Head and tail of the text; raises FormatError."""
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            head = file.read(HEAD_LIMIT).decode("utf-8", "replace")
            file.seek(max(size - TAIL_LIMIT, 0))
            tail = file.read(TAIL_LIMIT).decode("utf-8", "replace")
        keys = _keys(head)
        settings = dict(SETTING.findall(tail.rpartition("\nparameters:")[2]))
        if "feature_names" not in keys:
            raise damaged(path, "It has no feature_names")
        names = keys["feature_names"].split(" ")
        trees = len(keys.get("tree_sizes", "").split())
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.fact("framework", "lightgbm", "tree"),
                *saying.fact("model.version", keys.get("version"), "version"),
                *saying.fact("objective", keys.get("objective"), "objective"),
                *saying.fact("classes", _several(keys.get("num_class")), "num_class"),
                *saying.fact("trees", trees, "tree_sizes", Evidence.CONTENT),
                *saying.fact("features", names, "feature_names", Evidence.RECORDED),
                *saying.fact("n_features", len(names), "feature_names"),
                *_importances(tail),
                *_ranges(keys, names),
            ),
            params=tuple(Param(key, Value.of(text)) for key, text in settings.items()),
            columns=tuple(Column(name, "feature") for name in names),
            claims=tuple(_claims(settings)),
        )


def _keys(head: str) -> dict[str, str]:
    """The pairs before the first tree."""
    lines = head.partition("\nTree=")[0].splitlines()
    pairs = (line.partition("=") for line in lines)
    return {key: value for key, equals, value in pairs if equals}


def _several(count: str | None) -> str | None:
    return count if count not in (None, "1") else None


def _importances(tail: str) -> Iterator[Fact]:
    found = tail.rpartition("\nfeature_importances:\n")[2].partition("\n\n")[0]
    if "\nfeature_importances:\n" in tail:
        pairs = dict(line.split("=", 1) for line in found.splitlines() if "=" in line)
        yield from saying.fact("importances", pairs, "feature_importances")


def _ranges(keys: Mapping[str, str], names: list[str]) -> Iterator[Fact]:
    """The least and greatest value of each feature in the training data."""
    ranges = keys.get("feature_infos", "").split(" ")
    if len(ranges) == len(names):
        pairs = dict(zip(names, ranges, strict=True))
        yield from saying.fact(
            "features.ranges", pairs, "feature_infos", Evidence.RECORDED
        )


def _claims(settings: Mapping[str, str]) -> Iterator[Claim]:
    """What the command line version was given; the library leaves them empty."""
    wanted = (
        ("data", Relation.TRAINED_ON, Kind.DATASET),
        ("valid", Relation.EVALUATED_ON, Kind.DATASET),
        ("input_model", Relation.DERIVED_FROM, Kind.MODEL),
        ("config", Relation.CONFIGURED_BY, Kind.CONFIG),
    )
    for key, relation, kind in wanted:
        for text in settings.get(key, "").split(","):
            if text.strip():
                found = saying.target(text, kind)
                yield saying.claim(relation, found, key, evidence=Evidence.RECORDED)
