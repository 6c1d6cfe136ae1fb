"""Sheets: which rows there are, what differs, and what is better."""

from __future__ import annotations

import csv
import io

import pytest

from mlcatalog.comparing.directions import direction_of
from mlcatalog.comparing.export import as_csv, as_markdown, as_text
from mlcatalog.comparing.sheet import Row, Sheet, compare
from mlcatalog.domain.artifact import Detail, Metric, Summary
from mlcatalog.domain.lineage import Edge, Graph, Node, Proof
from mlcatalog.domain.reading import Tensor
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind, Presence, Relation, Stage


def summary(name: str, kind: Kind = Kind.MODEL) -> Summary:
    return Summary(
        row=1,
        id=f"id-{name}",
        kind=kind,
        format="safetensors",
        name=name,
        path=f"/p/{name}",
        project="p",
        size=10,
        digest="a" * 64,
        stage=Stage.DRAFT,
        owner="",
        modified=0,
        presence=Presence.PRESENT,
    )


def model(name: str, **params: object) -> Detail:
    return Detail(summary(name), params={k: Value.of(v) for k, v in params.items()})


def measured(name: str, kind: Kind = Kind.MODEL, **metrics: float) -> Detail:
    held = tuple(Metric(key, value, value, value, 1) for key, value in metrics.items())
    return Detail(summary(name, kind), metrics=held)


def row(sheet: Sheet, key: str) -> Row:
    return next(row for row in sheet.rows if row.key == key)


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        (1, 1.0, False),
        (1e-3, 0.001, False),
        (1, "1", True),
        (1, True, True),
        (None, "null", True),
        (None, "", True),
        ("", "", False),
        (float("nan"), float("nan"), False),
        (2**53, 2**53 + 1, True),
        ([1, 2], [1, 2], False),
    ],
)
def test_values_are_compared_with_their_types(
    one: object, other: object, differs: bool
) -> None:
    found = row(compare([model("a", x=one), model("b", x=other)]), "x")
    assert found.differs is differs
    if differs:
        assert found.values[0] != found.values[1]


def test_missing_null_and_empty_are_three_things() -> None:
    sheet = compare([model("a", x=None), model("b", x=""), model("c")])
    assert row(sheet, "x").values == ("null", "", None)


@pytest.mark.parametrize(
    ("metric", "direction"),
    [
        ("val_loss", "down"),
        ("eval/rmse", "down"),
        ("error_rate", "down"),
        ("map_loss", "down"),
        ("perplexity", "down"),
        ("latency_ms", "down"),
        ("f1", "up"),
        ("test_accuracy", "up"),
        ("roc_auc", "up"),
        ("val/accuracy", "up"),
        ("map50", "up"),
        ("epoch", None),
        ("learning_rate", None),
    ],
)
def test_a_metrics_name_tells_which_way_is_better(
    metric: str, direction: str | None
) -> None:
    assert direction_of(metric) == direction


def test_a_change_is_better_or_worse_against_the_baseline() -> None:
    items = [measured("a", f1=0.5, loss=0.5), measured("b", f1=0.75, loss=0.75)]
    sheet = compare(items)
    assert row(sheet, "f1").deltas == (0.0, 0.25)
    assert row(sheet, "f1").better == (None, True)
    assert row(sheet, "loss").better == (None, False)
    assert row(compare(items, baseline=1), "f1").deltas == (-0.25, 0.0)


def test_metrics_and_params_of_a_run_are_those_of_its_model() -> None:
    run = measured("r", Kind.RUN, f1=0.9)
    run.params["lr"] = Value.of(0.1)
    sheet = compare([model("a"), model("b")], sources={"id-a": [run]})
    assert row(sheet, "f1").values == ("0.9", None)
    assert row(sheet, "lr").values == ("0.1", None)


def test_a_models_own_metrics_win_and_its_runs_fill_the_gaps() -> None:
    run = measured("r", Kind.RUN, f1=0.8, eval_loss=0.3)
    sheet = compare([measured("a", f1=0.9), model("b")], sources={"id-a": [run]})
    assert row(sheet, "f1").values == ("0.9", None)
    assert row(sheet, "eval_loss").values == ("0.3", None)


def test_what_two_files_say_otherwise_of_one_metric_stands_in_two_rows() -> None:
    said = (("loss", 0.3, "events"), ("loss", 0.3, "mlflow.db"), ("loss", 0.4, "a.csv"))
    held = tuple(Metric(n, last, last, last, 1, source=file) for n, last, file in said)
    run = Detail(summary("a", Kind.RUN), metrics=held)
    sheet = compare([run, measured("b", Kind.RUN, loss=0.2)])
    assert row(sheet, "loss").values == ("0.3", "0.2")
    assert row(sheet, "loss (a.csv)").values == ("0.4", None)


def lineage(*edges: tuple[str, Relation, str]) -> Graph:
    kinds = {"m": Kind.MODEL, "step": Kind.MODEL, "r": Kind.RUN}
    names = dict.fromkeys(n for child, _, parent in edges for n in (child, parent))
    proof = (Proof(Evidence.RECORDED, "x"),)
    return Graph(
        tuple(
            Node(f"id-{n}", kinds.get(n, Kind.DATASET), n, digest="5be1" * 16)
            for n in names
        ),
        tuple(Edge(f"id-{p}", f"id-{c}", relation, proof) for c, relation, p in edges),
    )


def test_data_and_script_come_from_the_run_of_a_checkpoint_too() -> None:
    graph = lineage(
        ("m", Relation.PRODUCED_BY, "r"),
        ("step", Relation.CHECKPOINT_OF, "m"),
        ("r", Relation.TRAINED_ON, "intents_v4"),
        ("r", Relation.EXECUTED, "train.py"),
    )
    sheet = compare([model("m"), model("step")], graph=graph)
    assert row(sheet, "trained on").values == ("intents_v4 (5be15be15be1)",) * 2
    assert row(sheet, "executed").values == ("train.py (5be15be15be1)",) * 2


def test_only_tensors_that_differ_have_rows() -> None:
    same = Tensor("same", "F32", (1,))
    one = Detail(summary("a"), tensors=(same, Tensor("w", "F32", (2,))))
    two = Detail(summary("b"), tensors=(same, Tensor("w", "F32", (3,))))
    sheet = compare([one, two])
    assert row(sheet, "tensors").values == ("2", "2")
    assert row(sheet, "tensor w").values == ("F32 [2]", "F32 [3]")
    assert "tensor same" not in [one.key for one in sheet.rows]


def test_sections_stand_in_their_order() -> None:
    one = measured("a", f1=1.0)
    one.params["lr"] = Value.of(1)
    titles = list(dict.fromkeys(r.section for r in compare([one, model("b")]).rows))
    assert titles == ["Metrics", "Configuration", "Identity"]


def test_nothing_to_compare_is_an_empty_sheet() -> None:
    assert compare([]).rows == ()


def test_text_marks_what_differs_and_hides_what_does_not() -> None:
    text = as_text(compare([model("a", lr=1, x=2), model("b", lr=3, x=2)]), True)
    assert "* lr" in text
    assert " x" not in text


@pytest.mark.parametrize("bad", ["=cmd()", "@x", "+x", "-x", "\tx"])
def test_csv_runs_no_formula(bad: str) -> None:
    sheet = compare([model(bad, x=bad), model("b", x=-0.5)])
    rows = list(csv.reader(io.StringIO(as_csv(sheet))))
    assert rows[0][3] == f"'{bad}"
    assert next(r for r in rows if r[1] == "x")[3:] == [f"'{bad}", "-0.5"]


def test_markdown_shows_markup_as_text() -> None:
    text = as_markdown(compare([model("<b>|x|", k="`a`\n# b"), model("b")]))
    assert "<b>" not in text
    assert "\\|x\\|" in text
    assert "\n# b" not in text
