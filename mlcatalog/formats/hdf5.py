"""HDF5 as far as models need it: groups, attributes and where arrays lie.

Structure: "HDF5 File Format Specification Version 3.0" (superblocks 0 to 3,
object headers 1 and 2, group B-trees of version 1). Links to other files are
never followed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from mlcatalog.formats.bounded import damaged, exactly, truncated

SIGNATURE = b"\x89HDF\r\n\x1a\n"
OBJECT_LIMIT = 200_000
MESSAGE_LIMIT = 5_000_000
BLOCK_LIMIT = 1_000  # pieces of one object header
PIECE_LIMIT = 64_000_000  # bytes of one attribute or heap
DEPTH_LIMIT = 64
LIST_LIMIT = 100_000
NOWHERE = 0xFFFF_FFFF_FFFF_FFFF
UNDEFINED = (NOWHERE, 0xFFFF_FFFF)
DATASPACE, LINK_INFO, DATATYPE, LINK, LAYOUT = 0x01, 0x02, 0x03, 0x06, 0x08
FILTERS, ATTRIBUTE, CONTINUATION, SYMBOLS, DENSE = 0x0B, 0x0C, 0x10, 0x11, 0x15
INTEGERS = {1: "8", 2: "16", 4: "32", 8: "64"}


@dataclass(frozen=True, slots=True)
class Type:
    """An element type: its name as safetensors writes it, and its bytes."""

    name: str
    width: int
    is_list: bool = False  # kept in a heap, as texts are


@dataclass(slots=True)
class Node:
    """One group or array by its path."""

    path: str
    attributes: dict[str, object] = field(default_factory=dict)
    shape: tuple[int, ...] | None = None  # None for groups
    type: Type | None = None
    offset: int | None = None  # of an array's bytes, where they lie in one piece
    size: int = 0


@dataclass(slots=True)
class Hdf5:
    """One file that is walked; `base` is where it begins inside another."""

    file: BinaryIO
    path: Path
    base: int = 0
    size: int = 0
    width: int = 8  # bytes of an address
    notes: list[str] = field(default_factory=list)  # what was not followed
    _messages: int = 0
    _shift: int = 0  # base address of the superblock
    _heaps: dict[int, dict[int, bytes]] = field(default_factory=dict)

    def nodes(self) -> Iterator[Node]:
        """Every group and array, parents first; raises FormatError."""
        waiting = [("", self._root(), 0)]
        seen: set[int] = set()
        while waiting:
            path, address, depth = waiting.pop()
            if address in seen or depth > DEPTH_LIMIT:
                continue
            seen.add(address)
            if len(seen) > OBJECT_LIMIT:
                raise damaged(self.path, f"It holds more than {OBJECT_LIMIT:,} objects")
            node, links = self._object(path, address)
            yield node
            for name, target in sorted(links.items(), reverse=True):
                joined = f"{path}/{name}" if path else name
                waiting.append((joined[:2_000], target, depth + 1))

    # bytes

    def _at(self, address: int, length: int) -> bytes:
        place = address + self._shift
        if length > PIECE_LIMIT or address < 0:
            raise damaged(self.path, f"A piece claims to have {length:,} bytes")
        if place + length > self.size:
            raise truncated(self.path, has=self.size, needs=place + length)
        self.file.seek(self.base + place)
        return exactly(self.file, length, self.path)

    def _number(self, raw: bytes, place: int, width: int = 0) -> int:
        width = width or self.width
        if place + width > len(raw):
            raise damaged(self.path, "An HDF5 message ends too early")
        return int.from_bytes(raw[place : place + width], "little")

    # superblock

    def _root(self) -> int:
        head = self._at(0, 96 if self.size >= 96 else self.size)
        if head[:8] != SIGNATURE:
            raise damaged(self.path, "It does not begin as HDF5 does")
        version = head[8]
        if version in (0, 1):
            self.width = self._address_width(head[13], head[14])
            first = 24 if version == 0 else 28
            self._shift = self._number(head, first)
            root = self._number(head, first + 5 * self.width)
        elif version in (2, 3):
            self.width = self._address_width(head[9], head[10])
            self._shift = self._number(head, 12)
            root = self._number(head, 12 + 3 * self.width)
            end = self._number(head, 12 + 2 * self.width)
            self._whole(end)
            return root
        else:
            raise damaged(self.path, f"Its superblock has version {version}")
        self._whole(self._number(head, first + 2 * self.width))
        return root

    def _whole(self, end: int) -> None:
        if end not in UNDEFINED and end + self._shift > self.size:
            raise truncated(self.path, has=self.size, needs=end + self._shift)

    def _address_width(self, addresses: int, lengths: int) -> int:
        if addresses != lengths or addresses not in (4, 8):
            raise damaged(self.path, f"Its addresses have {addresses} bytes")
        return addresses

    # objects

    def _object(self, path: str, address: int) -> tuple[Node, dict[str, int]]:
        node, links = Node(path), dict[str, int]()
        layouts: dict[int, bytes] = {}
        for kind, raw in self._header(address):
            if kind == SYMBOLS:
                links |= self._symbols(raw)
            elif kind == LINK:
                links |= self._link(raw)
            elif kind in (LAYOUT, FILTERS):
                layouts[kind] = raw
            else:
                self._describe(node, kind, raw)
        if node.shape is not None and LAYOUT in layouts and FILTERS not in layouts:
            self._place(node, layouts[LAYOUT])
        return node, links

    def _describe(self, node: Node, kind: int, raw: bytes) -> None:
        if kind == DATASPACE:
            node.shape = self._shape(raw)
        elif kind == DATATYPE:
            node.type = self._type(raw)
        elif kind == ATTRIBUTE:
            self._attribute(node, raw)
        elif kind in (LINK_INFO, DENSE):
            self._dense(kind, raw, node.path)

    def _header(self, address: int) -> Iterator[tuple[int, bytes]]:
        """(type, bytes) of an object's messages, its continuations included."""
        start = self._at(address, 6)
        if start[:4] == b"OHDR":
            yield from self._new_header(address, start[5])
            return
        raw = self._at(address, 16)
        if raw[0] != 1:
            raise damaged(self.path, f"An object header has version {raw[0]}")
        blocks = [(address + 16, self._number(raw, 8, 4))]
        for place, length in blocks:  # grows while it is walked
            self._count(len(blocks))
            block = self._at(place, length)
            at = 0
            while at + 8 <= len(block):
                kind, size = self._number(block, at, 2), self._number(block, at + 2, 2)
                body = block[at + 8 : at + 8 + size]
                self._count()
                if kind == CONTINUATION:
                    blocks.append(
                        (self._number(body, 0), self._number(body, self.width))
                    )
                elif not block[at + 4] & 2:  # shared messages lie elsewhere
                    yield kind, body
                at += 8 + size

    def _new_header(self, address: int, flags: int) -> Iterator[tuple[int, bytes]]:
        at = 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        length = self._number(self._at(address + at, width), 0, width)
        blocks = [(address + at + width, length)]
        extra = 2 if flags & 4 else 0
        for place, length in blocks:
            self._count(len(blocks))
            block, at = self._at(place, length), 0
            while at + 4 + extra <= len(block):
                size = self._number(block, at + 1, 2)
                body = block[at + 4 + extra : at + 4 + extra + size]
                self._count()
                if block[at] == CONTINUATION:
                    begin, whole = self._number(body, 0), self._number(body, self.width)
                    blocks.append((begin + 4, whole - 8))  # "OCHK", and a checksum
                elif not block[at + 3] & 2:
                    yield block[at], body
                at += 4 + extra + size

    def _count(self, blocks: int = 0) -> None:
        self._messages += 1
        if self._messages > MESSAGE_LIMIT or blocks > BLOCK_LIMIT:
            raise damaged(self.path, "Its object headers never end")

    def _dense(self, kind: int, raw: bytes, path: str) -> None:
        """Note links and attributes that lie in a heap of a newer kind."""
        at = 2 + ((8 if raw[1] & 1 else 0) if kind == LINK_INFO else 0)
        at += (2 if raw[1] & 1 else 0) if kind == DENSE else 0
        if self._number(raw, at) not in UNDEFINED:
            what = "links" if kind == LINK_INFO else "attributes"
            self.notes.append(f"{what} of {path or 'the root'}")

    # groups

    def _symbols(self, raw: bytes) -> dict[str, int]:
        tree, heap = self._number(raw, 0), self._number(raw, self.width)
        head = self._at(heap, 8 + 3 * self.width)
        if head[:4] != b"HEAP":
            raise damaged(self.path, "A group has no heap of names")
        size = self._number(head, 8)
        names = self._at(self._number(head, 8 + 2 * self.width), size)
        found: dict[str, int] = {}
        waiting, seen = [tree], set[int]()
        while waiting:
            address = waiting.pop()
            if address in seen:
                continue
            seen.add(address)
            self._count()
            head = self._at(address, 8)
            if head[:4] == b"TREE":
                waiting += self._children(address, self._number(head, 6, 2))
            elif head[:4] == b"SNOD":
                found |= self._entries(address, self._number(head, 6, 2), names)
            else:
                raise damaged(self.path, "A group's tree of names is broken")
        return found

    def _children(self, address: int, used: int) -> list[int]:
        step = 2 * self.width
        raw = self._at(address + 8 + step, used * step + self.width)
        return [self._number(raw, self.width + place * step) for place in range(used)]

    def _entries(self, address: int, used: int, names: bytes) -> dict[str, int]:
        step = 2 * self.width + 24
        raw = self._at(address + 8, used * step)
        found: dict[str, int] = {}
        for place in range(0, used * step, step):
            start = self._number(raw, place)
            end = names.find(b"\0", start)
            target = self._number(raw, place + self.width)
            name = names[start : end if end >= 0 else len(names)]
            if self._number(raw, place + 2 * self.width, 4) == 2:
                self.notes.append(f"the link {name.decode('utf-8', 'replace')}")
            elif name and target not in UNDEFINED:
                found[name.decode("utf-8", "replace")] = target
        return found

    def _link(self, raw: bytes) -> dict[str, int]:
        flags, at = raw[1], 2
        kind = raw[at] if flags & 8 else 0
        at += (1 if flags & 8 else 0) + (8 if flags & 4 else 0)
        at += 1 if flags & 0x10 else 0
        width = 1 << (flags & 3)
        length = self._number(raw, at, width)
        name = raw[at + width : at + width + length].decode("utf-8", "replace")
        if kind:
            self.notes.append(f"the link {name[:200]}")
            return {}
        return {name: self._number(raw, at + width + length)}

    # arrays

    def _shape(self, raw: bytes) -> tuple[int, ...]:
        first = 8 if raw[0] == 1 else 4
        rank = raw[1]
        return tuple(
            self._number(raw, first + place * self.width) for place in range(rank)
        )

    def _type(self, raw: bytes) -> Type:
        kind, bits, width = raw[0] & 0xF, raw[1], self._number(raw, 4, 4)
        match kind:
            case 0:
                sign = "I" if bits & 8 else "U"
                return Type(f"{sign}{INTEGERS.get(width, str(width * 8))}", width)
            case 1:
                is_brain = width == 2 and len(raw) > 13 and raw[13] == 8
                return Type("BF16" if is_brain else f"F{width * 8}", width)
            case 3:
                return Type("text", width)
            case 8:
                return Type("BOOL" if width == 1 else f"enum {width * 8}", width)
            case 9:
                return Type("text" if bits & 0xF == 1 else "list", width, is_list=True)
            case _:
                return Type(f"class {kind}", width)

    def _place(self, node: Node, layout: bytes) -> None:
        elements = 1
        for length in node.shape or ():
            elements *= length
        if elements > 1 << 62:
            raise damaged(self.path, f"{node.path[:80]} has an impossible shape")
        node.size = elements * (node.type.width if node.type else 0)
        if layout[0] in (3, 4) and layout[1] == 1:
            address = self._number(layout, 2)
        elif layout[0] in (1, 2) and layout[2] == 1:
            address = self._number(layout, 8)
        else:
            return
        if address in UNDEFINED or not node.size:
            return
        place = address + self._shift
        if place + node.size > self.size:
            raise truncated(self.path, has=self.size, needs=place + node.size)
        node.offset = self.base + place

    # attributes

    def _attribute(self, node: Node, raw: bytes) -> None:
        version = raw[0]
        lengths = [self._number(raw, place, 2) for place in (2, 4, 6)]
        at = 9 if version == 3 else 8
        parts: list[bytes] = []
        for length in lengths:
            parts.append(raw[at : at + length])
            at += -(-length // 8) * 8 if version == 1 else length
        name = parts[0].rstrip(b"\0").decode("utf-8", "replace")
        type_, shape = self._type(parts[1]), self._shape(parts[2])
        count = 1
        for length in shape:
            count *= length
        if count > LIST_LIMIT or not type_.width:
            return
        step = type_.width
        cells = [raw[at + n * step : at + (n + 1) * step] for n in range(count)]
        found = [self._cell(cell, type_, parts[1]) for cell in cells]
        node.attributes[name[:500]] = found if shape else found[0] if found else None

    def _cell(self, raw: bytes, type_: Type, said: bytes) -> object:
        if type_.is_list:
            text = self._heap(
                self._number(raw, 4), self._number(raw, 4 + self.width, 4)
            )
            return text.decode("utf-8", "replace") if type_.name == "text" else None
        if type_.name == "text":
            return raw.rstrip(b"\0").decode("utf-8", "replace")
        if type_.name[0] in "IU" and type_.width <= 8:
            return int.from_bytes(raw, "little", signed=type_.name[0] == "I")
        if type_.name in ("F32", "F64"):
            return struct.unpack("<f" if type_.width == 4 else "<d", raw)[0]
        return bool(raw[0]) if type_.name == "BOOL" and raw else None

    def _heap(self, address: int, index: int) -> bytes:
        if address in UNDEFINED or not index:
            return b""
        if address not in self._heaps:
            self._heaps[address] = self._heap_objects(address)
        return self._heaps[address].get(index, b"")

    def _heap_objects(self, address: int) -> dict[int, bytes]:
        head = self._at(address, 8 + self.width)
        if head[:4] != b"GCOL":
            raise damaged(self.path, "A heap of texts is not where it should be")
        raw = self._at(address, self._number(head, 8))
        found: dict[int, bytes] = {}
        at, start = 8 + self.width, 8 + self.width
        while at + start <= len(raw):
            index, size = self._number(raw, at, 2), self._number(raw, at + 8)
            self._count()
            if not index:
                break
            found[index] = raw[at + start : at + start + size]
            at += start + -(-size // 8) * 8
        return found
