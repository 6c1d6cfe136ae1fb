"""What pickles of models say: plain values, scikit-learn estimators, globals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mlcatalog.domain import inert_pickle
from mlcatalog.domain.inert_pickle import Thing
from mlcatalog.domain.pickled_values import params_of, plain
from mlcatalog.domain.reading import Fact, Notice, Param
from mlcatalog.domain.words import Evidence
from mlcatalog.formats import saying

RECORDED = Evidence.RECORDED
PARTS = ("steps", "transformers", "estimators")  # lists of (name, estimator)
TYPE_TEXT = re.compile(r"[<>|=]?([biufcSUOmMV])(\d*)")  # of numpy, as pickled
WIDTHS = {"U": 4}


def estimator_facts(root: Any) -> Iterator[Fact]:
    """What a scikit-learn estimator knows of its training."""
    thing = _estimator(root)
    if thing is None:
        return
    state = thing.fields()
    yield from saying.fact("architecture", thing.name.rpartition(".")[2], "class")
    yield from saying.fact("framework", "scikit-learn", "class", RECORDED)
    version = state.get("_sklearn_version")
    yield from saying.fact("framework.version", version, "_sklearn_version", RECORDED)
    names = _listed(state.get("feature_names_in_"))
    yield from saying.fact("features", names, "feature_names_in_", RECORDED)
    count = state.get("n_features_in_")
    if isinstance(count, int):
        yield from saying.fact("n_features", count, "n_features_in_", RECORDED)
    classes = _listed(state.get("classes_"))
    yield from saying.fact("classes", classes, "classes_", RECORDED)


def estimator_params(root: Any) -> tuple[Param, ...]:
    """Constructor parameters: what a fit does not write ends in no underscore."""
    thing = _estimator(root)
    if thing is None:
        return ()
    own = {
        key: value
        for key, value in thing.fields().items()
        if not key.startswith("_") and not key.endswith("_")
    }
    inner = [pair for key in PARTS for pair in _parts(own.get(key))]
    return (
        *params_of({key: own[key] for key in own if not (inner and key in PARTS)}),
        *(one for name, part in inner for one in params_of(_settings(part), name)),
    )


def _settings(thing: Thing) -> dict[str, Any]:
    """What a step was made with, its class among it."""
    own = {
        key: value
        for key, value in thing.fields().items()
        if not key.startswith("_") and not key.endswith("_")
    }
    return {"class": thing.name.rpartition(".")[2], **own}


def _parts(value: Any) -> Iterator[tuple[str, Thing]]:
    """The named steps of a pipeline or a column transformer."""
    for part in value if isinstance(value, list) else []:
        if isinstance(part, tuple) and len(part) >= 2 and isinstance(part[1], Thing):
            yield str(part[0])[:200], part[1]


def _estimator(root: Any) -> Thing | None:
    candidates = list(root.values()) if isinstance(root, dict) else [root]
    return next(
        (
            one
            for one in candidates
            if isinstance(one, Thing) and "_sklearn_version" in one.fields()
        ),
        None,
    )


def _listed(value: Any) -> list[Any]:
    """The members of an array of texts that was pickled with them."""
    if isinstance(value, Thing) and isinstance(value.state, tuple):
        last = value.state[-1]
        if isinstance(last, list) and len(last) <= 100_000:
            return [plain(one) for one in last]
        if isinstance(last, bytes) and len(value.state) == 5:
            code, width = type_of(value.state[2])
            if code in "iu" and width and len(last) <= 65_536:
                return integers(last, width, code == "i")
    members = value.members if isinstance(value, Thing) else value
    if isinstance(members, list) and all(isinstance(one, str | int) for one in members):
        return members
    return []


def global_facts(names: dict[str, None]) -> Iterator[Fact]:
    """The globals that loading would import."""
    listed = list(names)[:500]
    yield from saying.fact("pickle.globals", listed, "globals", Evidence.CONTENT)


def global_notices(names: dict[str, None]) -> tuple[Notice, ...]:
    """One notice when globals could run code."""
    found = inert_pickle.dangerous(names)
    if not found:
        return ()
    shown = ", ".join(found[:20])
    return (
        Notice(
            "safety.pickle",
            f"Loading this file would give it access to {shown}",
            "error",
        ),
    )


def integers(raw: bytes, width: int, signed: bool) -> list[int]:
    """Little-endian whole numbers of an array's bytes."""
    return [
        int.from_bytes(raw[place : place + width], "little", signed=signed)
        for place in range(0, len(raw) - width + 1, width)
    ]


def type_of(dtype: Any) -> tuple[str, int]:
    """Letter and width in bytes of a pickled numpy dtype; ("", 0) in doubt."""
    text = dtype.arguments[0] if isinstance(dtype, Thing) and dtype.arguments else ""
    found = TYPE_TEXT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("an array of unknown type")
    code, digits = found.groups()
    return code, int(digits or 1) * WIDTHS.get(code, 1)
