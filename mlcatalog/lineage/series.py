"""Checkpoint series: which models are checkpoints, and of which final model."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from mlcatalog.domain.lineage import Edge, Proof
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.lineage.known import Known, KnownArtifact, parent, place_of, title_of
from mlcatalog.lineage.merging import edge_of

STEP = re.compile(
    r"(?:^|(?<=[-_. ]))(?:global[-_]?step|checkpoint|ckpt|chkpt|steps?|epochs?|ep|iters?|iteration)"
    r"(?:[-_.= ]?(?:step|epoch))?[-_.= ]?(\d{1,12})(?=$|[-_. ])",
    re.IGNORECASE,
)
HOMES = frozenset(
    {"checkpoints", "checkpoint", "ckpts", "ckpt", "weights", "snapshots"}
)
FINAL = ("final", "last", "best", "model")


def checkpoint_edges(
    known: Known,
    runs_of: Mapping[str, set[str]],
    parents_of: Mapping[str, set[str]],
) -> Iterator[Edge]:
    """CHECKPOINT_OF edges; runs_of gives the runs that produced each model.

    parents_of gives the models that each came from: of a final model and what
    was made of it, the checkpoints belong to the former.
    """
    steps = {model.id: step_of(model) for model in known.of_kind(Kind.MODEL)}
    by_run: dict[str, list[KnownArtifact]] = defaultdict(list)
    for model in known.of_kind(Kind.MODEL):
        for run in runs_of.get(model.id, ()):
            by_run[run].append(model)
    for model in known.of_kind(Kind.MODEL):
        step = steps[model.id]
        if step is None or not model.path:
            continue
        for finals in _finals(model, known, steps, runs_of=runs_of, by_run=by_run):
            ids = {final.id for final in finals}
            origins = [f for f in finals if not ids & parents_of.get(f.id, set())]
            final = _chosen(model, origins)
            if final is None:
                continue
            yield edge_of(
                model.id, Relation.CHECKPOINT_OF, final.id, _proof(model, step)
            )


def step_of(model: KnownArtifact) -> int | None:
    """The step or epoch that a model's own name states, None for a final model."""
    found = STEP.search(title_of(model))
    if found:
        return int(found[1])
    home = parent(place_of(model)).rpartition("/")[2].lower()
    number = re.fullmatch(r".*?(\d{1,12})", title_of(model))
    return int(number[1]) if home in HOMES and number else None


def _finals(
    model: KnownArtifact,
    known: Known,
    steps: Mapping[str, int | None],
    *,
    runs_of: Mapping[str, set[str]],
    by_run: Mapping[str, list[KnownArtifact]],
) -> Iterator[list[KnownArtifact]]:
    """Models that a checkpoint may belong to, nearest place first, then by run."""
    for home in _homes(model):
        beside = (known.by_id[i] for i in known.beside(home))
        yield [a for a in beside if _is_final(a, steps)]
    siblings = [a for run in sorted(runs_of.get(model.id, ())) for a in by_run[run]]
    yield [a for a in siblings if _is_final(a, steps)]


def _homes(model: KnownArtifact) -> Iterator[str]:
    home = parent(place_of(model))
    yield home
    if home.rpartition("/")[2].lower() in HOMES:
        yield parent(home)


def _is_final(artifact: KnownArtifact, steps: Mapping[str, int | None]) -> bool:
    return artifact.kind is Kind.MODEL and steps[artifact.id] is None


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
