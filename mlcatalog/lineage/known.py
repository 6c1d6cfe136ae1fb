"""What is known of the artifacts that references may mean, indexed by each key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from mlcatalog.domain.words import Kind
from mlcatalog.lineage.names import (
    EXPORT_FOLDERS,
    KnownArtifact,
    is_final,
    lies_in,
    names_of,
    parent,
    place_of,
    title_of,
)

__all__ = ["Known", "KnownArtifact", "Match", "created_key", "keys_of", "order_of"]

CONTAINED = frozenset({Kind.MODEL, Kind.DATASET})  # what a folder's path may mean


class Known:
    """An index over artifacts by their keys; it never touches the disk.

    What is asked of it is noted in `reads`: whoever asked has to ask again when
    an artifact that has such a key, or had it, changes.
    """

    def __init__(self, artifacts: Iterable[KnownArtifact] = ()) -> None:
        ordered = sorted(artifacts, key=order_of)
        self.by_id: dict[str, KnownArtifact] = {a.id: a for a in ordered}
        self.reads: set[str] = set()

    def get(self, artifact_id: str) -> KnownArtifact | None:
        """The artifact of an id, None if it is not known."""
        self.reads.add(f"id:{artifact_id}")
        return self.by_id.get(artifact_id)

    def kind(self, artifact_id: str) -> Kind | None:
        """The kind of an artifact, None if it is not known."""
        found = self.get(artifact_id)
        return found.kind if found else None

    def at(self, path: str) -> tuple[str, ...]:
        """The artifacts whose file, bundle or member lies exactly there."""
        return self._having(f"at:{path}")

    def only_inside(self, folder: str, kinds: frozenset[Kind]) -> tuple[str, ...]:
        """The one model or dataset anywhere below a folder; of several, none."""
        found: list[str] = []
        for kind in sorted(kinds & CONTAINED):
            key = f"{kind} below:{folder.rstrip('/')}"
            self.reads.add(key)
            found += self._some(key, 2)
        return tuple(found) if len(found) == 1 else ()

    def beside(self, folder: str, kind: Kind) -> list[KnownArtifact]:
        """The models or datasets that lie directly in a folder, or are it."""
        return self._beside(folder.rstrip("/"), f"{kind} in")

    def finals_beside(self, folder: str) -> list[KnownArtifact]:
        """The models that lie directly in a folder, or are it, but for checkpoints."""
        found = self._beside(folder.rstrip("/"), "final in")
        return [artifact for artifact in found if is_final(artifact)]

    def _beside(self, folder: str, word: str) -> list[KnownArtifact]:
        found = (*self.at(folder), *self._having(f"{word}:{folder}"))
        return [self.by_id[i] for i in found]

    def some(self, ids: Iterable[str]) -> list[KnownArtifact]:
        """Those of some artifacts that are known; whoever asks knows of changes."""
        return [self.by_id[i] for i in ids if i in self.by_id]

    def ending(self, tail: str, project: str) -> tuple[str, ...]:
        """The artifacts of a project with a file or folder that ends in `tail`."""
        found = self._having(f"word:{tail.rpartition('/')[2]}")
        return tuple(
            i
            for i in found
            if any(
                path.endswith(f"/{tail}") and lies_in(path, project)
                for path in _paths(self.by_id[i])
            )
        )

    def by_sha256(self, digest: str) -> tuple[str, ...]:
        """The artifacts with that SHA-256, of a version or of a member."""
        return self._having(f"sha256:{digest.lower()}")

    def by_md5(self, digest: str) -> tuple[str, ...]:
        """The artifacts with that MD5."""
        return self._having(f"md5:{digest.lower()}")

    def by_run(self, run: str) -> tuple[str, ...]:
        """The run of that "tool:native id"."""
        return self._having(f"run:{run}") if run else ()

    def by_run_folder(self, folder: str) -> tuple[str, ...]:
        """The runs whose own folder that is."""
        folder = folder.rstrip("/")
        return self._having(f"run in:{folder}") if folder else ()

    def by_hub(self, hub: str) -> tuple[str, ...]:
        """The artifacts that are local copies of a hub id."""
        return self._having(f"hub:{hub.lower()}") if hub else ()

    def by_name(self, name: str, kinds: frozenset[Kind]) -> tuple[str, ...]:
        """The artifacts of some kinds that go by exactly that name."""
        found = (self.by_id[i] for i in self._having(f"word:{name}"))
        return tuple(a.id for a in found if a.kind in kinds and name in names_of(a))

    def called_like(self, model: KnownArtifact) -> list[KnownArtifact]:
        """The models of a model's name and home, whatever their format; itself too."""
        return [self.by_id[i] for i in self._having(_likeness(model))]

    def run_folder_of(self, artifact: KnownArtifact) -> str:
        """The deepest run folder that an artifact lies in, "" if in none.

        A run whose folder is the project itself owns only what lies directly
        in it: else it would claim every model.
        """
        folder = parent(artifact.path) if artifact.path else ""
        if self.by_run_folder(artifact.path):
            folder = artifact.path  # a bundle that is the run's whole folder
        deep = folder
        while deep and lies_in(deep, artifact.project):
            if self.by_run_folder(deep):
                return deep if deep != artifact.project or deep == folder else ""
            deep = parent(deep)
        return ""

    def _having(self, key: str) -> tuple[str, ...]:
        self.reads.add(key)
        return tuple(self._holders(key))

    def _some(self, key: str, most: int) -> Sequence[str]:
        """The first few artifacts that have a key."""
        return self._holders(key)[:most]

    def _holders(self, key: str) -> Sequence[str]:
        """The artifacts that have a key, in the order of their paths."""
        return self._index.get(key, ())

    @cached_property
    def _index(self) -> dict[str, list[str]]:
        index: dict[str, list[str]] = defaultdict(list)
        for artifact in self.by_id.values():
            for key in keys_of(artifact):
                index[key].append(artifact.id)
        return dict(index)


def order_of(artifact: KnownArtifact) -> tuple[str, str]:
    """Sorts by path."""
    return artifact.path, artifact.id


def keys_of(artifact: KnownArtifact) -> set[str]:
    """Everything by which an artifact may be looked up."""
    keys = {f"id:{artifact.id}"}
    for path in _paths(artifact):
        keys |= {f"at:{path}", f"word:{path.rpartition('/')[2]}"}
    keys |= {f"word:{name}" for name in names_of(artifact)}
    folders = list(_folders(artifact))
    if artifact.kind in CONTAINED:
        keys |= {f"{artifact.kind} below:{folder}" for folder in folders}
        keys |= {f"{artifact.kind} in:{folder}" for folder in folders[:1]}
    if is_final(artifact):
        keys |= {f"final in:{folder}" for folder in folders[:1]}
    if artifact.kind is Kind.MODEL and artifact.path:
        keys.add(_likeness(artifact))
    keys |= {f"sha256:{digest.lower()}" for digest in artifact.digests}
    keys |= {f"md5:{digest.lower()}" for digest in artifact.md5s}
    one_each = {
        "run": artifact.run,
        "run in": artifact.run_folder.rstrip("/"),
        "hub": artifact.hub.lower(),
    }
    return keys | {f"{word}:{value}" for word, value in one_each.items() if value}


def created_key(artifact_id: str) -> str:
    """What whoever compares the times of content has asked for."""
    return f"created:{artifact_id}"


def _likeness(model: KnownArtifact) -> str:
    """Where a model is at home, not `onnx/` but above it, and what it is called."""
    home = parent(place_of(model))
    if home.rpartition("/")[2].lower() in EXPORT_FOLDERS:
        home = parent(home)
    return f"like:{home}/{title_of(model)}"


@dataclass(frozen=True, slots=True)
class Match:
    """What a reference may mean: ids, how it was found, and how sure that is."""

    ids: tuple[str, ...] = ()
    how: str = ""  # "" when it is exact
    confidence: float = 1.0
    certain: bool = True  # False: only a suggestion


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
