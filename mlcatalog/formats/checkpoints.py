"""What a training checkpoint says beside its weights: progress, settings, parents.

The keys are those of Lightning, Ultralytics and plain habit; one file may name
parent, data, settings, metrics and commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from mlcatalog.domain.inert_pickle import Thing
from mlcatalog.domain.pickled_values import params_of, plain
from mlcatalog.domain.reading import (
    Claim,
    Fact,
    Param,
    Point,
    Reference,
    Scheme,
    Series,
)
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.formats import saying

RECORDED = Evidence.RECORDED
FACTS: dict[str, tuple[str, ...]] = {
    "epoch": ("epoch",),
    "step": ("global_step", "step", "iter_num", "iteration"),
    "license": ("license",),
    "created": ("date", "created"),
    "best.metric": ("best_metric", "best_val_loss", "best_fitness"),
    "architecture": ("arch", "architecture"),
    "run.id": ("run_id",),
}
GIT_FACTS = {
    "code.commit": "commit",
    "code.branch": "branch",
    "code.origin": "origin",
    "code.message": "message",
}
PARAM_KEYS = (
    "hyper_parameters", "datamodule_hyper_parameters", "hparams", "config", "args",
    "train_args", "model_args", "cfg",
)  # fmt: skip
BASE_KEYS = ("base_model", "model_name_or_path", "init_from", "pretrained")
RESULT_LIMIT = 100_000
LIGHTNING, ULTRALYTICS = "pytorch-lightning_version", "train_args"


def facts(root: Any) -> Iterator[Fact]:
    """Epoch, step, framework, commit and the like, where the root is a table."""
    if not isinstance(root, dict):
        return
    for key, names in FACTS.items():
        name = next((name for name in names if _is_plain(root.get(name))), None)
        if name and root[name] != -1:  # what Ultralytics writes when it is done
            yield from saying.fact(key, root[name], name, RECORDED)
    git = root.get("git")
    if isinstance(git, dict):
        told = {key: value for key, value in git.items() if isinstance(value, str)}
        for key, name in GIT_FACTS.items():
            yield from saying.fact(key, told.get(name), f"git.{name}", RECORDED)
    yield from _framework(root)
    yield from _best(root)


def _framework(root: Mapping[Any, Any]) -> Iterator[Fact]:
    name: str = ""
    version = root.get("version")
    if LIGHTNING in root:
        name, version = "lightning", root[LIGHTNING]
    elif isinstance(root.get(ULTRALYTICS), dict):
        name = "ultralytics"
    if name:
        yield from saying.fact("framework", name, "keys", RECORDED)
        if isinstance(version, str):
            yield from saying.fact("framework.version", version, "version", RECORDED)


def _best(root: Mapping[Any, Any]) -> Iterator[Fact]:
    """What Lightning's ModelCheckpoint watches, and the file that it holds best."""
    callbacks = root.get("callbacks")
    for name, state in callbacks.items() if isinstance(callbacks, dict) else ():
        if "ModelCheckpoint" in str(name) and isinstance(state, dict):
            source = f"callbacks.{str(name)[:40]}"
            for key in ("monitor", "best_model_path"):
                shown = "best.checkpoint" if key == "best_model_path" else "best.of"
                value = state.get(key)
                if isinstance(value, str):
                    yield from saying.fact(shown, value, f"{source}.{key}", RECORDED)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def params(root: Any) -> tuple[Param, ...]:
    """The settings that a checkpoint carries."""
    if not isinstance(root, dict):
        return ()
    found: list[Param] = []
    for key in PARAM_KEYS:
        value = root.get(key)
        table = value.fields() or value.items if isinstance(value, Thing) else value
        if isinstance(table, dict):
            found += params_of(table)
    return tuple(found)


def claims(root: Any, settings: Iterable[Param]) -> Iterator[Claim]:
    """Data and parent that the settings name."""
    is_ultralytics = isinstance(root, dict) and isinstance(root.get(ULTRALYTICS), dict)
    for param in settings:
        text = param.value.text
        if param.key == "data" and ("." in text or is_ultralytics):
            is_recipe = text.endswith((".yaml", ".yml"))
            data = Reference(
                Scheme.PATH, text, kind=None if is_recipe else Kind.DATASET
            )
            yield saying.claim(Relation.TRAINED_ON, data, "data", evidence=RECORDED)
        elif is_ultralytics and param.key == "model":
            yield from _started_from(text)
        elif param.key in BASE_KEYS and text.lower() not in ("true", "false", "null"):
            base = saying.target(text, Kind.MODEL)
            yield saying.claim(
                Relation.DERIVED_FROM, base, param.key, evidence=RECORDED
            )


def _started_from(text: str) -> Iterator[Claim]:
    """A training that began from weights; from a .yaml it began from scratch."""
    if PurePosixPath(text).suffix.lower() not in ("", ".yaml", ".yml"):
        base = saying.target(text, Kind.MODEL)
        source = f"{ULTRALYTICS}.model"
        yield saying.claim(Relation.FINETUNED_FROM, base, source, evidence=RECORDED)


def metrics(root: Any) -> tuple[Series, ...]:
    """The results that a checkpoint carries: a table of lists, and the last ones."""
    if not isinstance(root, dict):
        return ()
    curves = root.get("train_results")
    found: list[Series] = []
    steps = curves.get("epoch") if isinstance(curves, dict) else None
    for name, values in curves.items() if isinstance(curves, dict) else ():
        if str(name) not in ("epoch", "time") and isinstance(values, list):
            points = tuple(_points(values, steps))
            found += [Series(str(name)[:200], points)] if points else []
    known = {series.name for series in found}
    last = root.get("train_metrics")
    for name, value in last.items() if isinstance(last, dict) else ():
        number = Value.of(plain(value)).number
        if number is not None and str(name) not in known:
            found.append(Series(str(name)[:200], (Point(None, number),)))
    return tuple(found)


def _points(values: list[Any], steps: Any) -> Iterator[Point]:
    for place, value in enumerate(values[:RESULT_LIMIT]):
        step = steps[place] if isinstance(steps, list) and place < len(steps) else place
        number = Value.of(plain(value)).number
        if number is not None:
            yield Point(int(step) if isinstance(step, int) else place, number)
