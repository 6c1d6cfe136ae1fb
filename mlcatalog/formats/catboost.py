"""CatBoost models: the flatbuffer behind "CBM1" and its table of notes.

Field numbers: catboost/libs/model/flatbuffers/{model,features}.fbs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from mlcatalog.domain.reading import Column, Fact, Param, Reading
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import bounded, plain_values, saying
from mlcatalog.formats.bounded import table_of, truncated
from mlcatalog.formats.flatbuffer import Flat, Table

FEATURE_LIMIT = 100_000
# Places of the lists in TModelTrees, and of a feature's name in each.
FEATURES = {"categorical": (4, 2), "number": (5, 4)}


class CatboostReader:
    """Reads features, settings, times and the version that trained it."""

    format = "catboost"
    title = "CatBoost model"
    version = 1
    kind: Kind | None = Kind.MODEL
    suffixes: tuple[str, ...] = (".cbm",)
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """The four letters."""
        return head[:4] == b"CBM1"

    def read(self, path: Path) -> Reading:
        """The tables alone; raises FormatError."""
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(4)
            length = int.from_bytes(bounded.exactly(file, 4, path), "little")
            if length + 8 > size:
                raise truncated(path, has=size, needs=length + 8)
            core = Flat(file, path, 8, length).root()
            columns = tuple(_features(core))
            trees = _trees(core)
            notes = {entry.text(0): entry.text(1) for entry in core.tables(2)}
        params = _json(notes, "params", path)
        shown = [column.name for column in columns]
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.fact("framework", "catboost", "CBM1"),
                *saying.fact("trees", trees, "TreeSizes", Evidence.CONTENT),
                *saying.fact("features", shown, "features", Evidence.RECORDED),
                *saying.fact("n_features", len(columns), "features", Evidence.CONTENT),
                *_notes(notes, params),
            ),
            params=_params(params, path),
            columns=columns,
        )


def _trees(core: Table) -> int:
    trees = core.table(1)
    return trees.span(2)[1] if trees else 0


def _features(core: Table) -> Iterator[Column]:
    """The features in the order of the training data."""
    trees = core.table(1)
    found: list[tuple[int, Column]] = []
    for kind, (slot, name) in FEATURES.items():
        for feature in trees.tables(slot) if trees else ():
            # A categorical feature has no mark for missing numbers before it.
            place = feature.number(1 if kind == "categorical" else 2, "<i")
            shown = feature.text(name) or str(place)
            found.append((place, Column(shown[:1_000], kind)))
            if len(found) > FEATURE_LIMIT:
                break
    for _, column in sorted(found, key=lambda pair: pair[0]):
        yield column


def _json(notes: Mapping[str, str], key: str, path: Path) -> dict[str, object]:
    text = notes.get(key, "")
    return table_of(bounded.json_of(text.encode(), path)) if text else {}


def _params(params: Mapping[str, object], path: Path) -> tuple[Param, ...]:
    given = table_of(params.get("flat_params")) or params
    return plain_values.flattened(given, path)


def _notes(notes: Mapping[str, str], params: Mapping[str, object]) -> Iterator[Fact]:
    recorded = Evidence.RECORDED
    created = notes.get("train_finish_time", "").strip('"')
    yield from saying.fact("created", created, "train_finish_time", recorded)
    yield from saying.fact(
        "model.guid", notes.get("model_guid"), "model_guid", recorded
    )
    loss = table_of(params.get("loss_function")).get("type")
    yield from saying.fact("objective", loss, "params.loss_function", recorded)
    info = notes.get("catboost_version_info", "")
    for line in info.splitlines():
        key, colon, value = line.strip().partition(":")
        if colon and key in ("Version", "Branch", "Commit", "Git info"):
            shown = f"framework.{key.lower()}"
            yield from saying.fact(shown, value.strip(), "catboost_version_info")
    for key in ("class_params", "model_card"):
        classes = table_of(_plain(notes.get(key, ""))).get("class_names")
        yield from saying.fact("classes", classes, key, recorded)


def _plain(text: str) -> object:
    try:
        return json.loads(text) if len(text) < 1_000_000 else None
    except (ValueError, RecursionError):
        return None
