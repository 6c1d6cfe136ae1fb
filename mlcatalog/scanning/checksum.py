"""MD5 of files, only where something says which MD5 they had."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.scanning.opening import open_file

BLOCK = 2**20  # as DVC 2 reads: a line end that two blocks share stays as it is
LOOKED_AT = 512  # bytes by which DVC 2 tells a text
TEXT = bytes({7, 8, 9, 10, 12, 13, 27} | set(range(0x20, 0x100)))
MOST_OTHERS = 0.3


@dataclass(frozen=True, slots=True)
class Checksum:
    """A file's MD5, and that of its lines ended by newlines alone where it is another."""

    md5: str
    by_lines: str = ""  # as DVC 2 digests texts


def checksum(path: Path, progress: Progress = no_progress) -> Checksum | None:
    """The checksum of a file, None when it changed meanwhile; raises OSError."""
    whole = hashlib.md5(usedforsecurity=False)
    lines = hashlib.md5(usedforsecurity=False)
    is_text, done = True, 0
    with open_file(path) as file:
        before = os.fstat(file.fileno())
        while block := file.read(BLOCK):
            if done == 0:
                is_text = _is_text(block[:LOOKED_AT])
            whole.update(block)
            if is_text:
                lines.update(block.replace(b"\r\n", b"\n"))
            done += len(block)
            progress(done, before.st_size, path.name)
        after = os.fstat(file.fileno())
    if (after.st_size, after.st_mtime_ns) != (done, before.st_mtime_ns):
        return None
    md5, by_lines = whole.hexdigest(), lines.hexdigest()
    return Checksum(md5, by_lines if is_text and by_lines != md5 else "")


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    return len(head.translate(None, TEXT)) <= MOST_OTHERS * len(head)
