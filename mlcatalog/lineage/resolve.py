"""Claims become edges: what readers, trackers, people, places and bytes say.

The stages are in `rules`; here all of them are run over everything that is
known. The result does not depend on the order in which claims come in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlcatalog.domain.finding import Finding
from mlcatalog.domain.lineage import Edge, Node
from mlcatalog.domain.words import Relation
from mlcatalog.lineage.known import Known, KnownArtifact
from mlcatalog.lineage.passes import run_pass
from mlcatalog.lineage.placing import PlacedClaim
from mlcatalog.lineage.rules import (
    NOTHING,
    Said,
    Stage,
    add_externals,
    keys_of_said,
    unique,
)

__all__ = ["Known", "KnownArtifact", "Notes", "PlacedClaim", "Resolution", "resolve"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """The lineage that follows from some claims."""

    edges: tuple[Edge, ...]
    externals: tuple[Node, ...]
    findings: tuple[Finding, ...]


def resolve(
    claims: Iterable[PlacedClaim], known: Known, *, content: Iterable[Edge] = ()
) -> Resolution:
    """Resolve all claims; content holds what `fingerprints.relations` proved."""
    notes = resolve_all(claims, known, content, {})
    return Resolution(notes.edges, notes.externals, notes.findings)


def resolve_all(
    claims: Iterable[PlacedClaim],
    known: Known,
    content: Iterable[Edge],
    stored: Mapping[str, Said],
) -> Notes:
    """Resolve all claims, and keep what each answer rests on."""
    said: dict[str, list[PlacedClaim]] = defaultdict(list)
    for claim in claims:
        said[claim.owner].append(claim)
    proven: dict[str, list[Edge]] = defaultdict(list)
    for edge in content:
        proven[edge.child].append(edge)
    notes = Notes()
    everything = tuple(known.by_id)
    run_pass(
        notes,
        known,
        lambda owner: said.get(owner, ()),
        changed=everything,
        keys=(),
        content=proven,
        stored=stored,
    )
    return notes


class Notes:
    """A ledger in memory."""

    def __init__(self) -> None:
        self.said_at: dict[Stage, dict[str, Said]] = {stage: {} for stage in Stage}
        self.reads: dict[Stage, dict[str, set[str]]] = {stage: {} for stage in Stage}
        self._ends: dict[str, list[tuple[Stage, str]]] = defaultdict(list)
        self._drawn_from: dict[str, list[Edge]] | None = None
        self._externals: dict[str, Node] = {}

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All edges as they are shown."""
        found = (e for child in self.said_at[Stage.FINAL] for e in self.drawn(child))
        return tuple(sorted(found, key=lambda e: (e.parent, e.child, e.relation)))

    @property
    def externals(self) -> tuple[Node, ...]:
        """All that is known by reference only."""
        used = {end for edge in self.edges for end in (edge.parent, edge.child)}
        return tuple(n for i, n in sorted(self._externals.items()) if i in used)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that is odd."""
        stages = (Stage.CLAIMS, Stage.LATE, Stage.FINDINGS)
        every = (said for stage in stages for said in self.said_at[stage].values())
        return unique(finding for said in every for finding in said.findings)

    # as rules ask

    def saying(self, key: str, below: Stage) -> Iterator[Said]:
        """What was said before a stage with an edge that has such an end."""
        for stage, one in self._ends.get(key, ()):
            if stage < below:
                yield self.said_at[stage][one]

    def final(self, child: str) -> Sequence[Edge]:
        """The edges of a child, those that close a circle among them."""
        return self.said(child, Stage.FINAL).edges

    def drawn(self, child: str) -> Sequence[Edge]:
        """The edges of a child as they are shown."""
        circles = self.said(child, Stage.CIRCLES).edges
        return [edge for edge in self.final(child) if edge not in circles]

    def drawn_from(
        self, parent: str, relations: Collection[Relation]
    ) -> Sequence[Edge]:
        """The edges of some relations to a parent as they are shown."""
        return [e for e in self._by_parent(parent) if e.relation in relations]

    def is_parent(self, artifact_id: str) -> bool:
        """Whether any shown edge leads to an artifact."""
        return bool(self._by_parent(artifact_id))

    def _by_parent(self, parent: str) -> Sequence[Edge]:
        if self._drawn_from is None:
            self._drawn_from = defaultdict(list)
            for edge in self.edges:
                self._drawn_from[edge.parent].append(edge)
        return self._drawn_from.get(parent, ())

    def external(self, external_id: str) -> Node | None:
        """What is known by reference only."""
        return self._externals.get(external_id)

    # as a pass writes

    def said(self, artifact_id: str, stage: Stage) -> Said:
        """What was said of an artifact at a stage."""
        return self.said_at[stage].get(artifact_id, NOTHING)

    def write(
        self, artifact_id: str, stage: Stage, said: Said, reads: set[str]
    ) -> None:
        """Note what is said of an artifact at a stage, once."""
        if reads:
            self.reads[stage][artifact_id] = reads
        if not (said.edges or said.externals or said.findings):
            return
        self.said_at[stage][artifact_id] = said
        add_externals(said.externals, self._externals)
        if stage < Stage.FINAL:
            for key in keys_of_said(said):
                self._ends[key].append((stage, artifact_id))

    def readers(self, keys: Collection[str | int], stage: Stage) -> set[str]:
        """Nobody: all are asked at every stage anyway."""
        return set()

    def open_circles(self) -> set[str]:
        """The children of edges that are not shown as they would close a circle."""
        return set(self.said_at[Stage.CIRCLES])

    def settle(self) -> None:
        """Nothing has to be done."""
