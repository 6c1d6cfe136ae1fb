"""The walk and list stages: what is new, changed, moved and gone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlcatalog.catalog.ingest import FileState, Ingest, Place, Seen
from mlcatalog.catalog.listing import signed
from mlcatalog.domain.errors import ProjectError
from mlcatalog.domain.progress import Progress
from mlcatalog.scanning.listing import Entry, Folder, Problem
from mlcatalog.scanning.walk import walk
from mlcatalog.tasks.indexing.volumes import away


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of a project: a folder, and whether all below it too."""

    folder: bytes = b""
    recursive: bool = True


WHOLE = Scope()


@dataclass(slots=True)
class Listing:
    """What one walk found, held against the catalogue."""

    folders: dict[bytes, Folder] = field(default_factory=dict)
    above: dict[bytes, Folder] = field(default_factory=dict)  # of a scope that vanished
    added: list[Seen] = field(default_factory=list)
    changed: list[tuple[int, Seen]] = field(default_factory=list)
    gone: list[FileState] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    files: int = 0
    size: int = 0

    @property
    def is_quiet(self) -> bool:
        """Nothing differs from what the catalogue knew."""
        return not (self.added or self.changed or self.gone)

    def dirty_folders(self, changed_states: Iterable[FileState]) -> set[bytes]:
        """The folders whose artifacts have to be looked at again."""
        dirty = {seen.folder for seen in self.added}
        dirty |= {seen.folder for _, seen in self.changed}
        dirty |= {state.folder for state in self.gone}
        return dirty | {state.folder for state in changed_states}


def listed(
    ingest: Ingest, place: Place, scope: Scope, progress: Progress
) -> tuple[Listing, list[FileState]]:
    """Walk a part of a project and compare it with what is remembered.

    Gives the difference and what was remembered. Raises ProjectError when
    the project's folder is not there: it is offline then, not empty.
    """
    root = Path(os.fsdecode(place.root))
    refuse_missing(place)
    listing = Listing()
    skip = ingest.inner_roots(place)
    for folder in walk(
        root,
        under=scope.folder,
        recursive=scope.recursive,
        skip=skip,
        progress=progress,
    ):
        listing.folders[folder.path] = folder
        listing.problems.extend(folder.problems)
    listing.above = _above(root, scope, listing, skip=skip)
    remembered = ingest.files_under(place, scope.folder, recursive=scope.recursive)
    _refuse_emptied(listing, place, scope, remembered)
    _compare(listing, remembered)
    kept = {state.id for state in away(listing.gone, place, listing.folders)}
    listing.gone = [state for state in listing.gone if state.id not in kept]
    return listing, remembered


def _above(
    root: Path, scope: Scope, listing: Listing, *, skip: frozenset[bytes]
) -> dict[bytes, Folder]:
    """The folders above one that vanished: they tell whether it is gone."""
    found: dict[bytes, Folder] = {}
    folder = scope.folder
    while folder and _has_vanished(listing.folders.get(folder) or found.get(folder)):
        folder = folder.rpartition(b"/")[0]
        found |= {
            walked.path: walked
            for walked in walk(root, under=folder, recursive=False, skip=skip)
        }
    return found


def _has_vanished(folder: Folder | None) -> bool:
    """Whether nothing is known of a folder, and not because it may not be read."""
    return folder is None or not (folder.listed or folder.problems)


def refuse_missing(place: Place) -> None:
    """Raise ProjectError when the project's folder is not there."""
    root = Path(os.fsdecode(place.root))
    if not root.is_dir():
        raise ProjectError(
            "The project's folder is not there; all that is known of it is kept.",
            where=str(root),
            remedy="Plug the drive in or move the folder back; it is looked at again.",
        )


def _refuse_emptied(
    listing: Listing, place: Place, scope: Scope, remembered: Sequence[FileState]
) -> None:
    """An emptied project is a drive that went away, until somebody removes it."""
    top = listing.folders.get(scope.folder)
    if scope.folder or top is None:
        return
    if not top.listed:
        reason = top.problems[0].message if top.problems else "it vanished"
        raise ProjectError(
            "The project's folder could not be listed; all that is known is kept.",
            where=place.root_text,
            why=reason,
            remedy="Give yourself permission to read it, then look again.",
        )
    is_empty = not (top.files or top.folders or top.problems)
    if is_empty and any(state.state != "missing" for state in remembered):
        raise ProjectError(
            "The project's folder is empty now; all that is known of it is kept.",
            where=place.root_text,
            remedy="Bring the files back, or remove the project if they are gone.",
        )


def _compare(listing: Listing, remembered: list[FileState]) -> None:
    known = {(state.folder, state.name): state for state in remembered}
    seen_names: set[tuple[bytes, bytes]] = set()
    for folder in listing.folders.values():
        for entry in folder.files:
            if not entry.is_link:
                listing.files += 1
                listing.size += entry.size
            key = (folder.path, entry.name)
            seen_names.add(key)
            state = known.get(key)
            if state is None:
                listing.added.append(_seen(folder.path, entry))
            elif _differs(state, entry):
                listing.changed.append((state.id, _seen(folder.path, entry)))
    listing.gone = [
        state
        for key, state in known.items()
        if state.state != "missing"
        and key not in seen_names
        and _surely_gone(state.folder, listing)
    ]


def _seen(folder: bytes, entry: Entry) -> Seen:
    return Seen(
        folder=folder,
        name=entry.name,
        size=entry.size,
        mtime_ns=entry.mtime_ns,
        ctime_ns=entry.ctime_ns,
        inode=entry.inode,
        device=entry.device,
        link=entry.is_link,
    )


def _differs(state: FileState, entry: Entry) -> bool:
    return state.state == "missing" or (
        state.size,
        state.mtime_ns,
        state.ctime_ns,
        state.inode,
        bool(state.link),
    ) != (
        entry.size,
        entry.mtime_ns,
        entry.ctime_ns,
        signed(entry.inode),
        entry.is_link,
    )


def _surely_gone(folder: bytes, listing: Listing) -> bool:
    """Gone needs a listed parent that no longer has it."""
    walked = listing.folders.get(folder)
    if walked is not None and not _has_vanished(walked):
        return walked.listed
    child = folder
    while child:
        parent, _, name = child.rpartition(b"/")
        above = listing.folders.get(parent) or listing.above.get(parent)
        if above is not None and not _has_vanished(above):
            return above.listed and name not in above.folders
        child = parent
    return False
