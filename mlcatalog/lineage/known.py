"""What is known of the artifacts that references may mean, indexed by each key."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from mlcatalog.domain.words import Kind


@dataclass(frozen=True, slots=True)
class KnownArtifact:
    """One artifact by every key that a reference may use.

    Paths are absolute texts with "/". For a bundle that is a folder, path is
    the folder; members are the paths of its files.
    """

    id: str
    kind: Kind
    path: str = ""
    project: str = ""  # the project's root
    name: str = ""
    format: str = ""
    members: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()  # SHA-256 of its versions and members
    md5s: tuple[str, ...] = ()
    run: str = ""  # "tool:native id"
    run_folder: str = ""
    hub: str = ""  # "org/name", if a card or the hub's cache says so
    step: int | None = None  # of a checkpoint, when its own files say so
    created: int | None = None  # UTC µs of the current content


class Known:
    """An index over artifacts; it never touches the disk."""

    def __init__(
        self, artifacts: Iterable[KnownArtifact], projects: Iterable[str] = ()
    ) -> None:
        ordered = sorted(artifacts, key=lambda artifact: (artifact.path, artifact.id))
        self.artifacts: tuple[KnownArtifact, ...] = tuple(ordered)
        self.by_id: Mapping[str, KnownArtifact] = {a.id: a for a in ordered}
        roots = {a.project for a in ordered if a.project} | set(projects)
        self.projects = tuple(sorted(roots))

    def of_kind(self, *kinds: Kind) -> Iterator[KnownArtifact]:
        """All artifacts of some kinds, in the order of their paths."""
        return (artifact for artifact in self.artifacts if artifact.kind in kinds)

    def kind(self, artifact_id: str) -> Kind | None:
        """The kind of an artifact, None if it is not known."""
        found = self.by_id.get(artifact_id)
        return found.kind if found else None

    def is_in_project(self, path: str) -> bool:
        """Whether a path lies in any known project."""
        return any(lies_in(path, root) for root in self.projects)

    def at(self, path: str) -> tuple[str, ...]:
        """The artifacts whose file, bundle or member lies exactly there."""
        return tuple(self._by_path.get(path, ()))

    def inside(self, folder: str) -> tuple[str, ...]:
        """The artifacts anywhere below a folder."""
        return tuple(self._by_folder.get(folder.rstrip("/"), ()))

    def beside(self, folder: str) -> tuple[str, ...]:
        """The artifacts that lie directly in a folder, or are that folder."""
        folder = folder.rstrip("/")
        direct = (
            i for i in self.inside(folder) if parent(self.by_id[i].path) == folder
        )
        return (*self.at(folder), *direct)

    def ending(self, tail: str, project: str) -> tuple[str, ...]:
        """The artifacts of a project with a file or folder that ends in `tail`."""
        last = tail.rpartition("/")[2]
        paths = self._by_last_name.get(last, ())
        fits = (p for p in paths if p.endswith(f"/{tail}") and lies_in(p, project))
        return tuple(dict.fromkeys(i for path in fits for i in self.at(path)))

    def by_sha256(self, digest: str) -> tuple[str, ...]:
        """The artifacts with that SHA-256, of a version or of a member."""
        return tuple(self._by_sha256.get(digest.lower(), ()))

    def by_md5(self, digest: str) -> tuple[str, ...]:
        """The artifacts with that MD5."""
        return tuple(self._by_md5.get(digest.lower(), ()))

    def by_run(self, run: str) -> tuple[str, ...]:
        """The run of that "tool:native id"."""
        return tuple(self._by_run.get(run, ()))

    def by_run_folder(self, folder: str) -> tuple[str, ...]:
        """The runs whose own folder that is."""
        return tuple(self._by_run_folder.get(folder.rstrip("/"), ()))

    def by_hub(self, hub: str) -> tuple[str, ...]:
        """The artifacts that are local copies of a hub id."""
        return tuple(self._by_hub.get(hub.lower(), ()))

    def by_name(self, name: str, kinds: frozenset[Kind]) -> tuple[str, ...]:
        """The artifacts of some kinds that go by exactly that name."""
        found = self._by_name.get(name, ())
        return tuple(i for i in found if self.by_id[i].kind in kinds)

    def run_folder_of(self, artifact: KnownArtifact) -> str:
        """The deepest run folder that an artifact lies in, "" if in none.

        A run whose folder is the project itself owns only what lies directly
        in it: else it would claim every model.
        """
        folder = parent(artifact.path) if artifact.path else ""
        if artifact.path in self._by_run_folder:
            folder = artifact.path  # a bundle that is the run's whole folder
        deep = folder
        while deep and lies_in(deep, artifact.project):
            if deep in self._by_run_folder:
                return deep if deep != artifact.project or deep == folder else ""
            deep = parent(deep)
        return ""

    @cached_property
    def _by_path(self) -> dict[str, list[str]]:
        pairs = ((p, a.id) for a in self.artifacts for p in _paths(a))
        return _indexed(pairs)

    @cached_property
    def _by_last_name(self) -> dict[str, list[str]]:
        return _indexed((path.rpartition("/")[2], path) for path in self._by_path)

    @cached_property
    def _by_folder(self) -> dict[str, list[str]]:
        return _indexed((f, a.id) for a in self.artifacts for f in _folders(a))

    @cached_property
    def _by_sha256(self) -> dict[str, list[str]]:
        return _indexed((d.lower(), a.id) for a in self.artifacts for d in a.digests)

    @cached_property
    def _by_md5(self) -> dict[str, list[str]]:
        return _indexed((d.lower(), a.id) for a in self.artifacts for d in a.md5s)

    @cached_property
    def _by_run(self) -> dict[str, list[str]]:
        return _indexed((a.run, a.id) for a in self.artifacts if a.run)

    @cached_property
    def _by_run_folder(self) -> dict[str, list[str]]:
        folders = ((a.run_folder.rstrip("/"), a.id) for a in self.artifacts)
        return _indexed(pair for pair in folders if pair[0])

    @cached_property
    def _by_hub(self) -> dict[str, list[str]]:
        return _indexed((a.hub.lower(), a.id) for a in self.artifacts if a.hub)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        return _indexed((n, a.id) for a in self.artifacts for n in sorted(names_of(a)))


@dataclass(frozen=True, slots=True)
class Match:
    """What a reference may mean: ids, how it was found, and how sure that is."""

    ids: tuple[str, ...] = ()
    how: str = ""  # "" when it is exact
    confidence: float = 1.0
    certain: bool = True  # False: only a suggestion


def names_of(artifact: KnownArtifact) -> set[str]:
    """What an artifact may be called: its name, file name and stem."""
    last = artifact.path.rpartition("/")[2]
    return {name for name in (artifact.name, last, stem(last)) if name}


def place_of(artifact: KnownArtifact) -> str:
    """The path whose last part is what an artifact is called.

    Of a file that a framework named (`checkpoint-500/model.safetensors`, known
    by its artifact bearing the folder's name) that is the folder.
    """
    folder = parent(artifact.path)
    named_by_folder = artifact.name and artifact.name == folder.rpartition("/")[2]
    return folder if named_by_folder else artifact.path


def title_of(artifact: KnownArtifact) -> str:
    """What an artifact is called by its path: a folder's name, a file's stem."""
    place = place_of(artifact)
    last = place.rpartition("/")[2]
    is_folder = place != artifact.path or (
        bool(artifact.members) and artifact.path not in artifact.members
    )
    return last if is_folder else stem(last)


def parent(path: str) -> str:
    """The folder that a path lies in, "" above the top."""
    return posixpath.dirname(path) if path not in {"", "/"} else ""


def stem(name: str) -> str:
    """A file name without its last suffix; versions ("v1.2") are no suffix."""
    head, dot, suffix = name.rpartition(".")
    return head if dot and head and not suffix.isdigit() else name


def lies_in(path: str, folder: str) -> bool:
    """Whether a path is a folder or below it."""
    return bool(folder) and (
        path == folder or path.startswith(folder.rstrip("/") + "/")
    )


def _paths(artifact: KnownArtifact) -> Iterator[str]:
    if artifact.path:
        yield artifact.path.rstrip("/") or "/"
    yield from artifact.members


def _folders(artifact: KnownArtifact) -> Iterator[str]:
    """Each folder above an artifact, up to its project's root."""
    folder = parent(artifact.path)
    while folder and lies_in(folder, artifact.project):
        yield folder
        folder = parent(folder)


def _indexed(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    index: dict[str, dict[str, None]] = defaultdict(dict)
    for key, value in pairs:
        index[key][value] = None
    return {key: list(values) for key, values in index.items()}
