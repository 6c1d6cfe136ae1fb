"""Snappy blocks unpacked in plain Python, with bounds.

Layout: github.com/google/snappy, format_description.txt.
"""

from __future__ import annotations

from mlcatalog.trackers.wire import varint

BLOCK_LIMIT = 16_000_000  # bytes of one block, unpacked


def unpacked(packed: bytes) -> bytes:
    """The plain bytes; raises ValueError."""
    size, at = varint(packed, 0)
    if size > BLOCK_LIMIT:
        raise ValueError(f"a block of {size:,} bytes")
    plain = bytearray()
    end = len(packed)
    while at < end and len(plain) <= size:
        tag = packed[at]
        at += 1
        if tag & 3 == 0:
            length, at = _literal(packed, at, tag >> 2)
            plain += packed[at : at + length]
            at += length
            continue
        length, back, at = _copy(packed, at, tag)
        if not 0 < back <= len(plain):
            raise ValueError("a copy from before the start")
        _repeat(plain, back, length)
    if len(plain) != size:
        raise ValueError("a block is not as long as it says")
    return bytes(plain)


def _literal(packed: bytes, at: int, code: int) -> tuple[int, int]:
    """Its length, and where it starts: long ones write theirs behind the tag."""
    if code < 60:
        return code + 1, at
    width = code - 59
    return int.from_bytes(packed[at : at + width], "little") + 1, at + width


def _copy(packed: bytes, at: int, tag: int) -> tuple[int, int, int]:
    """Its length, how far back it starts, and the place after it."""
    if tag & 3 == 1:
        back = (tag >> 5) << 8 | int.from_bytes(packed[at : at + 1], "little")
        return (tag >> 2 & 7) + 4, back, at + 1
    width = 2 if tag & 3 == 2 else 4
    back = int.from_bytes(packed[at : at + width], "little")
    return (tag >> 2) + 1, back, at + width


def _repeat(plain: bytearray, back: int, length: int) -> None:
    start = len(plain) - back
    if back >= length:
        plain += plain[start : start + length]
        return
    part = bytes(plain[start:])  # the copy runs into itself
    plain += (part * (length // back + 1))[:length]
