"""What is odd about a lineage: contradictions, stale exports, loose ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from mlcatalog.domain.finding import Finding
from mlcatalog.domain.lineage import Edge, Node
from mlcatalog.domain.moments import short_text
from mlcatalog.domain.words import MODEL_PARENTS, Evidence, Kind, Relation, Severity
from mlcatalog.lineage.circles import ancestors
from mlcatalog.lineage.fingerprints import OLDER
from mlcatalog.lineage.known import Known, title_of
from mlcatalog.lineage.neighbours import export_level

CONVERSIONS = frozenset({Relation.CONVERTED_FROM, Relation.QUANTIZED_FROM})


def findings(
    edges: Sequence[Edge], known: Known, externals: Mapping[str, Node]
) -> Iterator[Finding]:
    """All findings about a resolved lineage."""
    yield from _contradictions(edges, known)
    yield from _stale_exports(edges, known)
    yield from _unfinished_exports(edges, known)
    yield from _unpinned(edges, known, externals)
    yield from _orphans(edges, known)


def circle(edge: Edge, known: Known) -> Finding:
    """The finding for an edge that was left out because it closed a circle."""
    return _finding(
        "lineage.cycle",
        Severity.WARNING,
        f"{_name(edge.child, known)} is said to be {edge.relation.phrase} "
        f"{_name(edge.parent, known)}, which itself came from it; that line was left out",
        known=known,
        artifact=edge.child,
        detail=f"{edge.relation}: {edge.parent}",
        remedy="Correct one of the two sources.",
    )


def _contradictions(edges: Sequence[Edge], known: Known) -> Iterator[Finding]:
    lines = [edge for edge in edges if edge.relation in MODEL_PARENTS]
    family = _family(edges)
    for child, own in _by_child(lines).items():
        proven = [e for e in own if e.best.evidence is Evidence.CONTENT]
        said = [e for e in own if _is_said(e) and e.parent in known.by_id]
        if len({e.parent for e in proven}) != 1 or len({e.parent for e in said}) != 1:
            continue
        truth, words = proven[0].parent, said[0].parent
        if not _related(truth, words, family):
            finding = _finding(
                "lineage.contradiction",
                Severity.ERROR,
                f"{_name(child, known)} is said to come from {_name(words, known)}, "
                f"but its weights come from {_name(truth, known)}",
                known=known,
                artifact=child,
                detail=f"{words} or {truth}",
                remedy="Correct the base that the card or the configuration names.",
            )
            yield replace(
                finding, found=_name(words, known), expected=_name(truth, known)
            )


def _related(one: str, other: str, family: dict[str, set[str]]) -> bool:
    return one in ancestors(other, family) or other in ancestors(one, family)


def _family(edges: Sequence[Edge]) -> dict[str, set[str]]:
    """Who came from whom, copies and checkpoints counting as one and the same."""
    parents: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        if edge.relation in MODEL_PARENTS:
            parents[edge.child].add(edge.parent)
        elif edge.relation in {Relation.COPY_OF, Relation.CHECKPOINT_OF}:
            parents[edge.child].add(edge.parent)
            parents[edge.parent].add(edge.child)
    return parents


def _is_said(edge: Edge) -> bool:
    words = {Evidence.DECLARED, Evidence.RECORDED}
    evidences = {proof.evidence for proof in edge.proofs}
    return bool(evidences & words) and Evidence.CONTENT not in evidences


def _stale_exports(edges: Sequence[Edge], known: Known) -> Iterator[Finding]:
    for edge in edges:
        if edge.relation in CONVERSIONS and (why := _why_stale(edge, known)):
            yield _finding(
                "lineage.stale-export",
                Severity.WARNING,
                f"{_name(edge.child, known)} was exported from an older "
                f"{_name(edge.parent, known)}: {why}",
                known=known,
                artifact=edge.child,
                detail=edge.parent,
                remedy="Export it again from the current model.",
            )


def _unfinished_exports(edges: Sequence[Edge], known: Known) -> Iterator[Finding]:
    """Exports that bear a final model's name and hold a checkpoint's weights."""
    finals: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        if edge.relation is Relation.CHECKPOINT_OF:
            finals[edge.child].add(edge.parent)
    for edge in edges:
        is_proven = edge.best.evidence is Evidence.CONTENT
        if edge.relation not in CONVERSIONS or not is_proven:
            continue
        for final in sorted(finals.get(edge.parent, ())):
            if _title(edge.child, known) == _title(final, known):
                yield _finding(
                    "lineage.stale-export",
                    Severity.WARNING,
                    f"{_name(edge.child, known)} holds the weights of "
                    f"{_name(edge.parent, known)}, not of the finished model",
                    known=known,
                    artifact=edge.child,
                    detail=final,
                    remedy="Export it again from the finished model.",
                )


def _why_stale(edge: Edge, known: Known) -> str:
    """Why an export is older than its source; "" if it is not, or proven equal."""
    content = [p for p in edge.proofs if p.evidence is Evidence.CONTENT]
    if any(OLDER in proof.detail for proof in content):
        return "its weights are those of an earlier version"
    child, parent = known.by_id.get(edge.child), known.by_id.get(edge.parent)
    if content or child is None or parent is None:
        return ""
    if child.created is None or parent.created is None:
        return ""
    if child.created >= parent.created or not export_level(child.format):
        return ""
    return (
        f"it was written {short_text(child.created)}, "
        f"the model {short_text(parent.created)}"
    )


def _unpinned(
    edges: Sequence[Edge], known: Known, externals: Mapping[str, Node]
) -> Iterator[Finding]:
    for edge in edges:
        node = externals.get(edge.parent)
        if node is None or edge.relation not in MODEL_PARENTS or edge.pinned:
            continue
        if node.facts.get("scheme") == "hub":
            revision = f" at {node.revision}, which may move" if node.revision else ""
            yield _finding(
                "lineage.base-unpinned",
                Severity.NOTE,
                f"{_name(edge.child, known)} names its base {node.name}{revision} "
                "without an exact revision",
                known=known,
                artifact=edge.child,
                detail=node.name,
                remedy="Write the commit of the base beside its name.",
            )


def _orphans(edges: Sequence[Edge], known: Known) -> Iterator[Finding]:
    touched = {node for edge in edges for node in (edge.parent, edge.child)}
    for model in known.of_kind(Kind.MODEL):
        if model.id not in touched:
            yield _finding(
                "lineage.orphan",
                Severity.NOTE,
                f"Nothing says where {_name(model.id, known)} came from",
                known=known,
                artifact=model.id,
                detail="",
                remedy="Name its run, its data or its base, in a card or by hand.",
            )


def _finding(
    rule: str,
    severity: Severity,
    message: str,
    *,
    known: Known,
    artifact: str,
    detail: str,
    remedy: str,
) -> Finding:
    place = known.by_id.get(artifact)
    return Finding(
        rule,
        severity,
        message,
        artifact=artifact,
        path=place.path if place else "",
        detail=detail,
        remedy=remedy,
    )


def _title(artifact_id: str, known: Known) -> str:
    artifact = known.by_id.get(artifact_id)
    return title_of(artifact) if artifact else artifact_id


def _name(artifact_id: str, known: Known) -> str:
    artifact = known.by_id.get(artifact_id)
    if artifact is None:
        return artifact_id
    return artifact.name or artifact.path.rpartition("/")[2] or artifact.id


def _by_child(edges: Sequence[Edge]) -> dict[str, list[Edge]]:
    groups: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        groups[edge.child].append(edge)
    return dict(sorted(groups.items()))
