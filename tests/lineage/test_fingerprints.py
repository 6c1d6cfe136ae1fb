"""Tests of what the bytes prove."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcatalog.domain.lineage import Edge
from mlcatalog.domain.words import Evidence, Relation
from mlcatalog.lineage.fingerprints import OLDER, Relations, Weights, relations

LAYERS = tuple(f"layer{number}.weight" for number in range(8))


def weights(
    model_id: str,
    marks: dict[str, str] | None = None,
    *,
    created: int | None = None,
    digest: str = "",
    format: str = "safetensors",  # noqa: A002 - the field's own name
    run: str = "",
    current: bool = True,
) -> Weights:
    """A model of eight layers and a head; marks say whose tensors differ."""
    whole = {**dict.fromkeys(LAYERS, "base"), "head.weight": "base", **(marks or {})}
    tensors = [(name, f"{name}:{mark}", 1_000) for name, mark in whole.items()]
    tensors.append(("head.bias", None, 4))
    return Weights(
        model_id,
        digest or f"{model_id}{current}",
        tuple(tensors),
        created=created,
        format=format,
        run=run,
        path=f"/p/{model_id}",
        current=current,
    )


def lines(found: Relations) -> set[tuple[str, str, str]]:
    return {(e.child, e.relation.value, e.parent) for e in found.edges}


def only(edges: tuple[Edge, ...]) -> Edge:
    (edge,) = edges
    return edge


def test_equal_files_are_copies_of_the_oldest() -> None:
    models = [
        weights("b", digest="x", created=2),
        weights("a", digest="x", created=3),
        weights("first", digest="x", created=1),
    ]
    found = relations(models)
    assert lines(found) == {("a", "copy_of", "first"), ("b", "copy_of", "first")}
    assert all(edge.best.evidence is Evidence.CONTENT for edge in found.copies)


def test_copies_without_a_time_are_told_apart_by_path() -> None:
    found = relations([weights("b", digest="x"), weights("a", digest="x")])
    assert lines(found) == {("b", "copy_of", "a")}


def test_files_without_tensors_can_only_be_copies() -> None:
    models = [Weights("a", "x", path="/a"), Weights("b", "x", path="/b")]
    assert lines(relations(models)) == {("b", "copy_of", "a")}
    assert not relations([Weights("a", None), Weights("b", None)]).edges


def test_a_new_head_on_old_layers_is_a_fine_tune() -> None:
    models = [
        weights("child", {"head.weight": "new"}, created=9),
        weights("base", created=1),
    ]
    edge = only(relations(models).finetunes)
    assert (edge.child, edge.relation, edge.parent) == (
        "child",
        Relation.FINETUNED_FROM,
        "base",
    )
    assert edge.best.evidence is Evidence.CONTENT
    assert edge.best.detail == "9 of 10 tensors equal; different: head.weight"


def test_a_full_retrain_shares_too_little() -> None:
    new = dict.fromkeys(LAYERS[2:], "new")
    assert not relations([weights("a", created=1), weights("b", new, created=2)]).edges


def test_checkpoints_of_one_run_are_no_fine_tunes() -> None:
    models = [
        weights("a", created=1, run="r"),
        weights("b", {"head.weight": "new"}, created=2, run="r"),
    ]
    assert not relations(models).edges


def test_only_the_nearest_parent_is_named() -> None:
    models = [
        weights("base", created=1),
        weights("middle", {LAYERS[0]: "m"}, created=2),
        weights("last", {LAYERS[0]: "m", LAYERS[1]: "l"}, created=3),
    ]
    assert lines(relations(models)) == {
        ("middle", "finetuned_from", "base"),
        ("last", "finetuned_from", "middle"),
    }


@pytest.mark.parametrize("created", [None, 5])
def test_equal_tensors_in_another_format_are_an_export(created: int | None) -> None:
    models = [
        weights("out", format="onnx", created=created),
        weights("src", created=created),
    ]
    edge = only(relations(models).exports)
    assert (edge.child, edge.relation, edge.parent) == (
        "out",
        Relation.CONVERTED_FROM,
        "src",
    )
    assert edge.best.detail == "all tensors equal"


def test_an_export_of_an_overwritten_version_says_so() -> None:
    models = [
        weights("src", {LAYERS[0]: "new"}, created=9),
        weights("src", created=1, current=False),
        weights("out", format="onnx", created=5),
    ]
    edge = only(relations(models).exports)
    assert edge.parent == "src"
    assert OLDER in edge.best.detail


def test_what_every_family_shares_says_nothing() -> None:
    """Thirty unrelated models that hold one and the same large basis."""
    models = [
        Weights(
            f"m{number}",
            f"d{number}",
            (("stft", "basis", 90_000), (f"own{number}", f"mark{number}", 10_000)),
            created=number,
            path=f"/m{number}",
        )
        for number in range(30)
    ]
    assert not relations(models).edges


def test_forty_fine_tunes_of_one_base_do_not_make_it_common() -> None:
    models = [weights("base", created=0)]
    models += [
        weights(f"m{n}", {"head.weight": f"h{n}"}, created=n) for n in range(1, 41)
    ]
    found = relations(models)
    assert len(found.finetunes) == 40


def test_small_tensors_and_constants_prove_nothing() -> None:
    empty = tuple((name, None, 1_000) for name in LAYERS)
    models = [Weights("a", "1", empty), Weights("b", "2", empty)]
    assert not relations(models).edges


MODELS = st.lists(
    st.builds(
        weights,
        st.sampled_from("abcdef"),
        st.dictionaries(
            st.sampled_from([*LAYERS, "head.weight"]), st.sampled_from("xy"), max_size=5
        ),
        created=st.none() | st.integers(0, 3),
        digest=st.sampled_from(["", "same"]),
        format=st.sampled_from(["safetensors", "onnx", "pytorch"]),
    ),
    max_size=6,
    unique_by=lambda model: model.id,
)


@given(MODELS, st.integers())
def test_the_result_is_in_order_and_without_self_relations(
    models: list[Weights], seed: int
) -> None:
    found = relations(models)
    mixed = list(models)
    random.Random(seed).shuffle(mixed)
    assert relations(mixed) == found
    assert all(edge.parent != edge.child for edge in found.edges)
    assert len({e.child for e in found.finetunes + found.exports}) == len(
        found.finetunes + found.exports
    )


def test_a_new_model_among_many_costs_what_its_tensors_cost() -> None:
    """Two thousand models in two hundred families, each found its base."""
    models = []
    for family in range(200):
        base = dict.fromkeys((*LAYERS, "head.weight"), f"f{family}")
        models.append(weights(f"{family}-base", base, created=0))
        models += [
            weights(
                f"{family}-{n}", {**base, "head.weight": f"{family}.{n}"}, created=n
            )
            for n in range(1, 10)
        ]
    assert len(relations(models).finetunes) == 1_800


def test_empty_files_are_no_copies() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert not relations([Weights("a", empty), Weights("b", empty)]).edges
