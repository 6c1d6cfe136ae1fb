"""PyTorch checkpoints, zip and legacy: the pickle looked at, never loaded.

Layout: zip with `<stem>/data.pkl` and `<stem>/data/<key>` stored; before 1.6
five pickles (magic, protocol, system, object, keys), then u64 length and
bytes of each storage (torch/serialization.py).
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, cast

from mlcatalog.domain.inert_pickle import InertUnpickler, Name, Thing
from mlcatalog.domain.pickled_values import is_told, params_of
from mlcatalog.domain.reading import Reading, Tensor
from mlcatalog.domain.values import Value, ValueType
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import checkpoints, pickled, saying
from mlcatalog.formats.bounded import damaged

MAGIC = 0x1950A86A20F9469CFC6C
LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"
VISIT_LIMIT = 1_000_000
CODE_LIMIT = 16_000_000  # bytes of a TorchScript's code
DTYPES: dict[str, tuple[str, int]] = {
    "DoubleStorage": ("F64", 8),
    "FloatStorage": ("F32", 4),
    "HalfStorage": ("F16", 2),
    "BFloat16Storage": ("BF16", 2),
    "LongStorage": ("I64", 8),
    "IntStorage": ("I32", 4),
    "ShortStorage": ("I16", 2),
    "CharStorage": ("I8", 1),
    "ByteStorage": ("U8", 1),
    "BoolStorage": ("BOOL", 1),
    "UntypedStorage": ("U8", 1),
}
WEIGHT_KEYS = ("state_dict", "model_state_dict", "model_state", "weights")
OTHER_STATE = ("optimizer", "lr_sched", "scheduler", "rng", "scaler", "callbacks")


class PytorchReader:
    """Reads tensors, settings and progress of a checkpoint."""

    format = "pytorch"
    title = "PyTorch checkpoint"
    version = 2
    kind: Kind | None = Kind.MODEL
    suffixes: tuple[str, ...] = (".pt", ".pth", ".ckpt", ".jit", ".torchscript")
    names: tuple[str, ...] = (
        "pytorch_model*.bin",
        "adapter_model.bin",
        "diffusion_pytorch_model*.bin",
    )

    def claims(self, head: bytes) -> bool:
        """A zip archive or a pickle."""
        return head[:4] == b"PK\x03\x04" or head[:1] == b"\x80"

    def read(self, path: Path) -> Reading:
        """Headers only; raises FormatError."""
        with path.open("rb") as file:
            head = file.read(16)
            file.seek(0)
            if head[:2] == b"PK":
                root, names, places, code = _from_zip(file, path)
            else:
                root, names, places = _from_pickles(file, head)
                code = ""
        tensors = tuple(_tensors(root, places))
        params = checkpoints.params(root)
        if isinstance(root, Thing) and not tensors and not code:
            params = tuple(params_of(root.fields()))
        facts = {fact.key: fact for fact in saying.fact("framework", "pytorch")}
        facts |= {fact.key: fact for fact in checkpoints.facts(root)}
        content = Evidence.CONTENT
        return Reading(
            "torchscript" if code else self.format,
            self.kind,
            facts=(
                *saying.totals(tensors),
                *facts.values(),
                *_class_facts(root),
                *saying.fact("architecture.digest", code, "code/*.py", content),
                *pickled.global_facts({} if code else names),
            ),
            params=params,
            metrics=checkpoints.metrics(root),
            tensors=tensors,
            claims=tuple(checkpoints.claims(root, params)),
            notices=pickled.global_notices(names),
        )


class TrainingArgumentsReader(PytorchReader):
    """Reads the arguments that a transformers trainer pickles."""

    format = "training arguments"
    title = "Arguments of a transformers trainer"
    version = 3
    kind = None
    suffixes = ()
    names = ("training_args.bin",)

    def read(self, path: Path) -> Reading:
        """The arguments as params, and the facts that people ask for."""
        reading = super().read(path)
        told = {param.key: param.value for param in reading.params}
        facts = [
            fact
            for key in ("seed", "output_dir", "run_name", "hub_model_id")
            for fact in saying.fact(key, _text(told, key), key, Evidence.RECORDED)
        ]
        return Reading(
            self.format,
            self.kind,
            facts=(*facts, *(f for f in reading.facts if f.key == "pickle.globals")),
            params=tuple(param for param in reading.params if is_told(param.key)),
            notices=reading.notices,
        )


def _text(told: Mapping[str, Value], key: str) -> str:
    value = told.get(key)
    return "" if value is None or value.type is ValueType.NULL else value.text


Names = dict[str, None]
Places = dict[str, int]
Looked = tuple[Any, Names, Places]


def _from_zip(file: BinaryIO, path: Path) -> tuple[Any, Names, Places, str]:
    names: dict[str, None] = {}
    places: dict[str, int] = {}
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        pickles = [one for one in members if one.filename.endswith("/data.pkl")]
        if not pickles:
            raise damaged(path, "It is a zip archive without data.pkl")
        folder = pickles[0].filename.removesuffix("data.pkl") + "data/"
        for member in members:
            is_plain = member.compress_type == zipfile.ZIP_STORED
            if is_plain and member.filename.startswith(folder):
                key = member.filename.removeprefix(folder)
                places[key] = stored_at(file, member)
        with archive.open(pickles[0]) as stream:
            unpickler = InertUnpickler(cast("BinaryIO", stream))
            unpickler.names = names
            root = unpickler.look()
        code = _code_digest(archive, pickles[0].filename.removesuffix("data.pkl"))
    return root, names, places, code


def _code_digest(archive: zipfile.ZipFile, folder: str) -> str:
    """SHA-256 of a TorchScript's code, a fingerprint of the architecture; or ""."""
    digest, left = sha256(), CODE_LIMIT
    members = [
        one
        for one in archive.infolist()
        if one.filename.startswith(f"{folder}code/") and one.filename.endswith(".py")
    ]
    for member in sorted(members, key=lambda one: one.filename):
        with archive.open(member) as stream:
            code = stream.read(left)
        left -= len(code)
        digest.update(code)
    return digest.hexdigest() if members else ""


def stored_at(file: BinaryIO, member: zipfile.ZipInfo) -> int:
    """Where a member's bytes begin: after its own header, name and extra field."""
    file.seek(member.header_offset)
    header = file.read(30)
    if header[:4] != b"PK\x03\x04":
        raise ValueError("a member of the archive is not where it should be")
    name, extra = int.from_bytes(header[26:28], "little"), header[28:30]
    return member.header_offset + 30 + name + int.from_bytes(extra, "little")


def _from_pickles(file: BinaryIO, head: bytes) -> Looked:
    names: dict[str, None] = {}

    def next_pickle() -> Any:
        unpickler = InertUnpickler(file)
        unpickler.names = names
        return unpickler.look()

    if not head.startswith(LEGACY[:14]):
        return next_pickle(), names, {}
    for _ in range(3):
        next_pickle()
    root, keys = next_pickle(), next_pickle()
    places: dict[str, int] = {}
    sizes = {str(key): size for key, size in _storages(root)}
    for key in keys if isinstance(keys, list) else []:
        length = int.from_bytes(file.read(8), "little")
        places[str(key)] = file.tell()
        file.seek(length * sizes.get(str(key), 4), 1)
    return root, names, places


def _storages(root: Any) -> Iterator[tuple[str, int]]:
    for _, thing in _rebuilt(root):
        pid = thing.arguments[0]
        yield str(pid[2]), _dtype(pid[1])[1]


def _tensors(root: Any, places: Mapping[str, int]) -> Iterator[Tensor]:
    for name, thing in _rebuilt(_weights(root)):
        pid, first, shape, stride = thing.arguments[:4]
        dtype, width = _dtype(pid[1])
        sizes = tuple(int(length) for length in shape)
        size = math.prod(sizes) * width
        place = places.get(str(pid[2]))
        if place is not None and _is_contiguous(sizes, stride):
            yield Tensor(name, dtype, sizes, place + int(first) * width, size)
        else:
            yield Tensor(name, dtype, sizes, None, size)


def _weights(root: Any) -> Any:
    """The part of a checkpoint that holds weights; all of it in doubt."""
    if not isinstance(root, dict):
        return root
    for key in WEIGHT_KEYS:
        if isinstance(root.get(key), dict):
            return root[key]
    for key in ("ema", "model"):  # Ultralytics keeps the averaged weights
        if isinstance(root.get(key), dict | Thing):
            return root[key]
    return {
        key: value
        for key, value in root.items()
        if not str(key).lower().startswith(OTHER_STATE)
    }


def _rebuilt(root: Any) -> Iterator[tuple[str, Thing]]:
    """(name, call that rebuilds it) of each tensor, in the order written."""
    waiting: list[tuple[str, Any, int]] = [("", root, 0)]
    seen: set[int] = set()
    while waiting and len(seen) < VISIT_LIMIT:
        name, value, depth = waiting.pop()
        if isinstance(value, Thing) and "_rebuild_" in value.name:
            tensor = _unwrapped(value)
            if tensor is not None:
                yield name, tensor
            continue
        if depth > 100 or id(value) in seen:
            continue
        if isinstance(value, dict | list | tuple | Thing):
            seen.add(id(value))
            inner = [(_joined(name, k), v, depth + 1) for k, v in _inside(value)]
            waiting.extend(reversed(inner))


def _inside(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Thing):
        state = value.fields()
        if value.name.startswith("__torch__."):  # a TorchScript module: plain members
            yield from state.items()
        for key in ("_parameters", "_buffers", "_modules"):
            table = state.get(key)
            if isinstance(table, dict):
                yield from ((str(name), one) for name, one in table.items())
    elif isinstance(value, dict):
        yield from ((str(name), one) for name, one in value.items())
    else:
        yield from ((str(place), one) for place, one in enumerate(value))


def _joined(name: str, key: str) -> str:
    return f"{name}.{key}"[:1_000] if name else key[:1_000]


def _unwrapped(thing: Thing) -> Thing | None:
    """The rebuilt tensor inside a parameter; None for what is none."""
    for _ in range(4):
        first = thing.arguments[0] if thing.arguments else None
        if isinstance(first, Thing):
            thing = first
        elif isinstance(first, tuple) and len(first) >= 5 and first[0] == "storage":
            known = len(thing.arguments) >= 4 and isinstance(thing.arguments[2], tuple)
            return thing if known else None
    return None


def _dtype(storage: Any) -> tuple[str, int]:
    name = storage.name if isinstance(storage, Name) else ""
    return DTYPES.get(name.rpartition(".")[2], (name.rpartition(".")[2], 0))


def _is_contiguous(shape: tuple[int, ...], stride: Any) -> bool:
    expected = 1
    for length, step in zip(reversed(shape), reversed(stride), strict=True):
        if length != 1 and step != expected:
            return False
        expected *= length
    return True


def _class_facts(root: Any) -> Iterator[Any]:
    if isinstance(root, Thing) and not root.name.startswith("torch._utils"):
        yield from saying.fact("architecture", root.name.rpartition(".")[2], "class")
    elif isinstance(root, dict):
        model = root.get("ema") or root.get("model")
        if isinstance(model, Thing) and "." in model.name:
            name = model.name.rpartition(".")[2]
            yield from saying.fact("architecture", name, "model")
