"""Protobuf's wire format over bytes in memory: fields by number.

Encoding: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

Field = int | bytes  # a number (fixed ones as their bytes) or a stretch of bytes


class WireError(ValueError):
    """The bytes are no protobuf message."""


def fields(message: bytes) -> Iterator[tuple[int, Field]]:
    """(number, value) of each field; raises WireError."""
    position, end = 0, len(message)
    while position < end:
        tag, position = varint(message, position)
        match tag & 7:
            case 0:
                value, position = varint(message, position)
                yield tag >> 3, value
                continue
            case 1:
                size = 8
            case 5:
                size = 4
            case 2:
                size, position = varint(message, position)
            case wire:
                raise WireError(f"wire type {wire} is not in use")
        if size > end - position:
            raise WireError("a field is longer than its message")
        yield tag >> 3, message[position : position + size]
        position += size


def varint(message: bytes, position: int) -> tuple[int, int]:
    """(number, the place after it); raises WireError when it never ends."""
    number = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            raise WireError("a number has no end")
        byte = message[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
    raise WireError("a number never ends")


def messages(message: bytes, number: int) -> Iterator[bytes]:
    """The values of a repeated field that are bytes."""
    return (v for n, v in fields(message) if n == number and isinstance(v, bytes))


def first(message: bytes, number: int) -> bytes:
    """The first such value, b"" when there is none."""
    return next(messages(message, number), b"")


def text(message: bytes, number: int) -> str:
    """The first such value as text."""
    return first(message, number).decode("utf-8", "replace")


def whole(message: bytes, number: int) -> int:
    """The last number of a field as signed 64 bits, 0 when there is none."""
    found = 0
    for field, value in fields(message):
        if field == number and isinstance(value, int):
            found = value
    return found - 2**64 if found >= 2**63 else found


def real(raw: Field) -> float | None:
    """A float or a double, None for what is neither."""
    if not isinstance(raw, bytes) or len(raw) not in (4, 8):
        return None
    found: tuple[float] = struct.unpack("<f" if len(raw) == 4 else "<d", raw)
    return found[0]
