"""TensorFlow on disk: SavedModel graphs, and the indexes of checkpoints.

Field numbers: tensorflow/core/protobuf/{saved_model,meta_graph,tensor_bundle,
fingerprint}.proto and framework/{graph,function}.proto.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from mlcatalog.domain.reading import Column, Notice, Reading, Tensor
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import saying
from mlcatalog.formats.bounded import damaged
from mlcatalog.formats.protobuf import Span, Walk
from mlcatalog.formats.sstable import entries

TYPES = {
    1: "F32", 2: "F64", 3: "I32", 4: "U8", 5: "I16", 6: "I8", 7: "STRING", 8: "C64",
    9: "I64", 10: "BOOL", 14: "BF16", 17: "U16", 18: "C128", 19: "F16", 20: "RESOURCE",
    21: "VARIANT", 22: "U32", 23: "U64", 24: "F8_E5M2", 25: "F8_E4M3", 29: "I4",
    30: "U4",
}  # fmt: skip
RISKY = frozenset({"PyFunc", "PyFuncStateless", "EagerPyFunc", "ReadFile", "WriteFile"})
VARIABLE = "/.ATTRIBUTES/VARIABLE_VALUE"
NO_WEIGHTS = (
    "_CHECKPOINTABLE_OBJECT_GRAPH", "save_counter", "optimizer/", "global_step",
    "_optimizer/", "keras_api/",
)  # fmt: skip
HASHES = {
    1: "saved_model_checksum", 2: "graph_def_program_hash", 3: "signature_def_hash",
    4: "saved_object_graph_hash", 5: "checkpoint_hash",
}  # fmt: skip
NODE_LIMIT = 300_000
NUMBER_LIMIT = 10_000_000


@dataclass(slots=True)
class _Found:
    """What the walk over a graph came across."""

    texts: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    signatures: dict[str, None] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, None] = field(default_factory=dict)
    risky: dict[str, None] = field(default_factory=dict)
    nodes: int = 0
    graphs: int = 0


class SavedModelReader:
    """Reads version, tags, signatures and operations of saved_model.pb."""

    format = "savedmodel"
    title = "TensorFlow SavedModel"
    version = 1
    kind: Kind | None = Kind.MODEL
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ("saved_model.pb",)

    def claims(self, head: bytes) -> bool:
        """The schema version, or the first graph."""
        return head[:1] in (b"\x08", b"\x12")

    def read(self, path: Path) -> Reading:
        """The graph's outline; raises FormatError."""
        found = _Found()
        with path.open("rb") as file:
            # Many short steps: a graph is read into memory when it is small.
            size = file.seek(0, 2)
            file.seek(0)
            near = io.BytesIO(file.read()) if size <= 64_000_000 else file
            walk = Walk(near, path)
            for number, value in walk.fields(Span(0, size)):
                if number == 2 and isinstance(value, Span):
                    found.graphs += 1
                    _meta_graph(walk, value, found)
        if not found.graphs:
            raise damaged(path, "It holds no graph")
        content = Evidence.CONTENT
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.fact("framework", "tensorflow", "meta_info_def"),
                *saying.fact(
                    "framework.version", found.texts.get("version"), "meta_info_def"
                ),
                *saying.fact(
                    "framework.commit", found.texts.get("commit"), "meta_info_def"
                ),
                *saying.fact("tags", found.tags, "meta_info_def.tags"),
                *saying.fact("signatures", list(found.signatures), "signature_def"),
                *saying.fact("inputs", list(found.inputs), "signature_def", content),
                *saying.fact("outputs", list(found.outputs), "signature_def", content),
                *saying.fact("nodes", found.nodes, "graph_def", content),
            ),
            columns=tuple(Column(name, type_) for name, type_ in found.inputs.items()),
            notices=tuple(_notices(found)),
        )


def _notices(found: _Found) -> Iterator[Notice]:
    if found.risky:
        shown = ", ".join(found.risky)
        yield Notice("safety.code", f"Running this model may use {shown}", "error")


def _meta_graph(walk: Walk, span: Span, found: _Found) -> None:
    for number, value in walk.fields(span):
        if isinstance(value, int):
            continue
        if number == 1:
            _meta_info(walk, value, found)
        elif number == 2:
            _graph(walk, value, found)
        elif number == 5:
            _signature(walk, value, found)


def _meta_info(walk: Walk, span: Span, found: _Found) -> None:
    for number, value in walk.fields(span):
        if number == 4:
            found.tags.append(walk.text(value))
        elif number in (5, 6):
            found.texts["version" if number == 5 else "commit"] = walk.text(value)


def _graph(walk: Walk, span: Span, found: _Found) -> None:
    for number, value in walk.fields(span):
        if number == 1 and isinstance(value, Span):
            _node(walk, value, found)
        elif number == 2 and isinstance(value, Span):
            for inner, function in walk.fields(value):
                if inner == 1 and isinstance(function, Span):
                    _function(walk, function, found)


def _function(walk: Walk, span: Span, found: _Found) -> None:
    for number, value in walk.fields(span):
        if number == 3 and isinstance(value, Span):
            _node(walk, value, found)


def _node(walk: Walk, span: Span, found: _Found) -> None:
    found.nodes += 1
    if found.nodes > NODE_LIMIT:
        return
    for number, value in walk.fields(span):
        if number == 2:
            operation = walk.text(value)
            if operation in RISKY:
                found.risky[operation] = None
            return


def _signature(walk: Walk, span: Span, found: _Found) -> None:
    parts = dict(walk.fields(span))
    name = walk.text(parts.get(1, 0))
    found.signatures[name] = None
    body = parts.get(2)
    if not isinstance(body, Span) or name.startswith("__saved_model"):
        return
    for number, value in walk.fields(body):
        if number in (1, 2) and isinstance(value, Span):
            pair = dict(walk.fields(value))
            key, tensor = walk.text(pair.get(1, 0)), pair.get(2)
            if number == 2:
                found.outputs[key] = None
            elif isinstance(tensor, Span):
                found.inputs[key] = _type_of(walk, tensor)


def _type_of(walk: Walk, span: Span) -> str:
    kind, shape = 0, ""
    for number, value in walk.fields(span):
        if number == 2 and isinstance(value, int):
            kind = value
        elif number == 3 and isinstance(value, Span):
            shape = str([_signed(one) for one in _shape(walk, value)])
    return f"{TYPES.get(kind, str(kind))} {shape}".strip()


def _signed(number: int) -> int:
    return number - (1 << 64) if number >= 1 << 63 else number


def _shape(walk: Walk, span: Span) -> Iterator[int]:
    for number, value in walk.fields(span):
        if number == 2 and isinstance(value, Span):
            sizes = [s for n, s in walk.fields(value) if n == 1 and isinstance(s, int)]
            yield sizes[0] if sizes else 0


class CheckpointIndexReader:
    """Reads names, shapes and checksums of variables out of an index."""

    format = "tensorflow checkpoint"
    title = "Index of a TensorFlow checkpoint"
    version = 1
    kind: Kind | None = Kind.MODEL
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = (
        "variables.index", "*ckpt*.index", "model*.index", "checkpoint*.index",
        "weights*.index",
    )  # fmt: skip

    def claims(self, head: bytes) -> bool:
        """The first key is empty: it shares nothing and adds nothing."""
        return head[:2] == b"\0\0"

    def read(self, path: Path) -> Reading:
        """All variables but those of optimizers; raises FormatError."""
        tensors: list[Tensor] = []
        digest = sha256()
        with path.open("rb") as file:
            for key, value in entries(file, path):
                name = key.decode("utf-8", "replace")
                if name and not any(part in name for part in NO_WEIGHTS):
                    tensor, checksum = _entry(path, name, value)
                    if tensor.dtype != "STRING":
                        tensors.append(tensor)
                        shown = f"{tensor.dtype}{tensor.shape}{checksum:08x}"
                        digest.update(shown.encode())
        content = Evidence.CONTENT
        mark = digest.hexdigest() if tensors else ""
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.totals(tensors),
                *saying.fact("framework", "tensorflow", "layout"),
                *saying.fact("weights.digest", mark, "crc32c of variables", content),
            ),
            tensors=tuple(tensors),
        )


def _entry(path: Path, name: str, raw: bytes) -> tuple[Tensor, int]:
    walk = Walk(io.BytesIO(raw), path)
    dtype, size, checksum = 0, 0, 0
    shape: tuple[int, ...] = ()
    for number, value in walk.fields(Span(0, len(raw))):
        if number == 2 and isinstance(value, Span):
            shape = tuple(_shape(walk, value))
        elif isinstance(value, int):
            dtype = value if number == 1 else dtype
            size = value if number == 5 else size
            checksum = value if number == 6 else checksum
    if math.prod(shape) > 1 << 62 or size > 1 << 62:
        raise damaged(path, f"{name[:80]} has an impossible shape")
    kind = TYPES.get(dtype, str(dtype))
    return Tensor(
        name.removesuffix(VARIABLE)[:1_000], kind, shape, None, size
    ), checksum


class FingerprintReader:
    """Reads fingerprint.pb: TensorFlow's own hashes of a SavedModel."""

    format = "savedmodel fingerprint"
    title = "Fingerprint of a SavedModel"
    version = 1
    kind: Kind | None = None
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ("fingerprint.pb",)

    def claims(self, head: bytes) -> bool:
        """A number, or an empty message."""
        return head[:1] in (b"\x08", b"\x10", b"\x18", b"\x20", b"\x28", b"\x32")

    def read(self, path: Path) -> Reading:
        """The hashes as facts; raises FormatError."""
        with path.open("rb") as file:
            walk = Walk(file, path)
            found = dict(walk.fields(Span(0, file.seek(0, 2))))
        hashes = {
            name: f"{value:016x}"
            for number, name in HASHES.items()
            if isinstance(value := found.get(number), int)
        }
        return Reading(
            self.format,
            self.kind,
            facts=tuple(
                fact
                for name, value in hashes.items()
                for fact in saying.fact(
                    f"fingerprint.{name}", value, "fingerprint.pb", Evidence.RECORDED
                )
            ),
        )
