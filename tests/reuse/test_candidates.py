"""Candidates: who is listed, in which order, and with which words."""

from __future__ import annotations

import json

import pytest

from mlcatalog.domain.artifact import Detail, KnownFact, Summary
from mlcatalog.domain.reading import Column
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind, Presence, Stage
from mlcatalog.reuse.candidates import EVALUATE, FINE_TUNE, RETRAIN, candidates
from mlcatalog.reuse.families import family, same_task

COLUMNS = {"age": "int64", "city": "string", "churned": "bool"}


def artifact(
    name: str,
    kind: Kind = Kind.MODEL,
    columns: dict[str, str] | None = None,
    **facts: object,
) -> Detail:
    summary = Summary(
        row=1,
        id=f"id-{name}",
        kind=kind,
        format="x",
        name=name,
        path=f"/p/{name}",
        project="p",
        size=1,
        digest=None,
        stage=Stage.DRAFT,
        owner="",
        modified=0,
        presence=Presence.PRESENT,
    )
    said = tuple(
        KnownFact(
            key,
            Value.of(json.dumps(held) if isinstance(held, list) else held),
            Evidence.RECORDED,
            "x",
        )
        for key, held in facts.items()
    )
    held = tuple(Column(n, t) for n, t in (columns or {}).items())
    return Detail(summary, facts=said, columns=held)


DATA = artifact("telco_v4", Kind.DATASET, COLUMNS, classes=["yes", "no"])


@pytest.mark.parametrize(
    ("facts", "task", "verdict"),
    [
        ({"features": ["age", "city"]}, "", EVALUATE),
        ({"features": ["age", "city"], "classes": ["yes", "no"]}, "", EVALUATE),
        ({"features": ["age", "city"], "classes": ["yes", "maybe"]}, "", FINE_TUNE),
        ({"features": ["age", "city", "plan"]}, "", RETRAIN),
        ({"features": ["age", "city"], "task": "regression"}, "cls", RETRAIN),
        ({"features": ["age"], "task": "text-classification"}, "cls", EVALUATE),
    ],
)
def test_a_verdict_follows_from_its_reasons(
    facts: dict[str, object], task: str, verdict: str
) -> None:
    (found,) = candidates(DATA, [artifact("m", **facts)], task=task)
    assert found.verdict == verdict
    assert found.reasons[0].label == "Columns"
    assert "not compared" in found.limits


def test_a_model_of_which_no_feature_is_known_is_no_candidate() -> None:
    assert candidates(DATA, [artifact("m"), DATA]) == ()


def test_a_model_that_needs_mostly_other_columns_is_no_candidate() -> None:
    assert candidates(DATA, [artifact("m", features=["age", "x", "y"])]) == ()


def test_columns_of_the_training_data_stand_in_for_features() -> None:
    old = artifact("telco_v3", Kind.DATASET, COLUMNS, target="churned")
    (found,) = candidates(DATA, [artifact("m")], trained_on={"id-m": [old]})
    assert found.required == found.covered == ("age", "city")
    assert found.overlap == 1.0
    assert "telco_v3" in found.reasons[0].text


def test_another_type_asks_for_a_fine_tune_and_says_which() -> None:
    old = artifact("telco_v3", Kind.DATASET, {**COLUMNS, "age": "string"})
    (found,) = candidates(DATA, [artifact("m")], trained_on={"id-m": [old]})
    assert found.verdict == FINE_TUNE
    assert "age is int64, was string" in [reason.text for reason in found.reasons]


def test_the_best_fit_comes_first() -> None:
    models = [
        artifact("lacks", features=["age", "city", "plan"]),
        artifact("narrow", features=["age"]),
        artifact("fits", features=["age", "city"]),
    ]
    names = [found.model.name for found in candidates(DATA, models)]
    assert names == ["fits", "narrow", "lacks"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("int64", "float32", True),
        ("large_string", "object", True),
        ("string", "object", True),
        ("list<int64>", "int64", False),
        ("bool", "int8", False),
        ("timestamp[us]", "date32", True),
    ],
)
def test_types_of_one_family_are_alike(one: str, other: str, same: bool) -> None:
    assert (family(one) == family(other)) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("cls", "Text Classification", True),
        ("ner", "token-classification", True),
        ("SEQ_CLS", "classification", True),
        ("cls", "reg", False),
    ],
)
def test_tasks_have_several_names(one: str, other: str, same: bool) -> None:
    assert same_task(one, other) is same


def test_checkpoints_copies_and_exports_come_after_finished_models() -> None:
    models = [
        artifact("a-checkpoint", features=["age", "city"]),
        artifact("z-final", features=["age", "city"]),
    ]
    found = candidates(
        DATA, models, stands_for={"id-a-checkpoint": "checkpoint of z-final"}
    )
    assert [one.model.name for one in found] == ["z-final", "a-checkpoint"]
    assert "checkpoint of z-final" in [reason.text for reason in found[1].reasons]


def test_a_model_that_was_trained_on_the_very_data_says_so() -> None:
    (found,) = candidates(DATA, [artifact("m")], trained_on={"id-m": [DATA]})
    assert "it was trained on this very dataset" in [r.text for r in found.reasons]


def test_an_unknown_licence_is_a_point_of_caution() -> None:
    known = artifact("known", features=["age"], license="apache-2.0")
    models = [known, artifact("unknown", features=["age"])]
    marks = {
        one.model.name: {r.label: r.mark for r in one.reasons}["Licence"]
        for one in candidates(DATA, models)
    }
    assert marks == {"known": "ok", "unknown": "warn"}
