"""Whether a file has settled: nobody is still writing it."""

from __future__ import annotations

import os
from io import FileIO
from pathlib import Path

from mlcatalog.scanning.listing import Entry
from mlcatalog.scanning.opening import open_file

QUIET = 2.0  # seconds without a change
ZIP_TAIL = 65_557  # bytes that the end record and its comment may take
ZIP_END = b"PK\x05\x06"
SAFETENSORS_HEADER_LIMIT = 100_000_000  # bytes, as the format's own library has it


def is_settled(path: Path, entry: Entry, now: int, *, quiet: float = QUIET) -> bool:
    """Whether a file is whole: quiet for `quiet` seconds, or proven by its format.

    now is in UTC µs. The file must still have the entry's size and time. A
    time in the future says nothing and is left out, so that a wrong clock
    cannot keep a file waiting for ever.
    """
    try:
        status = path.stat()
    except OSError:
        return False
    if (status.st_size, status.st_mtime_ns) != (entry.size, entry.mtime_ns):
        return False
    changes = [t // 1_000 for t in (entry.mtime_ns, entry.ctime_ns)]
    last = max((t for t in changes if t <= now + 1_000_000), default=0)
    return now - last >= quiet * 1_000_000 or is_complete(path)


def is_complete(path: Path) -> bool:
    """Whether the format itself proves that no byte is missing.

    Knows safetensors (the header's length), zip (the end record, so .pt,
    .npz, .keras) and Parquet (the closing mark). False where it cannot tell.
    """
    try:
        with open_file(path) as file:
            return _complete(file, os.fstat(file.fileno()).st_size)
    except OSError:
        return False


def _complete(file: FileIO, size: int) -> bool:
    head = file.read(10)
    if head[:4] == b"PAR1":
        return size >= 12 and _tail(file, size, 4) == b"PAR1"
    if head[:2] == b"PK":
        return _zip_complete(_tail(file, size, ZIP_TAIL), size)
    if head[8:9] == b"{":
        return _safetensors_complete(file, int.from_bytes(head[:8], "little"), size)
    return False


def _zip_complete(tail: bytes, size: int) -> bool:
    """The end record's comment ends the file, and the directory lies before it."""
    place = tail.rfind(ZIP_END)
    record = tail[place : place + 22]
    if place < 0 or len(record) < 22:
        return False
    end = size - len(tail) + place
    directory = int.from_bytes(record[12:16], "little")
    comment = int.from_bytes(record[20:22], "little")
    return end + 22 + comment == size and (directory <= end or directory == 0xFFFFFFFF)


def _safetensors_complete(file: FileIO, length: int, size: int) -> bool:
    """The header's largest end is the file's end."""
    if not 2 <= length <= min(SAFETENSORS_HEADER_LIMIT, size - 8):
        return False
    file.seek(8)
    return 8 + length + _last_offset(file.read(length)) == size


def _last_offset(header: bytes) -> int:
    ends = [0]
    for part in header.split(b'"data_offsets"')[1:]:
        numbers = part.partition(b"[")[2].partition(b"]")[0].split(b",")
        if len(numbers) != 2 or not numbers[1].strip().isdigit():
            return -1
        if len(numbers[1]) > 20:
            return -1
        ends.append(int(numbers[1]))
    return max(ends)


def _tail(file: FileIO, size: int, length: int) -> bytes:
    file.seek(max(0, size - length))
    return file.read(length)
