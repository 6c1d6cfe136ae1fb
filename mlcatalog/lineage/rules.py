"""What is said of one artifact at each stage of resolving, and what that rests on.

Stages, each building on those before: (1) claims that stand by themselves;
(2) what the bytes prove; (3) which versions repositories keep; (4) what the
place of a file suggests; (5) claims of a config about the runs it configured, or
about the models it made where nothing recorded a run; (6) checkpoints join the
final model of their folder or run; (7) what was said of a model moves to the one
run that made it, in each tool's record of it (with no run, or several, it stays
an edge of the model); (8) of several words for one line the nearest stays, and
it says which version of a script or config was in git then. Beside them stands
what was recorded of bytes that are others now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Protocol

from mlcatalog.domain.finding import Finding
from mlcatalog.domain.lineage import Edge, Node
from mlcatalog.domain.words import MODEL_PARENTS, Evidence, Kind, Relation
from mlcatalog.lineage.at_commit import USES, with_version
from mlcatalog.lineage.drift import DIFFERS, differing, drift_key
from mlcatalog.lineage.grammar import OF_RUNS
from mlcatalog.lineage.known import Known
from mlcatalog.lineage.merging import merged
from mlcatalog.lineage.names import KnownArtifact
from mlcatalog.lineage.neighbours import document_edges, export_edges, run_edges
from mlcatalog.lineage.placing import PlacedClaim, needs_runs, place
from mlcatalog.lineage.series import checkpoint_edges

BY_PARENT = (Relation.CONFIGURED_BY, Relation.PRODUCED_BY)  # looked up from there too
BACK = (Relation.COPY_OF, Relation.CHECKPOINT_OF)  # of one family with the parent


class Stage(IntEnum):
    """The steps of resolving, in their order."""

    KEYS = 0  # what an artifact is looked up by
    CLAIMS = 1
    BYTES = 2
    STORED = 3
    PLACES = 4
    LATE = 5
    SERIES = 6
    MOVED = 7
    DRIFT = 8
    FINAL = 9
    CIRCLES = 10
    FINDINGS = 11


@dataclass(frozen=True, slots=True)
class Said:
    """What came of one artifact at one stage."""

    edges: tuple[Edge, ...] = ()
    externals: Mapping[str, Node] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


NOTHING = Said()


class Ledger(Protocol):
    """Keeps what was said of each artifact at each stage."""

    def saying(self, key: str, below: Stage) -> Iterable[Said]:
        """What was said before a stage with an edge that has such an end."""

    def final(self, child: str) -> Sequence[Edge]:
        """The edges of a child, those that close a circle among them."""

    def drawn(self, child: str) -> Sequence[Edge]:
        """The edges of a child as they are shown."""

    def drawn_from(
        self, parent: str, relations: Collection[Relation]
    ) -> Sequence[Edge]:
        """The edges of some relations to a parent as they are shown."""

    def is_parent(self, artifact_id: str) -> bool:
        """Whether any shown edge leads to an artifact."""

    def external(self, external_id: str) -> Node | None:
        """What is known by reference only."""


class World:
    """What a rule may ask, at one stage; all that is asked is noted."""

    def __init__(self, known: Known, ledger: Ledger) -> None:
        self.known = known
        self.ledger = ledger
        self.stage = Stage.CLAIMS

    def lines(self, child: str, *relations: Relation) -> Sequence[Edge]:
        """The edges of a child so far, of some relations or of all."""
        key = f"child:{child}"
        self.known.reads.add(key)
        return merged(
            edge
            for said in self.ledger.saying(key, self.stage)
            for edge in said.edges
            if edge.child == child and (not relations or edge.relation in relations)
        )

    def made(self, relation: Relation, parent: str) -> set[str]:
        """The children of a parent so far, of a relation that is looked up so."""
        return {
            edge.child
            for said in self.ledger.saying(f"{relation}:{parent}", self.stage)
            for edge in said.edges
            if edge.parent == parent and edge.relation is relation
        }

    def configured(self, config: str) -> set[str]:
        """The runs that a config configured; where no run is known, the models."""
        self.known.reads.add(f"{Relation.CONFIGURED_BY}:{config}")
        made: set[str] = set()
        for child in self.made(Relation.CONFIGURED_BY, config):
            made |= self.runs(child) or {child}
        return {one for one in made if self.known.kind(one) is Kind.RUN} or made

    def produced(self, run: str) -> set[str]:
        """What a run produced; only of final models is it said when that changes."""
        self.known.reads.add(f"finals of:{run}")
        return self.made(Relation.PRODUCED_BY, run)

    def runs(self, child: str) -> set[str]:
        """The records of the one run that made a model; none if several did."""
        if self.known.kind(child) is not Kind.MODEL:
            return set()
        runs = {edge.parent for edge in self.lines(child, Relation.PRODUCED_BY)}
        return runs if len({self._run_name(run) for run in runs}) == 1 else set()

    def _run_name(self, run: str) -> str:
        found = self.known.get(run)
        return found.name or run if found else run

    # as it is shown

    def drawn(self, child: str) -> Sequence[Edge]:
        """The edges of a child as they are shown."""
        self.known.reads.add(f"drawn:{child}")
        return self.ledger.drawn(child)

    def differing(self, artifact_id: str) -> list[Finding]:
        """What was recorded of an artifact's bytes, where they are others now."""
        key = drift_key(artifact_id)
        self.known.reads.add(key)
        return [
            finding
            for said in self.ledger.saying(key, self.stage)
            for finding in said.findings
            if finding.rule == DIFFERS and finding.artifact == artifact_id
        ]

    def family(self, node: str) -> set[str]:
        """What came before a model; copies and checkpoints are one with theirs."""
        self.known.reads.add(f"from:{node}")
        before = {
            edge.parent
            for edge in self.drawn(node)
            if edge.relation in MODEL_PARENTS or edge.relation in BACK
        }
        return before | {edge.child for edge in self.ledger.drawn_from(node, BACK)}

    def is_parent(self, node: str) -> bool:
        """Whether any shown edge leads to an artifact."""
        self.known.reads.add(f"from:{node}")
        return self.ledger.is_parent(node)


def keys_of_said(said: Said) -> set[str]:
    """The keys by which what was said is looked up."""
    keys = {end for edge in said.edges for end in ends_of(edge)}
    return keys | {drift_key(f.artifact) for f in said.findings if f.rule == DIFFERS}


Rule = Callable[[KnownArtifact, Sequence[PlacedClaim], World], Said]


def ends_of(edge: Edge) -> set[str]:
    """The keys by which an edge may be looked up."""
    ends = {f"child:{edge.child}"}
    if edge.relation in BY_PARENT:
        ends.add(f"{edge.relation}:{edge.parent}")
    return ends


def said_early(
    artifact: KnownArtifact, claims: Sequence[PlacedClaim], world: World
) -> Said:
    """Claims that stand by themselves."""
    early = [claim for claim in claims if not needs_runs(claim, world.known)]
    return _placed(early, world, {})


def suggested(
    artifact: KnownArtifact, claims: Sequence[PlacedClaim], world: World
) -> Said:
    """What places suggest, where nothing better is known."""
    known, lines = world.known, world.lines
    match artifact.kind:
        case Kind.MODEL:
            found = [*run_edges(artifact, known, lines)]
            found += export_edges(artifact, known, lines)
        case Kind.CONFIG:
            found = [*run_edges(artifact, known, lines)]
        case Kind.DOCUMENT:
            found = [*document_edges(artifact, known, lines)]
        case _:
            return NOTHING
    return Said(merged(found))


def drifting(
    artifact: KnownArtifact, claims: Sequence[PlacedClaim], world: World
) -> Said:
    """Bytes that were recorded, of what has others now; told where those lie."""
    return Said(findings=unique(differing(artifact, claims, world.known)))


def said_late(
    artifact: KnownArtifact, claims: Sequence[PlacedClaim], world: World
) -> Said:
    """Claims of a config about the runs that it configured."""
    late = [claim for claim in claims if needs_runs(claim, world.known)]
    if not late:
        return NOTHING
    return _placed(late, world, {artifact.id: world.configured(artifact.id)})


def _placed(
    claims: Iterable[PlacedClaim],
    world: World,
    runs_by_config: Mapping[str, set[str]],
) -> Said:
    edges: list[Edge] = []
    externals: dict[str, Node] = {}
    findings: list[Finding] = []
    for claim in claims:
        part = place(claim, world.known, runs_by_config)
        edges += part.edges
        findings += part.findings
        add_externals(part.externals, externals)
    return Said(merged(edges), externals, unique(findings))


def add_externals(nodes: Mapping[str, Node], into: dict[str, Node]) -> None:
    """Add externals; of two kinds that one is called, always the same stays."""
    for ext, node in nodes.items():
        into[ext] = max(node, into.get(ext, node), key=lambda one: one.kind)


def in_series(
    artifact: KnownArtifact, claims: Sequence[PlacedClaim], world: World
) -> Said:
    """The final models that a checkpoint belongs to."""
    if artifact.kind is not Kind.MODEL:
        return NOTHING
    return Said(
        merged(checkpoint_edges(artifact, world.known, world.lines, world.produced))
    )


def moved_to_runs(
    artifact: KnownArtifact, claims: Sequence[PlacedClaim], world: World
) -> Said:
    """What was said of a model and is meant of the run that made it."""
    runs = world.runs(artifact.id)
    lines = world.lines(artifact.id, *OF_RUNS) if runs else ()
    return Said(merged(replace(edge, child=run) for edge in lines for run in runs))


def final(artifact: KnownArtifact, claims: Sequence[PlacedClaim], world: World) -> Said:
    """The edges of a child, one relation where two say the same.

    A checkpoint shares weights with its final model, and is no fine-tune
    because of it. What is only "derived" is what a nearer word says it is.
    """
    edges = world.lines(artifact.id)
    if any(edge.relation in OF_RUNS for edge in edges) and world.runs(artifact.id):
        edges = [edge for edge in edges if edge.relation not in OF_RUNS]
    edges = merged(_turned(artifact.id, edges, world))
    kept = [edge for edge in edges if not _is_of_series(edge, edges, world)]
    words: dict[str, set[Relation]] = defaultdict(set)
    for edge in kept:
        if edge.relation in MODEL_PARENTS:
            words[edge.parent].add(edge.relation)
    edges = merged(_nearer(edge, words) for edge in kept)
    return Said(tuple(_at_commit(artifact, edge, world) for edge in edges))


def _turned(child: str, edges: Sequence[Edge], world: World) -> Iterator[Edge]:
    """Copies the way round that a tool recorded: equal bytes do not say it."""
    for edge in edges:
        if not (_is_mere_copy(edge) and _is_recorded(edge.parent, child, world)):
            yield edge
    for parent in {edge.parent for edge in edges if _is_recorded_base(edge)}:
        for copy in world.lines(parent, Relation.COPY_OF):
            if copy.parent == child and _is_mere_copy(copy):
                yield replace(copy, parent=parent, child=child)


def _is_mere_copy(edge: Edge) -> bool:
    is_copy = edge.relation is Relation.COPY_OF
    return is_copy and {proof.evidence for proof in edge.proofs} == {Evidence.CONTENT}


def _is_recorded(child: str, parent: str, world: World) -> bool:
    lines = world.lines(child, *MODEL_PARENTS)
    return any(edge.parent == parent and _is_recorded_base(edge) for edge in lines)


def _is_recorded_base(edge: Edge) -> bool:
    is_base = edge.relation in MODEL_PARENTS
    return is_base and edge.best.evidence is Evidence.RECORDED


def _at_commit(child: KnownArtifact, edge: Edge, world: World) -> Edge:
    """The edge; one to the code that was used says which version that was."""
    if child.recorded is None or edge.relation not in USES:
        return edge
    parent = world.known.get(edge.parent)
    return with_version(edge, child.recorded, parent.code if parent else None)


def _is_of_series(edge: Edge, edges: Sequence[Edge], world: World) -> bool:
    """Whether a fine-tune, by its bytes alone, is a checkpoint or its final model."""
    if edge.relation is not Relation.FINETUNED_FROM:
        return False
    if {proof.evidence for proof in edge.proofs} != {Evidence.CONTENT}:
        return False
    back = world.lines(edge.parent, Relation.CHECKPOINT_OF)
    return any(one.parent == edge.child for one in back) or any(
        one.relation is Relation.CHECKPOINT_OF and one.parent == edge.parent
        for one in edges
    )


def _nearer(edge: Edge, words: Mapping[str, set[Relation]]) -> Edge:
    others = words.get(edge.parent, set()) - {Relation.DERIVED_FROM}
    if edge.relation is Relation.DERIVED_FROM and len(others) == 1:
        return replace(edge, relation=next(iter(others)))
    return edge


def unique(problems: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings in a fixed order, each once."""
    keyed = {(p.rule, p.artifact, p.path, p.detail, p.message): p for p in problems}
    return tuple(keyed[key] for key in sorted(keyed))


RULES: Mapping[Stage, Rule] = {
    Stage.CLAIMS: said_early,
    Stage.PLACES: suggested,
    Stage.LATE: said_late,
    Stage.SERIES: in_series,
    Stage.MOVED: moved_to_runs,
    Stage.DRIFT: drifting,
    Stage.FINAL: final,
}
