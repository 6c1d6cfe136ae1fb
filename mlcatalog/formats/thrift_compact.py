"""Thrift's compact protocol into plain values: {field id: value}.

Encoding: apache/thrift doc/specs/thrift-compact-protocol.md.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

DEPTH_LIMIT = 32
VALUE_LIMIT = 20_000_000


@dataclass(slots=True)
class ThriftBytes:
    """Bytes being read; every length is checked against what is left."""

    raw: bytes
    place: int = 0
    values: int = 0

    def struct_(self, depth: int = 0) -> dict[int, object]:
        """The fields of the struct that begins here; raises ValueError."""
        if depth > DEPTH_LIMIT:
            raise ValueError("thrift values are nested too deeply")
        found: dict[int, object] = {}
        field = 0
        while head := self._byte():
            step, kind = head >> 4, head & 0x0F
            field = field + step if step else self._signed()
            # In a struct the type itself says true (1) or false (2).
            found[field] = kind == 1 if kind in (1, 2) else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> object:
        self.values += 1
        if self.values > VALUE_LIMIT:
            raise ValueError("too many thrift values")
        match kind:
            case 1 | 2:
                return self._byte() == 1
            case 3:
                return self._byte()
            case 4 | 5 | 6:
                return self._signed()
            case 7:
                return struct.unpack("<d", self._take(8))[0]
            case 8:
                return self._take(self._varint())
            case 9 | 10:
                return self._list(depth)
            case 11:
                return self._map(depth)
            case 12:
                return self.struct_(depth + 1)
            case _:
                raise ValueError(f"thrift type {kind} is not in use")

    def _list(self, depth: int) -> list[object]:
        head = self._byte()
        count = head >> 4
        count = self._varint() if count == 15 else count
        if count > len(self.raw) - self.place:
            raise ValueError("a thrift list is longer than the file")
        return [self._value(head & 0x0F, depth + 1) for _ in range(count)]

    def _map(self, depth: int) -> dict[str, object]:
        count = self._varint()
        if not count:
            return {}
        kinds = self._byte()
        if count > len(self.raw) - self.place:
            raise ValueError("a thrift map is longer than the file")
        found: dict[str, object] = {}
        for _ in range(count):
            key = self._value(kinds >> 4, depth + 1)
            found[str(key)] = self._value(kinds & 0x0F, depth + 1)
        return found

    def _byte(self) -> int:
        return self._take(1)[0]

    def _take(self, size: int) -> bytes:
        if size > len(self.raw) - self.place:
            raise ValueError("the thrift value is cut short")
        self.place += size
        return self.raw[self.place - size : self.place]

    def _varint(self) -> int:
        number = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
        raise ValueError("a thrift number never ends")

    def _signed(self) -> int:
        number = self._varint()
        return (number >> 1) ^ -(number & 1)
