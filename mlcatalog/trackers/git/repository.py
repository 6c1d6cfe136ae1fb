"""One look at a repository: what is checked out, and how files stand to it."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.parameter_versions import ParameterVersion
from mlcatalog.trackers.git import VERSION, pointed, theta
from mlcatalog.trackers.git import changes as walking
from mlcatalog.trackers.git.attributes import Filters
from mlcatalog.trackers.git.bounded import Boundary
from mlcatalog.trackers.git.changes import Change
from mlcatalog.trackers.git.commits import Commit, History
from mlcatalog.trackers.git.objects import Objects
from mlcatalog.trackers.git.places import Places, find
from mlcatalog.trackers.git.refs import Head, head
from mlcatalog.trackers.git.worktree import State, WorkTree

SECONDS = 8.0  # for the commits that runs recorded


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about one repository."""

    root: bytes  # the project's folder, out of which nothing is opened
    folder: bytes  # the work tree, absolute: in the project, it, or around it
    paths: tuple[bytes, ...] = ()  # files, relative to the work tree
    commits: tuple[str, ...] = ()  # ids that runs recorded
    code: tuple[bytes, ...] = ()  # of the files, those whose version then is wanted


@dataclass(frozen=True, slots=True)
class FileLook:
    """One file: how it stands to the last commit, and which commits changed it."""

    state: State
    changes: tuple[Change, ...] = ()
    versions: tuple[ParameterVersion, ...] = ()  # of a model that Git-Theta tracks
    pointer: str = ""  # the DVC pointer that was committed in its place
    named: tuple[str, ...] = ()  # the bytes that the pointer named at each change


@dataclass(frozen=True, slots=True)
class Since:
    """Of the code, what a recorded commit has otherwise than what is checked out."""

    changed: frozenset[bytes]
    absent: frozenset[bytes]  # not in that commit


@dataclass(frozen=True, slots=True)
class Look:
    """A repository at one moment."""

    kind: str  # "repository", "work tree" or "submodule"
    signature: str  # another one when something was committed or staged
    branch: str = ""
    head: Commit | None = None
    changed: int | None = 0  # files with uncommitted changes; None: not known
    files: dict[bytes, FileLook] = field(default_factory=dict)
    known: dict[str, Commit] = field(default_factory=dict)  # of those asked for
    since: dict[str, Since] = field(default_factory=dict)  # by the same commits
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Repository:
    """A repository that is open for reading."""

    places: Places
    boundary: Boundary
    objects: Objects
    history: History
    head: Head

    def commit(self) -> Commit | None:
        """What is checked out; None before the first commit."""
        return self.history.commit(self.head.commit) if self.head.commit else None


@contextmanager
def opened(root: Path, folder: Path) -> Iterator[Repository | None]:
    """The repository whose work tree a folder is; None when it is none.

    Raises FormatError.
    """
    boundary = Boundary.of(root)
    places = find(folder, boundary)
    if places is None:
        yield None
        return
    objects = Objects(places.common / "objects", boundary, places.id_size)
    history = History(objects, places.git, places.id_size)
    try:
        yield Repository(places, boundary, objects, history, head(places, boundary))
    finally:
        objects.close()


def signature(root: Path, folder: Path) -> str:
    """A text that is another one after a commit, a checkout or a `git add`.

    "" where there is no repository. What is wrong with one is its signature too.
    """
    boundary = Boundary.of(root)
    try:
        places = find(folder, boundary)
        if places is None:
            return ""
        return _signature(places, head(places, boundary))
    except FormatError as error:
        return str(error)[:500]
    except OSError as error:
        return f"{type(error).__name__}: {error}"[:500]


def _signature(places: Places, found: Head) -> str:
    try:
        index = (places.git / "index").stat()
        seen = f"{index.st_mtime_ns}:{index.st_size}:{index.st_ino}"
    except OSError:
        seen = "no index"
    commit = found.commit.hex() if found.commit else "no commit"
    return f"{VERSION} {commit} {found.branch} {seen}"


def look(asked: Asked) -> Look | None:
    """What a repository says of files and commits; raises FormatError.

    None when the folder is no work tree any more.
    """
    root, folder = Path(os.fsdecode(asked.root)), Path(os.fsdecode(asked.folder))
    with opened(root, folder) as repository:
        return _look(repository, asked) if repository else None


def place_in(root: Path, folder: Path) -> bytes:
    """Where a project lies in the work tree around it: "models/"; "" for not in it."""
    inner = os.path.relpath(os.path.realpath(root), os.path.realpath(folder))
    return b"" if inner.startswith(".") else os.fsencode(inner) + b"/"


def _look(repository: Repository, asked: Asked) -> Look | None:
    notes: list[str] = []
    below = place_in(Path(os.fsdecode(asked.root)), repository.places.work_tree)
    commit = repository.commit()
    if repository.head.commit and commit is None:
        notes.append("what is checked out is not here")
    work: WorkTree | None = None
    changed: int | None = None
    try:
        work = WorkTree(
            repository.places,
            repository.boundary,
            repository.history,
            commit.tree if commit else None,
            below,
        )
        if below and not work.holds(below):
            return None  # the project is not in the repository around it
        whole = work.whole()
        changed = whole.changed if whole.is_sure or whole.changed else None
    except FormatError as error:
        notes.append(str(error))
    pointers = _pointers(repository, commit, asked.paths)
    found = _changes(repository, {*asked.paths, *pointers.values()}, notes)
    versions = _versions(repository, work.filters, found, notes) if work else {}
    known = _known(repository, asked.commits)
    since = _since(repository, commit, known, asked.code) if commit else {}
    notes += repository.objects.notes
    return Look(
        kind=repository.places.kind,
        signature=_signature(repository.places, repository.head),
        branch=repository.head.branch,
        head=commit,
        changed=changed,
        files={
            path: _file(repository, path, work, found, versions, pointers.get(path))
            for path in asked.paths
        },
        known=known,
        since=since,
        notes=tuple(dict.fromkeys(notes)),
    )


def _pointers(
    repository: Repository, commit: Commit | None, paths: Collection[bytes]
) -> dict[bytes, bytes]:
    try:
        return (
            pointed.pointers(repository.history, commit.tree, paths) if commit else {}
        )
    except FormatError:
        return {}  # the walk over the commits says what is damaged


def _file(
    repository: Repository,
    path: bytes,
    work: WorkTree | None,
    found: dict[bytes, list[Change]],
    versions: dict[bytes, tuple[ParameterVersion, ...]],
    pointer: bytes | None,
) -> FileLook:
    changes = found.get(path, [])
    if pointer is None or (changes and pointer != path):
        return FileLook(_state(work, path), tuple(changes), versions.get(path, ()))
    changes = found.get(pointer, [])
    return FileLook(
        _state(work, path),
        tuple(changes),
        pointer=os.fsdecode(pointer.rpartition(b"/")[2]),
        named=tuple(pointed.named(repository.history, one) for one in changes),
    )


def _state(work: WorkTree | None, path: bytes) -> State:
    try:
        return work.state(path) if work else State.UNKNOWN
    except FormatError:
        return State.UNKNOWN


def _changes(
    repository: Repository, paths: Collection[bytes], notes: list[str]
) -> dict[bytes, list[Change]]:
    start = repository.head.commit
    if start is None or not paths:
        return {}
    try:
        found = walking.changes(repository.history, start, paths)
    except FormatError as error:
        notes.append(str(error))
        return {}
    if found.note:
        notes.append(found.note)
    return found.of


def _versions(
    repository: Repository,
    filters: Filters,
    changed: dict[bytes, list[Change]],
    notes: list[str],
) -> dict[bytes, tuple[ParameterVersion, ...]]:
    """The versions of models that Git-Theta tracks."""
    told = theta.ThetaHistory(
        repository.history,
        repository.boundary,
        repository.places.common / "lfs" / "objects",
    )
    found: dict[bytes, tuple[ParameterVersion, ...]] = {}
    for path, changes in changed.items():
        if filters.of_path(path) == theta.FILTER:
            found[path] = told.versions(path, changes)
    notes += told.notes
    return found


def _since(
    repository: Repository,
    now: Commit,
    known: dict[str, Commit],
    code: Collection[bytes],
) -> dict[str, Since]:
    """What became of code since each commit that a run recorded, the newest first."""
    history, end = repository.history, time.monotonic() + SECONDS
    found: dict[str, Since] = {}
    for text, then in sorted(known.items(), key=lambda one: -one[1].moment):
        if time.monotonic() > end:
            break
        try:
            changed = walking.differing(history, code, then.tree, now.tree)
            absent = {path for path in code if history.at(then.tree, path) is None}
        except FormatError:
            continue
        found[text] = Since(frozenset(changed - absent), frozenset(absent))
    return found


def _known(repository: Repository, wanted: Sequence[str]) -> dict[str, Commit]:
    found: dict[str, Commit] = {}
    for text in wanted:
        try:
            identity = bytes.fromhex(text)
            commit = (
                repository.history.commit(identity)
                if len(identity) == repository.places.id_size
                else None
            )
        except (ValueError, FormatError):
            continue
        if commit is not None:
            found[text] = commit
    return found
