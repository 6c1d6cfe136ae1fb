"""Aim's way to keep trees in a store of keys and values.

A key is a path: parts that end in FE, a text or FE and eight bytes of a number.
A value's first byte is its type (aim/storage/encoding/encoding.pyx).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

END = 0xFE
BLOBS = b"BLOBS\xfe"  # what is kept apart: pictures, sounds
DEPTH_LIMIT = 64
UNKNOWN = object()
NUMBERS = {2: "<q", 3: "<d"}


def tree(entries: Mapping[bytes, bytes]) -> tuple[dict[object, object], list[str]]:
    """The tree of all entries, lists as lists, and what was not understood."""
    root: dict[object, object] = {}
    broken: dict[str, None] = {}
    lists: list[list[object]] = []
    for key in sorted(entries):
        if key.startswith(BLOBS):
            continue
        try:
            parts = path(key)
            found = value(entries[key])
        except (ValueError, IndexError, struct.error) as error:
            broken[f"an entry that is not understood: {error}"] = None
            continue
        if entries[key][:1] == b"\x06":
            lists.append(parts)
        _put(root, parts, found)
    # The deepest first: a list's members may be lists.
    for parts in sorted(lists, key=len, reverse=True):
        _make_list(root, parts)
    return root, list(broken)


def _put(root: dict[object, object], parts: list[object], found: object) -> None:
    place = root
    for part in parts[:-1]:
        inner = place.get(part)
        if not isinstance(inner, dict):
            inner = place[part] = {}
        place = inner
    if parts and not (isinstance(found, dict) and parts[-1] in place):
        place[parts[-1]] = found


def _make_list(root: dict[object, object], parts: list[object]) -> None:
    """Numbered members from 0 on are a list; sparse ones stay a table."""
    above = at(root, *parts[:-1])
    members = table(above.get(parts[-1])) if parts else {}
    if list(members) == list(range(len(members))):
        above[parts[-1]] = list(members.values())


def at(root: dict[object, object], *parts: object) -> dict[object, object]:
    """The table at a path; {} where there is none."""
    place: object = root
    for part in parts:
        place = table(place).get(part)
    return table(place)


def table(found: object) -> dict[object, object]:
    """A table as it is; {} for anything else."""
    return found if isinstance(found, dict) else {}


def path(key: bytes) -> list[object]:
    """The parts of a key; raises ValueError."""
    parts: list[object] = []
    place = 0
    while place < len(key):
        if key[place] == END:
            raw = key[place + 1 : place + 9]
            if len(raw) < 8 or key[place + 9 : place + 10] != b"\xfe":
                raise ValueError("a numbered part without its end")
            parts.append(int.from_bytes(raw, "big", signed=True))
            place += 10
            continue
        end = key.index(END, place)
        parts.append(key[place:end].decode("utf-8", "replace"))
        place = end + 1
    if len(parts) > DEPTH_LIMIT:
        raise ValueError("a path too deep")
    return parts


def value(raw: bytes) -> object:
    """A value; a table for what holds members; raises ValueError, struct.error."""
    if not raw:
        return None  # kept apart, under the same key below BLOBS
    kind, content = raw[0], raw[1:]
    match kind:
        case 0:
            return None
        case 1:
            return content[:1] != b"\0"
        case 2 | 3:
            number: int | float = struct.unpack(NUMBERS[kind], content)[0]
            return number
        case 4:
            return content.decode("utf-8", "replace")
        case 5:
            return f"{len(content):,} bytes"
        case 6 | 7 | 15:  # a list, a table, an object of Aim's
            return {}
    raise ValueError(f"a value of type {kind}")
