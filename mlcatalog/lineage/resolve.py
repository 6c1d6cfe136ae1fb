"""Claims become edges: what readers, trackers, people, places and bytes say.

Passes, each building on the one before: (1) claims that stand by themselves;
(2) what the place of a file suggests; (3) claims of a config about the runs it
configured, or about the models it made where nothing recorded a run; (4) checkpoints join the final model of their folder or
run; (5) what was said of a model moves to the one run that made it, in each
tool's record of it (with no run, or several, it stays an edge of the model). The result does not
depend on the order in which claims come in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mlcatalog.domain.finding import Finding
from mlcatalog.domain.lineage import Edge, Node
from mlcatalog.domain.words import MODEL_PARENTS, Evidence, Kind, Relation
from mlcatalog.lineage.circles import without_circles
from mlcatalog.lineage.grammar import ANCESTRY, OF_RUNS
from mlcatalog.lineage.judging import circle, findings
from mlcatalog.lineage.known import Known, KnownArtifact
from mlcatalog.lineage.merging import merged
from mlcatalog.lineage.neighbours import (
    card_edges,
    dictionary_edges,
    export_edges,
    folder_edges,
)
from mlcatalog.lineage.placing import Placed, PlacedClaim, needs_runs, place
from mlcatalog.lineage.series import checkpoint_edges

__all__ = ["Known", "KnownArtifact", "PlacedClaim", "Resolution", "resolve"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """The lineage that follows from some claims."""

    edges: tuple[Edge, ...]
    externals: tuple[Node, ...]
    findings: tuple[Finding, ...]


def resolve(
    claims: Iterable[PlacedClaim],
    known: Known,
    *,
    content: Iterable[Edge] = (),
    externals: Iterable[Node] = (),
) -> Resolution:
    """Resolve all claims; content holds edges that stand without one.

    Those are what `fingerprints.relations` proved and what repositories keep;
    externals are the nodes that such edges speak of.
    """
    early, late = _parted(claims, known)
    first = _placed(early, known, {})
    edges = merged([*first.edges, *content])
    edges = merged([*edges, *_suggested(edges, known)])
    second = _placed(late, known, _made_by_config(_moved_to_runs(edges, known), known))
    edges = merged([*edges, *second.edges])
    edges = merged([*edges, *_checkpoints(edges, known)])
    edges = merged(_moved_to_runs(edges, known))
    edges, circles = without_circles(_without_doubles(_turned(edges)))
    used = {end for edge in edges for end in (edge.parent, edge.child)}
    named = {node.id: node for node in externals} | first.externals
    _add(second.externals, named)
    others = {i: node for i, node in sorted(named.items()) if i in used}
    problems = [
        *first.findings,
        *second.findings,
        *(circle(edge, known) for edge in circles),
        *findings(edges, known, others),
    ]
    return Resolution(edges, tuple(others.values()), _unique(problems))


def _parted(
    claims: Iterable[PlacedClaim], known: Known
) -> tuple[list[PlacedClaim], list[PlacedClaim]]:
    early: list[PlacedClaim] = []
    late: list[PlacedClaim] = []
    for placed in claims:
        (late if needs_runs(placed, known) else early).append(placed)
    return early, late


def _placed(
    claims: Iterable[PlacedClaim],
    known: Known,
    runs_by_config: Mapping[str, set[str]],
) -> Placed:
    whole = Placed()
    for claim in claims:
        part = place(claim, known, runs_by_config)
        whole.edges.extend(part.edges)
        whole.findings.extend(part.findings)
        _add(part.externals, whole.externals)
    return whole


def _add(nodes: Mapping[str, Node], into: dict[str, Node]) -> None:
    """Add externals; of two kinds that one is called, always the same stays."""
    for ext, node in nodes.items():
        into[ext] = max(node, into.get(ext, node), key=lambda one: one.kind)


def _suggested(edges: Sequence[Edge], known: Known) -> list[Edge]:
    """What places suggest, where nothing better is known."""
    runs_of = _runs_of(edges)
    configured = frozenset(
        edge.child for edge in edges if edge.relation is Relation.CONFIGURED_BY
    )
    in_folders = list(folder_edges(known, runs_of, configured))
    described = {e.child for e in edges if e.relation is Relation.DESCRIBES}
    cards = [edge for edge in card_edges(known) if edge.child not in described]
    dictionaries = dictionary_edges(known, frozenset(described))
    return [
        *in_folders,
        *cards,
        *dictionaries,
        *_new_exports(edges, known),
    ]


def _checkpoints(edges: Sequence[Edge], known: Known) -> list[Edge]:
    parents: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        if edge.relation in ANCESTRY:
            parents[edge.child].add(edge.parent)
    return list(checkpoint_edges(known, _runs_of(edges), parents))


def _new_exports(edges: Sequence[Edge], known: Known) -> list[Edge]:
    """Exports by name; what the bytes already say is not guessed again."""
    proven = {
        edge.child
        for edge in edges
        if edge.relation in MODEL_PARENTS | {Relation.COPY_OF}
        and edge.best.evidence is Evidence.CONTENT
    }
    return [edge for edge in export_edges(known) if edge.child not in proven]


def _runs_of(edges: Iterable[Edge]) -> dict[str, set[str]]:
    runs: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        if edge.relation is Relation.PRODUCED_BY:
            runs[edge.child].add(edge.parent)
    return runs


def _made_by_config(edges: Iterable[Edge], known: Known) -> dict[str, set[str]]:
    """The runs that each config configured; where no run is known, the models."""
    found: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        if edge.relation is Relation.CONFIGURED_BY:
            found[edge.parent].add(edge.child)
    for config, made in found.items():
        runs = {one for one in made if known.kind(one) is Kind.RUN}
        found[config] = runs or made
    return found


def _moved_to_runs(edges: Sequence[Edge], known: Known) -> list[Edge]:
    runs = _runs_of(edges)
    moved: list[Edge] = []
    for edge in edges:
        own = sorted(runs.get(edge.child, ()))
        names = {_run_name(run, known) for run in own}
        of_model = known.kind(edge.child) is Kind.MODEL
        if edge.relation in OF_RUNS and of_model and len(names) == 1:
            moved.extend(replace(edge, child=run) for run in own)
        else:
            moved.append(edge)
    return moved


def _run_name(run: str, known: Known) -> str:
    found = known.by_id.get(run)
    return found.name or run if found else run


def _turned(edges: Sequence[Edge]) -> list[Edge]:
    """Copies the way round that a tool recorded: equal bytes do not say it."""
    recorded = {
        (edge.child, edge.parent)
        for edge in edges
        if edge.relation in MODEL_PARENTS and edge.best.evidence is Evidence.RECORDED
    }
    return [
        replace(edge, parent=edge.child, child=edge.parent)
        if edge.relation is Relation.COPY_OF
        and {proof.evidence for proof in edge.proofs} == {Evidence.CONTENT}
        and (edge.parent, edge.child) in recorded
        else edge
        for edge in edges
    ]


def _without_doubles(edges: Sequence[Edge]) -> tuple[Edge, ...]:
    """One relation where two say the same.

    A checkpoint shares weights with its final model, and is no fine-tune
    because of it. What is only "derived" is what a nearer word says it is.
    """
    series = {
        frozenset((edge.parent, edge.child))
        for edge in edges
        if edge.relation is Relation.CHECKPOINT_OF
    }
    kept = [
        edge
        for edge in edges
        if not (
            edge.relation is Relation.FINETUNED_FROM
            and {proof.evidence for proof in edge.proofs} == {Evidence.CONTENT}
            and frozenset((edge.parent, edge.child)) in series
        )
    ]
    words: dict[tuple[str, str], set[Relation]] = defaultdict(set)
    for edge in kept:
        if edge.relation in MODEL_PARENTS:
            words[edge.child, edge.parent].add(edge.relation)
    return merged(_nearer(edge, words) for edge in kept)


def _nearer(edge: Edge, words: Mapping[tuple[str, str], set[Relation]]) -> Edge:
    others = words.get((edge.child, edge.parent), set()) - {Relation.DERIVED_FROM}
    if edge.relation is Relation.DERIVED_FROM and len(others) == 1:
        return replace(edge, relation=next(iter(others)))
    return edge


def _unique(problems: Iterable[Finding]) -> tuple[Finding, ...]:
    keyed = {(p.rule, p.artifact, p.path, p.detail, p.message): p for p in problems}
    return tuple(keyed[key] for key in sorted(keyed))
