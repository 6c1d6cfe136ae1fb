"""LevelDB tables, which TensorFlow uses as the index of a checkpoint.

Layout: github.com/google/leveldb, doc/table_format.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mlcatalog.formats.bounded import damaged, exactly, truncated

MAGIC = bytes.fromhex("57fb808b247547db")
FOOTER = 48
BLOCK_LIMIT = 256_000_000
ENTRY_LIMIT = 5_000_000


def entries(file: BinaryIO, path: Path) -> Iterator[tuple[bytes, bytes]]:
    """(key, value) in the order of keys; raises FormatError."""
    size = file.seek(0, 2)
    if size < FOOTER:
        raise truncated(path, has=size, needs=FOOTER)
    file.seek(size - FOOTER)
    footer = exactly(file, FOOTER, path)
    if footer[-8:] != MAGIC:
        raise damaged(path, "It does not end as an index does")
    _, at = _handle(footer, 0)
    index, _ = _handle(footer, at)
    for _, value in _block(file, path, index, size):
        handle, _ = _handle(value, 0)
        yield from _block(file, path, handle, size)


def _block(
    file: BinaryIO, path: Path, handle: tuple[int, int], size: int
) -> Iterator[tuple[bytes, bytes]]:
    offset, length = handle
    if length > BLOCK_LIMIT or offset + length + 1 > size:
        raise truncated(path, has=size, needs=offset + length + 1)
    file.seek(offset)
    raw = exactly(file, length + 1, path)
    if raw[-1]:
        raise damaged(path, "Its blocks are packed, which is not read yet")
    restarts = int.from_bytes(raw[length - 4 : length], "little")
    end = length - 4 - 4 * restarts
    if end < 0:
        raise damaged(path, "A block of it is broken")
    at, key = 0, b""
    for _ in range(ENTRY_LIMIT):
        if at >= end:
            return
        shared, at = varint(raw, at)
        more, at = varint(raw, at)
        width, at = varint(raw, at)
        if at + more + width > end or shared > len(key):
            raise damaged(path, "An entry of it is broken")
        key = key[:shared] + raw[at : at + more]
        yield key, raw[at + more : at + more + width]
        at += more + width


def _handle(raw: bytes, at: int) -> tuple[tuple[int, int], int]:
    offset, at = varint(raw, at)
    length, at = varint(raw, at)
    return (offset, length), at


def varint(raw: bytes, at: int) -> tuple[int, int]:
    """(number, the place after it); raises ValueError when it never ends."""
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(raw):
            break
        byte = raw[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise ValueError("a number never ends")
