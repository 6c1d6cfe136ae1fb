"""Keras models: the .keras archive, and HDF5 files of any use."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from mlcatalog.domain.reading import Column, Fact, Notice, Param, Reading, Tensor
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import bounded, plain_values, saying
from mlcatalog.formats.bounded import damaged, table_of
from mlcatalog.formats.hdf5 import SIGNATURE, Hdf5, Node
from mlcatalog.formats.pytorch import stored_at

PART_LIMIT = 64_000_000  # bytes of a packed member that are unpacked
WEIGHTS = "model.weights.h5"
NOTES = "metadata.json"
OPTIMIZER = ("optimizer", "optimizer_weights")


class KerasReader:
    """Reads configuration, date and weights of a .keras archive."""

    format = "keras"
    title = "Keras model"
    version = 1
    kind: Kind | None = Kind.MODEL
    suffixes: tuple[str, ...] = (".keras",)
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """A zip archive, or HDF5 as older versions wrote under this name."""
        return head[:4] == b"PK\x03\x04" or head[:8] == SIGNATURE

    def read(self, path: Path) -> Reading:
        """Headers only; raises FormatError."""
        with path.open("rb") as file:
            if file.read(8) == SIGNATURE:
                return Hdf5Reader().read(path)
            with zipfile.ZipFile(file) as archive:
                members = {one.filename: one for one in archive.infolist()}
                if "config.json" not in members:
                    raise damaged(path, "It is a zip archive without config.json")
                notes = _json_of(archive, NOTES, path)
                config = _json_of(archive, "config.json", path)
                nodes = _weights(file, archive, members, path)
        tensors = tuple(_tensors(nodes))
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.totals(tensors),
                *saying.fact("framework", "keras", NOTES),
                *saying.fact("framework.version", notes.get("keras_version"), NOTES),
                *saying.fact("created", _saved(notes), NOTES),
                *_config_facts(config, "config.json: "),
            ),
            params=_params(config, path),
            tensors=tensors,
            notices=_code_notices(config),
        )


class Hdf5Reader:
    """Reads HDF5: a Keras model, bare weights, or a dataset."""

    format = "hdf5"
    title = "HDF5 file: Keras weights or arrays"
    version = 1
    kind: Kind | None = Kind.MODEL
    suffixes: tuple[str, ...] = (".h5", ".hdf5", ".hdf")
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """The eight bytes of HDF5."""
        return head[:8] == SIGNATURE

    def read(self, path: Path) -> Reading:
        """Attributes and arrays; raises FormatError."""
        with path.open("rb") as file:
            walk = Hdf5(file, path, size=file.seek(0, 2))
            nodes = list(walk.nodes())
        root = nodes[0].attributes
        notices = tuple(_unfollowed(walk))
        if "model_config" in root or "keras_version" in root:
            return _legacy(path, nodes, notices)
        if path.name.lower().endswith(".weights.h5") or _is_weights(nodes):
            tensors = tuple(_tensors(nodes))
            return Reading(
                "keras weights",
                Kind.MODEL,
                (*saying.totals(tensors), *saying.fact("framework", "keras", "layout")),
                tensors=tensors,
                notices=notices,
            )
        return _dataset(nodes, notices)


def _unfollowed(walk: Hdf5) -> Iterator[Notice]:
    if walk.notes:
        shown = ", ".join(walk.notes[:5])
        yield Notice("integrity.partly-read", f"Not followed: {shown}", "note")


def _json_of(archive: zipfile.ZipFile, name: str, path: Path) -> dict[str, object]:
    try:
        with archive.open(name) as stream:
            raw = stream.read(PART_LIMIT + 1)
    except KeyError:
        return {}
    if len(raw) > PART_LIMIT:
        raise damaged(path, f"{name} in it is longer than {PART_LIMIT:,} bytes")
    return table_of(bounded.json_of(raw, path))


def _saved(notes: Mapping[str, object]) -> str:
    """The time as others write it: Keras puts "@" between date and hour."""
    return str(notes.get("date_saved", "")).replace("@", "T")


def _weights(
    file: BinaryIO,
    archive: zipfile.ZipFile,
    members: Mapping[str, zipfile.ZipInfo],
    path: Path,
) -> list[Node]:
    member = members.get(WEIGHTS)
    if member is None:
        return []
    if member.compress_type == zipfile.ZIP_STORED:
        base = stored_at(file, member)
        return list(Hdf5(file, path, base, member.file_size).nodes())
    if member.file_size > PART_LIMIT:
        return []
    with archive.open(member) as stream:
        raw = stream.read(PART_LIMIT)
    nodes = list(Hdf5(io.BytesIO(raw), path, size=len(raw)).nodes())
    for node in nodes:
        node.offset = None  # packed: no bytes of the file are the tensor's own
    return nodes


def _tensors(nodes: list[Node]) -> Iterator[Tensor]:
    for node in nodes:
        first = node.path.partition("/")[0]
        if node.shape is None or node.type is None or first in OPTIMIZER:
            continue
        if not node.type.is_list and node.type.name != "text":
            name = node.path.removeprefix("model_weights/")
            yield Tensor(name, node.type.name, node.shape, node.offset, node.size)


def _is_weights(nodes: list[Node]) -> bool:
    """Whether groups are named as Keras 3 names those of layers and variables."""
    arrays = [node for node in nodes if node.shape is not None]
    return bool(arrays) and all("/vars/" in f"/{node.path}" for node in arrays)


def _config_facts(config: Mapping[str, object], prefix: str) -> Iterator[Fact]:
    inner = table_of(config.get("config"))
    name = config.get("class_name")
    yield from saying.fact("architecture", name, f"{prefix}class_name")
    yield from saying.fact("title", inner.get("name"), f"{prefix}config.name")
    layers = inner.get("layers")
    if isinstance(layers, list):
        kinds = [table_of(one).get("class_name") for one in layers]
        yield from saying.fact("layers", kinds, f"{prefix}config.layers")
    compiled = table_of(config.get("compile_config"))
    loss = compiled.get("loss")
    if isinstance(loss, str):
        yield from saying.fact("loss", loss, f"{prefix}compile_config.loss")


def _params(config: Mapping[str, object], path: Path) -> tuple[Param, ...]:
    """How it was compiled: optimizer, loss and metrics."""
    compiled = table_of(config.get("compile_config"))
    return plain_values.flattened(compiled, path)


def _code_notices(config: Mapping[str, object]) -> tuple[Notice, ...]:
    """A Lambda layer holds code that loading would run."""
    if '"Lambda"' not in json.dumps(config, default=str):
        return ()
    why = "Loading this model would run the code of its Lambda layers"
    return (Notice("safety.code", why, "error"),)


def _legacy(path: Path, nodes: list[Node], notices: tuple[Notice, ...]) -> Reading:
    root = nodes[0].attributes
    config = _attribute_table(root.get("model_config"), path)
    training = _attribute_table(root.get("training_config"), path)
    tensors = tuple(_tensors(nodes))
    return Reading(
        "keras hdf5",
        Kind.MODEL,
        facts=(
            *saying.totals(tensors),
            *saying.fact("framework", "keras", "keras_version"),
            *saying.fact("framework.version", root.get("keras_version"), "attributes"),
            *saying.fact("backend", root.get("backend"), "attributes"),
            *_config_facts(config, "model_config: "),
            *saying.fact("loss", _loss(training), "training_config: loss"),
        ),
        params=plain_values.flattened(training, path),
        tensors=tensors,
        notices=(*notices, *_code_notices(config)),
    )


def _loss(training: Mapping[str, object]) -> str:
    loss = training.get("loss")
    return loss if isinstance(loss, str) else ""


def _attribute_table(raw: object, path: Path) -> dict[str, object]:
    if not isinstance(raw, str) or not raw:
        return {}
    return table_of(bounded.json_of(raw.encode(), path))


def _dataset(nodes: list[Node], notices: tuple[Notice, ...]) -> Reading:
    arrays = [node for node in nodes if node.shape is not None]
    lengths = {node.shape[0] for node in arrays if node.shape}
    rows = lengths.pop() if len(lengths) == 1 else None
    content = Evidence.CONTENT
    columns = [
        Column(node.path, f"{node.type.name if node.type else '?'} {list(node.shape)}")
        for node in arrays
        if node.shape is not None
    ]
    notes = [
        fact
        for key, value in nodes[0].attributes.items()
        for fact in saying.fact(f"attribute.{key}", value, "attributes")
    ]
    return Reading(
        "hdf5",
        Kind.DATASET,
        facts=(
            *saying.fact("rows", rows, "shapes", content),
            *saying.fact("arrays", len(arrays), "objects", content),
            *notes[:200],
        ),
        columns=tuple(columns[:10_000]),
        notices=notices,
    )
