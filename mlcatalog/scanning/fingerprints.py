"""Per-tensor fingerprints, taken from the blocks of a file as they pass."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

from mlcatalog.domain.reading import Tensor

LEAST_ELEMENTS = 64  # smaller tensors prove nothing
OVERLAP_LIMIT = 4  # tensor bytes per file byte; a hostile header could ask for more

DTYPES = {
    "double": "f64",
    "float": "f32",
    "half": "f16",
    "float64": "f64",
    "float32": "f32",
    "float16": "f16",
    "bfloat16": "bf16",
    "int64": "i64",
    "long": "i64",
    "int32": "i32",
    "int": "i32",
    "int16": "i16",
    "short": "i16",
    "int8": "i8",
    "char": "i8",
    "uint64": "u64",
    "uint32": "u32",
    "uint16": "u16",
    "uint8": "u8",
    "byte": "u8",
    "bool": "bool",
    "boolean": "bool",
    "f8_e4m3": "f8_e4m3",
    "float8_e4m3fn": "f8_e4m3",
    "float8_e5m2": "f8_e5m2",
}


def dtype_name(dtype: str) -> str:
    """One spelling for a type, whatever the format calls it ("torch.float32")."""
    word = (
        dtype.lower().removeprefix("torch.").removeprefix("<").removesuffix("storage")
    )
    return DTYPES.get(word, word)


class _Taking:
    """One tensor whose bytes are passing by."""

    __slots__ = ("constant", "end", "hash", "itemsize", "pattern", "places", "start")

    def __init__(self, tensor: Tensor, start: int, elements: int) -> None:
        self.start = start
        self.end = start + tensor.size
        self.places: list[int] = []
        self.itemsize = max(1, tensor.size // elements)
        self.pattern = b""
        self.constant = True
        shape = ",".join(map(str, tensor.shape))
        self.hash = hashlib.sha256(f"{dtype_name(tensor.dtype)}|{shape}|".encode())

    def update(self, piece: memoryview, place: int) -> None:
        self.hash.update(piece)
        if self.constant:
            self.constant = self._repeats(piece, place - self.start)

    def fingerprint(self) -> str | None:
        return None if self.constant else self.hash.hexdigest()[:32]

    def _repeats(self, piece: memoryview, place: int) -> bool:
        """Whether the piece goes on with the first element, again and again."""
        size = self.itemsize
        if len(self.pattern) < size:
            self.pattern += bytes(piece[: size - len(self.pattern)])
            if len(self.pattern) < size:
                return True
        phase = place % size
        turned = self.pattern[phase:] + self.pattern[:phase]
        probe = bytes(piece[: 64 * size])
        if probe != _filled(turned, len(probe)):
            return False
        return bytes(piece) == _filled(turned, len(piece))


class Fingerprints:
    """Takes the fingerprints of many tensors of one file in one pass.

    A fingerprint is the first 128 bits of SHA-256 over dtype, shape and bytes
    (SHA-256, because processors have instructions for it: it costs the pass
    nothing beside the file's own digest). None for tensors without bytes of
    their own, under 64 elements, or with all elements equal: those prove
    nothing.
    """

    def __init__(self, tensors: Sequence[Tensor], size: int) -> None:
        self._count = len(tensors)
        self._waiting = _ordered(tensors, size)
        self._all = list(self._waiting)
        self._active: list[_Taking] = []
        self._next = 0

    @property
    def is_empty(self) -> bool:
        """True if there is no tensor to look at."""
        return not self._waiting

    def update(self, block: bytes, place: int) -> None:
        """Take in the file's next block, which begins at byte `place`."""
        view = memoryview(block)
        end = place + len(block)
        while self._next < len(self._waiting) and self._waiting[self._next].start < end:
            self._active.append(self._waiting[self._next])
            self._next += 1
        for taking in self._active:
            start = max(taking.start, place)
            taking.update(view[start - place : min(taking.end, end) - place], start)
        self._active = [taking for taking in self._active if taking.end > end]

    def result(self) -> tuple[str | None, ...]:
        """One fingerprint or None per tensor, in the order they were given."""
        answers: list[str | None] = [None] * self._count
        for taking in self._all:
            found = taking.fingerprint()
            for place in taking.places:
                answers[place] = found
        return tuple(answers)


def _ordered(tensors: Sequence[Tensor], size: int) -> list[_Taking]:
    """Those worth a look, by offset; tied weights (same bytes) are taken once."""
    found: dict[tuple[object, ...], _Taking] = {}
    budget = OVERLAP_LIMIT * size
    for place, tensor in enumerate(tensors):
        elements = math.prod(tensor.shape)
        if not _is_worth(tensor, elements, size):
            continue
        assert tensor.offset is not None
        key = (tensor.offset, tensor.size, tensor.dtype, tensor.shape)
        if key not in found:
            budget -= tensor.size
            if budget < 0:
                break
            found[key] = _Taking(tensor, tensor.offset, elements)
        found[key].places.append(place)
    return sorted(found.values(), key=lambda taking: (taking.start, taking.end))


def _is_worth(tensor: Tensor, elements: int, size: int) -> bool:
    if tensor.offset is None or tensor.offset < 0 or tensor.size <= 0:
        return False
    return elements >= LEAST_ELEMENTS and tensor.offset + tensor.size <= size


def _filled(pattern: bytes, length: int) -> bytes:
    return (pattern * (length // len(pattern) + 1))[:length]
