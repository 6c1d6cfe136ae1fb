"""Digests: one pass over a file for its SHA-256 and its tensors' fingerprints."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Protocol

from mlcatalog.domain.errors import MlcatalogError
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.domain.reading import Tensor
from mlcatalog.scanning.fingerprints import Fingerprints
from mlcatalog.scanning.opening import open_file

BLOCK = 1 << 20
SMALL = 4  # blocks that are hashed sooner than a thread is started
AHEAD = 8  # blocks that the reading may be ahead of the hashing


class ChangedWhileReadError(MlcatalogError):
    """The file changed while it was read; what was read belongs to no version."""


@dataclass(frozen=True, slots=True)
class Digests:
    """What one pass over a file gives; tensors in the order they were asked for."""

    sha256: str
    size: int
    tensors: tuple[str | None, ...] = ()


class _Hash(Protocol):
    def update(self, block: bytes, /) -> None: ...


def digest(
    path: Path,
    tensors: Sequence[Tensor] = (),
    progress: Progress = no_progress,
    *,
    block: int = BLOCK,
) -> Digests:
    """The file's SHA-256 and one fingerprint per tensor (see Fingerprints).

    Progress counts bytes. Raises ChangedWhileReadError if the file changed
    meanwhile, and OSError if it cannot be read or is no file.
    """
    with open_file(path) as file:
        before = os.fstat(file.fileno())
        whole = hashlib.sha256()
        fingerprints = Fingerprints(tensors, before.st_size)
        report = _Report(progress, before.st_size, path.name)
        if fingerprints.is_empty:
            size = _one_hash(file, whole, report, block=block)
        elif before.st_size <= SMALL * block:
            both = _Both(whole, fingerprints)
            size = _one_hash(file, both, report, block=block)
        else:
            size = _two_hashes(file, whole, fingerprints, report=report, block=block)
        _check_unchanged(path, file, before, size=size)
    return Digests(whole.hexdigest(), size, fingerprints.result())


def manifest(members: Mapping[bytes, str]) -> str:
    """The digest of a bundle: SHA-256 of a Merkle tree with a node per folder.

    members: relative path (with "/") -> SHA-256 hex. A node is the SHA-256 of
    its entries sorted by name, each `kind digest name` closed by NUL bytes.
    """
    nodes: dict[bytes, list[tuple[bytes, bytes, str]]] = {b"": []}
    for path, digest_text in members.items():
        folder, _, name = path.rpartition(b"/")
        _node_of(nodes, folder).append((name, b"file", digest_text))
    for folder in sorted(nodes, key=lambda f: (-f.count(b"/"), f)):
        if folder:
            parent, _, name = folder.rpartition(b"/")
            nodes[parent].append((name, b"tree", _node_digest(nodes[folder])))
    return _node_digest(nodes[b""])


def _node_of(
    nodes: dict[bytes, list[tuple[bytes, bytes, str]]], folder: bytes
) -> list[tuple[bytes, bytes, str]]:
    entries = nodes.setdefault(folder, [])
    while folder:
        folder = folder.rpartition(b"/")[0]
        nodes.setdefault(folder, [])
    return entries


def _node_digest(entries: list[tuple[bytes, bytes, str]]) -> str:
    node = hashlib.sha256()
    for name, kind, digest_text in sorted(entries):
        node.update(b"\0".join((kind, digest_text.encode("ascii"), name, b"")))
    return node.hexdigest()


class _Both:
    """The file's hash and its fingerprints, one after the other."""

    def __init__(self, whole: _Hash, fingerprints: Fingerprints) -> None:
        self._whole, self._fingerprints = whole, fingerprints
        self._done = 0

    def update(self, block: bytes, /) -> None:
        self._whole.update(block)
        self._fingerprints.update(block, self._done)
        self._done += len(block)


class _Report:
    """Progress in bytes, no more often than every 16 MiB."""

    def __init__(self, progress: Progress, total: int, note: str) -> None:
        self._progress, self._total, self._note = progress, total, note
        self._last = -(1 << 24)

    def __call__(self, done: int) -> None:
        if done - self._last >= 1 << 24 or done >= self._total:
            self._last = done
            self._progress(done, self._total, self._note)


def _one_hash(file: FileIO, whole: _Hash, report: _Report, *, block: int) -> int:
    done = 0
    while piece := file.read(block):
        whole.update(piece)
        done += len(piece)
        report(done)
    return done


def _two_hashes(
    file: FileIO,
    whole: _Hash,
    fingerprints: Fingerprints,
    *,
    report: _Report,
    block: int,
) -> int:
    """The file's hash runs in a thread of its own: hashlib lets go of the lock."""
    done = 0
    pending: deque[Future[None]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="digest") as thread:
        while piece := file.read(block):
            pending.append(thread.submit(whole.update, piece))
            fingerprints.update(piece, done)
            done += len(piece)
            if len(pending) > AHEAD:
                pending.popleft().result()
            report(done)
    return done


def _check_unchanged(
    path: Path, file: FileIO, before: os.stat_result, *, size: int
) -> None:
    after = [os.fstat(file.fileno())]
    with contextlib.suppress(FileNotFoundError):
        after.append(path.stat())
    same = all(_key(status) == _key(before) for status in after)
    if len(after) == 2 and same and size == before.st_size:
        return
    raise ChangedWhileReadError(
        "The file changed while it was read",
        where=os.fsdecode(path),
        remedy="It is read again when it has settled.",
    )


def _key(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev
