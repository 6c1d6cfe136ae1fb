"""Files re-checked against the digests that somebody wrote down earlier."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

from mlcatalog.audit.content import FileLine, FileState
from mlcatalog.domain.progress import Progress, no_progress

BLOCK = 1 << 20


def rechecked(
    files: Sequence[FileLine], progress: Progress = no_progress
) -> tuple[FileLine, ...]:
    """The lines with what was found on disk now; stops when progress raises.

    Progress counts bytes as the lines tell them.
    """
    total = sum(line.size or 0 for line in files)
    done = 0
    lines: list[FileLine] = []
    for line in files:
        start = done

        def report(read: int, start: int = start, line: FileLine = line) -> None:
            progress(min(start + read, total), total, Path(line.path).name)

        report(0)
        lines.append(_rechecked(line, report))
        done += line.size or 0
    return tuple(lines)


def _rechecked(line: FileLine, report: Callable[[int], None]) -> FileLine:
    try:
        found = _digest(line.on_disk, report)
    except (FileNotFoundError, NotADirectoryError):
        return dataclasses.replace(line, found="", state=FileState.MISSING)
    except (OSError, ValueError):
        return dataclasses.replace(line, found="", state=FileState.UNREADABLE)
    return dataclasses.replace(line, found=found, state=_state(line.expected, found))


def _state(expected: str, found: str) -> FileState:
    if not expected:
        return FileState.UNDIGESTED
    return FileState.SAME if expected == found else FileState.CHANGED


def _digest(path: bytes, report: Callable[[int], None]) -> str:
    """SHA-256 of an ordinary file; a pipe or device would never end."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError(f"{path!r} is not an ordinary file")
        hasher, read = hashlib.sha256(), 0
        while block := file.read(BLOCK):
            hasher.update(block)
            read += len(block)
            report(read)
        return hasher.hexdigest()
