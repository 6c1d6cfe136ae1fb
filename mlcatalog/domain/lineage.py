"""Lineage as values: nodes, edges and the evidence for each edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mlcatalog.domain.words import Evidence, Kind, Relation


@dataclass(frozen=True, slots=True)
class Node:
    """One artifact, or an external one that is known by reference only."""

    id: str
    kind: Kind
    name: str
    path: str = ""
    external: bool = False
    format: str = ""
    digest: str | None = None
    size: int | None = None
    modified: int | None = None
    stage: str = "draft"
    revision: str | None = None  # of an external one
    facts: dict[str, str] = field(default_factory=dict, compare=False)
    columns: tuple[str, ...] = field(default=(), compare=False)  # of a dataset


IN_GIT = "git"  # the format of a node that is an earlier version in a repository

IN_DVC = "dvc"  # of one that DVC recorded, by place and digest
IN_STORE = "stored"  # of one that a tool keeps parameter by parameter
PLACES = {IN_GIT: "in git", IN_DVC: "in DVC", IN_STORE: "in a store"}


def where_words(node: Node) -> str:
    """Where one is that no project holds."""
    return PLACES.get(node.format, "external")


def full_name(node: Node) -> str:
    """The name; of an earlier version in git, with the commit that tells it apart."""
    if node.format == IN_GIT and node.revision:
        return f"{node.name} @ {node.revision[:8]}"
    return node.name


@dataclass(frozen=True, slots=True)
class Proof:
    """One reason to believe in an edge."""

    evidence: Evidence
    source: str  # file and key path
    detail: str = ""
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Edge:
    """*child* RELATION *parent*, with every proof; ids are those of nodes."""

    parent: str
    child: str
    relation: Relation
    proofs: tuple[Proof, ...]
    status: str = "open"  # open, confirmed or rejected: a person's decision
    pinned: bool = True  # the parent's exact version is known

    @property
    def best(self) -> Proof:
        """The strongest proof."""
        return min(self.proofs, key=lambda p: (p.evidence.rank, -p.confidence))

    @property
    def confidence(self) -> float:
        """That of the best proof, never a product."""
        return self.best.confidence

    @property
    def is_suggestion(self) -> bool:
        """True while only inferred and nobody has decided."""
        return self.best.evidence is Evidence.INFERRED and self.status == "open"


@dataclass(frozen=True, slots=True)
class Graph:
    """A piece of the lineage; `focus` is the id it was asked for, or ""."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    focus: str = ""
    total: int = 0  # nodes there would be without limits

    def node(self, node_id: str) -> Node | None:
        """The node of that id, None if it is not in this piece."""
        return next((node for node in self.nodes if node.id == node_id), None)

    def parents(self, node_id: str) -> Iterator[Edge]:
        """Edges from the node up to where it came from."""
        return (edge for edge in self.edges if edge.child == node_id)

    def children(self, node_id: str) -> Iterator[Edge]:
        """Edges from the node down to what came from it."""
        return (edge for edge in self.edges if edge.parent == node_id)
