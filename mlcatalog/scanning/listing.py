"""One folder's listing: its files, subfolders and what could not be listed."""

from __future__ import annotations

import errno
import marshal
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple, cast

from mlcatalog.domain.annex import linked_key
from mlcatalog.scanning.ignore import IGNORE_FILE, IGNORE_FILE_LIMIT, Ignore

REPOSITORY = b".git"  # a folder, or a file that says where it is
FAR = 2**63  # nanoseconds
PATH_LIMIT = 3_500  # bytes; safely below the 4,096 that Linux takes at once


class Entry(NamedTuple):
    """One file. Times are nanoseconds; for a link they are its target's."""

    name: bytes
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int
    is_link: bool = False
    hard_links: int = 1

    @property
    def is_shared(self) -> bool:
        """Whether these bytes have, or may have, another name."""
        return self.is_link or self.hard_links > 1


# An Entry as a plain tuple: a walk makes millions, most of them only compared.
Plain = tuple[bytes, int, int, int, int, int, bool, int]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was not listed, and why."""

    path: bytes  # relative to the project's root
    rule: str  # "scan.unreadable", "scan.special-file", "scan.link-outside", …
    message: str


@dataclass(frozen=True, slots=True)
class Folder:
    """One walked folder.

    folders: names of the subfolders that are walked too (ignored ones and
    inner projects are left out). listed False: nothing is known about what it
    holds, so nothing in it may be called gone.
    """

    path: bytes  # relative to the project's root, b"" for the root
    plain: tuple[Plain, ...] = ()  # its files by name
    folders: tuple[bytes, ...] = ()
    problems: tuple[Problem, ...] = ()
    listed: bool = True
    is_repository: bool = False  # a .git lies in it, which is not walked

    @property
    def files(self) -> tuple[Entry, ...]:
        """Its files by name."""
        return tuple(map(Entry._make, self.plain))

    @property
    def signature(self) -> bytes:
        """What differs as soon as one of its files does."""
        written = marshal.dumps(self.plain, 2)  # later forms depend on reference counts
        return blake2b(written, digest_size=16).digest()


@dataclass(slots=True)
class _Found:
    files: list[Plain] = field(default_factory=list)
    folders: list[bytes] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    is_repository: bool = False


def list_folder(root: bytes, path: bytes, ignore: Ignore) -> tuple[Folder, Ignore]:
    """List one folder; also gives the ignore rules that hold inside it.

    root is absolute and free of links. Nothing is raised: an unreadable folder
    comes back with listed=False and a problem, one that has vanished with
    listed=False alone.
    """
    try:
        with _opened(root, path) as place:
            return _folder(root, path, place, ignore)
    except (FileNotFoundError, NotADirectoryError):
        return Folder(path, listed=False), ignore
    except OSError as error:
        problem = _problem(path, "scan.unreadable", "The folder cannot be read", error)
        return Folder(path, problems=(problem,), listed=False), ignore


def joined(folder: bytes, name: bytes) -> bytes:
    """A path relative to the root; b"" is the root itself."""
    return folder + b"/" + name if folder else name


def _folder(
    root: bytes, path: bytes, place: bytes | int, ignore: Ignore
) -> tuple[Folder, Ignore]:
    inside = ignore.with_rules(_own_rules(place))
    found = _Found()
    with os.scandir(cast(bytes, place)) as entries:
        _sort_in(root, path, entries, ignore=inside, found=found)
    found.files.sort()
    found.folders.sort()
    found.problems.sort(key=lambda problem: problem.path)
    return (
        Folder(
            path,
            tuple(found.files),
            tuple(found.folders),
            tuple(found.problems),
            is_repository=found.is_repository,
        ),
        inside,
    )


def _sort_in(
    root: bytes,
    folder: bytes,
    entries: Iterable[os.DirEntry[bytes]],
    *,
    ignore: Ignore,
    found: _Found,
) -> None:
    """Put each entry where it belongs; a walk spends its time here."""
    spoken_of, add = ignore.any_rule.match, found.files.append
    for entry in entries:
        name: bytes | str = entry.name  # text, where a descriptor was listed
        if isinstance(name, str):
            name = name.encode(_ENCODING, _ERRORS)
        try:
            is_folder = entry.is_dir(follow_symlinks=False)
            if name == REPOSITORY:
                found.is_repository = True
            if spoken_of(name) and ignore.ignores(name, is_folder):
                continue
            if is_folder:
                found.folders.append(name)
                continue
            status = entry.stat(follow_symlinks=False)
            if _kind(status.st_mode) == stat.S_IFREG:
                add(_plain(name, status))
            elif _kind(status.st_mode) == stat.S_IFLNK:
                _sort_in_link(root, folder, name, status=status, found=found)
            else:
                _sort_in_special(folder, name, status.st_mode, found=found)
        except FileNotFoundError:
            continue  # gone between the listing and the look
        except OSError as error:
            found.problems.append(
                _problem(
                    joined(folder, name), "scan.unreadable", "Cannot be read", error
                )
            )


def _sort_in_special(folder: bytes, name: bytes, mode: int, *, found: _Found) -> None:
    message = f"A {_special(mode)}, not a file; it was not opened"
    found.problems.append(Problem(joined(folder, name), "scan.special-file", message))


def _sort_in_link(
    root: bytes,
    folder: bytes,
    name: bytes,
    *,
    status: os.stat_result,
    found: _Found,
) -> None:
    path = joined(folder, name)
    try:
        target = os.path.realpath(joined(root, path), strict=True)
        reached = os.stat(target)  # noqa: PTH116 - bytes paths
    except FileNotFoundError:
        if linked_key(os.readlink(joined(root, path))) is not None:  # noqa: PTH115
            # What git-annex keeps elsewhere is an artifact by what the link says.
            found.files.append(_plain(name, status, is_link=True))
            return
        found.problems.append(
            Problem(path, "scan.link-broken", "A link to a file that is not there")
        )
        return
    except OSError as error:
        rule = "scan.link-loop" if error.errno == errno.ELOOP else "scan.unreadable"
        found.problems.append(_problem(path, rule, "A link that leads nowhere", error))
        return
    problem = _link_problem(root, folder, path, target=target, mode=reached.st_mode)
    if problem:
        found.problems.append(problem)
    else:
        found.files.append(_plain(name, reached, is_link=True))


def _link_problem(
    root: bytes, folder: bytes, path: bytes, *, target: bytes, mode: int
) -> Problem | None:
    if not _lies_in(root, target):
        return Problem(
            path, "scan.link-outside", "A link out of the project; it was not followed"
        )
    if stat.S_ISDIR(mode):
        if _lies_in(target, joined(root, folder)):
            return Problem(
                path, "scan.link-loop", "A link to a folder that it lies in: a loop"
            )
        return Problem(
            path, "scan.link-folder", "A link to a folder; it is listed where it lies"
        )
    if not stat.S_ISREG(mode):
        return Problem(
            path, "scan.special-file", f"A link to a {_special(mode)}, not to a file"
        )
    return None


def _lies_in(folder: bytes, path: bytes) -> bool:
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")


def _bounded(moment: int) -> int:
    """A time after 2262 or before 1677 as the last or first that 64 bits hold."""
    if -FAR < moment < FAR:
        return moment
    return min(max(moment, 1 - FAR), FAR - 1)


def _plain(name: bytes, status: os.stat_result, is_link: bool = False) -> Plain:
    return (
        name,
        status.st_size,
        _bounded(status.st_mtime_ns),
        _bounded(status.st_ctime_ns),
        status.st_ino,
        status.st_dev,
        is_link,
        status.st_nlink,
    )


def _special(mode: int) -> str:
    for test, word in (
        (stat.S_ISFIFO, "named pipe"),
        (stat.S_ISSOCK, "socket"),
        (stat.S_ISCHR, "character device"),
        (stat.S_ISBLK, "block device"),
    ):
        if test(mode):
            return word
    return "special file"


def _problem(path: bytes, rule: str, what: str, error: OSError) -> Problem:
    return Problem(path, rule, f"{what}: {error.strerror or error}")


def _own_rules(place: bytes | int) -> bytes:
    """The ignore file's content; none, a link, a pipe or an unreadable one is empty."""
    directory = place if isinstance(place, int) else None
    path = (
        IGNORE_FILE
        if directory is not None
        else joined(cast(bytes, place), IGNORE_FILE)
    )
    try:
        handle = os.open(path, os.O_RDONLY | _NO_SURPRISES, dir_fd=directory)
    except OSError:
        return b""
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return b""
        return os.read(handle, IGNORE_FILE_LIMIT)
    except OSError:
        return b""
    finally:
        os.close(handle)


_kind = stat.S_IFMT
_ENCODING, _ERRORS = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
_NO_SURPRISES = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def _opened(root: bytes, path: bytes) -> Iterator[bytes | int]:
    """What scandir takes: a descriptor, or the path where it takes no other.

    By its descriptor a folder is listed faster, and however long its path is.
    """
    full = joined(root, path) if path else root
    if os.scandir not in os.supports_fd:
        yield full
        return
    handle = _descend(root, path)
    try:
        yield handle
    finally:
        os.close(handle)


def _descend(root: bytes, path: bytes) -> int:
    """Open a folder, in steps that are each short enough for the system."""
    full = joined(root, path) if path else root
    if len(full) < PATH_LIMIT:
        return os.open(full, os.O_RDONLY | os.O_DIRECTORY)
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    rest = path
    while rest:
        step, rest = _step(rest)
        try:
            deeper = os.open(step, os.O_RDONLY | os.O_DIRECTORY, dir_fd=handle)
        finally:
            os.close(handle)
        handle = deeper
    return handle


def _step(path: bytes) -> tuple[bytes, bytes]:
    if len(path) < PATH_LIMIT:
        return path, b""
    cut = path.rfind(b"/", 0, PATH_LIMIT)
    return path[:cut], path[cut + 1 :]
