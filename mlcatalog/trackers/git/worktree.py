"""Whether files are as the last commit has them: by their stat, then by their bytes."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mlcatalog.domain.errors import FormatError
from mlcatalog.trackers.git.attributes import LIMIT as ATTRIBUTES_LIMIT
from mlcatalog.trackers.git.attributes import Filters
from mlcatalog.trackers.git.bounded import Boundary
from mlcatalog.trackers.git.commits import FILE, FOLDER, KIND, LINK, SUBMODULE, History
from mlcatalog.trackers.git.index_file import INDEX_LIMIT, Index, Staged, parsed
from mlcatalog.trackers.git.objects import new_hash
from mlcatalog.trackers.git.places import Places, find
from mlcatalog.trackers.git.refs import head

HASH_BUDGET = 512 * 2**20  # bytes read through to compare them
TEXT_LIMIT = 2**20  # bytes of a text whose line ends are evened
LOOKED_AT = 200_000  # files of one work tree
POINTER_LIMIT = 1_024
LFS_OID = re.compile(rb"^oid sha256:([0-9a-f]{64})$", re.M)
CHUNK = 2**20


class State(StrEnum):
    """How a file stands to the last commit."""

    COMMITTED = "committed"
    CHANGED = "uncommitted changes"
    ADDED = "added, not committed"
    CONFLICT = "in conflict"
    OUTSIDE = "not in git"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Tree:
    """How the files of a whole work tree stand to the last commit."""

    changed: int  # files with changes that are in no commit
    is_sure: bool  # False: some could not be compared


class WorkTree:
    """Compares the files of a work tree with its index and its last commit."""

    def __init__(
        self,
        places: Places,
        boundary: Boundary,
        history: History,
        tree: bytes | None,
        below: bytes = b"",
    ) -> None:
        self._places = places
        self._boundary = boundary
        self._history = history
        self._tree = tree
        self._below = below  # "models/": only this part is looked at as a whole
        self._budget = HASH_BUDGET
        path = places.git / "index"
        raw = boundary.read(path, INDEX_LIMIT)
        self.index = parsed(raw, path, places.id_size) if raw else Index((), None)
        self.filters = Filters.of(places.work_tree, boundary, self._attributes())
        self._written = path.stat().st_mtime_ns if raw else 0
        self._by_path: dict[bytes, Staged] = {}
        for entry in self.index.entries:
            self._by_path[entry.path] = entry

    def state(self, path: bytes) -> State:
        """How one file stands to the last commit."""
        staged = self._by_path.get(path)
        committed = self._history.at(self._tree, path) if self._tree else None
        if staged is None:
            return State.OUTSIDE if committed is None else State.CHANGED
        if staged.in_conflict:
            return State.CONFLICT
        if committed is None:
            return State.ADDED
        if staged.id != committed.id or staged.is_intended:
            return State.CHANGED
        same = self._is_same(staged)
        if same is None:
            return State.UNKNOWN
        return State.COMMITTED if same else State.CHANGED

    def whole(self) -> Tree:
        """How many tracked files differ from the last commit."""
        entries = [e for e in self.index.entries if e.path.startswith(self._below)]
        if len(entries) > LOOKED_AT:
            return Tree(0, is_sure=False)
        changed = self._staged()
        unsure = False
        for entry in entries:
            if entry.path in changed:
                continue
            same = self._is_same(entry)
            if same is False or entry.in_conflict or entry.is_intended:
                changed.add(entry.path)
            unsure |= same is None
        return Tree(len(changed), is_sure=not unsure)

    def _staged(self) -> set[bytes]:
        """The paths that the index has otherwise than the last commit."""
        if self._tree is not None and self.index.tree == self._tree:
            return set()
        committed = self._flat() if self._tree else {}
        mine = {entry.path: entry.id for entry in self.index.entries}
        differing = (
            path
            for path in committed.keys() | mine
            if committed.get(path) != mine.get(path)
        )
        return {path for path in differing if path.startswith(self._below)}

    def holds(self, below: bytes) -> bool:
        """Whether git knows of anything in a folder ("models/")."""
        folder = below.rstrip(b"/")
        if self._tree is not None and self._history.at(self._tree, folder) is not None:
            return True
        return any(entry.path.startswith(below) for entry in self.index.entries)

    def _attributes(self) -> bytes:
        """The attributes that were committed."""
        entry = self._history.at(self._tree, b".gitattributes") if self._tree else None
        if entry is None or entry.kind != FILE:
            return b""
        try:
            found = self._history.objects.get(entry.id, "blob", ATTRIBUTES_LIMIT)
        except FormatError:
            return b""
        return found or b""

    def _flat(self) -> dict[bytes, bytes]:
        """Every path of the last commit."""
        found: dict[bytes, bytes] = {}
        stack = [(b"", self._tree or b"", 0)]
        sparse = {
            e.path.rstrip(b"/") for e in self.index.entries if e.path[-1:] == b"/"
        }
        while stack and len(found) <= LOOKED_AT:
            prefix, tree, depth = stack.pop()
            for name, entry in (self._history.tree(tree) or {}).items():
                path = prefix + name
                if entry.kind != FOLDER:
                    found[path] = entry.id
                elif path in sparse:
                    found[path + b"/"] = entry.id
                elif depth < 128:
                    stack.append((path + b"/", entry.id, depth + 1))
        return found

    def _is_same(self, entry: Staged) -> bool | None:
        """Whether a file is what the index has; None when that cannot be said."""
        if entry.is_assumed or entry.path[-1:] == b"/":
            return True  # left out of a sparse checkout, or not to be looked at
        path = self._places.work_tree / os.fsdecode(entry.path)
        try:
            found = path.lstat()
        except (OSError, ValueError):
            return False
        if entry.mode & KIND == SUBMODULE:
            return self._submodule(path, entry)
        if entry.mode & KIND == LINK:
            return stat.S_ISLNK(found.st_mode) and self._link(path, entry)
        if not stat.S_ISREG(found.st_mode):
            return False
        if bool(entry.mode & 0o100) != bool(found.st_mode & 0o100) and os.name != "nt":
            return False
        if self._is_untouched(entry, found):
            return True
        return self._compared(path, entry, found.st_size)

    def _is_untouched(self, entry: Staged, found: os.stat_result) -> bool:
        mtime = entry.mtime[0] * 10**9 + entry.mtime[1]
        return (
            entry.size == found.st_size & 0xFFFFFFFF
            and mtime == found.st_mtime_ns
            and entry.ctime[0] * 10**9 + entry.ctime[1] == found.st_ctime_ns
            and entry.inode == found.st_ino & 0xFFFFFFFF
            and mtime < self._written  # else written in the same moment as the index
        )

    def _link(self, path: Path, entry: Staged) -> bool:
        made = new_hash(self._places.id_size)
        target = os.fsencode(path.readlink())
        made.update(b"blob %d\0" % len(target) + target)
        return made.digest() == entry.id

    def _submodule(self, path: Path, entry: Staged) -> bool | None:
        try:
            places = find(path, self._boundary)
            return places is None or head(places, self._boundary).commit == entry.id
        except (FormatError, OSError):
            return None

    def _compared(self, path: Path, entry: Staged, size: int) -> bool | None:
        if size > self._budget:
            return None
        self._budget -= size
        blob, sha256, text = self._digests(path, size)
        if blob is None:
            return None
        if blob == entry.id or (text and self._evened(text) == entry.id):
            return True
        return self._filtered(entry, sha256)

    def _digests(self, path: Path, size: int) -> tuple[bytes | None, str, bytes]:
        made, plain = new_hash(self._places.id_size), hashlib.sha256()
        made.update(b"blob %d\0" % size)
        text = b""
        try:
            with self._boundary.open(path) as file:
                while part := file.read(CHUNK):
                    made.update(part)
                    plain.update(part)
                    if size <= TEXT_LIMIT:
                        text += part
        except (OSError, FormatError):
            return None, "", b""
        return made.digest(), plain.hexdigest(), text

    def _evened(self, text: bytes) -> bytes | None:
        """The id of a text with the line ends that git keeps."""
        if b"\r\n" not in text:
            return None
        even = text.replace(b"\r\n", b"\n")
        made = new_hash(self._places.id_size)
        made.update(b"blob %d\0" % len(even) + even)
        return made.digest()

    def _filtered(self, entry: Staged, sha256: str) -> bool | None:
        """Of what a filter cleans (git-lfs, Git-Theta), without running it."""
        name = self.filters.of_path(entry.path)
        if name not in ("", "lfs"):
            return None  # what it would make of the file is its own affair
        try:
            blob = self._history.objects.get(entry.id, "blob", POINTER_LIMIT)
        except FormatError:
            return False
        if blob is None:
            return None
        oid = LFS_OID.search(blob)
        return bool(oid and oid[1].decode() == sha256)
