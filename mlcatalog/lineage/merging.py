"""Edges put together: one per parent, child and relation, with every proof."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from mlcatalog.domain.lineage import Edge, Proof
from mlcatalog.domain.words import Relation

Key = tuple[str, str, Relation]


def merged(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """The same edges without repetition, in a fixed order.

    Proofs come strongest first. An edge is pinned if any of its sources names
    the parent's exact version.
    """
    groups: dict[Key, list[Edge]] = defaultdict(list)
    for edge in edges:
        groups[key_of(edge)].append(edge)
    return tuple(_one(key, groups[key]) for key in sorted(groups))


def key_of(edge: Edge) -> Key:
    """What tells two edges apart."""
    return edge.parent, edge.child, edge.relation


def strength(edge: Edge) -> tuple[int, float, str, str, str]:
    """A sort key: the best proven first, ties by what stays the same."""
    best = edge.best
    return best.evidence.rank, -best.confidence, edge.relation, edge.child, edge.parent


def edge_of(child: str, relation: Relation, parent: str, proof: Proof) -> Edge:
    """*child* RELATION *parent* with one proof."""
    return Edge(parent=parent, child=child, relation=relation, proofs=(proof,))


def _one(key: Key, edges: list[Edge]) -> Edge:
    if len(edges) == 1 and len(edges[0].proofs) == 1:
        return edges[0]
    proofs = {proof for edge in edges for proof in edge.proofs}
    decided = sorted(edge.status for edge in edges if edge.status != "open")
    return Edge(
        *key,
        proofs=tuple(sorted(proofs, key=_order)),
        status=decided[0] if decided else "open",
        pinned=any(edge.pinned for edge in edges),
    )


def _order(proof: Proof) -> tuple[int, float, str, str]:
    return proof.evidence.rank, -proof.confidence, proof.source, proof.detail
