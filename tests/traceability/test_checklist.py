"""The checklist: thirteen checks in order, with evidence and remedies."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mlcatalog.domain.artifact import Detail, Metric, Summary, Version
from mlcatalog.domain.finding import Check, Finding
from mlcatalog.domain.lineage import Edge, Graph, Node, Proof
from mlcatalog.domain.reading import Column
from mlcatalog.domain.words import (
    CheckState,
    Evidence,
    Kind,
    Presence,
    Relation,
    Severity,
    Stage,
)
from mlcatalog.traceability.checklist import checklist

NAMES = [
    "identity and time",
    "data version",
    "configuration",
    "training script and code",
    "environment",
    "base model",
    "fine-tuning data and processing",
    "checkpoints",
    "metrics",
    "data tests",
    "feature documentation",
    "run and deploy scripts",
    "name",
]
DIGEST = "5be1" * 16
RECORDED = 1_777_730_851_000_000


def summary(name: str = "m", presence: Presence = Presence.PRESENT) -> Summary:
    return Summary(
        row=1,
        id=name,
        kind=Kind.MODEL,
        format="safetensors",
        name=name,
        path=f"/p/{name}",
        project="p",
        size=1,
        digest=DIGEST,
        stage=Stage.DRAFT,
        owner="",
        modified=0,
        presence=presence,
    )


def graph(*edges: tuple[str, Relation, str], **facts: dict[str, str]) -> Graph:
    names = dict.fromkeys(n for child, _, parent in edges for n in (child, parent))
    proof = (Proof(Evidence.RECORDED, "x"),)
    return Graph(
        tuple(
            Node(n, Kind.RUN, n, digest=DIGEST, facts=facts.get(n, {})) for n in names
        ),
        tuple(Edge(parent, child, rel, proof) for child, rel, parent in edges),
    )


def full() -> Graph:
    return graph(
        ("m", Relation.PRODUCED_BY, "run"),
        ("m", Relation.FINETUNED_FROM, "base"),
        ("step", Relation.CHECKPOINT_OF, "m"),
        ("run", Relation.TRAINED_ON, "data"),
        ("run", Relation.EVALUATED_ON, "holdout"),
        ("run", Relation.CONFIGURED_BY, "finetune.yaml"),
        ("run", Relation.EXECUTED, "finetune.py"),
        ("run", Relation.IN_ENVIRONMENT, "requirements.txt"),
        ("data", Relation.DERIVED_FROM, "raw"),
        ("tests", Relation.TESTS, "data"),
        ("dictionary", Relation.DESCRIBES, "data"),
        ("serve.py", Relation.DEPLOYS, "m"),
        run={"code.commit": "3fd21c99aa", "code.dirty": "false"},
        dictionary={"features.documented": json.dumps(["text", "label"])},
    )


def detail(**held: object) -> Detail:
    version = Version("v", 1, DIGEST, 1, 0, RECORDED, current=True)
    parts: dict[str, object] = {
        "versions": (version,),
        "metrics": (Metric("f1", 0.9, 0.9, 0.9, 1),),
        "columns": (Column("text", "string"), Column("label", "int64")),
        **held,
    }
    return Detail(summary(), **parts)  # type: ignore[arg-type]


def states(checks: tuple[Check, ...]) -> dict[str, CheckState]:
    return {check.check: check.state for check in checks}


def test_the_checks_stand_in_their_order() -> None:
    assert [c.check for c in checklist(detail(), Graph((), ()))] == NAMES


def test_a_model_with_everything_meets_every_check() -> None:
    checks = checklist(detail(), full())
    assert set(states(checks).values()) == {CheckState.MET}, checks
    assert all(check.evidence for check in checks)


def test_a_lone_model_misses_what_applies_and_is_told_what_would_help() -> None:
    checks = checklist(Detail(summary()), Graph((), ()))
    found = states(checks)
    for name in ("base model", "fine-tuning data and processing", "checkpoints"):
        assert found[name] is CheckState.NOT_APPLICABLE
    missing = [check for check in checks if check.state is CheckState.MISSING]
    assert len(missing) == 9
    assert all(check.remedy for check in missing)


@pytest.mark.parametrize("relation", [Relation.CONVERTED_FROM, Relation.CHECKPOINT_OF])
def test_an_export_or_checkpoint_goes_by_the_run_of_its_model(
    relation: Relation,
) -> None:
    around = graph(
        ("m", relation, "original"),
        ("original", Relation.PRODUCED_BY, "run"),
        ("run", Relation.TRAINED_ON, "data"),
    )
    found = states(checklist(detail(), around))
    assert found["data version"] is CheckState.MET


def test_a_waived_check_is_waived_only_while_it_is_missing() -> None:
    waived = Finding(
        "traceability.environment", Severity.NOTE, "x", artifact="m", state="waived"
    )
    held = detail(findings=(waived,))
    assert states(checklist(held, Graph((), ())))["environment"] is CheckState.WAIVED
    assert states(checklist(held, full()))["environment"] is CheckState.MET


@pytest.mark.parametrize(
    ("state", "expected"), [("open", CheckState.MISSING), ("waived", CheckState.MET)]
)
def test_a_broken_name_counts_unless_it_is_waived(
    state: str, expected: CheckState
) -> None:
    broken = Finding("name.invalid", Severity.WARNING, "x", artifact="m", state=state)
    found = states(checklist(detail(findings=(broken,)), full()))
    assert found["name"] is expected


def test_what_a_person_rejected_meets_nothing() -> None:
    proof = (Proof(Evidence.RECORDED, "x"),)
    around = graph(("m", Relation.TRAINED_ON, "data"))
    edge = Edge("data", "m", Relation.TRAINED_ON, proof, status="rejected")
    found = states(checklist(detail(), Graph(around.nodes, (edge,))))
    assert found["data version"] is CheckState.MISSING


def test_undocumented_features_are_counted() -> None:
    columns = (Column("text", "string"), Column("extra", "int64"))
    checks = {c.check: c for c in checklist(detail(columns=columns), full())}
    assert "1 of 2" in checks["feature documentation"].evidence


def test_columns_that_nobody_knows_are_not_called_documented() -> None:
    checks = {c.check: c for c in checklist(detail(columns=()), full())}
    features = checks["feature documentation"]
    assert features.state is CheckState.MISSING
    assert "columns are not known" in features.evidence


def test_the_columns_of_the_data_come_before_those_of_the_model() -> None:
    known = full()
    nodes = tuple(
        replace(node, columns=("text", "label", "a", "b", "c", "d"))
        if node.id == "data"
        else node
        for node in known.nodes
    )
    checks = {c.check: c for c in checklist(detail(), replace(known, nodes=nodes))}
    evidence = checks["feature documentation"].evidence
    assert evidence == "4 of 6 features undocumented: a, b, c, …"


def test_the_commit_comes_with_the_state_of_its_tree() -> None:
    checks = {c.check: c for c in checklist(detail(), full())}
    evidence = checks["training script and code"].evidence
    assert evidence == "finetune.py @ 3fd21c99, clean tree"
