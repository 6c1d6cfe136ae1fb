"""The index of a work tree: what git last saw of each file (versions 2, 3 and 4)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.domain.errors import FormatError
from mlcatalog.trackers.git.bounded import damaged
from mlcatalog.trackers.git.objects import new_hash

INDEX_LIMIT = 256 * 2**20  # bytes
ENTRY_LIMIT = 1_000_000
HEAD = struct.Struct(">4sII")
STAT = struct.Struct(">10I")  # git-scm.com/docs/index-format
EXTENDED, ASSUMED, STAGE, NAME = 0x4000, 0x8000, 0x3000, 0x0FFF
SKIPPED, INTENDED = 0x4000, 0x2000  # in the second flags of version 3


@dataclass(frozen=True, slots=True)
class Staged:
    """One path as the index has it."""

    path: bytes
    mode: int
    id: bytes
    size: int
    mtime: tuple[int, int]
    ctime: tuple[int, int]
    inode: int
    is_assumed: bool  # a person said that git need not look at it
    in_conflict: bool
    is_intended: bool  # announced, with no content yet


@dataclass(frozen=True, slots=True)
class Index:
    """All paths, and the tree they make when nothing is staged since."""

    entries: tuple[Staged, ...]
    tree: bytes | None  # None when it is not written down


def parsed(raw: bytes, place: Path, id_size: int) -> Index:
    """What an index file holds; raises FormatError."""
    if len(raw) < HEAD.size + id_size:
        raise damaged(place, "The index ends too early")
    magic, version, count = HEAD.unpack_from(raw)
    if magic != b"DIRC" or version not in (2, 3, 4) or count > ENTRY_LIMIT:
        raise damaged(place, f"The index has version {version} and {count:,} entries")
    body, checksum = raw[:-id_size], raw[-id_size:]
    made = new_hash(id_size)
    made.update(body)
    if checksum.strip(b"\0") and made.digest() != checksum:
        raise damaged(place, "The checksum of the index does not fit")
    entries: list[Staged] = []
    at, path = HEAD.size, b""
    for _ in range(count):
        entry, at = _entry(
            body, at, path, version=version, id_size=id_size, place=place
        )
        path = entry.path
        entries.append(entry)
    return Index(tuple(entries), _tree(body, at, place, id_size))


def _entry(
    raw: bytes, at: int, before: bytes, *, version: int, id_size: int, place: Path
) -> tuple[Staged, int]:
    start = at
    fixed = STAT.size + id_size + 2
    if at + fixed > len(raw):
        raise damaged(place, "An entry of the index ends too early")
    csec, cnano, msec, mnano, _, inode, mode, _, _, size = STAT.unpack_from(raw, at)
    at += STAT.size
    identity = raw[at : at + id_size]
    flags = int.from_bytes(raw[at + id_size : at + id_size + 2], "big")
    at += id_size + 2
    more = 0
    if flags & EXTENDED:
        if version == 2:
            raise damaged(place, "An entry of the index has flags of a later version")
        more = int.from_bytes(raw[at : at + 2], "big")
        at += 2
    if version == 4:
        cut, at = _strip(raw, at, place)
        if cut > len(before):
            raise damaged(place, "A path in the index cannot be put together")
        end = _end(raw, at, place)
        path, at = before[: len(before) - cut] + raw[at:end], end + 1
    else:
        length = flags & NAME
        end = at + length if length < NAME else _end(raw, at, place)
        path = raw[at:end]
        at = start + ((end - start + 8) // 8) * 8
    return (
        Staged(
            path=path,
            mode=mode,
            id=identity,
            size=size,
            mtime=(msec, mnano),
            ctime=(csec, cnano),
            inode=inode,
            is_assumed=bool(flags & ASSUMED or more & SKIPPED),
            in_conflict=bool(flags & STAGE),
            is_intended=bool(more & INTENDED),
        ),
        at,
    )


def _end(raw: bytes, at: int, place: Path) -> int:
    end = raw.find(b"\0", at)
    if end < 0:
        raise damaged(place, "A path in the index has no end")
    return end


def _strip(raw: bytes, at: int, place: Path) -> tuple[int, int]:
    """How many bytes of the path before are not shared, as offsets are written."""
    value = 0
    for step in range(6):
        if at >= len(raw):
            break
        byte = raw[at]
        at += 1
        value = ((value + 1 if step else 0) << 7) | (byte & 0x7F)
        if not byte & 0x80:
            return value, at
    raise damaged(place, "A path in the index cannot be put together")


def _tree(raw: bytes, at: int, place: Path, id_size: int) -> bytes | None:
    """The tree of all entries, when the extension for it says so."""
    tree: bytes | None = None
    while at + 8 <= len(raw):
        name = raw[at : at + 4]
        size = int.from_bytes(raw[at + 4 : at + 8], "big")
        content = raw[at + 8 : at + 8 + size]
        if name == b"TREE":
            head, _, rest = content.partition(b"\n")
            count = head[head.find(b"\0") + 1 :].split(b" ")[0]
            tree = rest[:id_size] if count.isdigit() else None
        elif name[:1].islower() and name != b"sdir":
            raise FormatError(
                "The index of this git repository is not read",
                where=str(place),
                why=f"It is kept in parts ({name.decode('latin-1')})",
                remedy="Whether files have uncommitted changes is not known here.",
            )
        at += 8 + size
    return tree
