"""The walk and list stages: what is new, changed, moved and gone."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from mlcatalog.catalog.ingest import FileState, Ingest, Place, Seen
from mlcatalog.catalog.listing import signed
from mlcatalog.domain.errors import ProjectError
from mlcatalog.domain.progress import Progress
from mlcatalog.scanning.listing import Folder, Plain, Problem
from mlcatalog.scanning.walk import walk

NOTHING = b""  # the signature of a folder that is gone, with all it held
MOST_FILES = 20_000  # of the folders that are compared together
MOST_FOLDERS = 500


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of a project: a folder, and whether all below it too."""

    folder: bytes = b""
    recursive: bool = True


WHOLE = Scope()


class Survey:
    """One walk over a part of a project, held against what is known of its folders.

    A folder whose signature is the known one is as it was: nothing of it is
    read from the catalogue, and nothing of it is kept.
    """

    def __init__(self, ingest: Ingest, place: Place, scope: Scope) -> None:
        self.files = 0
        self.size = 0
        self.problems: dict[bytes, tuple[Problem, ...]] = {}
        self._ingest = ingest
        self._place = place
        self.scope = scope
        self._known = ingest.signatures(place, scope.folder, recursive=scope.recursive)
        self.repositories: set[bytes] = set()
        # Whether each folder could be listed; None for one that had vanished.
        self._walked: dict[bytes, bool | None] = {}
        self._above: dict[bytes, Folder] = {}  # of a scope that vanished

    def differing(self, progress: Progress) -> Iterator[Folder]:
        """The folders that are new or not as they were, parents before children.

        Raises ProjectError when the project's folder is not there: it is
        offline then, not empty.
        """
        refuse_missing(self._place)
        skip = self._ingest.inner_roots(self._place)
        for folder in walk(
            Path(os.fsdecode(self._place.root)),
            under=self.scope.folder,
            recursive=self.scope.recursive,
            skip=skip,
            progress=progress,
        ):
            if not folder.path:
                self._refuse_emptied(folder)
            self._walked[folder.path] = None if _has_vanished(folder) else folder.listed
            self._count(folder)
            if folder.listed and self._differs(folder):
                yield folder
        self._look_above(skip)

    def _look_above(self, skip: frozenset[bytes]) -> None:
        """List the folders above a scope that vanished: they tell whether it is gone."""
        folder, root = self.scope.folder, Path(os.fsdecode(self._place.root))
        is_there = self._walked.get(folder) is not None
        while folder and not is_there:
            folder = folder.rpartition(b"/")[0]
            for above in walk(root, under=folder, recursive=False, skip=skip):
                self._above[above.path] = above
                is_there = not _has_vanished(above)

    def _differs(self, folder: Folder) -> bool:
        known = self._known.get(folder.path, NOTHING)
        return known != (folder.signature if folder.plain else NOTHING)

    def _count(self, folder: Folder) -> None:
        if folder.is_repository:
            self.repositories.add(folder.path)
        if folder.problems:
            self.problems[folder.path] = folder.problems
        for plain in folder.plain:
            if not plain[6]:  # a link is no file of its own
                self.files += 1
                self.size += plain[1]

    def listed(self) -> set[bytes]:
        """The folders that were there and could be listed."""
        return {path for path, listed in self._walked.items() if listed}

    def cleared(self) -> set[bytes]:
        """The folders without problems, among those that were looked at."""
        return self._walked.keys() - self.problems.keys()

    def say(self, problem: Problem) -> None:
        """Add a problem of a place that may not be there any more."""
        teller = problem.path
        while teller and not self._walked.get(teller):
            teller = teller.rpartition(b"/")[0]
        self.problems[teller] = (*self.problems.get(teller, ()), problem)

    def vanished(self) -> list[bytes]:
        """The known folders that are surely gone, once the walk is over."""
        return [
            path
            for path, signature in self._known.items()
            if signature != NOTHING
            and self._walked.get(path) is None
            and self._is_surely_gone(path)
        ]

    def _is_surely_gone(self, path: bytes) -> bool:
        """Gone needs a listed folder above that no longer has it."""
        child = path
        while child:
            parent, _, name = child.rpartition(b"/")
            above = self._above.get(parent)
            if above is not None and not _has_vanished(above):
                return above.listed and name not in above.folders
            listed = self._walked.get(parent)
            if listed is not None:
                return listed and child not in self._walked
            child = parent
        return False

    def _refuse_emptied(self, top: Folder) -> None:
        """An emptied project is a drive that went away, until somebody removes it."""
        if not top.listed:
            reason = top.problems[0].message if top.problems else "it vanished"
            raise ProjectError(
                "The project's folder could not be listed; all that is known is kept.",
                where=self._place.root_text,
                why=reason,
                remedy="Give yourself permission to read it, then look again.",
            )
        is_empty = not (top.plain or top.folders or top.problems)
        if is_empty and self._ingest.has_files(self._place):
            raise ProjectError(
                "The project's folder is empty now; all that is known of it is kept.",
                where=self._place.root_text,
                remedy="Bring the files back, or remove the project if they are gone.",
            )


def _has_vanished(folder: Folder) -> bool:
    """Whether nothing is known of a folder, and not because it may not be read."""
    return not (folder.listed or folder.problems)


def refuse_missing(place: Place) -> None:
    """Raise ProjectError when the project's folder is not there."""
    root = Path(os.fsdecode(place.root))
    if not root.is_dir():
        raise ProjectError(
            "The project's folder is not there; all that is known of it is kept.",
            where=str(root),
            remedy="Plug the drive in or move the folder back; it is looked at again.",
        )


def batches(
    folders: Iterator[Folder], most: int = MOST_FILES
) -> Iterator[list[Folder]]:
    """Folders by so many that they fit in memory, whatever the project's size."""
    batch: list[Folder] = []
    held = 0
    for folder in folders:
        batch.append(folder)
        held += len(folder.plain)
        if held >= most or len(batch) >= most // 10:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def parts(folders: Collection[bytes], most: int = MOST_FOLDERS) -> Iterator[set[bytes]]:
    """Folders by so many that their files fit in memory; neighbours together."""
    left = iter(sorted(folders))
    while part := set(islice(left, most)):
        yield part


@dataclass(slots=True)
class Difference:
    """How the files of some folders differ from what the catalogue knew."""

    added: list[Seen] = field(default_factory=list)
    changed: list[tuple[int, Seen]] = field(default_factory=list)
    gone: list[FileState] = field(default_factory=list)

    @property
    def folders(self) -> set[bytes]:
        """Whose artifacts may be others now."""
        found = {seen.folder for seen in self.added}
        found |= {seen.folder for _, seen in self.changed}
        return found | {state.folder for state in self.gone}


def difference(
    folders: Sequence[Folder], remembered: Sequence[FileState]
) -> Difference:
    """Hold folders against what is remembered of the files in them."""
    found = Difference()
    left = {(state.folder, state.name): state for state in remembered}
    for folder in folders:
        for plain in folder.plain:
            state = left.pop((folder.path, plain[0]), None)
            if state is None:
                found.added.append(_seen(folder.path, plain))
            elif _differs(state, plain):
                found.changed.append((state.id, _seen(folder.path, plain)))
    found.gone = [state for state in left.values() if state.state != "missing"]
    return found


def _seen(folder: bytes, plain: Plain) -> Seen:
    return Seen(folder, *plain[:7])


def _differs(state: FileState, plain: Plain) -> bool:
    _, size, mtime_ns, ctime_ns, inode, _, is_link, _ = plain
    return state.state == "missing" or (
        state.size,
        state.mtime_ns,
        state.ctime_ns,
        state.inode,
        bool(state.link),
    ) != (size, mtime_ns, ctime_ns, signed(inode), is_link)
