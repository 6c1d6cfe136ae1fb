"""MD5 of files, only where something says which MD5 they had."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.domain.dvc_words import FOLDER_MARK
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.scanning.opening import open_file

BLOCK = 2**20  # as DVC 2 reads: a line end that two blocks share stays as it is
LOOKED_AT = 512  # bytes by which DVC 2 tells a text
TEXT = bytes({7, 8, 9, 10, 12, 13, 27} | set(range(0x20, 0x100)))
MOST_OTHERS = 0.3
FILES_LIMIT = 50_000  # of one folder
FOLDER_LIMIT = 16 << 30  # bytes of one folder


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


def folder_checksum(
    folder: Path, progress: Progress = no_progress, *, by_lines: bool = False
) -> str:
    """The MD5 of a folder as DVC makes it: of the list of its files with theirs.

    "" for one that is too large, that changed meanwhile, or of which DVC leaves
    something out. by_lines: texts are digested as DVC 2 does. Raises OSError.
    """
    files = _files(folder)
    if files is None:
        return ""
    entries = []
    for name in sorted(files):
        found = checksum(folder / name, progress)
        if found is None:
            return ""
        md5 = found.by_lines if by_lines and found.by_lines else found.md5
        entries.append({"md5": md5, "relpath": name})
    text = json.dumps(entries, sort_keys=True).encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest() + FOLDER_MARK


def _files(folder: Path) -> list[str] | None:
    """The files below a folder; None for too many, links, and rules of what is left out."""
    names: list[str] = []
    size = 0
    for place, below, inside in os.walk(folder):
        here = Path(place)
        if ".dvcignore" in inside or any((here / one).is_symlink() for one in below):
            return None
        for name in inside:
            status = (here / name).lstat()
            if not stat.S_ISREG(status.st_mode):
                return None
            size += status.st_size
            names.append((here / name).relative_to(folder).as_posix())
        if len(names) > FILES_LIMIT or size > FOLDER_LIMIT:
            return None
    return names


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    return len(head.translate(None, TEXT)) <= MOST_OTHERS * len(head)
