"""All stages over the artifacts that they are about: those that changed, and who asked.

Every rule's questions are noted beside its answer. What changes gives keys that
changed; whoever had asked for one of them is asked again, at each stage in turn,
and nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mlcatalog.domain.lineage import Edge
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.lineage.circles import ancestors, without_circles
from mlcatalog.lineage.grammar import ANCESTRY
from mlcatalog.lineage.judging import findings_of
from mlcatalog.lineage.known import Known
from mlcatalog.lineage.merging import merged
from mlcatalog.lineage.names import KnownArtifact, is_final
from mlcatalog.lineage.placing import PlacedClaim
from mlcatalog.lineage.references import is_external
from mlcatalog.lineage.rules import (
    NOTHING,
    RULES,
    Ledger,
    Said,
    Stage,
    World,
    ends_of,
    keys_of_said,
    unique,
)

ClaimsOf = Callable[[str], Sequence[PlacedClaim]]
WITH_CLAIMS = (Stage.CLAIMS, Stage.LATE, Stage.DRIFT)
WITH_FINDINGS = (Stage.CLAIMS, Stage.LATE, Stage.FINDINGS)


class Book(Ledger, Protocol):
    """A ledger that is written, and knows who asked for what."""

    def said(self, artifact_id: str, stage: Stage) -> Said:
        """What was said of an artifact at a stage."""

    def write(
        self, artifact_id: str, stage: Stage, said: Said, reads: set[str]
    ) -> None:
        """Replace what is said of an artifact at a stage, and what that rests on."""

    def readers(self, keys: Collection[str | int], stage: Stage) -> set[str]:
        """The artifacts of which something at a stage rests on one of some keys."""

    def open_circles(self) -> set[str]:
        """The children of edges that are not shown as they would close a circle."""

    def settle(self) -> None:
        """All edges of the pass are known now."""


@dataclass(slots=True)
class Touched:
    """What a pass was about."""

    children: set[str] = field(default_factory=set)  # whose edges may be others
    subjects: set[str] = field(default_factory=set)  # whose findings may be others


def run_pass(
    book: Book,
    known: Known,
    claims_of: ClaimsOf,
    *,
    changed: Iterable[str],
    keys: Iterable[str | int],
    content: Mapping[str, Sequence[Edge]],
    stored: Mapping[str, Said],
) -> Touched:
    """Resolve anew what changed, and what rests on that.

    keys: those that changed artifacts have, or had, as texts or as the book knows
    them. content: what the bytes prove of each artifact of which that may be
    something else. stored: what repositories keep of what changed.
    """
    one = _Pass(book, known, claims_of, set(changed), set(keys))
    one.resolve({Stage.BYTES: _by_child(content), Stage.STORED: stored})
    one.draw()
    book.settle()
    one.judge()
    return one.touched


def _by_child(content: Mapping[str, Sequence[Edge]]) -> dict[str, Said]:
    return {child: Said(merged(edges)) for child, edges in content.items()}


class _Pass:
    def __init__(
        self,
        book: Book,
        known: Known,
        claims_of: ClaimsOf,
        changed: set[str],
        keys: set[str | int],
    ) -> None:
        self._book = book
        self._known = known
        self._claims_of = claims_of
        self._changed = changed
        self._keys = keys
        self._world = World(known, book)
        self._children = set[str]()  # of edges that are others now
        self._before: dict[str, Sequence[Edge]] = {}
        self.touched = Touched()

    def resolve(self, given: Mapping[Stage, Mapping[str, Said]]) -> None:
        """All edges, those that close a circle among them."""
        self._look_alike()
        for stage in range(Stage.CLAIMS, Stage.FINAL + 1):
            self._world.stage = stage = Stage(stage)
            if stage in given:
                for one, said in given[stage].items():
                    self._put(one, stage, said, set())
                continue
            rule = RULES[stage]
            for one in self._due(stage) | self._children:
                artifact = self._known.get(one)
                self._known.reads = set()
                if artifact is None and stage is Stage.FINAL and is_external(one):
                    artifact = KnownArtifact(one, Kind.RUN)  # one that is elsewhere
                said = NOTHING
                if artifact is not None:
                    claims = self._claims(one, stage)
                    said = rule(artifact, claims, self._world)
                self._put(one, stage, said, self._known.reads)

    def draw(self) -> None:
        """Open the circles that there are now, and close those that there were."""
        roots = self._book.open_circles()
        for child in self.touched.children:
            before = set(self._before[child])
            if any(
                edge.relation in ANCESTRY and edge not in before
                for edge in self._book.final(child)
            ):
                roots.add(child)
        above = set[str]()
        for root in sorted(roots):
            if root not in above:
                above |= ancestors(root, self._parents)
        _, dropped = without_circles(
            edge for node in sorted(above) for edge in self._book.final(node)
        )
        open_now: dict[str, list[Edge]] = {}
        for edge in dropped:
            open_now.setdefault(edge.child, []).append(edge)
        for child in open_now.keys() | self._book.open_circles():
            self._remember(child)
            said = Said(merged(open_now.get(child, ())))
            self._book.write(child, Stage.CIRCLES, said, set())
        for child in self.touched.children:
            differing = set(self._before[child]) ^ set(self._book.drawn(child))
            if differing:
                self._keys.add(f"drawn:{child}")
                self._keys |= {f"from:{edge.parent}" for edge in differing}

    def judge(self) -> None:
        """Say what is odd about it."""
        self._world.stage = Stage.FINDINGS
        for one in self._due(Stage.FINDINGS) | self.touched.children:
            artifact = self._known.get(one)
            self._known.reads = set()
            said = NOTHING
            if artifact is not None:
                circles = self._book.said(one, Stage.CIRCLES).edges
                found = unique(findings_of(artifact, self._world, circles))
                said = Said(findings=found)
            self._put(one, Stage.FINDINGS, said, self._known.reads)

    def _look_alike(self) -> None:
        """Who asked what a run made looks at more than at the edges."""
        self._world.stage = Stage.FINDINGS
        for one in self._changed:
            for edge in self._world.lines(one, Relation.PRODUCED_BY):
                self._keys.add(f"finals of:{edge.parent}")

    def _due(self, stage: Stage) -> set[str]:
        return self._changed | self._book.readers(self._keys, stage)

    def _claims(self, artifact_id: str, stage: Stage) -> Sequence[PlacedClaim]:
        if stage in WITH_CLAIMS:
            return self._claims_of(artifact_id)
        return ()

    def _put(self, one: str, stage: Stage, said: Said, reads: set[str]) -> None:
        reads = reads - self._own(one)
        if stage in WITH_FINDINGS:
            self.touched.subjects.add(one)
        if stage is Stage.FINAL:
            self._remember(one)
        else:
            before = self._book.said(one, stage)
            differing = set(before.edges) ^ set(said.edges)
            if before.findings != said.findings:
                self._keys |= keys_of_said(before) | keys_of_said(said)
            for edge in differing:
                self._keys |= ends_of(edge)
                self._children.add(edge.child)
                if edge.relation is Relation.PRODUCED_BY and self._matters(edge.child):
                    self._keys.add(f"finals of:{edge.parent}")
        self._book.write(one, stage, said, reads)

    @staticmethod
    def _own(one: str) -> set[str]:
        """What is asked anew of an artifact anyway when it changes."""
        return {f"id:{one}", f"child:{one}", f"drawn:{one}"}

    def _matters(self, child: str) -> bool:
        """Whether a product of a run is a final model, or may have been one."""
        found = self._known.get(child)
        return found is None or child in self._changed or is_final(found)

    def _remember(self, child: str) -> None:
        if child not in self._before:
            self._before[child] = self._book.drawn(child)
            self.touched.children.add(child)

    def _parents(self, child: str) -> set[str]:
        return {e.parent for e in self._book.final(child) if e.relation in ANCESTRY}
