"""Packs: many objects in one file, found by its index, deltas put together."""

from __future__ import annotations

import os
import struct
import zlib
from collections import OrderedDict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from mlcatalog.trackers.git.bounded import Boundary, TooLargeError, damaged, read_at

KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
OFFSET_DELTA, REFERENCE_DELTA = 6, 7
CHAIN_LIMIT = 4_096  # deltas on one another; git writes at most 4,095
STEP_LIMIT = 64 * 2**20  # bytes of an object that others are built on
SUM_LIMIT = 256 * 2**20  # bytes of all that one object is built from
CACHE_LIMIT = 32 * 2**20
CHUNK = 65_536
FANOUT = struct.Struct(">256I")
MAGIC = b"\xfftOc"  # git-scm.com/docs/gitformat-pack


class Pack:
    """One pack and its index; both stay on disk."""

    def __init__(self, index: Path, boundary: Boundary, id_size: int) -> None:
        self._path = index
        self._id_size = id_size
        self._index = boundary.open(index)
        try:
            self._pack = boundary.open(index.with_suffix(".pack"))
        except BaseException:
            self._index.close()
            raise
        self._size = os.fstat(self._pack.fileno()).st_size
        try:
            self._version, self._fanout = self._header()
        except BaseException:
            self.close()
            raise
        self._cache: OrderedDict[int, tuple[str, bytes]] = OrderedDict()
        self._cached = 0

    def close(self) -> None:
        """Close both files."""
        self._index.close()
        self._pack.close()

    def _header(self) -> tuple[int, tuple[int, ...]]:
        head = read_at(self._index, 8 + FANOUT.size, 0)
        version = 1
        if head[:4] == MAGIC:
            (version,) = struct.unpack_from(">I", head, 4)
            head = head[8:]
        if version not in (1, 2) or len(head) < FANOUT.size:
            raise damaged(self._path, "Its index is of no known version")
        fanout = FANOUT.unpack_from(head)
        if any(a > b for a, b in pairwise(fanout)):
            raise damaged(self._path, "The counts in its index make no sense")
        return version, fanout

    def find(self, wanted: bytes) -> int | None:
        """Where in the pack an object lies; None when it is not in it."""
        low = self._fanout[wanted[0] - 1] if wanted[0] else 0
        high = self._fanout[wanted[0]]
        size = self._id_size
        width, base = (size, 8 + FANOUT.size) if self._version == 2 else (4 + size, 0)
        start = base if self._version == 2 else FANOUT.size + 4
        while low < high:
            middle = (low + high) // 2
            found = read_at(self._index, size, start + middle * width)
            if len(found) < size:
                raise damaged(self._path, "Its index ends too early")
            if found == wanted:
                return self._offset(middle)
            if found < wanted:
                low = middle + 1
            else:
                high = middle
        return None

    def _offset(self, place: int) -> int:
        if self._version == 1:
            return self._number(FANOUT.size + place * (4 + self._id_size), 4)
        count = self._fanout[255]
        base = 8 + FANOUT.size + count * (self._id_size + 4)
        offset = self._number(base + place * 4, 4)
        if offset & 0x80000000:
            far = offset & 0x7FFFFFFF
            return self._number(base + count * 4 + far * 8, 8)
        return offset

    def _number(self, where: int, width: int) -> int:
        raw = read_at(self._index, width, where)
        if len(raw) < width:
            raise damaged(self._path, "Its index ends too early")
        return int.from_bytes(raw, "big")

    def read(self, offset: int, limit: int) -> tuple[str, bytes]:
        """Kind and content of the object there.

        Raises FormatError, TooLargeError for more than `limit` bytes.
        """
        deltas: list[tuple[int, bytes]] = []
        total = 0
        at = offset
        while True:
            known = self._cache.get(at)
            if known is not None:
                break
            kind, size, start, base = self._entry(at)
            total += size
            if size > (STEP_LIMIT if deltas or kind >= OFFSET_DELTA else limit):
                raise _too_large(self._path, size)
            if total > SUM_LIMIT or len(deltas) > CHAIN_LIMIT:
                raise damaged(self._path, "An object is built from too much")
            content = self._inflated(start, size)
            if kind in KINDS:
                known = (KINDS[kind], content)
                self._keep(at, known)
                break
            deltas.append((at, content))
            if base is None:
                raise damaged(self._path, "An object is built on one that is not here")
            at = base
        return self._built(known, deltas, limit)

    def _built(
        self, known: tuple[str, bytes], deltas: list[tuple[int, bytes]], limit: int
    ) -> tuple[str, bytes]:
        kind, content = known
        total = len(content)
        for at, delta in reversed(deltas):
            content = patched(content, delta, self._path)
            total += len(content)
            if total > SUM_LIMIT:
                raise damaged(self._path, "An object is built from too much")
            self._keep(at, (kind, content))
        if len(content) > limit:
            raise _too_large(self._path, len(content))
        return kind, content

    def _entry(self, offset: int) -> tuple[int, int, int, int | None]:
        """Kind, size, where the data begin, and where a delta's base lies."""
        if not 12 <= offset < self._size:
            raise damaged(self._path, "An object lies out of the pack")
        head = read_at(self._pack, 64, offset)
        kind, size, used = (head[0] >> 4) & 7, head[0] & 15, 1
        shift = 4
        while head[used - 1] & 0x80:
            if used >= len(head) or shift > 60:
                raise damaged(self._path, "The size of an object makes no sense")
            size |= (head[used] & 0x7F) << shift
            shift += 7
            used += 1
        if kind == OFFSET_DELTA:
            distance, used = _distance(head, used, self._path)
            if not 0 < distance <= offset:
                raise damaged(self._path, "An object is built on one before the pack")
            return kind, size, offset + used, offset - distance
        if kind == REFERENCE_DELTA:
            base = self.find(head[used : used + self._id_size])
            return kind, size, offset + used + self._id_size, base
        if kind not in KINDS:
            raise damaged(self._path, f"It holds an object of kind {kind}")
        return kind, size, offset + used, None

    def _inflated(self, start: int, size: int) -> bytes:
        return inflated(
            lambda at: read_at(self._pack, CHUNK, start + at), size, self._path
        )

    def _keep(self, offset: int, found: tuple[str, bytes]) -> None:
        if len(found[1]) > CACHE_LIMIT // 8 or offset in self._cache:
            return
        self._cache[offset] = found
        self._cached += len(found[1])
        while self._cached > CACHE_LIMIT:
            self._cached -= len(self._cache.popitem(last=False)[1][1])


def inflated(read: Callable[[int], bytes], size: int, place: Path) -> bytes:
    """That many bytes out of a stream that `read(offset)` gives in pieces."""
    stream = zlib.decompressobj()
    parts: list[bytes] = []
    got, at = 0, 0
    try:
        while got < size or not stream.eof:
            raw = stream.unconsumed_tail
            if not raw:
                raw = read(at)
                at += len(raw)
            if not raw:
                raise damaged(place, "An object ends too early")
            part = stream.decompress(raw, size - got + 1)
            got += len(part)
            if got > size:
                raise damaged(place, "An object is longer than it says")
            parts.append(part)
    except zlib.error as error:
        raise damaged(place, f"An object cannot be unpacked: {error}") from error
    return b"".join(parts)


def patched(base: bytes, delta: bytes, place: Path) -> bytes:
    """What a delta makes of its base; raises FormatError."""
    expected, at = _varint(delta, 0, place)
    size, at = _varint(delta, at, place)
    if expected != len(base) or size > STEP_LIMIT:
        raise damaged(place, "A delta does not fit what it is built on")
    out = bytearray()
    while at < len(delta):
        command = delta[at]
        at += 1
        if command & 0x80:
            start, length, at = _copied(delta, at, command, place=place)
            if start + length > len(base):
                raise damaged(place, "A delta copies what is not there")
            out += base[start : start + length]
        elif command:
            out += delta[at : at + command]
            at += command
        else:
            raise damaged(place, "A delta has an unknown command")
        if len(out) > size:
            raise damaged(place, "A delta makes more than it says")
    if len(out) != size:
        raise damaged(place, "A delta makes less than it says")
    return bytes(out)


def _copied(
    delta: bytes, at: int, command: int, *, place: Path
) -> tuple[int, int, int]:
    start = length = 0
    for bit in range(7):
        if command & (1 << bit):
            if at >= len(delta):
                raise damaged(place, "A delta ends too early")
            if bit < 4:
                start |= delta[at] << (8 * bit)
            else:
                length |= delta[at] << (8 * (bit - 4))
            at += 1
    return start, length or 0x10000, at


def _varint(raw: bytes, at: int, place: Path) -> tuple[int, int]:
    value = shift = 0
    while at < len(raw) and shift <= 56:
        value |= (raw[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not raw[at - 1] & 0x80:
            return value, at
    raise damaged(place, "A number in a delta makes no sense")


def _distance(head: bytes, used: int, place: Path) -> tuple[int, int]:
    value = head[used] & 0x7F
    while head[used] & 0x80:
        used += 1
        if used >= len(head) or value > 2**56:
            raise damaged(place, "The place of a base makes no sense")
        value = ((value + 1) << 7) | (head[used] & 0x7F)
    return value, used + 1


def _too_large(place: Path, size: int) -> TooLargeError:
    return TooLargeError(
        "An object of this git repository is too large to be read",
        where=str(place),
        why=f"It has {size:,} bytes",
    )
