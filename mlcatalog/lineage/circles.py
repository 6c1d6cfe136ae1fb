"""Circles in ancestry: found, and opened where the proof is weakest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from mlcatalog.domain.lineage import Edge
from mlcatalog.lineage.grammar import ANCESTRY
from mlcatalog.lineage.merging import strength


def without_circles(edges: Iterable[Edge]) -> tuple[tuple[Edge, ...], tuple[Edge, ...]]:
    """The edges that stay, and those of the model-parent relations that had to go.

    Edges are put in strongest first; one that would close a circle goes. Only
    edges that lie on a circle at all are looked at one by one.
    """
    every = tuple(edges)
    suspects = _on_circles([edge for edge in every if edge.relation in ANCESTRY])
    dropped = _closing(suspects)
    return tuple(edge for edge in every if edge not in dropped), tuple(
        edge for edge in every if edge in dropped
    )


def _on_circles(edges: list[Edge]) -> list[Edge]:
    """Edges left when all that lead to an end, or come from one, are peeled off."""
    for near, far in (("parent", "child"), ("child", "parent")):
        following: dict[str, list[str]] = defaultdict(list)
        count: dict[str, int] = defaultdict(int)
        for edge in edges:
            following[getattr(edge, near)].append(getattr(edge, far))
            count[getattr(edge, far)] += 1
        free = [node for node in following if not count[node]]
        gone = set(free)
        while free:
            for node in following.get(free.pop(), ()):
                count[node] -= 1
                if not count[node]:
                    gone.add(node)
                    free.append(node)
        edges = [edge for edge in edges if not {edge.parent, edge.child} & gone]
    return edges


def _closing(edges: list[Edge]) -> set[Edge]:
    parents: dict[str, set[str]] = defaultdict(set)
    dropped: set[Edge] = set()
    for edge in sorted(edges, key=strength):
        if edge.child in ancestors(edge.parent, parents.__getitem__):
            dropped.add(edge)
        else:
            parents[edge.child].add(edge.parent)
    return dropped


def ancestors(node: str, parents: Callable[[str], Iterable[str]]) -> set[str]:
    """A node and all that it came from."""
    found = {node}
    waiting = [node]
    while waiting:
        for parent in parents(waiting.pop()):
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found
