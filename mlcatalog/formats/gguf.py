"""GGUF: keys and tensor places; vocabularies are stepped over, not read.

Layout (ggml, docs/gguf.md): "GGUF", u32 version, u64 tensors, u64 pairs, the
pairs, the tensors' places, then the data, aligned. Version 1 counts in u32.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from mlcatalog.domain.reading import Claim, Fact, Param, Reading, Reference, Tensor
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.formats import saying
from mlcatalog.formats.bounded import damaged, truncated

HEADER_LIMIT = 512_000_000  # bytes before the first tensor
PAIR_LIMIT = 1_000_000
TENSOR_LIMIT = 1_000_000
TEXT_LIMIT = 16_000_000
LIST_SHOWN = 64  # members of an array that are kept
NESTING_LIMIT = 4
WINDOW = 1 << 20
BULK = 1 << 18  # bytes looked at together: they fit into the processor's cache
FEW = 64
STRING, ARRAY = 8, 9
NUMBERS: dict[int, struct.Struct] = {
    number: struct.Struct(f"<{code}")
    for number, code in {
        0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?",
        10: "Q", 11: "q", 12: "d",
    }.items()
}  # fmt: skip
# Tensor types: name, elements a block, bytes a block (ggml.h).
TYPES: dict[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22), 7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40),
    10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50), 20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1),
    25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36),
    41: ("Q1_0", 128, 18),
}  # fmt: skip
FACTS: dict[str, str] = {
    "architecture": "general.architecture",
    "title": "general.name",
    "base.name": "general.basename",
    "finetune": "general.finetune",
    "model.version": "general.version",
    "owner": "general.author",
    "license": "general.license",
    "summary": "general.description",
    "size.label": "general.size_label",
    "quantized.by": "general.quantized_by",
    "tags": "general.tags",
    "language": "general.languages",
    "model.type": "general.type",
    "shard": "split.no",
    "shards": "split.count",
}
PARENT = re.compile(r"general\.(base_model|dataset)\.(\d+)\.(\w+)")


class GgufReader:
    """Reads keys, tensors and the models and data that the writer names."""

    format = "gguf"
    title = "GGUF model"
    version = 1
    kind: Kind | None = Kind.MODEL
    suffixes: tuple[str, ...] = (".gguf",)
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """The four letters."""
        return head[:4] == b"GGUF"

    def read(self, path: Path) -> Reading:
        """The header; raises FormatError also when the file is cut short."""
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            cursor = _Cursor(file, path, size)
            pairs, tensors = _header(cursor)
        quantized = _main_type(tensors)
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.totals(tensors),
                *saying.facts_from(_told(pairs), FACTS),
                *saying.fact(
                    "quantization", quantized, "tensor types", Evidence.CONTENT
                ),
                *saying.fact("vocabulary", _vocabulary(pairs), "tokenizer.ggml.tokens"),
                *_base_facts(pairs),
            ),
            params=tuple(_params(pairs)),
            tensors=tensors,
            claims=tuple(_claims(pairs)),
        )


@dataclass(frozen=True, slots=True)
class _Listed:
    """An array by its length, and its first members."""

    length: int
    first: list[Any]


class _Cursor:
    """A place in the header; bytes are read ahead a window at a time."""

    def __init__(self, file: BinaryIO, path: Path, size: int) -> None:
        self._file, self.path, self.size = file, path, size
        self.buffer = b""
        self.at = 0  # the place in the buffer
        self._start = 0  # of the buffer in the file
        self.small = False  # version 1: counts and lengths of four bytes

    @property
    def place(self) -> int:
        """The place in the file."""
        return self._start + self.at

    def need(self, length: int) -> None:
        """Have that many bytes from here on; raises FormatError."""
        missing = self.at + length - len(self.buffer)
        if missing <= 0:
            return
        if self.place + length > self.size:
            raise truncated(self.path, has=self.size, needs=self.place + length)
        if self.place + length > HEADER_LIMIT:
            raise damaged(
                self.path, f"Its header is longer than {HEADER_LIMIT:,} bytes"
            )
        self.buffer = self.buffer[self.at :] + self._file.read(max(missing, WINDOW))
        self._start, self.at = self.place, 0
        if length > len(self.buffer):
            raise truncated(self.path, has=len(self.buffer), needs=length)

    def number(self, form: struct.Struct) -> Any:
        """One number."""
        self.need(form.size)
        found = form.unpack_from(self.buffer, self.at)[0]
        self.at += form.size
        return found

    def count(self) -> int:
        """A count or a length."""
        return int(self.number(NUMBERS[4 if self.small else 10]))

    def text(self) -> str:
        """One text; raises FormatError above a limit."""
        length = self.count()
        if length > TEXT_LIMIT:
            raise damaged(self.path, f"A text claims to have {length:,} bytes")
        self.need(length)
        found = self.buffer[self.at : self.at + length]
        self.at += length
        return found.decode("utf-8", "replace")

    def skip(self, length: int) -> None:
        """Go on by that many bytes, without reading what lies beyond the window."""
        if self.place + length > min(self.size, HEADER_LIMIT):
            raise truncated(self.path, has=self.size, needs=self.place + length)
        if self.at + length > len(self.buffer):
            self._start = self.place + length
            self._file.seek(self._start)
            self.buffer, self.at = b"", 0
        else:
            self.at += length


def _header(cursor: _Cursor) -> tuple[dict[str, Any], tuple[Tensor, ...]]:
    cursor.skip(4)
    version = cursor.number(NUMBERS[4])
    if not 1 <= version <= 3:
        why = "It is big-endian" if version > 0xFFFF else f"Its version is {version}"
        raise damaged(cursor.path, f"{why}, which is not read")
    cursor.small = version == 1
    tensors, pairs = cursor.count(), cursor.count()
    if tensors > TENSOR_LIMIT or pairs > PAIR_LIMIT:
        raise damaged(cursor.path, f"It claims {tensors:,} tensors and {pairs:,} keys")
    found: dict[str, Any] = {}
    for _ in range(pairs):
        key = cursor.text()
        found[key] = _value(cursor, cursor.number(NUMBERS[4]), 0)
    return found, _tensors(cursor, tensors, found.get("general.alignment"))


def _value(cursor: _Cursor, kind: int, nesting: int) -> Any:
    if kind == STRING:
        return cursor.text()
    if kind == ARRAY:
        return _array(cursor, nesting)
    if kind not in NUMBERS:
        raise damaged(cursor.path, f"A value has the unknown type {kind}")
    return cursor.number(NUMBERS[kind])


def _array(cursor: _Cursor, nesting: int) -> _Listed:
    kind, length = cursor.number(NUMBERS[4]), cursor.count()
    if nesting > NESTING_LIMIT:
        raise damaged(cursor.path, "Its arrays are nested too deeply")
    smallest = NUMBERS[kind].size if kind in NUMBERS else 4
    if length * smallest > cursor.size:
        raise damaged(cursor.path, f"An array claims to have {length:,} members")
    shown = min(length, LIST_SHOWN)
    first = [_value(cursor, kind, nesting + 1) for _ in range(shown)]
    if kind == STRING:
        _skip_texts(cursor, length - shown)
    elif kind in NUMBERS:
        cursor.skip((length - shown) * smallest)
    else:
        for _ in range(length - shown):
            _value(cursor, kind, nesting + 1)
    return _Listed(length, first)


def _skip_texts(cursor: _Cursor, left: int) -> None:
    """Step over texts: in bulk where lengths can be told at once, else singly.

    A step in Python for each token would take longer than all the rest.
    """
    while left:
        stepped = 0 if cursor.small else _skip_many(cursor, left)
        left -= stepped
        if left and not stepped:
            cursor.skip(cursor.count())
            left -= 1


def _skip_many(cursor: _Cursor, left: int) -> int:
    """Texts stepped over at once: those of 1 to 255 bytes, up to an odd one.

    A length below 256 is one byte before seven of zero. Wherever those stand
    a text may begin; each is held to begin where the one before it ends, so
    what is stepped over is proven, not guessed.
    """
    import numpy as np

    if left < FEW:
        return 0
    cursor.need(min(cursor.size - cursor.place, BULK))
    window = np.frombuffer(cursor.buffer, np.uint8)[cursor.at : cursor.at + BULK]
    if window.size < 16 or not window[0] or window[1:8].any():
        return 0
    # A word of four zeros and one of three more, at any place.
    zero = window == 0
    two = zero[:-1] & zero[1:]
    four = two[:-2] & two[2:]
    starts = np.flatnonzero(four[1:-3] & four[4:] & ~zero[:-7])
    ends = starts + 8 + window[starts]
    breaks = np.flatnonzero(starts[1:] != ends[:-1])
    steps = int(breaks[0]) + 1 if breaks.size else int(starts.size)
    steps = min(steps, left)
    while steps and int(ends[steps - 1]) > window.size:
        steps -= 1
    cursor.at += int(ends[steps - 1]) if steps else 0
    return steps


def _tensors(cursor: _Cursor, count: int, alignment: object) -> tuple[Tensor, ...]:
    places: list[tuple[str, tuple[int, ...], int, int]] = []
    for _ in range(count):
        name = cursor.text()
        dimensions = cursor.number(NUMBERS[4])
        if dimensions > 16:
            raise damaged(cursor.path, f"A tensor has {dimensions:,} dimensions")
        shape = tuple(cursor.count() for _ in range(dimensions))
        kind = cursor.number(NUMBERS[4])
        places.append((name, shape[::-1], kind, cursor.number(NUMBERS[10])))
    step = alignment if isinstance(alignment, int) and 0 < alignment <= 1 << 20 else 32
    start = -(-cursor.place // step) * step
    found = tuple(_tensor(cursor.path, start, *place) for place in places)
    needs = max((t.offset + t.size for t in found if t.offset is not None), default=0)
    if needs > cursor.size:
        raise truncated(cursor.path, has=cursor.size, needs=needs)
    return found


def _tensor(
    path: Path, start: int, name: str, shape: tuple[int, ...], kind: int, offset: int
) -> Tensor:
    elements = math.prod(shape)
    if elements > 1 << 62:
        raise damaged(path, f"Tensor {name[:80]} has an impossible shape")
    if kind not in TYPES:
        return Tensor(name, f"type {kind}", shape)
    dtype, block, width = TYPES[kind]
    return Tensor(name, dtype, shape, start + offset, -(-elements // block) * width)


def _main_type(tensors: tuple[Tensor, ...]) -> str:
    """The type of most bytes, when it is a quantised one."""
    sizes: dict[str, int] = {}
    for tensor in tensors:
        sizes[tensor.dtype] = sizes.get(tensor.dtype, 0) + tensor.size
    most = max(sizes, key=lambda name: sizes[name], default="")
    return most if "Q" in most or most.startswith("MX") else ""


def _vocabulary(pairs: Mapping[str, Any]) -> int | None:
    tokens = pairs.get("tokenizer.ggml.tokens")
    return tokens.length if isinstance(tokens, _Listed) else None


def _told(pairs: Mapping[str, Any]) -> dict[str, object]:
    return {key: _plain(pairs[key]) for key in FACTS.values() if key in pairs}


def _plain(value: Any) -> Any:
    if not isinstance(value, _Listed):
        return value
    members = [_plain(one) for one in value.first]
    return members if value.length == len(members) else [*members, f"{value.length:,}"]


def _params(pairs: Mapping[str, Any]) -> Iterator[Param]:
    for key, value in pairs.items():
        is_long = isinstance(value, _Listed) and value.length > LIST_SHOWN
        shown = f"{value.length:,} values" if is_long else _plain(value)
        yield Param(key[:500], Value.of(shown))


def _named(pairs: Mapping[str, Any]) -> dict[tuple[str, int], dict[str, str]]:
    """The parents and datasets by number: {("base_model", 0): {"name": …}}."""
    found: dict[tuple[str, int], dict[str, str]] = {}
    for key, value in pairs.items():
        match = PARENT.fullmatch(key)
        if match and isinstance(value, str) and value:
            group, number, word = match.groups()
            found.setdefault((group, int(number)), {})[word] = value
    return dict(sorted(found.items()))


def _base_facts(pairs: Mapping[str, Any]) -> Iterator[Fact]:
    for (group, number), words in _named(pairs).items():
        if group == "base_model" and number == 0:
            source = "general.base_model.0"
            yield from saying.fact("base.id", _reference(words, None).id, source)
            yield from saying.fact("base.revision", words.get("version"), source)


def _reference(words: Mapping[str, str], kind: Kind | None) -> Reference:
    text = words.get("repo_url") or words.get("url") or ""
    owner, name = words.get("organization", ""), words.get("name", "")
    if not text:
        joined = f"{owner}/{name}".replace(" ", "-")
        text = joined if owner and saying.is_hub_id(joined) else name
    return saying.target(text, kind)


def _claims(pairs: Mapping[str, Any]) -> Iterator[Claim]:
    is_adapter = pairs.get("general.type") == "adapter"
    parent = Relation.ADAPTER_OF if is_adapter else Relation.DERIVED_FROM
    for (group, number), words in _named(pairs).items():
        is_base = group == "base_model"
        found = _reference(words, Kind.MODEL if is_base else Kind.DATASET)
        relation = parent if is_base else Relation.TRAINED_ON
        if found.id:
            source = f"general.{group}.{number}"
            yield saying.claim(relation, found, source, detail=words.get("name", ""))
    for key in ("general.source.repo_url", "general.source.url"):
        place = pairs.get(key)
        if isinstance(place, str) and place:
            found = saying.target(place, Kind.MODEL)
            yield saying.claim(Relation.CONVERTED_FROM, found, key)
            return
