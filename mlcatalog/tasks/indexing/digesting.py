"""The digest stage: one pass over the bytes for the digest and the fingerprints."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from mlcatalog.catalog.files_read import FileRead
from mlcatalog.catalog.ingest import FileState, Ingest, Place
from mlcatalog.domain.annex import linked_key
from mlcatalog.domain.errors import Cancelled
from mlcatalog.domain.progress import Progress
from mlcatalog.domain.reading import Notice, Tensor
from mlcatalog.scanning.digest import ChangedWhileReadError, Digests, digest

BATCH = 512  # files
BATCH_BYTES = 64 << 20
HOLE_BYTES = 64 << 30  # larger than this, and mostly hole: not read through
HOLE = Notice(
    "integrity.sparse",
    "It is nearly all hole: its bytes were not read through, "
    "so it has no digest and its version is provisional.",
)


@dataclass(slots=True)
class Digested:
    """What one pass over the files came to."""

    bytes: int = 0
    again: list[FileState] = field(default_factory=list)  # changed while read
    failed: int = 0


def digest_files(
    ingest: Ingest,
    place: Place,
    states: Iterable[FileState],
    *,
    version: str,
    progress: Progress,
) -> Digested:
    """Digest files and keep the result in batches; one bad file stops nothing."""
    ready = list(states)
    total = sum(state.size for state in ready)
    outcome = Digested()
    batch: dict[int, tuple[str, tuple[str | None, ...]]] = {}
    waiting = 0
    for state, tensors in _with_tensors(ingest, ready):
        report = _Onward(progress, outcome.bytes, total)
        path = Path(os.fsdecode(place.root)) / os.fsdecode(state.path)
        try:
            progress(outcome.bytes, total, os.fsdecode(state.name))
            link = _link_digest(path) if state.link else None
            if link is None and _is_mostly_hole(path):
                ingest.write_source_problem(place, state, HOLE)
                continue
            found = link or digest(path, tensors, report)
        except Cancelled:
            ingest.write_digests(batch)  # what is done is kept
            raise
        except ChangedWhileReadError:
            outcome.again.append(state)
        except FileNotFoundError:
            outcome.again.append(state)  # it vanished; the next listing says so
        except OSError as error:
            outcome.failed += 1
            _unreadable(ingest, place, state, error, version)
        else:
            batch[state.id] = (found.sha256, found.tensors)
        outcome.bytes += state.size
        waiting += state.size
        if waiting > BATCH_BYTES or len(batch) >= BATCH:
            ingest.write_digests(batch)
            batch, waiting = {}, 0
    if batch:
        ingest.write_digests(batch)
    return outcome


def _with_tensors(
    ingest: Ingest, states: Sequence[FileState]
) -> Iterator[tuple[FileState, Sequence[Tensor]]]:
    """Files with the tensors in them, asked for some files at a time."""
    for start in range(0, len(states), BATCH):
        part = states[start : start + BATCH]
        tensors = ingest.tensors({state.id for state in part})
        for state in part:
            yield state, tensors.pop(state.id, ())


def _link_digest(path: Path) -> Digests | None:
    """That of what a link says, if git-annex keeps its bytes elsewhere; else None."""
    if path.exists():
        return None
    target = os.fsencode(path.readlink())
    is_annexed = linked_key(target) is not None
    return Digests(sha256(target).hexdigest(), len(target)) if is_annexed else None


def _is_mostly_hole(path: Path) -> bool:
    """Whether a file claims far more bytes than the disk holds for it."""
    status = path.stat()
    on_disk = getattr(status, "st_blocks", status.st_size) * 512
    return status.st_size > HOLE_BYTES and on_disk < status.st_size // 16


def _unreadable(
    ingest: Ingest, place: Place, state: FileState, error: OSError, version: str
) -> None:
    reason = error.strerror or type(error).__name__
    notice = Notice(
        "integrity.unreadable", f"The file could not be read: {reason}.", "error"
    )
    ingest.write_readings(place, [FileRead(state, notice)], version)


@dataclass(frozen=True, slots=True)
class _Onward:
    """One file's progress as part of all files'."""

    progress: Progress
    start: int
    total: int

    def __call__(self, done: int, total: int | None, note: str) -> None:
        self.progress(self.start + done, self.total, note)
