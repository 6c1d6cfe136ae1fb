"""Why an edge is believed: tensors, times, declarations, as rows of title, text and look."""

from __future__ import annotations

from mlcatalog.domain.amounts import counted
from mlcatalog.domain.lineage import Edge, Graph
from mlcatalog.domain.words import MODEL_PARENTS, Evidence, Kind
from mlcatalog.lineage.weights import WeightChange
from mlcatalog.ui.graph.wording import name_of, one_line

NAMES_SHOWN = 4
DAY, HOUR, MINUTE = 86_400_000_000, 3_600_000_000, 60_000_000
Row = tuple[str, str, str]


def why_rows(edge: Edge, graph: Graph, change: WeightChange | None) -> list[Row]:
    """What speaks for an edge and against it, in the order of weight."""
    rows = _weight_rows(change) if change is not None else []
    rows += _time_rows(edge, graph)
    rows += _declared_rows(edge, graph)
    best = edge.best
    look = "warning" if best.evidence is Evidence.INFERRED else "good"
    rows.append(("Evidence", best.evidence.value, look))
    rows.append(("Confidence", f"{edge.confidence:.2f}", look))
    return rows


def _weight_rows(change: WeightChange) -> list[Row]:
    look = "good" if change.equal else "warning"
    rows = [("Tensors equal", f"{change.equal:,} of {change.total:,}", look)]
    if change.different:
        shown = ", ".join(change.different[:NAMES_SHOWN])
        more = len(change.different) - NAMES_SHOWN
        said = f"{shown} and {more:,} more" if more > 0 else shown
        rows.append(("Different", one_line(said), ""))
    if change.embeddings is not None:
        words = "identical" if change.embeddings else "changed"
        rows.append(("Embeddings", words, "good" if change.embeddings else "warning"))
    return rows


def _time_rows(edge: Edge, graph: Graph) -> list[Row]:
    parent, child = graph.node(edge.parent), graph.node(edge.child)
    if parent is None or child is None or not parent.modified or not child.modified:
        return []
    apart = child.modified - parent.modified
    if apart == 0:
        return [("Time", "the same", "")]
    word, look = ("later", "good") if apart > 0 else ("earlier", "warning")
    return [("Time", f"{span(abs(apart))} {word}", look)]


def _declared_rows(edge: Edge, graph: Graph) -> list[Row]:
    child = graph.node(edge.child)
    if edge.relation not in MODEL_PARENTS or child is None:
        return []
    if child.kind is not Kind.MODEL:
        return []
    said = [
        other
        for other in graph.parents(edge.child)
        if other.relation in MODEL_PARENTS
        and any(proof.evidence is Evidence.DECLARED for proof in other.proofs)
    ]
    if not said:
        return [("Declared parent", "none", "warning")]
    if any(other.parent == edge.parent for other in said):
        return [("Declared parent", "this one", "good")]
    names = ", ".join(name_of(graph, other.parent) for other in said)
    return [("Declared parent", names, "warning")]


def span(micros: int) -> str:
    """A length of time for people: "9 days", "40 minutes"."""
    for unit, word in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        number = micros // unit
        if number:
            return counted(number, word)
    return "under a minute"
