"""FlatBuffers as a walk over tables in a file; vectors are never taken whole.

Layout: flatbuffers.dev/internals (offsets of four bytes, a table begins with
the distance back to its list of places).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mlcatalog.formats.bounded import damaged, truncated

READ_LIMIT = 20_000_000
VECTOR_LIMIT = 10_000_000
TEXT_LIMIT = 1_048_576


@dataclass(slots=True)
class Flat:
    """One buffer inside a file: from `base`, `size` bytes."""

    file: BinaryIO
    path: Path
    base: int
    size: int
    reads: int = 0

    def take(self, place: int, length: int) -> bytes:
        """Bytes at a place of the buffer; raises FormatError beyond its end."""
        self.reads += 1
        if place < 0 or place + length > self.size:
            raise truncated(self.path, has=self.size, needs=place + length)
        if self.reads > READ_LIMIT:
            raise damaged(self.path, "Its tables never end")
        self.file.seek(self.base + place)
        found = self.file.read(length)
        if len(found) != length:
            raise truncated(self.path, has=self.size, needs=place + length)
        return found

    def number(self, place: int, form: str = "<I") -> int:
        """One whole number."""
        return int(struct.unpack(form, self.take(place, struct.calcsize(form)))[0])

    def root(self, place: int = 0) -> Table:
        """The table that the first offset points to."""
        return self.table(place)

    def table(self, place: int) -> Table:
        """The table that the offset at a place points to."""
        at = place + self.number(place)
        back = at - self.number(at, "<i")
        size = self.number(back, "<H")
        slots = struct.unpack(
            f"<{max(size - 4, 0) // 2}H", self.take(back + 4, max(size - 4, 0) // 2 * 2)
        )
        return Table(self, at, slots)

    def vector(self, place: int) -> tuple[int, int]:
        """(first place, number of members) of the vector that an offset points to."""
        at = place + self.number(place)
        count = self.number(at)
        if count > VECTOR_LIMIT and count > self.size:
            raise damaged(self.path, f"A list claims to have {count:,} members")
        return at + 4, count


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its fields by number."""

    flat: Flat
    at: int
    slots: tuple[int, ...]

    def place(self, slot: int) -> int | None:
        """Where a field is, None when it was left out."""
        offset = self.slots[slot] if slot < len(self.slots) else 0
        return self.at + offset if offset else None

    def number(self, slot: int, form: str = "<I", default: int = 0) -> int:
        """A number, or what it is when it was left out."""
        place = self.place(slot)
        return default if place is None else self.flat.number(place, form)

    def text(self, slot: int) -> str:
        """A text, cut at a megabyte; "" when it was left out."""
        place = self.place(slot)
        if place is None:
            return ""
        return self._text(place)

    def _text(self, place: int) -> str:
        first, length = self.flat.vector(place)
        raw = self.flat.take(first, min(length, TEXT_LIMIT))
        return raw.decode("utf-8", "replace")

    def table(self, slot: int) -> Table | None:
        """A table within this one."""
        place = self.place(slot)
        return None if place is None else self.flat.table(place)

    def span(self, slot: int) -> tuple[int, int]:
        """(first place, number) of a vector; (0, 0) when it was left out."""
        place = self.place(slot)
        return (0, 0) if place is None else self.flat.vector(place)

    def tables(self, slot: int) -> Iterator[Table]:
        """The tables of a vector."""
        first, count = self.span(slot)
        for number in range(count):
            yield self.flat.table(first + 4 * number)

    def texts(self, slot: int) -> Iterator[str]:
        """The texts of a vector."""
        first, count = self.span(slot)
        for number in range(count):
            yield self._text(first + 4 * number)

    def numbers(self, slot: int, code: str, limit: int = 100_000) -> list[int]:
        """The numbers of a vector, up to a limit."""
        first, count = self.span(slot)
        shown = min(count, limit)
        raw = self.flat.take(first, shown * struct.calcsize(code)) if shown else b""
        return list(struct.unpack(f"<{shown}{code}", raw))
