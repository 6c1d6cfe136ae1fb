"""Checkpoint series: which models are checkpoints, and of which final model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from mlcatalog.domain.lineage import Edge, Proof
from mlcatalog.domain.words import Evidence, Relation
from mlcatalog.lineage.grammar import ANCESTRY
from mlcatalog.lineage.known import Known
from mlcatalog.lineage.merging import edge_of
from mlcatalog.lineage.names import (
    HOMES,
    STEP,
    KnownArtifact,
    is_final,
    parent,
    place_of,
    step_of,
    title_of,
)
from mlcatalog.lineage.neighbours import Lines

MadeBy = Callable[[str], Iterable[str]]  # what a run produced
FINAL = ("final", "last", "best", "model")


def checkpoint_edges(
    model: KnownArtifact, known: Known, lines: Lines, made_by: MadeBy
) -> Iterator[Edge]:
    """The final models that a checkpoint belongs to.

    Of a final model and what was made of it, the checkpoints belong to the
    former.
    """
    step = step_of(model)
    if step is None or not model.path:
        return
    for finals in _finals(model, known, lines, made_by):
        final = _chosen(model, _origins(finals, lines))
        if final is not None:
            yield edge_of(
                model.id, Relation.CHECKPOINT_OF, final.id, _proof(model, step)
            )


def _finals(
    model: KnownArtifact, known: Known, lines: Lines, made_by: MadeBy
) -> Iterator[list[KnownArtifact]]:
    """Models that a checkpoint may belong to, nearest place first, then by run."""
    for home in _homes(model):
        yield known.finals_beside(home)
    runs = sorted(edge.parent for edge in lines(model.id, Relation.PRODUCED_BY))
    siblings = known.some(made for run in runs for made in made_by(run))
    yield [artifact for artifact in siblings if is_final(artifact)]


def _origins(finals: list[KnownArtifact], lines: Lines) -> list[KnownArtifact]:
    """Those that came from no other of them."""
    ids = {final.id for final in finals}
    if len(ids) < 2:
        return finals
    return [
        final
        for final in finals
        if not any(edge.parent in ids for edge in lines(final.id, *ANCESTRY))
    ]


def _homes(model: KnownArtifact) -> Iterator[str]:
    home = parent(place_of(model))
    yield home
    if home.rpartition("/")[2].lower() in HOMES:
        yield parent(home)


def _chosen(model: KnownArtifact, finals: list[KnownArtifact]) -> KnownArtifact | None:
    """The only one; else the one of the same name, format or with a final name."""
    head = STEP.split(title_of(model))[0].strip("-_. =")
    alike = [a for a in finals if a.format == model.format]
    choices = (
        finals,
        [a for a in finals if head and title_of(a) == head],
        [a for a in finals if head and title_of(a).startswith(head)],
        alike,
        [a for a in alike if title_of(a).lower() in FINAL],
    )
    for choice in choices:
        left = {a.id: a for a in choice}
        if len(left) == 1:
            return next(iter(left.values()))
    return None


def _proof(model: KnownArtifact, step: int) -> Proof:
    if model.step is not None:
        return Proof(
            Evidence.RECORDED, "the checkpoint's own step", f"step {model.step}"
        )
    return Proof(Evidence.INFERRED, "the checkpoint's name", f"step {step}", 0.95)
