"""Keys and values of a RocksDB folder, without its library.

Tables are "block based" ones: github.com/facebook/rocksdb, the wiki's Rocksdb
BlockBasedTable Format, and include/rocksdb/table.h for the versions. What was
not yet moved to a table lies in logs, as LevelDB's doc/log_format.md has it.
The manifest is not read: of a key the entry with the highest number counts.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlcatalog.trackers import snappy, told
from mlcatalog.trackers.wire import varint

MAGIC = bytes.fromhex("f7cff485b741e288")
FOOTER = 53  # bytes: a kind of checksum, two handles, padding, version, magic
TRAILER = 5  # bytes behind a block: how it is packed, its checksum
LOG_BLOCK = 32_768
FILE_LIMIT = 256 * 2**20  # bytes of one table or log
FILES_LIMIT = 200
ENTRY_LIMIT = 5_000_000
VALUE, RANGE, DELETED = 1, 15, frozenset({0, 7})  # kinds of entries
RANGES = b"rocksdb.range_del"
FAMILIES = {4: 0, 5: 1, 8: 7, 14: 15}  # kinds in a log, as those of a table


Newest = dict[bytes, tuple[int, bytes | None]]
Range = tuple[bytes, int, bytes]  # first key, number of the write, key after the last


@dataclass(slots=True)
class Entries:
    """The entries of a folder, and what could not be read of it."""

    values: dict[bytes, bytes] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read(folder: Path) -> Entries:
    """Every key with its last value; a broken or half-written file costs its own."""
    newest: Newest = {}
    ranges: list[Range] = []
    found = Entries()
    paths = [*told.files(folder, ".sst"), *told.files(folder, ".log")][:FILES_LIMIT]
    for path in paths:
        try:
            _collect(path, newest, ranges)
        except (ValueError, IndexError, OSError) as error:
            found.problems.append(f"{path.name}: {error}")
    found.values = dict(_left(newest, ranges))
    return found


def _collect(path: Path, newest: Newest, ranges: list[Range]) -> None:
    """Add what one file says; what came before a broken place is kept."""
    if path.stat().st_size > FILE_LIMIT:
        raise ValueError(f"it has more than {FILE_LIMIT:,} bytes")
    reader = table if path.suffix == ".sst" else _log
    for key, number, value, end in reader(path.read_bytes()):
        if end is not None:
            ranges.append((key, number, end))
        elif number >= newest.get(key, (-1, None))[0]:
            newest[key] = number, value
        if len(newest) > ENTRY_LIMIT:
            raise ValueError(f"it has more than {ENTRY_LIMIT:,} keys")


def _left(newest: Newest, ranges: list[Range]) -> Iterator[tuple[bytes, bytes]]:
    """What no later deletion of a range took, in the order of keys."""
    waiting = sorted(ranges, reverse=True)  # Aim makes one for every value
    begun: list[tuple[int, bytes]] = []  # minus the number, and the end
    for key in sorted(newest):
        while waiting and waiting[-1][0] <= key:
            _, later, end = waiting.pop()
            heapq.heappush(begun, (-later, end))
        while begun and begun[0][1] <= key:
            heapq.heappop(begun)
        number, value = newest[key]
        if value is not None and not (begun and number < -begun[0][0]):
            yield key, value


# Key, number of the write, value (None: deleted), and the end of a deleted range.
Entry = tuple[bytes, int, bytes | None, bytes | None]


def table(raw: bytes) -> Iterator[Entry]:
    """The entries of one table; raises ValueError, IndexError."""
    if len(raw) < FOOTER or raw[-8:] != MAGIC:
        raise ValueError("it does not end as a table does")
    version = int.from_bytes(raw[-12:-8], "little")
    at = len(raw) - FOOTER + 1
    meta, at = _handle(raw, at)
    index, at = _handle(raw, at)
    for place, length in _handles(_block(raw, *index), is_short=version >= 4):
        yield from _entries(_block(raw, place, length))
    for name, value in _pairs(_block(raw, *meta)):
        if name == RANGES:
            handle, _ = _handle(value, 0)
            yield from _entries(_block(raw, *handle))


def _entries(block: bytes) -> Iterator[Entry]:
    """The entries of a block: a key's last eight bytes are its number and kind."""
    for key, value in _pairs(block):
        if len(key) < 8:
            raise ValueError("a key has no number")
        tail = int.from_bytes(key[-8:], "little")
        kind, number = tail & 0xFF, tail >> 8
        if kind in DELETED:
            yield key[:-8], number, None, None
        elif kind == VALUE:
            yield key[:-8], number, value, None
        elif kind == RANGE:
            yield key[:-8], number, None, value


def _handle(raw: bytes, at: int) -> tuple[tuple[int, int], int]:
    offset, at = varint(raw, at)
    size, at = varint(raw, at)
    return (offset, size), at


def _block(raw: bytes, offset: int, size: int) -> bytes:
    end = offset + size
    if end + TRAILER > len(raw):
        raise ValueError("a block of it is missing")
    packed, kind = raw[offset:end], raw[end]
    if kind == 0:
        return packed
    if kind == 1:
        return snappy.unpacked(packed)
    raise ValueError(f"its blocks are packed in a way that is not read (kind {kind})")


def _body(block: bytes) -> bytes:
    """A block without the places of its restarts."""
    count = int.from_bytes(block[-4:], "little") & 0x7FFFFFFF  # the top bit: an index
    end = len(block) - 4 - 4 * count
    if end < 0:
        raise ValueError("a block of it is broken")
    return block[:end]


def _pairs(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    body = _body(block)
    at, key = 0, b""
    while at < len(body):
        shared, at = varint(body, at)
        more, at = varint(body, at)
        width, at = varint(body, at)
        if at + more + width > len(body) or shared > len(key):
            raise ValueError("an entry of it is broken")
        key = key[:shared] + body[at : at + more]
        yield key, body[at + more : at + more + width]
        at += more + width


def _handles(block: bytes, *, is_short: bool) -> Iterator[tuple[int, int]]:
    """Place and size of each data block.

    Short ones (since version 4) leave out the value's length, and between
    restarts tell only how the size differs from that of the block before.
    """
    if not is_short:
        for _, value in _pairs(block):
            yield _handle(value, 0)[0]
        return
    body = _body(block)
    at, offset, size = 0, 0, 0
    while at < len(body):
        shared, at = varint(body, at)
        more, at = varint(body, at)
        at += more
        if shared == 0:
            offset, at = varint(body, at)
            size, at = varint(body, at)
        else:
            change, at = varint(body, at)
            offset += size + TRAILER
            size += (change >> 1) ^ -(change & 1)
        if size < 0:
            raise ValueError("its index is broken")
        yield offset, size


def _log(raw: bytes) -> Iterator[Entry]:
    """What is in a log; the last record of a running program may be half-written."""
    for record in _records(raw):
        number, at = int.from_bytes(record[:8], "little"), 12
        while at < len(record):
            kind, at = record[at], at + 1
            kind = FAMILIES.get(kind, kind)
            if kind != record[at - 1]:  # of another family: its number first
                _, at = varint(record, at)
            if kind not in (VALUE, RANGE) and kind not in DELETED:
                raise ValueError(f"an entry of a kind that is not read ({kind})")
            key, at = _stretch(record, at)
            value: bytes | None = None
            if kind in (VALUE, RANGE):
                value, at = _stretch(record, at)
            is_range = kind == RANGE
            yield key, number, None if is_range else value, value if is_range else None
            number += 1


def _stretch(record: bytes, at: int) -> tuple[bytes, int]:
    size, at = varint(record, at)
    if at + size > len(record):
        raise ValueError("an entry is longer than its record")
    return record[at : at + size], at + size


def _records(raw: bytes) -> Iterator[bytes]:
    """Whole records; kinds 5 to 8 are 1 to 4 in a file that is used again."""
    at, parts = 0, b""
    while at + 7 <= len(raw):
        left = LOG_BLOCK - at % LOG_BLOCK
        if left < 7:
            at += left
            continue
        size = int.from_bytes(raw[at + 4 : at + 6], "little")
        kind = raw[at + 6]
        head = 11 if kind > 4 else 7
        part = raw[at + head : at + head + size]
        if kind == 0 or len(part) < size:
            return  # room that was set aside, or half-written
        at += head + size
        kind = (kind - 1) % 4 + 1
        parts = part if kind in (1, 2) else parts + part
        if kind in (1, 4):
            yield parts
            parts = b""
