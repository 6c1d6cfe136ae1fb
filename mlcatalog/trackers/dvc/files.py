"""Files of a DVC project by name: those of a folder, or those of a commit."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from mlcatalog.domain import dvc_words
from mlcatalog.domain.errors import FormatError
from mlcatalog.trackers.git.commits import FILE, History

FILE_LIMIT = 8 * 2**20  # bytes of one lock, pipeline, params or metrics file


class Files(Protocol):
    """Where a pipeline and what it names are read."""

    def read(self, path: str) -> bytes | None:
        """A whole small file; None for none, a long one, or one that is elsewhere."""
        ...


def is_inner(path: str) -> bool:
    """Whether a written path stays below its folder."""
    parts = PurePosixPath(path).parts
    if not parts or "\\" in path or "\0" in path or ":" in parts[0]:
        return False
    return not PurePosixPath(path).is_absolute() and ".." not in parts


def joined(folder: str, path: str) -> str:
    """A path that is written relative to a stage's own folder."""
    if not folder or is_address(path):
        return path
    return posixpath.normpath(posixpath.join(folder, path))


def is_address(path: str) -> bool:
    """Whether a path is one of another place: s3://…, https://…, remote://…."""
    return "://" in path


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a folder as they are now; no link leads out of it."""

    root: Path

    def read(self, path: str) -> bytes | None:
        """The file, unless it is long or lies elsewhere."""
        place = self.place(path)
        if place is None or not place.is_file():
            return None
        with place.open("rb") as file:
            raw = file.read(FILE_LIMIT + 1)
        return raw if len(raw) <= FILE_LIMIT else None

    def place(self, path: str) -> Path | None:
        """Where that lies, None when it leads out of the folder."""
        if not is_inner(path):
            return None
        found = (self.root / path).resolve()
        return found if found.is_relative_to(self.root.resolve()) else None

    def cached(self, md5: str) -> bytes | None:
        """A small object of the project's cache; a cache elsewhere is not followed."""
        found = (self.read(f".dvc/cache/{inner}") for inner in dvc_words.cached(md5))
        return next((raw for raw in found if raw is not None), None)


@dataclass(frozen=True, slots=True)
class Committed:
    """The files of a commit, read out of git's objects."""

    history: History
    tree: bytes
    prefix: str  # of the project in its repository, "" or ending in "/"

    def read(self, path: str) -> bytes | None:
        """The file as it was committed."""
        if not is_inner(path):
            return None
        inner = posixpath.normpath(self.prefix + path)
        try:
            entry = self.history.at(self.tree, inner.encode("utf-8", "surrogateescape"))
            if entry is None or entry.kind != FILE:
                return None
            return self.history.objects.get(entry.id, "blob", FILE_LIMIT)
        except FormatError:
            return None  # damaged, or too long
