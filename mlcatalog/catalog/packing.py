"""Texts and series as compact bytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence

from mlcatalog.domain.reading import Point

_POINT = struct.Struct("<qdq")  # step, value, time in UTC µs
_NONE = -(2**63)
TEXT_LIMIT = 1 << 20  # bytes of a config or script that are kept


def packed_text(content: bytes) -> bytes:
    """A config's or script's bytes, compressed."""
    return zlib.compress(content, 6)


def unpacked_text(packed: bytes) -> str:
    """The text again; bytes that are not UTF-8 show as escapes."""
    return zlib.decompress(packed).decode("utf-8", "backslashreplace")


def packed_points(points: Iterable[Point]) -> bytes:
    """A metric's points, 24 bytes each before compression."""
    return zlib.compress(_raw(points), 6)


def longer_points(packed: bytes, had: int, points: Sequence[Point]) -> bytes:
    """Packed points with further ones behind them.

    New points stay as they are until they are an eighth of all, so that a curve
    that grows point by point is not compressed anew each time.
    """
    piece = max(1_024, 1 << max(0, had.bit_length() - 3))
    if had // piece == (had + len(points)) // piece:
        return (packed or packed_points(())) + _raw(points)
    return packed_points((*unpacked_points(packed), *points))


def unpacked_points(packed: bytes) -> tuple[Point, ...]:
    """The points again, in the order they were written."""
    if not packed:
        return ()
    pieces = zlib.decompressobj()
    raw = pieces.decompress(packed) + pieces.unused_data
    return tuple(
        Point(
            step=None if step == _NONE else step,
            value=value,
            time=None if time == _NONE else time,
        )
        for step, value, time in _POINT.iter_unpack(raw)
    )


def _raw(points: Iterable[Point]) -> bytes:
    return b"".join(
        _POINT.pack(
            _NONE if point.step is None else _clamped(point.step),
            point.value,
            _NONE if point.time is None else _clamped(point.time),
        )
        for point in points
    )


def _clamped(number: int) -> int:
    return max(-(2**63) + 1, min(2**63 - 1, number))
