from __future__ import annotations

from mlcatalog.comparing.siblings import siblings
from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.words import Kind, Presence, Stage


def row(name: str, age: int, kind: Kind = Kind.MODEL, form: str = "onnx") -> Summary:
    return Summary(
        1,
        f"{name}-{age}",
        kind,
        form,
        name,
        f"/{name}",
        "p",
        1,
        None,
        Stage.DRAFT,
        "",
        100 - age,
        Presence.PRESENT,
    )


ROWS = (
    row("final", 1),
    row("intent-cls-b-r2", 2),
    row("churn-cls-r9", 3),
    row("intent-cls-a-r1", 4),
    row("intent-cls-a-r0", 90),
)


def test_the_two_newest_of_one_family_are_proposed_the_older_first() -> None:
    assert siblings(ROWS) == ("intent-cls-a-r1-4", "intent-cls-b-r2-2")


def test_one_is_laid_beside_its_nearest_relative_in_age() -> None:
    assert siblings(ROWS, ROWS[4]) == ("intent-cls-a-r0-90", "intent-cls-a-r1-4")


def test_without_a_relative_another_of_its_project_is_taken() -> None:
    assert siblings(ROWS, ROWS[0]) == ("intent-cls-b-r2-2", "final-1")


def test_one_model_in_two_formats_is_no_pair() -> None:
    rows = (row("a-b-1", 1), row("a-b-1", 2, form="safetensors"))
    assert siblings(rows) == ()


def test_nothing_alike_is_not_paired() -> None:
    assert siblings(ROWS[:1]) == ()
    assert siblings(ROWS[:1], row("data", 1, Kind.DATASET)) == ()
