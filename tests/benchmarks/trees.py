"""Folders full of files, the same for the same numbers."""

from __future__ import annotations

import json
import os
import shutil
import struct
from pathlib import Path

PER_FOLDER = 100  # files; half of what git's own sources have, as in data folders
MARK = ".complete"


def mixed_tree(root: Path, files: int) -> Path:
    """A tree of small files: of ten, four are images, the rest are what tools leave."""
    return _made(root / f"mixed-{files}", files, _mixed)


def checkpoint_tree(root: Path, files: int) -> Path:
    """A tree of small safetensors, for header reads."""
    return _made(root / f"checkpoints-{files}", files, _checkpoint)


def empty_folders(root: Path, folders: int) -> Path:
    """A tree of folders with nothing in them."""
    top = root / f"folders-{folders}"
    mark = top.with_name(top.name + MARK)
    if not mark.exists():
        for number in range(folders):
            place = top / f"part-{number // 2_500:03}" / f"group-{number // 50:04}"
            (place / f"f{number:05}").mkdir(parents=True, exist_ok=True)
        mark.touch()
    return top


def fresh_folder(folder: Path) -> Path:
    """The folder, with nothing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def small_checkpoint(at: int) -> tuple[str, bytes]:
    """The name and content of a small safetensors, the same for the same number."""
    return _checkpoint(at)


def _made(root: Path, files: int, content: object) -> Path:
    mark = root.with_name(root.name + MARK)
    if mark.exists():
        return root
    root.mkdir(parents=True, exist_ok=True)
    for first in range(0, files, PER_FOLDER):
        number = first // PER_FOLDER
        folder = root / f"part-{number // 50:03}" / f"batch-{number:05}"
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
        try:
            for at in range(first, min(first + PER_FOLDER, files)):
                name, data = content(at)  # type: ignore[operator]
                _write(handle, name, data)
        finally:
            os.close(handle)
    _age(root)
    mark.touch()
    return root


def _write(folder: int, name: str, data: bytes) -> None:
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, dir_fd=folder)
    try:
        os.write(handle, data)
    finally:
        os.close(handle)


def _age(root: Path) -> None:
    """Files of this minute would be taken for unfinished ones."""
    for folder, _, names in os.walk(root):
        for name in names:
            os.utime(os.path.join(folder, name), (1_750_000_000, 1_750_000_000))  # noqa: PTH118


def _mixed(at: int) -> tuple[str, bytes]:
    kind = at % 10
    if kind < 4:
        return f"img-{at:07}.jpg", b"\xff\xd8\xff\xe0%d" % at
    if kind < 6:
        return f"readme-{at:07}.txt", b"note %d\n" % at
    if kind == 6:
        return f"train_{at:07}.yaml", b"seed: %d\nlr: 0.%03d\n" % (at, at % 1000)
    if kind == 7:
        return f"part_{at:07}.csv", b"id,value\n%d,%d\n" % (at, at * 7)
    if kind == 8:
        return f"step_{at:07}.py", b"VALUE = %d\n" % at
    return _checkpoint(at)


def _checkpoint(at: int) -> tuple[str, bytes]:
    tensors = {
        f"layer.{n}.weight": {
            "dtype": "F32",
            "shape": [2, 2],
            "data_offsets": [n * 16, n * 16 + 16],
        }
        for n in range(4)
    }
    header = json.dumps(tensors).encode()
    body = struct.pack("<16I", *((at * 16 + n) for n in range(16)))
    return f"model-{at:07}.safetensors", struct.pack("<Q", len(header)) + header + body
