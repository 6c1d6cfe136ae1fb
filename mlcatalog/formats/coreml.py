"""Core ML: the description inside a specification, the blobs of weight.bin.

Field numbers: coremltools, mlmodel/format/{Model,FeatureTypes}.proto; blobs:
mlmodel/src/MILBlob/Blob/StorageFormat.hpp.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlcatalog.domain.reading import Column, Fact, Reading, Tensor
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import bounded, saying
from mlcatalog.formats.bounded import damaged, exactly, table_of, truncated
from mlcatalog.formats.protobuf import Span, Walk

KINDS = {
    200: "pipeline classifier", 201: "pipeline regressor", 202: "pipeline",
    300: "generalised linear regressor", 301: "support vector regressor",
    302: "tree ensemble regressor", 303: "neural network regressor",
    400: "generalised linear classifier", 401: "support vector classifier",
    402: "tree ensemble classifier", 403: "neural network classifier",
    500: "neural network", 502: "ML program", 555: "custom model",
}  # fmt: skip
TEXTS = {1: "summary", 2: "model.version", 3: "owner", 4: "license"}
BLOB_TYPES = {
    1: ("F16", 2), 2: ("F32", 4), 3: ("U8", 1), 4: ("I8", 1), 5: ("BF16", 2),
    6: ("I16", 2), 7: ("U16", 2),
}  # fmt: skip
PREFIX = "com.github.apple.coremltools."
BLOB_LIMIT = 1_000_000


@dataclass(slots=True)
class _Found:
    """What the walk over a specification came across."""

    version: int = 0
    kind: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)


class CoremlReader:
    """Reads the description of a .mlmodel, alone or inside a package."""

    format = "coreml"
    title = "Core ML model"
    version = 1
    kind: Kind | None = Kind.MODEL
    suffixes: tuple[str, ...] = (".mlmodel",)
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """The specification's version comes first."""
        return head[:1] == b"\x08"

    def read(self, path: Path) -> Reading:
        """Description, source and kind; raises FormatError."""
        found = _Found()
        with path.open("rb") as file:
            walk = Walk(file, path)
            for number, value in walk.fields(Span(0, file.seek(0, 2))):
                if number == 1 and isinstance(value, int):
                    found.version = value
                elif number == 2 and isinstance(value, Span):
                    _description(walk, value, found)
                else:
                    found.kind = found.kind or KINDS.get(number, "")
        if not found.version or not (found.kind or found.inputs):
            raise damaged(path, "It holds no Core ML model")
        content = Evidence.CONTENT
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.fact("framework", "coreml", "specificationVersion"),
                *saying.fact(
                    "specification", found.version, "specificationVersion", content
                ),
                *saying.fact("architecture", found.kind, "type"),
                *(
                    f
                    for k, t in found.texts.items()
                    for f in saying.fact(k, t, "metadata")
                ),
                *_notes(found.notes),
                *saying.fact("inputs", found.inputs, "description.input", content),
                *saying.fact("outputs", found.outputs, "description.output", content),
            ),
            columns=tuple(Column(name, "input") for name in found.inputs),
        )


def _description(walk: Walk, span: Span, found: _Found) -> None:
    for number, value in walk.fields(span):
        if not isinstance(value, Span):
            continue
        if number in (1, 10):
            fields = dict(walk.fields(value))
            names = found.inputs if number == 1 else found.outputs
            names.append(walk.text(fields.get(1, 0)))
        elif number == 100:
            _metadata(walk, value, found)


def _metadata(walk: Walk, span: Span, found: _Found) -> None:
    for number, value in walk.fields(span):
        if number in TEXTS:
            found.texts[TEXTS[number]] = walk.text(value)
        elif number == 100 and isinstance(value, Span):
            pair = dict(walk.fields(value))
            key = walk.text(pair[1]) if 1 in pair else ""
            found.notes[key[:200]] = walk.text(pair[2]) if 2 in pair else ""


def _notes(notes: dict[str, str]) -> Iterator[Fact]:
    """What the writer noted; coremltools says what it converted and with what."""
    source = notes.get(f"{PREFIX}source", "")
    framework, _, version = source.partition("==")
    yield from saying.fact("converted.via", framework, f"{PREFIX}source")
    yield from saying.fact("converted.version", version, f"{PREFIX}source")
    yield from saying.fact("producer.version", notes.get(f"{PREFIX}version"), PREFIX)
    for key, text in list(notes.items())[:500]:
        yield from saying.fact(f"metadata.{key}", text, "userDefined")


class WeightBlobReader:
    """Reads where the weights of an ML program lie (weights/weight.bin)."""

    format = "coreml weights"
    title = "Weights of a Core ML package"
    version = 1
    kind: Kind | None = None
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ("weight.bin",)

    def claims(self, head: bytes) -> bool:
        """A count, the version 2 and a first blob after 64 bytes."""
        return head[4:8] == b"\2\0\0\0" and head[64:68] == b"\xef\xbe\xad\xde"

    def read(self, path: Path) -> Reading:
        """The blobs as tensors without names or shapes; raises FormatError."""
        tensors = tuple(_blobs(path))
        return Reading(
            self.format, self.kind, facts=tuple(saying.totals(tensors)), tensors=tensors
        )


def _blobs(path: Path) -> Iterator[Tensor]:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        count = int.from_bytes(exactly(file, 4, path), "little")
        place = 64
        for number in range(min(count, BLOB_LIMIT)):
            file.seek(place)
            mark, dtype, length, offset = struct.unpack(
                "<IIQQ", exactly(file, 24, path)
            )
            if mark != 0xDEADBEEF:
                raise damaged(path, "A blob is not where it should be")
            if offset + length > size:
                raise truncated(path, has=size, needs=offset + length)
            if offset < place:
                raise damaged(path, "A blob lies before its own header")
            name, width = BLOB_TYPES.get(dtype, (f"type {dtype}", 1))
            yield Tensor(f"blob {number}", name, (length // width,), offset, length)
            place = -(-(offset + length) // 64) * 64


class PackageReader:
    """Reads the Manifest.json of a .mlpackage."""

    format = "mlpackage manifest"
    title = "Manifest of a Core ML package"
    version = 1
    kind: Kind | None = None
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ("manifest.json",)

    def claims(self, head: bytes) -> bool:
        """The table of items comes early."""
        return b'"itemInfoEntries"' in head

    def read(self, path: Path) -> Reading:
        """Which file is the model."""
        raw = table_of(bounded.json_file(path))
        items = table_of(raw.get("itemInfoEntries"))
        main = table_of(items.get(str(raw.get("rootModelIdentifier"))))
        return Reading(
            "mlpackage",
            Kind.MODEL,  # read as the main file of the package's folder
            facts=(
                *saying.fact("package.model", main.get("path"), "itemInfoEntries"),
                *saying.fact("package.author", main.get("author"), "itemInfoEntries"),
            ),
        )
