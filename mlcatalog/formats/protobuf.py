"""The protobuf wire format as a walk over fields; big ones are skipped by seek.

Encoding: protobuf.dev/programming-guides/encoding (varint, 64-bit,
length-delimited, 32-bit).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mlcatalog.formats.bounded import damaged, exactly, truncated

TEXT_LIMIT = 1_048_576
FIELD_LIMIT = 20_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the file that holds one message or one text."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """In bytes."""
        return self.end - self.start


@dataclass(slots=True)
class Walk:
    """One file being walked; fields are counted against a limit."""

    file: BinaryIO
    path: Path
    fields_seen: int = 0

    def fields(self, span: Span) -> Iterator[tuple[int, int | Span]]:
        """(field number, number or span) of a message; raises FormatError."""
        position = span.start
        while position < span.end:
            self.file.seek(position)
            tag = self._varint()
            self.fields_seen += 1
            if self.fields_seen > FIELD_LIMIT or tag >> 3 == 0:
                raise damaged(self.path, "Its protobuf fields make no sense")
            value = self._value(tag & 7)
            position = value.end if isinstance(value, Span) else self.file.tell()
            if position > span.end:
                raise truncated(self.path, has=span.end, needs=position)
            yield tag >> 3, value

    def _value(self, wire: int) -> int | Span:
        match wire:
            case 0:
                return self._varint()
            case 1 | 5:
                size = 8 if wire == 1 else 4
                return int.from_bytes(exactly(self.file, size, self.path), "little")
            case 2:
                length = self._varint()
                start = self.file.tell()
                return Span(start, start + length)
            case _:
                raise damaged(self.path, f"Protobuf wire type {wire} is not in use")

    def _varint(self) -> int:
        number = 0
        for shift in range(0, 70, 7):
            byte = exactly(self.file, 1, self.path)[0]
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
        raise damaged(self.path, "A protobuf number never ends")

    def text(self, span: int | Span) -> str:
        """The text of a field, cut at a megabyte."""
        if isinstance(span, int):
            return str(span)
        self.file.seek(span.start)
        return self.file.read(min(span.size, TEXT_LIMIT)).decode("utf-8", "replace")

    def numbers(self, value: int | Span) -> list[int]:
        """A repeated number, packed or single."""
        if isinstance(value, int):
            return [value]
        if value.size > TEXT_LIMIT:
            raise damaged(self.path, "A list of numbers is too long")
        self.file.seek(value.start)
        found: list[int] = []
        while self.file.tell() < value.end:
            found.append(self._varint())
        return found
