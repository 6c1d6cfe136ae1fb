"""LZ4 frames unpacked block by block, in plain Python with bounds.

Layout: github.com/lz4/lz4, doc/lz4_Frame_format.md and lz4_Block_format.md.
joblib writes such files; they are small, or not worth a library.
"""

from __future__ import annotations

import io
from typing import BinaryIO

MAGIC = b"\x04\x22\x4d\x18"
UNPACKED_LIMIT = 64_000_000  # bytes: this is no fast way
BLOCK_LIMIT = 4_194_304
WINDOW = 65_536  # how far back a match may reach


class Lz4Stream(io.RawIOBase):
    """The plain bytes of a frame; a bomb never fits into memory at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._plain = b""
        self._at = 0
        self._window = b""
        self._total = 0
        self._is_over = False
        self._has_checksums = self._begin()

    def _begin(self) -> bool:
        head = self._file.read(6)
        if head[:4] != MAGIC or len(head) < 6 or head[4] >> 6 != 1:
            raise ValueError("its LZ4 frame is broken")
        flags = head[4]
        self._file.read((8 if flags & 8 else 0) + (4 if flags & 1 else 0) + 1)
        return bool(flags & 0x10)

    def readable(self) -> bool:
        return True

    def readinto(self, target: bytearray | memoryview) -> int:  # type: ignore[override]
        while self._at >= len(self._plain) and not self._is_over:
            self._next_block()
        found = self._plain[self._at : self._at + len(target)]
        target[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _next_block(self) -> None:
        size = int.from_bytes(self._file.read(4), "little")
        is_plain, size = bool(size >> 31), size & 0x7FFF_FFFF
        self._is_over = not size
        if size > BLOCK_LIMIT:
            raise ValueError(f"a block of {size:,} bytes")
        packed = self._file.read(size)
        if len(packed) != size:
            raise EOFError("it ends within a block")
        if self._has_checksums:
            self._file.read(4)
        self._plain = packed if is_plain else _unpacked(packed, self._window)
        self._at = 0
        self._total += len(self._plain)
        if self._total > UNPACKED_LIMIT:
            raise ValueError(f"it unpacks to more than {UNPACKED_LIMIT:,} bytes")
        self._window = (self._window + self._plain)[-WINDOW:]


def _unpacked(packed: bytes, window: bytes) -> bytes:
    """One block; matches may reach back into the window before it."""
    found = bytearray(window)
    most = len(window) + BLOCK_LIMIT
    at = 0
    while at < len(packed):
        token = packed[at]
        length, at = _length(packed, at + 1, token >> 4)
        found += packed[at : at + length]
        at += length
        if at >= len(packed):
            break  # the last literals have no match
        offset = int.from_bytes(packed[at : at + 2], "little")
        length, at = _length(packed, at + 2, token & 15)
        length += 4
        if not 0 < offset <= len(found) or len(found) + length > most:
            raise ValueError("a match of it reaches too far")
        start = len(found) - offset
        piece = found[start : start + length]
        while len(piece) < length:  # a match may repeat what it makes itself
            piece += piece[: length - len(piece)]
        found += piece
    return bytes(found[len(window) :])


def _length(packed: bytes, at: int, first: int) -> tuple[int, int]:
    """(length, the place after it): 15 means that more bytes follow."""
    length = first
    if first == 15:
        while at < len(packed):
            length += packed[at]
            at += 1
            if packed[at - 1] != 255:
                break
    return length, at
