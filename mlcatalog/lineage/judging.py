"""What is odd about a lineage: contradictions, stale exports, loose ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mlcatalog.domain.finding import Finding
from mlcatalog.domain.lineage import Edge
from mlcatalog.domain.moments import short_text
from mlcatalog.domain.words import MODEL_PARENTS, Evidence, Kind, Relation, Severity
from mlcatalog.lineage.circles import ancestors
from mlcatalog.lineage.drift import drift
from mlcatalog.lineage.fingerprints import OLDER
from mlcatalog.lineage.known import Known, created_key
from mlcatalog.lineage.names import KnownArtifact, title_of
from mlcatalog.lineage.neighbours import export_level
from mlcatalog.lineage.rules import World

CONVERSIONS = frozenset({Relation.CONVERTED_FROM, Relation.QUANTIZED_FROM})


def findings_of(
    artifact: KnownArtifact, world: World, circles: Sequence[Edge]
) -> Iterator[Finding]:
    """All that is odd about where one artifact came from.

    `circles` are the edges that were left out because they closed one.
    """
    edges = world.drawn(artifact.id)
    yield from drift(artifact, world.differing(artifact.id))
    yield from (circle(edge, world.known) for edge in circles)
    yield from _contradictions(artifact.id, edges, world)
    yield from _stale_exports(edges, world.known)
    yield from _unfinished_exports(edges, world)
    yield from _unpinned(edges, world)
    if artifact.kind is Kind.MODEL and not edges and not world.is_parent(artifact.id):
        yield _orphan(artifact, world.known)


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


def _contradictions(
    child: str, edges: Sequence[Edge], world: World
) -> Iterator[Finding]:
    known = world.known
    own = [edge for edge in edges if edge.relation in MODEL_PARENTS]
    proven = [e for e in own if e.best.evidence is Evidence.CONTENT]
    said = [e for e in own if _is_said(e) and known.get(e.parent)]
    if len({e.parent for e in proven}) != 1 or len({e.parent for e in said}) != 1:
        return
    truth, words = proven[0].parent, said[0].parent
    if not _related(truth, words, world):
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
        yield replace(finding, found=_name(words, known), expected=_name(truth, known))


def _related(one: str, other: str, world: World) -> bool:
    return (
        one == other
        or one in ancestors(other, world.family)
        or other in ancestors(one, world.family)
    )


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


def _unfinished_exports(edges: Sequence[Edge], world: World) -> Iterator[Finding]:
    """Exports that bear a final model's name and hold a checkpoint's weights."""
    known = world.known
    for edge in edges:
        is_proven = edge.best.evidence is Evidence.CONTENT
        if edge.relation not in CONVERSIONS or not is_proven:
            continue
        series = (
            e for e in world.drawn(edge.parent) if e.relation is Relation.CHECKPOINT_OF
        )
        for final in sorted({one.parent for one in series}):
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
    child, parent = known.get(edge.child), known.get(edge.parent)
    known.reads |= {created_key(edge.child), created_key(edge.parent)}
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


def _unpinned(edges: Sequence[Edge], world: World) -> Iterator[Finding]:
    for edge in edges:
        if edge.relation not in MODEL_PARENTS or edge.pinned:
            continue
        node = world.ledger.external(edge.parent)
        if node is not None and node.facts.get("scheme") == "hub":
            revision = f" at {node.revision}, which may move" if node.revision else ""
            yield _finding(
                "lineage.base-unpinned",
                Severity.NOTE,
                f"{_name(edge.child, world.known)} names its base {node.name}{revision} "
                "without an exact revision",
                known=world.known,
                artifact=edge.child,
                detail=node.name,
                remedy="Write the commit of the base beside its name.",
            )


def _orphan(model: KnownArtifact, known: Known) -> Finding:
    return _finding(
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
    place = known.get(artifact)
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
    artifact = known.get(artifact_id)
    return title_of(artifact) if artifact else artifact_id


def _name(artifact_id: str, known: Known) -> str:
    artifact = known.get(artifact_id)
    if artifact is None:
        return artifact_id
    return artifact.name or artifact.path.rpartition("/")[2] or artifact.id
