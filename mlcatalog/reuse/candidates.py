"""Models that could take a dataset, each with the reasons for and against it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mlcatalog.domain.artifact import Detail, Summary
from mlcatalog.domain.reading import Column
from mlcatalog.domain.words import Kind, Presence, Stage
from mlcatalog.reuse.families import family, same_task

EVALUATE, FINE_TUNE, RETRAIN = "evaluate first", "fine-tune", "retrain"
VERDICTS = (EVALUATE, FINE_TUNE, RETRAIN)  # best first
TWIN = "Stands for"  # of a checkpoint, copy or export: another model
LIMITS = "Similarity of schema only; the data was not compared."
LEAST_SHARED = 0.5  # of the features that a model needs, to be worth a look


@dataclass(frozen=True, slots=True)
class Reason:
    """One point for (ok), of caution (warn) or against (no) a model."""

    mark: str  # ok, warn or no
    label: str  # Columns, Types, Classes, Task, Quality, File
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model with a verdict in words; there is no score behind it."""

    model: Summary
    verdict: str  # evaluate first, fine-tune or retrain
    reasons: tuple[Reason, ...]
    required: tuple[str, ...]  # the features that the model takes
    covered: tuple[str, ...]  # those of them that the dataset has
    overlap: float  # shared columns of all columns of either (Jaccard), 0..1
    limits: str = LIMITS


def candidates(
    dataset: Detail,
    models: Sequence[Detail],
    *,
    task: str = "",
    trained_on: Mapping[str, Sequence[Detail]] | None = None,
    stands_for: Mapping[str, str] | None = None,
) -> tuple[Candidate, ...]:
    """The models whose inputs fit a dataset's columns, the most fitting first.

    `trained_on` are the training datasets by a model's id: their columns
    count as features where the model itself names none. A model of which
    no feature is known is no candidate. `stands_for` says of a checkpoint, copy
    or export which model it stands for; it comes after finished models.
    """
    known, twins = trained_on or {}, stands_for or {}
    found = [
        candidate
        for model in models
        if model.summary.kind is Kind.MODEL
        and (candidate := _held(dataset, model, known.get(model.summary.id, ()), task))
    ]
    found = [_with_twin(one, twins.get(one.model.id, "")) for one in found]
    return tuple(sorted(found, key=_rank))


def _rank(one: Candidate) -> tuple[object, ...]:
    against = sum(reason.mark == "no" for reason in one.reasons)
    twin = any(reason.label == TWIN for reason in one.reasons)
    stages = (Stage.PRODUCTION, Stage.CANDIDATE, Stage.DRAFT, Stage.ARCHIVED)
    traced = one.model.met / one.model.applicable if one.model.applicable else 0.0
    return (
        VERDICTS.index(one.verdict),
        against,
        twin,
        stages.index(one.model.stage),
        -one.overlap,
        -traced,
        one.model.name,
        one.model.id,
    )


def _with_twin(one: Candidate, said: str) -> Candidate:
    if not said:
        return one
    return replace(one, reasons=(*one.reasons, Reason("warn", TWIN, said)))


def _held(
    dataset: Detail, model: Detail, training: Sequence[Detail], task: str
) -> Candidate | None:
    classes = _listed(model.fact("classes"))
    target = _target(dataset, model, training)
    needed, source = _needed(model, training, target)
    offered = {column.name: column.type for column in dataset.columns}
    covered = [name for name in needed if name in offered]
    if not needed or len(covered) < LEAST_SHARED * len(needed):
        return None
    reasons = [_columns(needed, offered, source)]
    reasons += _types(needed, offered)
    reasons += _classes(classes, _listed(dataset.fact("classes")))
    reasons += _task(model.fact("task"), task)
    reasons += _same_data(dataset, training)
    reasons += _quality(model)
    reasons += _licence(model)
    inputs = offered.keys() - {target}
    return Candidate(
        model=model.summary,
        verdict=_verdict(reasons),
        reasons=tuple(reasons),
        required=tuple(needed),
        covered=tuple(covered),
        overlap=len(covered) / max(1, len(needed.keys() | inputs)),
    )


def _needed(
    model: Detail, training: Sequence[Detail], target: str
) -> tuple[dict[str, str], str]:
    """Features with their types ("" if unknown), and who says so."""
    named = _listed(model.fact("features"))
    types = {c.name: c.type for one in training for c in one.columns}
    if named:
        return {name: types.get(name, "") for name in named}, "its own list of features"
    if model.columns:
        return _without(model.columns, target), "its inputs"
    for one in training:
        if one.columns:
            return _without(
                one.columns, target
            ), f"its training data {one.summary.name}"
    return {}, ""


def _without(columns: Sequence[Column], target: str) -> dict[str, str]:
    return {column.name: column.type for column in columns if column.name != target}


def _target(dataset: Detail, model: Detail, training: Sequence[Detail]) -> str:
    """The column that is predicted, "" where nobody says."""
    said = (one.fact("target") for one in (model, *training, dataset))
    return next((name for name in said if name), "")


def _columns(
    needed: Mapping[str, str], offered: Mapping[str, str], source: str
) -> Reason:
    missing = [name for name in needed if name not in offered]
    said = (
        f"{len(needed) - len(missing)} of {len(needed)} features are there ({source})"
    )
    if not missing:
        return Reason("ok", "Columns", said)
    more = f" and {len(missing) - 4} more" if len(missing) > 4 else ""
    return Reason("no", "Columns", f"{said}; missing: {', '.join(missing[:4])}{more}")


def _types(needed: Mapping[str, str], offered: Mapping[str, str]) -> list[Reason]:
    typed = [name for name in needed if needed[name] and offered.get(name)]
    other = [n for n in typed if family(needed[n]) != family(offered[n])]
    if other:
        said = [f"{n} is {offered[n]}, was {needed[n]}" for n in other[:3]]
        return [Reason("warn", "Types", "; ".join(said))]
    return [Reason("ok", "Types", f"{len(typed)} of them alike")] if typed else []


def _classes(learned: Sequence[str], wanted: Sequence[str]) -> list[Reason]:
    if not learned or not wanted:
        return []
    unknown = sorted(set(wanted) - set(learned))
    if unknown:
        return [Reason("no", "Classes", f"never learned: {', '.join(unknown[:4])}")]
    return [Reason("ok", "Classes", f"knows all {len(set(wanted))}")]


def _task(recorded: str, wanted: str) -> list[Reason]:
    if not wanted:
        return []
    if not recorded:
        return [Reason("warn", "Task", "nothing says what it was trained for")]
    if same_task(recorded, wanted):
        return [Reason("ok", "Task", recorded)]
    return [Reason("no", "Task", f"trained for {recorded}, not {wanted}")]


def _quality(model: Detail) -> list[Reason]:
    summary = model.summary
    reasons = []
    if summary.metric:
        reasons.append(Reason("ok", "Quality", f"{summary.metric} on its own data"))
    else:
        reasons.append(Reason("warn", "Quality", "no metric is known"))
    if summary.presence is not Presence.PRESENT:
        reasons.append(Reason("no", "File", f"its bytes are {summary.presence}"))
    return reasons


def _same_data(dataset: Detail, training: Sequence[Detail]) -> list[Reason]:
    """A model that has seen the rows proves nothing by doing well on them."""
    if any(one.summary.id == dataset.summary.id for one in training):
        return [Reason("warn", "Data", "it was trained on this very dataset")]
    return []


def _licence(model: Detail) -> list[Reason]:
    said = model.fact("license")
    if said:
        return [Reason("ok", "Licence", said)]
    return [
        Reason("warn", "Licence", "nothing says under which licence it may be used")
    ]


def _verdict(reasons: Sequence[Reason]) -> str:
    """A wrong task or missing columns: retrain; wrong classes or types: fine-tune."""
    against = {reason.label for reason in reasons if reason.mark == "no"}
    if against & {"Columns", "Task", "File"}:
        return RETRAIN
    is_other = any(r.label == "Types" and r.mark == "warn" for r in reasons)
    return FINE_TUNE if "Classes" in against or is_other else EVALUATE


def _listed(text: str) -> list[str]:
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        return [part.strip() for part in text.split(",") if part.strip()]
    return [str(name) for name in names] if isinstance(names, list) else []
