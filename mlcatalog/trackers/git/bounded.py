"""Files of a repository, opened without leaving the project or waiting for a pipe."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from mlcatalog.domain.errors import FormatError

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
)


class OutsideError(FormatError):
    """A part of the repository lies out of the project, and was not looked at."""


class TooLargeError(FormatError):
    """An object is larger than what is read of its kind."""


def damaged(place: Path, why: str) -> FormatError:
    """The error for a repository that is not what git writes."""
    return FormatError(
        "This git repository is damaged",
        where=str(place),
        why=why,
        remedy="`git fsck` says more.",
    )


@dataclass(slots=True)
class Boundary:
    """The project's folder, out of which nothing is opened but what was admitted."""

    root: str  # absolute, without links
    _folders: dict[str, bool] = field(default_factory=dict)
    _admitted: list[str] = field(default_factory=list)  # repositories of this work tree
    _marks: set[str] = field(default_factory=set)  # their .git files

    @classmethod
    def of(cls, root: Path) -> Boundary:
        """The boundary of a project."""
        return cls(os.path.realpath(root))

    def holds(self, path: Path) -> bool:
        """Whether a path, its links followed, lies in the project or is admitted."""
        real = os.path.realpath(path)
        return any(_lies_in(real, place) for place in (self.root, *self._admitted))

    def is_below(self, folder: Path) -> bool:
        """Whether the project lies in a folder, and is not that folder."""
        real = os.path.realpath(folder)
        return real != self.root and _lies_in(self.root, real)

    def admit(self, git: Path) -> None:
        """Let a repository be read that lies out of the project."""
        self._admitted.append(os.path.realpath(git))
        self._folders.clear()

    def admit_mark(self, mark: Path) -> None:
        """Let one `.git` file be read, and nothing else of its folder."""
        self._marks.add(str(mark))

    def open(self, path: Path) -> FileIO:
        """A regular file, unbuffered; raises OSError, and OutsideError."""
        folder = str(path.parent)
        if folder not in self._folders:
            self._folders[folder] = self.holds(path.parent)
        if not self._folders[folder] and str(path) not in self._marks:
            raise outside(path)
        handle = os.open(path, _FLAGS)
        if stat.S_ISREG(os.fstat(handle).st_mode):
            return FileIO(handle, "rb")
        os.close(handle)
        raise OSError(f"{path} is no regular file")

    def read(self, path: Path, limit: int) -> bytes | None:
        """A whole small file; None when there is none; raises FormatError."""
        try:
            file = self.open(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OutsideError:
            raise
        except OSError as error:
            raise damaged(path, f"It cannot be opened: {error}") from error
        with file:
            raw = whole(file, limit + 1)
        if len(raw) > limit:
            raise TooLargeError(
                "This part of a git repository is too long",
                where=str(path),
                why=f"It has more than {limit:,} bytes",
            )
        return raw


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def whole(file: FileIO, limit: int) -> bytes:
    """What a file holds from here, at most so many bytes."""
    parts: list[bytes] = []
    left = limit
    while left > 0 and (part := file.read(min(left, 2**20))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def read_at(file: FileIO, length: int, offset: int) -> bytes:
    """The bytes at a place of a file; fewer where it ends."""
    file.seek(offset)
    return file.read(length) or b""


def outside(
    path: Path, why: str = "Nothing out of a project's folder is followed"
) -> OutsideError:
    """The error for a repository that lies out of the project."""
    return OutsideError(
        "This git repository lies out of the project and was not read",
        where=str(path),
        why=why,
        remedy="Add the folder that holds the repository as the project.",
    )
