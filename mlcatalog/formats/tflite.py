"""TensorFlow Lite: a walk over the flatbuffer that never reads weights.

Field numbers: tensorflow/lite/schema/schema.fbs and metadata_schema.fbs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from mlcatalog.domain.reading import Column, Fact, Reading, Tensor
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import saying
from mlcatalog.formats.bounded import damaged
from mlcatalog.formats.flatbuffer import Flat, Table

TYPES = (
    "F32", "F16", "I32", "U8", "I64", "STRING", "BOOL", "I16", "C64", "I8", "F64",
    "C128", "U64", "RESOURCE", "VARIANT", "U32", "U16", "I4", "BF16",
)  # fmt: skip
METADATA_FACTS = {
    "title": 0,
    "summary": 1,
    "model.version": 2,
    "owner": 4,
    "license": 5,
}
NOTE_LIMIT = 4_096  # bytes of a plain note
SHAPE_LIMIT = 64


class TfliteReader:
    """Reads tensors, inputs, outputs and what the converter noted."""

    format = "tflite"
    title = "TensorFlow Lite model"
    version = 1
    kind: Kind | None = Kind.MODEL
    suffixes: tuple[str, ...] = (".tflite", ".lite")
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """The four letters after the first offset."""
        return head[4:8] == b"TFL3"

    def read(self, path: Path) -> Reading:
        """Tables alone; raises FormatError."""
        with path.open("rb") as file:
            flat = Flat(file, path, 0, file.seek(0, 2))
            model = flat.root()
            buffers = list(_buffers(model))
            graphs = list(model.tables(2))
            tensors = [one for graph in graphs for one in _tensors(graph, buffers)]
            inputs, outputs = _ends(graphs)
            notes = tuple(_notes(model, buffers))
            description = model.text(3)
            version = model.number(0)
            operators = sum(graph.span(3)[1] for graph in graphs)
        content = Evidence.CONTENT
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.totals(tensors),
                *saying.fact("framework", "tflite", "identifier"),
                *saying.fact("schema.version", version, "version", content),
                *saying.fact("producer", description, "description"),
                *saying.fact("inputs", [one.name for one in inputs], "inputs", content),
                *saying.fact("outputs", outputs, "outputs", content),
                *saying.fact("nodes", operators, "operators", content),
                *saying.fact("converted.via", _chain(tensors, inputs), "tensor names"),
                *notes,
            ),
            tensors=tuple(tensors),
            columns=tuple(inputs),
        )


def _buffers(model: Table) -> Iterator[tuple[int, int]]:
    """(first byte, bytes) of each buffer; big ones lie behind the tables."""
    for buffer in model.tables(4):
        offset, size = buffer.number(1, "<Q"), buffer.number(2, "<Q")
        yield (offset, size) if offset > 1 else buffer.span(0)


def _tensors(graph: Table, buffers: list[tuple[int, int]]) -> Iterator[Tensor]:
    """The tensors that hold values; the others are made when the model runs."""
    for tensor in graph.tables(0):
        number = tensor.number(2)
        if number >= len(buffers):
            raise damaged(graph.flat.path, f"There is no buffer {number:,}")
        place, size = buffers[number]
        if not size:
            continue
        if place + size > graph.flat.size:
            raise damaged(graph.flat.path, "A tensor lies beyond the end")
        shape = _shape(tensor)
        if math.prod(shape) > 1 << 62:
            raise damaged(graph.flat.path, "A tensor has an impossible shape")
        yield Tensor(tensor.text(3)[:1_000], _type(tensor), shape, place, size)


def _shape(tensor: Table) -> tuple[int, ...]:
    return tuple(max(n, 0) for n in tensor.numbers(0, "i", SHAPE_LIMIT))


def _type(tensor: Table) -> str:
    kind = tensor.number(1, "<B")
    return TYPES[kind] if kind < len(TYPES) else f"type {kind}"


def _ends(graphs: list[Table]) -> tuple[list[Column], list[str]]:
    """The inputs with their types and shapes, and the names of the outputs."""
    if not graphs:
        return [], []
    first, count = graphs[0].span(0)

    def at(slot: int) -> Iterator[Table]:
        for number in graphs[0].numbers(slot, "i", 1_000):
            if 0 <= number < count:
                yield graphs[0].flat.table(first + 4 * number)

    inputs = [
        Column(tensor.text(3)[:1_000], f"{_type(tensor)} {list(_shape(tensor))}")
        for tensor in at(1)
    ]
    return inputs, [tensor.text(3)[:1_000] for tensor in at(2)]


def _notes(model: Table, buffers: list[tuple[int, int]]) -> Iterator[Fact]:
    for entry in model.tables(6):
        name, number = entry.text(0), entry.number(1)
        place, size = buffers[number] if number < len(buffers) else (0, 0)
        if name == "TFLITE_METADATA" and size:
            yield from _described(Flat(model.flat.file, model.flat.path, place, size))
        elif name and 0 < size <= NOTE_LIMIT:
            text = model.flat.take(place, size).rstrip(b"\0").decode("utf-8", "replace")
            if text.isprintable():
                yield from saying.fact(f"metadata.{name[:200]}", text, "metadata")


def _described(flat: Flat) -> Iterator[Fact]:
    described = flat.root()
    for key, slot in METADATA_FACTS.items():
        yield from saying.fact(key, described.text(slot), "TFLITE_METADATA")


def _chain(tensors: list[Tensor], inputs: list[Column]) -> str:
    """The formats that the names of tensors tell of: onnx_tf writes its own."""
    names = [*(tensor.name for tensor in tensors), *(one.name for one in inputs)]
    return "onnx" if any("onnx" in name for name in names) else ""
