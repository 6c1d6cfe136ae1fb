"""ONNX: a walk over the protobuf that never reads weights.

Field numbers: onnx/onnx.proto of the ONNX repository.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

from mlcatalog.domain.reading import Column, Notice, Reading, Tensor
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import saying
from mlcatalog.formats.bounded import damaged
from mlcatalog.formats.protobuf import Span, Walk
from mlcatalog.formats.safetensors import metadata_claims, metadata_facts

# TensorProto.DataType by number, under the names that safetensors uses.
DTYPES = [
    "UNDEFINED",
    "F32",
    "U8",
    "I8",
    "U16",
    "I16",
    "I32",
    "I64",
    "STRING",
    "BOOL",
    "F16",
    "F64",
    "U32",
    "U64",
    "C64",
    "C128",
    "BF16",
    "F8_E4M3",
    "F8_E4M3FNUZ",
    "F8_E5M2",
    "F8_E5M2FNUZ",
    "U4",
    "I4",
    "F4",
    "F8_E8M0",
    "U2",
    "I2",
]
DEPTH_LIMIT = 32  # graphs within graphs
MODEL_TEXTS = {2: "producer", 3: "producer.version", 4: "domain", 6: "summary"}


@dataclass(slots=True)
class _Found:
    """What the walk came across."""

    texts: dict[str, str] = field(default_factory=dict)
    opsets: dict[str, int] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    tensors: list[Tensor] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    external: dict[str, None] = field(default_factory=dict)
    title: str = ""
    nodes: int = 0
    ir_version: int = 0


class OnnxReader:
    """Reads graph inputs and outputs, tensors, opsets and properties."""

    format = "onnx"
    title = "ONNX model"
    version = 1
    kind = Kind.MODEL
    suffixes = (".onnx",)
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """Field 1, ir_version, or another early field of the message."""
        return head[:1] in (b"\x08", b"\x12", b"\x1a", b"\x22", b"\x3a", b"\x42")

    def read(self, path: Path) -> Reading:
        """Headers of all tensors; raises FormatError."""
        found = _Found()
        with path.open("rb") as file:
            walk = Walk(file, path)
            _model(walk, Span(0, file.seek(0, 2)), found)
        if not found.ir_version or (not found.opsets and not found.nodes):
            raise damaged(path, "It holds no ONNX model")
        inner = {tensor.name for tensor in found.tensors}
        content = Evidence.CONTENT
        inputs = [name for name in found.inputs if name not in inner]
        producer = " ".join(
            found.texts.get(key, "") for key in ("producer", "producer.version")
        )
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.totals(found.tensors),
                *saying.fact("producer", producer.strip(), "producer_name"),
                *saying.fact("opset", found.opsets.get(""), "opset_import", content),
                *saying.fact("opsets", found.opsets, "opset_import", content),
                *saying.fact("ir_version", found.ir_version, "ir_version", content),
                *saying.fact("inputs", inputs, "graph.input", content),
                *saying.fact("outputs", found.outputs, "graph.output", content),
                *saying.fact("nodes", found.nodes, "graph.node", content),
                *saying.fact("title", found.title, "graph.name"),
                *saying.fact("summary", found.texts.get("summary"), "doc_string"),
                *saying.fact("external_data", list(found.external), "external_data"),
                *metadata_facts(found.metadata),
            ),
            tensors=tuple(found.tensors),
            columns=tuple(Column(name, "input") for name in inputs),
            claims=tuple(metadata_claims(found.metadata)),
            notices=tuple(_notices(found)),
        )


def _notices(found: _Found) -> Iterator[Notice]:
    for place in found.external:
        is_absolute = place.startswith(("/", "\\")) or PureWindowsPath(place).drive
        if is_absolute or ".." in PurePosixPath(place.replace("\\", "/")).parts:
            why = f"External data outside the model's folder is refused: {place[:200]}"
            yield Notice("safety.external-data", why, "error")


def _model(walk: Walk, span: Span, found: _Found) -> None:
    for number, value in walk.fields(span):
        if number in MODEL_TEXTS:
            found.texts[MODEL_TEXTS[number]] = walk.text(value)
        elif number == 1 and isinstance(value, int):
            found.ir_version = value
        elif isinstance(value, Span):
            if number == 7:
                _graph(walk, value, found, depth=0)
            elif number == 8:
                _opset(walk, value, found)
            elif number == 14:
                key, text = _pair(walk, value)
                found.metadata[key] = text


def _opset(walk: Walk, span: Span, found: _Found) -> None:
    domain, version = "", 0
    for number, value in walk.fields(span):
        if number == 1:
            domain = walk.text(value)
        elif number == 2 and isinstance(value, int):
            version = value
    found.opsets["" if domain == "ai.onnx" else domain] = version


def _pair(walk: Walk, span: Span) -> tuple[str, str]:
    texts = {number: walk.text(value) for number, value in walk.fields(span)}
    return texts.get(1, ""), texts.get(2, "")


def _graph(walk: Walk, span: Span, found: _Found, *, depth: int) -> None:
    if depth > DEPTH_LIMIT:
        raise damaged(walk.path, "Its graphs are nested too deeply")
    for number, value in walk.fields(span):
        if isinstance(value, int):
            continue
        if number == 1:
            found.nodes += 1
            _node(walk, value, found, depth=depth)
        elif number == 2 and depth == 0:
            found.title = walk.text(value)
        elif number == 5:
            found.tensors.append(_tensor(walk, value, found))
        elif number == 15:
            _sparse(walk, value, found)
        elif number in (11, 12) and depth == 0:
            names = found.inputs if number == 11 else found.outputs
            names.append(_value_name(walk, value))


def _value_name(walk: Walk, span: Span) -> str:
    fields = walk.fields(span)
    return next((walk.text(value) for number, value in fields if number == 1), "")


def _node(walk: Walk, span: Span, found: _Found, *, depth: int) -> None:
    output, attributes = "", []
    for number, value in walk.fields(span):
        if number == 2 and not output:
            output = walk.text(value)
        elif number == 5 and isinstance(value, Span):
            attributes.append(value)
    for attribute in attributes:
        for number, value in walk.fields(attribute):
            if isinstance(value, int):
                continue
            if number in (5, 10):  # t, tensors: what a Constant node holds
                found.tensors.append(_tensor(walk, value, found, name=output))
            elif number in (6, 11):  # g, graphs: the branches of If, the body of Loop
                _graph(walk, value, found, depth=depth + 1)


def _sparse(walk: Walk, span: Span, found: _Found) -> None:
    for number, value in walk.fields(span):
        if number in (1, 2) and isinstance(value, Span):
            found.tensors.append(_tensor(walk, value, found))


def _tensor(walk: Walk, span: Span, found: _Found, name: str = "") -> Tensor:
    shape: list[int] = []
    dtype, place, size = 0, None, 0
    for number, value in walk.fields(span):
        if number == 1:
            shape += walk.numbers(value)
        elif number == 2 and isinstance(value, int):
            dtype = value
        elif number == 8:
            name = walk.text(value) or name
        elif number == 9 and isinstance(value, Span):
            place, size = value.start, value.size
        elif number == 13 and isinstance(value, Span):
            key, text = _pair(walk, value)
            if key == "location":
                found.external[text] = None
        elif number in (4, 5, 7, 10, 11) and isinstance(value, Span):
            size += value.size
    if math.prod(shape) > 2**62:
        raise damaged(walk.path, f"Tensor {name[:80]} has an impossible shape")
    known = DTYPES[dtype] if 0 <= dtype < len(DTYPES) else str(dtype)
    return Tensor(name, known, tuple(shape), place, size)
