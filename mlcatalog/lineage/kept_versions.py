"""Versions that a repository keeps of a model, as nodes in its lineage.

The newest is the model that is there; each earlier one is known by its commit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha1

from mlcatalog.domain.code_history import COMMITTED
from mlcatalog.domain.lineage import IN_GIT, Edge, Node, Proof
from mlcatalog.domain.parameter_versions import ParameterHistory
from mlcatalog.domain.words import Evidence, Kind, Relation

SHORT = 12  # characters of a commit
EDITED = frozenset({"uncommitted changes", "in conflict"})
NOT_COMPARED = "whether the file was edited since is not known"


@dataclass(frozen=True, slots=True)
class Kept:
    """A model that is there, its versions in git, and how it stands to the last."""

    id: str
    history: ParameterHistory
    state: str  # a git.state


@dataclass(slots=True)
class KeptVersions:
    """The nodes of earlier versions, and the edges between all."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)


def kept_versions(models: Iterable[Kept]) -> KeptVersions:
    """What repositories say of models, version to version."""
    found = KeptVersions()
    for model in models:
        _add(model, found)
    return found


def _add(model: Kept, found: KeptVersions) -> None:
    path, versions = model.history.path, model.history.versions
    newest = versions[0].commit
    is_edited = model.state in EDITED
    ids = {} if is_edited else {newest: model.id}
    if is_edited:
        parent = _node(path, newest, found)
        words = "edited since that commit, in no commit yet"
        proof = Proof(Evidence.RECORDED, _source(path, newest), words)
        found.edges.append(Edge(parent, model.id, Relation.DERIVED_FROM, (proof,)))
    for version in versions:
        child = ids.get(version.commit) or _node(path, version.commit, found)
        is_unsure = child == model.id and model.state != COMMITTED
        for descent in version.parents:
            parent = ids.get(descent.commit) or _node(path, descent.commit, found)
            words = f"{descent.words}; {NOT_COMPARED}" if is_unsure else descent.words
            proof = Proof(Evidence.RECORDED, _source(path, version.commit), words)
            found.edges.append(Edge(parent, child, descent.relation, (proof,)))


def _source(path: str, commit: str) -> str:
    return f"Git-Theta: {path} at {commit[:SHORT]}"


def _node(path: str, commit: str, found: KeptVersions) -> str:
    key = f"{IN_GIT}|{path}|{commit}".encode("utf-8", "replace")
    made = Node(
        id="ext:" + sha1(key, usedforsecurity=False).hexdigest(),
        kind=Kind.MODEL,
        name=path,
        external=True,
        format=IN_GIT,
        revision=commit[:SHORT],
    )
    found.nodes[made.id] = made
    return made.id
