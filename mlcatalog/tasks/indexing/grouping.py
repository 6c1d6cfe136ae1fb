"""Files to artifacts: bundles, single files and the sources of runs."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from mlcatalog.catalog.ingest import Desired, FileState
from mlcatalog.conventions.names import display_name
from mlcatalog.domain import dvc_words
from mlcatalog.domain.words import Kind
from mlcatalog.formats import bundles, dvc_pointer
from mlcatalog.formats.reader import Guess
from mlcatalog.formats.registry import guess
from mlcatalog.trackers import registry as trackers

DEEP_MARKS = frozenset(os.fsencode(name) for name in bundles.DEEP_MARKS)
Inode = tuple[int, int]  # device and number


@dataclass(slots=True)
class Tree:
    """The present files of a project by folder, with the folders' children."""

    files: dict[bytes, dict[bytes, FileState]] = field(default_factory=dict)
    children: dict[bytes, set[bytes]] = field(default_factory=dict)
    _answers: dict[bytes, tuple[list[tuple[str, bytes]], set[bytes], set[bytes]]] = (
        field(default_factory=dict)
    )
    _owners: dict[bytes, bytes | None] = field(default_factory=dict)
    _marked: set[bytes] | None = None  # folders that may be deep bundles

    @classmethod
    def of(
        cls,
        states: Iterable[FileState],
        children: Iterable[tuple[bytes, bytes]] = (),
    ) -> Tree:
        """The tree of what is there now; `children` are folders with no files here."""
        tree = cls()
        for state in states:
            if state.state == "missing":
                continue
            tree.files.setdefault(state.folder, {})[state.name] = state
        for folder in list(tree.files):
            child = folder
            while child:
                parent, _, name = child.rpartition(b"/")
                below = tree.children.setdefault(parent, set())
                if name in below:
                    break  # and so are the folders above
                below.add(name)
                child = parent
        for folder, name in children:
            tree.children.setdefault(folder, set()).add(name)
        return tree

    def names(self, folder: bytes) -> frozenset[str]:
        """A folder's listing as trackers and bundles want it: folders end in /."""
        states = self.files.get(folder, {})
        files = texts([name for name, state in states.items() if not state.link])
        below = texts(self.children.get(folder, ()))
        return frozenset((*files, *(name + "/" for name in below)))

    def sources(self, folder: bytes) -> list[tuple[str, bytes]]:
        """The trackers' sources in a folder: (tool, path relative to the project)."""
        return self._asked(folder)[0]

    def deep_root(self, folder: bytes) -> bytes | None:
        """The topmost folder whose bundle owns this folder, itself included."""
        if not self._marks():
            return None
        found, parts = None, folder.split(b"/") if folder else []
        for depth in range(1, len(parts) + 1):
            root = b"/".join(parts[:depth])
            bundle = self.deep(root)
            if bundle is None:
                continue
            if depth == len(parts) or bundle.owns(os.fsdecode(parts[depth])):
                found = root
                break
        return found

    def _marks(self) -> set[bytes]:
        if self._marked is None:
            self._marked = {
                folder
                for folder, states in self.files.items()
                if not DEEP_MARKS.isdisjoint(states)
            }
        return self._marked

    def deep(self, folder: bytes) -> bundles.Deep | None:
        """The bundle that a folder is with folders below it; most are none."""
        if folder not in self._marks():
            return None
        return bundles.deep(self.names(folder))

    def members(self, root: bytes, bundle: bundles.Deep) -> dict[bytes, FileState]:
        """The files of a deep bundle by their paths below its folder."""
        found: dict[bytes, FileState] = {}
        prefix = root + b"/"
        for folder, states in self.files.items():
            below = folder[len(prefix) :] + b"/" if folder.startswith(prefix) else b""
            first = os.fsdecode(below.partition(b"/")[0])
            if folder == root or (below and bundle.owns(first)):
                found |= {below + name: state for name, state in states.items()}
        return found

    def states_of(self, want: Desired) -> dict[bytes, FileState]:
        """The files of an artifact by the names in its roles."""
        near = self.files.get(want.folder, {})
        return {name: self._state(want.folder, near, name) for name in want.roles}

    def _state(
        self, folder: bytes, near: dict[bytes, FileState], name: bytes
    ) -> FileState:
        below, slash, last = name.rpartition(b"/")
        return self.files[folder + b"/" + below][last] if slash else near[name]

    def owner(self, folder: bytes) -> bytes | None:
        """The folder whose listing says that a folder is a tracker's (.hydra)."""
        climbed: list[bytes] = []
        child, found = folder, None
        while child:
            if child in self._owners:
                found = self._owners[child]
                break
            climbed.append(child)
            parent, _, name = child.rpartition(b"/")
            if name in self._asked(parent)[1]:
                found = parent
                break
            child = parent
        self._owners |= dict.fromkeys(climbed, found)
        return found

    def tellers(self, folder: bytes) -> set[bytes]:
        """The folders above whose runs are told of by files anywhere below them."""
        wide, found = trackers.wide_tools(), set()
        above = folder
        while above:
            above = above.rpartition(b"/")[0]
            if any(tool in wide for tool, _ in self.sources(above)):
                found.add(above)
        return found

    def owned_files(self, folder: bytes) -> set[bytes]:
        """The names of files in a folder that only tell of runs."""
        return self._asked(folder)[2]

    def is_inside_source(self, folder: bytes) -> bool:
        """Whether a folder belongs to a tracker (.hydra, params of an MLflow run)."""
        return self.owner(folder) is not None

    def _asked(
        self, folder: bytes
    ) -> tuple[list[tuple[str, bytes]], set[bytes], set[bytes]]:
        """What the trackers say of a folder: sources, their folders, their files."""
        known = self._answers.get(folder)
        if known is None:
            names = self.names(folder)
            found, owned = trackers.told_by(names)
            known = (
                [(t, _joined(folder, os.fsencode(n.rstrip("/")))) for t, n in found],
                {os.fsencode(name[:-1]) for name in owned if name.endswith("/")},
                {os.fsencode(name) for name in owned if not name.endswith("/")},
            )
            self._answers[folder] = known
        return known


def texts(names: Collection[bytes]) -> list[str]:
    """Names as text; together, for one by one they cost more than what is done next."""
    return os.fsdecode(b"\0".join(names)).split("\0") if names else []


def _joined(folder: bytes, name: bytes) -> bytes:
    return folder + b"/" + name if folder else name


@dataclass(slots=True)
class Grouping:
    """What the files of some folders make."""

    desired: list[Desired] = field(default_factory=list)
    evidence: list[int] = field(default_factory=list)  # files that make no artifact
    links: list[int] = field(default_factory=list)  # links to a part of another's
    again: list[int] = field(default_factory=list)  # what they stand for came or went


def grouped(
    tree: Tree,
    folders: Iterable[bytes],
    *,
    touched: frozenset[int],
    project: str,
    has_links: bool = True,
) -> Grouping:
    """The artifacts that the files of folders make, by name alone."""
    grouping = Grouping()
    done: set[bytes] = set()
    for folder in sorted(folders):
        states = tree.files.get(folder, {})
        root = tree.deep_root(folder)
        if root is not None and not tree.is_inside_source(root):
            if root not in done:
                done.add(root)
                grouping.desired.append(_deep(tree, root, project=project))
            continue
        if tree.is_inside_source(folder):
            grouping.evidence += [state.id for state in states.values()]
            continue
        told, named = tree.owned_files(folder), texts(states)
        before, pointers = len(grouping.desired), []
        taken = told | _bundled(
            grouping, folder, states, names=frozenset(named), project=project
        )
        place = _Place(folder, f"{project}/{os.fsdecode(_joined(folder, b''))}")
        for state, name in zip(states.values(), named, strict=True):
            guessed = guess(name)
            if guessed is None or state.name in taken:
                continue
            if guessed.format == dvc_pointer.NOT_HERE:
                pointers.append(state)
            else:
                _single(grouping, place, state, name, guessed, touched=touched)
        if pointers:
            _point(grouping, tree, folder, pointers, since=before, project=project)
        grouping.evidence += [states[name].id for name in told if name in states]
    if has_links:
        _join_links(grouping, tree)
    return grouping


def _join_links(grouping: Grouping, tree: Tree) -> None:
    """Artifacts of the very same files are one, at several places.

    What is no link comes first, then the first path. A symbolic link to a
    part of an artifact makes none of its own.
    """
    groups: dict[frozenset[Inode], list[Desired]] = {}
    for want in grouping.desired:
        groups.setdefault(_inodes(want, tree), []).append(want)
    joined: list[Desired] = []
    for inodes, same in groups.items():
        if len(same) == 1 or not all(inode for _, inode in inodes):
            joined += same
            continue
        first, *others = sorted(same, key=lambda w: (_is_link(w, tree), w.path))
        joined.append(first._replace(links=tuple(others)))
    owned = {
        inode
        for inodes, same in groups.items()
        if not all(_is_link(want, tree) for want in same)
        for inode in inodes
    }
    grouping.desired = []
    for want in joined:
        if _is_link(want, tree) and _inodes(want, tree) & owned:
            grouping.links += [state.id for state in tree.states_of(want).values()]
        else:
            grouping.desired.append(want)


def _content(want: Desired, tree: Tree) -> list[FileState]:
    states = tree.states_of(want)
    return [states[name] for name, role in want.roles.items() if role != "companion"]


def _inodes(want: Desired, tree: Tree) -> frozenset[Inode]:
    return frozenset(state.place for state in _content(want, tree))


def _is_link(want: Desired, tree: Tree) -> bool:
    return any(state.link for state in _content(want, tree))


def _bundled(
    grouping: Grouping,
    folder: bytes,
    states: dict[bytes, FileState],
    *,
    names: frozenset[str],
    project: str,
) -> set[bytes]:
    taken: set[bytes] = set()
    groups = bundles.groups(names)
    for group in groups:
        main = os.fsencode(group.main)
        # One bundle that fills a folder is that folder; several keep their files.
        path = folder if folder and len(groups) == 1 else _joined(folder, main)
        roles = {os.fsencode(name): "companion" for name in group.companions}
        roles |= {os.fsencode(name): "content" for name in group.content}
        roles[main] = "main"
        text = os.fsdecode(path)
        grouping.desired.append(
            Desired(
                folder=folder,
                path=path,
                kind=group.kind.value,
                format=group.format,
                name=_name(text, group.kind, is_bundle=path == folder, project=project),
                bundle=True,
                main=main,
                roles=roles,
            )
        )
        taken |= set(roles)
    return taken


def _deep(tree: Tree, root: bytes, *, project: str) -> Desired:
    """The artifact that a folder is together with what lies below it."""
    bundle = tree.deep(root)
    if bundle is None:
        raise ValueError("no deep bundle lies there")
    members = tree.members(root, bundle)
    roles = {
        name: "companion" if bundles.is_note(os.fsdecode(name)) else "content"
        for name in members
    }
    main = os.fsencode(bundle.main)
    roles[main] = "main"
    return Desired(
        folder=root,
        path=root,
        kind=bundle.kind.value,
        format=bundle.format,
        name=_name(os.fsdecode(root), bundle.kind, is_bundle=True, project=project),
        bundle=True,
        main=main,
        roles=roles,
    )


class _Place(NamedTuple):
    """A folder, and as the text before its files' names: from the project's name on."""

    folder: bytes
    text: str


def _single(
    grouping: Grouping,
    place: _Place,
    state: FileState,
    name: str,
    guessed: Guess,
    *,
    touched: frozenset[int],
) -> None:
    known_evidence = (
        state.role == "source" and state.id not in touched and bool(state.read_version)
    )
    kind = guessed.kind
    if kind is None or kind is Kind.RUN or known_evidence:
        (grouping.links if state.link else grouping.evidence).append(state.id)
        return
    grouping.desired.append(
        Desired(
            place.folder,
            _joined(place.folder, state.name),
            str(kind),
            guessed.format,
            _shown(display_name(place.text + name, kind, is_bundle=False)),
            False,
            state.name,
            {state.name: "main"},
        )
    )


def _point(
    grouping: Grouping,
    tree: Tree,
    folder: bytes,
    pointers: list[FileState],
    *,
    since: int,
    project: str,
) -> None:
    """DVC pointers: companions of what lies beside them, or what stands for it."""
    owners = {
        name: place
        for place in range(since, len(grouping.desired))
        for name in grouping.desired[place].roles
    }
    for state in pointers:
        pointed = os.fsencode(dvc_words.pointed(os.fsdecode(state.name)))
        if pointed in owners:
            want = grouping.desired[owners[pointed]]
            roles = {**want.roles, state.name: "companion"}
            grouping.desired[owners[pointed]] = want._replace(roles=roles)
        elif pointed in tree.files[folder]:
            grouping.evidence.append(state.id)
        else:
            is_here = pointed in tree.children.get(folder, ())
            form = dvc_pointer.HERE if is_here else dvc_pointer.NOT_HERE
            if state.format not in ("", form):
                grouping.again.append(state.id)
            text = os.fsdecode(_joined(folder, pointed))
            grouping.desired.append(_pointer(folder, state, text, form, project))


def _pointer(
    folder: bytes, state: FileState, text: str, form: str, project: str
) -> Desired:
    """What stands for data that is not here; of a folder for the whole, here or not."""
    kind = dvc_words.kind_of(text)
    is_folder = form == dvc_pointer.HERE
    return Desired(
        folder=folder,
        path=_joined(folder, state.name),
        kind=kind.value,
        format=form,
        name=_name(text, kind, is_bundle=is_folder, project=project),
        bundle=False,
        main=state.name,
        roles={state.name: "main"},
    )


def _name(path: str, kind: Kind, *, is_bundle: bool, project: str) -> str:
    # A framework-dictated name at the top of a project goes by the project's.
    return _shown(display_name(f"{project}/{path}", kind, is_bundle=is_bundle))


def _shown(name: str) -> str:
    if name.isascii():
        return name
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
