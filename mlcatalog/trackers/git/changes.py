"""Which commits changed which files, found by comparing trees from a commit back."""

from __future__ import annotations

import heapq
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from mlcatalog.trackers.git.commits import DEPTH_LIMIT, FOLDER, Commit, Entry, History

MOST_COMMITS = 5_000
MOST_CHANGES = 20  # of one file
SECONDS = 8.0
LOOK_EVERY = 32  # commits between two looks at the clock


@dataclass(frozen=True, slots=True)
class Change:
    """A commit that gave a file its content."""

    commit: Commit
    entry: Entry


@dataclass(slots=True)
class Changes:
    """The changes of each file, newest first; `note` says where looking ended."""

    of: dict[bytes, list[Change]] = field(default_factory=dict)
    note: str = ""


def differing(
    history: History, paths: Collection[bytes], tree: bytes, other: bytes
) -> set[bytes]:
    """Those of some files that two trees have otherwise; raises FormatError."""
    return _Walk(history, paths, 1).differing(tree, other)


@dataclass(slots=True)
class _Wanted:
    """The wanted paths as a tree of names."""

    path: bytes | None = None
    below: dict[bytes, _Wanted] = field(default_factory=dict)

    @classmethod
    def of(cls, paths: Iterable[bytes]) -> _Wanted:
        top = cls()
        for path in paths:
            at = top
            for name in path.split(b"/"):
                at = at.below.setdefault(name, cls())
            at.path = path
        return top


def changes(
    history: History,
    start: bytes,
    paths: Collection[bytes],
    *,
    most: int = MOST_CHANGES,
    commits: int = MOST_COMMITS,
    seconds: float = SECONDS,
) -> Changes:
    """The latest changes of files in what a commit came from.

    At a merge a file is followed to the parent that it is the same as.
    Raises FormatError.
    """
    return _Walk(history, paths, most).walked(start, commits, seconds)


class _Walk:
    def __init__(self, history: History, paths: Collection[bytes], most: int) -> None:
        self._history = history
        self._wanted = _Wanted.of(paths)
        self._paths = set(paths)
        self._most = most
        self._found = Changes()
        self._groups: dict[bytes, set[bytes]] = {}  # what is followed at a commit
        self._heap: list[tuple[int, bytes]] = []
        self._commits: dict[bytes, Commit] = {}

    def walked(self, start: bytes, commits: int, seconds: float) -> Changes:
        end = time.monotonic() + seconds
        self._follow(start, self._paths)
        for done in range(commits):
            if not self._heap:
                return self._found
            if done % LOOK_EVERY == 0 and time.monotonic() > end:
                break
            _, identity = heapq.heappop(self._heap)
            self._step(self._commits.pop(identity), self._groups.pop(identity))
        if self._heap:
            self._found.note = "earlier commits were not looked at"
        return self._found

    def _follow(self, commit: bytes, paths: set[bytes]) -> None:
        if not paths:
            return
        known = self._groups.get(commit)
        if known is not None:
            known |= paths
            return
        found = self._history.commit(commit)
        if found is None:
            self._found.note = "earlier commits are not here (a shallow clone)"
            return
        self._groups[commit] = paths
        self._commits[commit] = found
        heapq.heappush(self._heap, (-found.moment, commit))

    def _step(self, commit: Commit, paths: set[bytes]) -> None:
        left = paths
        for parent in commit.parents:
            other = self._history.commit(parent)
            if other is None:
                self._found.note = "earlier commits are not here (a shallow clone)"
                return
            differing = left & self.differing(commit.tree, other.tree)
            left -= differing
            self._follow(parent, left)
            left = differing
            if not left:
                return
        self._record(commit, left)

    def _record(self, commit: Commit, paths: set[bytes]) -> None:
        on: dict[bytes, set[bytes]] = {}
        for path in paths:
            entry = self._history.at(commit.tree, path)
            known = self._found.of.setdefault(path, [])
            if entry is not None:
                known.append(Change(commit, entry))
            if len(known) < self._most:
                parent = self._parent_with(commit, path)
                if parent is not None:
                    on.setdefault(parent, set()).add(path)
        for parent, followed in on.items():
            self._follow(parent, followed)

    def _parent_with(self, commit: Commit, path: bytes) -> bytes | None:
        for parent in commit.parents:
            other = self._history.commit(parent)
            if other is not None and self._history.at(other.tree, path) is not None:
                return parent
        return None

    def differing(self, tree: bytes, other: bytes) -> set[bytes]:
        """The wanted files that two trees have otherwise."""
        found: set[bytes] = set()
        stack = [(self._wanted, Entry(FOLDER, tree), Entry(FOLDER, other), 0)]
        while stack:
            wanted, here, there, depth = stack.pop()
            if here == there:
                continue
            if depth > DEPTH_LIMIT or FOLDER not in (here.kind, there.kind):
                found |= _all(wanted)
                continue
            mine, theirs = self._names(here), self._names(there)
            for name, below in wanted.below.items():
                one, two = mine.get(name), theirs.get(name)
                if one == two:
                    continue
                if one is None or two is None:
                    found |= _all(below)
                    continue
                if below.path is not None:
                    found.add(below.path)
                stack.append((below, one, two, depth + 1))
        return found

    def _names(self, entry: Entry) -> dict[bytes, Entry]:
        if entry.kind != FOLDER:
            return {}
        return self._history.tree(entry.id) or {}


def _all(wanted: _Wanted) -> set[bytes]:
    found: set[bytes] = set()
    stack = [wanted]
    while stack:
        one = stack.pop()
        if one.path is not None:
            found.add(one.path)
        stack.extend(one.below.values())
    return found
