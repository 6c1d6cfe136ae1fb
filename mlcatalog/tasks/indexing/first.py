"""The first listing of a project: folders that nobody knew, to artifacts at once.

Files are grouped as they are walked, without a look into the catalogue. What
that cannot decide is left to the ordinary way: folders that are not walked
whole yet, folders that belong to one of those, and files with several names.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from mlcatalog.catalog.first import NewArtifact, NewFolder
from mlcatalog.catalog.ingest import FileState, Ingest, Place
from mlcatalog.scanning.listing import Folder
from mlcatalog.tasks.indexing.grouping import Grouping, Tree, grouped

WAVE = 50_000  # files that are grouped and shown together
HELD = 100_000  # files that are shown before what stands behind them is written


@dataclass(slots=True)
class FirstListing:
    """What the waves of a first listing came to."""

    born: set[int] = field(default_factory=set)
    left: list[Folder] = field(default_factory=list)  # for the ordinary way
    waiting: set[bytes] = field(default_factory=set)  # folders that tell of runs


def list_first(
    ingest: Ingest, place: Place, folders: Iterator[Folder], version: str
) -> FirstListing:
    """Show and remember folders, parents before children, wave by wave."""
    listing = FirstListing()
    wave = _Wave(ingest, place, version, listing)
    with _many_objects():
        for folder in folders:
            if wave.files >= WAVE:
                wave.list(ahead=folder.path)
            wave.add(folder)
        wave.list(ahead=None)
    return listing


@contextmanager
def _many_objects() -> Iterator[None]:
    """Spare the search for cycles: hundreds of thousands of tuples make none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Shown(NamedTuple):
    """What was found of folders whose artifacts are seen."""

    ready: list[Folder]
    grouping: Grouping
    tree: Tree
    artifacts: list[NewArtifact]
    numbers: range


class _Wave:
    """Folders that are grouped and written together."""

    def __init__(
        self, ingest: Ingest, place: Place, version: str, into: FirstListing
    ) -> None:
        self._ingest, self._place, self._version = ingest, place, version
        self._into = into
        self._above: list[Folder] = []  # of earlier waves, not walked whole yet
        self._folders: list[Folder] = []
        self._shown: list[_Shown] = []  # and not remembered yet
        self._held = 0
        self.files = 0

    def add(self, folder: Folder) -> None:
        """Take in the next folder of the walk."""
        self._folders.append(folder)
        self.files += len(folder.plain)

    def list(self, *, ahead: bytes | None) -> None:
        """Show and remember what is decided; `ahead` is the folder walked next."""
        walked = (*self._above, *self._folders)
        tree = Tree.of(_states(walked))
        still_open = [f for f in walked if _is_above(f.path, ahead)]
        is_open = {f.path for f in (*self._above, *still_open)}
        ready = [f for f in self._folders if _is_ready(f, tree, is_open)]
        paths = {f.path for f in ready}
        self._into.left += [f for f in self._folders if f.path not in paths and f.plain]
        grouping = grouped(
            tree,
            paths,
            touched=frozenset(),
            project=self._place.name,
            has_links=False,
        )
        artifacts = _artifacts(grouping, tree)
        numbers = self._ingest.show(self._place, artifacts)
        self._into.born |= set(numbers)
        self._shown.append(_Shown(ready, grouping, tree, artifacts, numbers))
        self._held += self.files
        if ahead is None or self._held >= HELD:
            self._remember()
        self._above, self._folders, self.files = still_open, [], 0

    def _remember(self) -> None:
        while self._shown:
            shown = self._shown.pop(0)
            new = _new_folders(shown.ready, shown.grouping, shown.tree)
            self._into.waiting |= {f.path for f in new if f.waiting}
            self._ingest.remember(
                self._place,
                new,
                shown.artifacts,
                numbers=shown.numbers,
                version=self._version,
            )
        self._held = 0


def _is_above(folder: bytes, path: bytes | None) -> bool:
    if path is None:
        return False
    return not folder or path.startswith(folder + b"/")


def _states(folders: Iterable[Folder]) -> Iterator[FileState]:
    """Files as states; their numbers are places in this list alone."""
    number = 0
    state, unread = FileState._make, ("seen", "", "", None, "", None, False)
    for folder in folders:
        path = folder.path
        for name, size, mtime, ctime, inode, device, is_link, _ in folder.plain:
            number += 1
            yield state(
                (
                    number,
                    path,
                    name,
                    size,
                    mtime,
                    ctime,
                    inode,
                    device,
                    *unread,
                    is_link,
                )
            )


def _is_ready(folder: Folder, tree: Tree, is_open: set[bytes]) -> bool:
    """Whether all that decides about a folder's files has been walked."""
    if folder.path in is_open or any(p[6] or p[7] > 1 for p in folder.plain):
        return False
    return tree.owner(folder.path) not in is_open and (
        tree.deep_root(folder.path) not in is_open
    )


def _artifacts(grouping: Grouping, tree: Tree) -> list[NewArtifact]:
    found: list[NewArtifact] = []
    for want in grouping.desired:
        if len(want.roles) == 1:
            state = tree.files[want.folder][want.main]
            found.append(NewArtifact(want, state.size, state.mtime_ns))
            continue
        states = tree.states_of(want)
        size = sum(
            states[name].size for name, r in want.roles.items() if r != "companion"
        )
        found.append(NewArtifact(want, size, states[want.main].mtime_ns))
    return found


def _new_folders(
    ready: Sequence[Folder], grouping: Grouping, tree: Tree
) -> list[NewFolder]:
    new = {f.path: NewFolder(f.path, f.signature, f.plain) for f in ready if f.plain}
    for place, want in enumerate(grouping.desired):
        for name, role in want.roles.items():
            below, slash, last = name.rpartition(b"/")
            folder = new[want.folder + b"/" + below if slash else want.folder]
            folder.roles[last] = role
            folder.owners[last] = place
    evidence = set(grouping.evidence)
    for path, folder in new.items():
        states = tree.files[path]
        sources = [name for name, state in states.items() if state.id in evidence]
        folder.roles |= dict.fromkeys(sources, "source")
        folder.waiting = bool(sources or tree.sources(path))
    return list(new.values())
