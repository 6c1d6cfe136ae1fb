"""Tests of claims becoming edges."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcatalog.domain.lineage import Edge, Proof
from mlcatalog.domain.reading import THIS, Claim, Reference, Scheme
from mlcatalog.domain.words import Evidence, Kind, Relation, Severity
from mlcatalog.lineage.fingerprints import OLDER
from mlcatalog.lineage.known import Known, KnownArtifact
from mlcatalog.lineage.resolve import PlacedClaim, Resolution, resolve

P = "/home/ada/churn"
SHA = "ab" * 32


def thing(
    artifact_id: str, kind: Kind, path: str = "", **more: object
) -> KnownArtifact:
    where = f"{P}/{path}" if path else ""
    project = str(more.pop("project", P))
    return KnownArtifact(artifact_id, kind, where, project, **more)  # type: ignore[arg-type]


THINGS = (
    thing("data", Kind.DATASET, "data/train.csv", md5s=("cd" * 16,)),
    thing("test", Kind.DATASET, "data/test.csv"),
    thing("lonely", Kind.DATASET, "sets/images/index.parquet"),
    thing("config", Kind.CONFIG, "configs/train.yaml"),
    thing("script", Kind.SCRIPT, "src/train.py"),
    thing("env", Kind.ENVIRONMENT, "requirements.txt"),
    thing(
        "base",
        Kind.MODEL,
        "models/base",
        members=(f"{P}/models/base/model.safetensors", f"{P}/models/base/README.md"),
        hub="google/bert-tiny",
        digests=(SHA,),
    ),
    thing(
        "model",
        Kind.MODEL,
        "models/churn.safetensors",
        name="churn",
        format="safetensors",
    ),
    thing("run", Kind.RUN, "", run="mlflow:0a11"),
)


def said(
    relation: Relation,
    target: Reference,
    *,
    owner: str = "model",
    subject: Reference = THIS,
    at: str = "models/churn.json",
    evidence: Evidence = Evidence.DECLARED,
) -> PlacedClaim:
    claim = Claim(subject, relation, target, evidence, "key")
    return PlacedClaim(claim, owner, f"{P}/{at}", P)


def path(text: str, kind: Kind | None = None) -> Reference:
    return Reference(Scheme.PATH, text, kind=kind)


def lines(found: Resolution) -> set[tuple[str, str, str]]:
    return {(edge.child, edge.relation.value, edge.parent) for edge in found.edges}


def rules(found: Resolution) -> list[str]:
    return [finding.rule for finding in found.findings]


def only(found: Resolution, relation: Relation) -> Edge:
    (edge,) = (edge for edge in found.edges if edge.relation is relation)
    return edge


def solved(
    *claims: PlacedClaim, things: Iterable[KnownArtifact] = THINGS
) -> Resolution:
    return resolve(claims, Known(things))


@pytest.mark.parametrize(
    ("reference", "parent", "how"),
    [
        (path("data/train.csv"), "data", ""),
        (path("../data/train.csv"), "data", ""),
        (path("./../data//train.csv"), "data", ""),
        (path(f"{P}/data/train.csv"), "data", ""),
        (path(f"file://{P}/data/train.csv"), "data", ""),
        (path("..\\data\\train.csv"), "data", ""),
        (path("/mnt/old/churn/data/train.csv"), "data", "matched by suffix"),
        (path("D:\\work\\data\\train.csv"), "data", "matched by suffix"),
        (path("train.csv"), "data", "matched by suffix"),
        (path("sets/images"), "lonely", ""),
        (path("../sets"), "lonely", ""),
        (Reference(Scheme.MD5, "CD" * 16), "data", ""),
        (Reference(Scheme.NAME, "train"), "data", "matched by name"),
        (Reference(Scheme.NAME, "train.csv"), "data", "matched by name"),
    ],
)
def test_a_dataset_is_found_however_it_is_written(
    reference: Reference, parent: str, how: str
) -> None:
    found = only(solved(said(Relation.TRAINED_ON, reference)), Relation.TRAINED_ON)
    assert found.parent == parent
    assert found.best.detail.startswith(how)
    assert bool(how) == (found.confidence < 1)
    guessed = reference.scheme is Scheme.NAME
    assert (found.best.evidence is Evidence.INFERRED) == guessed
    assert found.best.source == "models/churn.json: key"


@pytest.mark.parametrize(
    "reference",
    [
        path("base"),
        path("models/base"),
        path("models/base/model.safetensors"),
        Reference(Scheme.HUB, "google/bert-tiny"),
        Reference(Scheme.HUB, "models/base"),
        Reference(Scheme.SHA256, SHA.upper()),
    ],
)
def test_a_bundle_is_found_by_itself_and_by_its_members(reference: Reference) -> None:
    found = only(
        solved(said(Relation.FINETUNED_FROM, reference)), Relation.FINETUNED_FROM
    )
    assert (found.child, found.parent) == ("model", "base")


def test_a_hub_id_that_is_not_here_becomes_an_external() -> None:
    target = Reference(Scheme.HUB, "org/other", revision="86b5e0934494bd15")
    found = solved(said(Relation.FINETUNED_FROM, target))
    (node,) = found.externals
    assert (node.name, node.kind, node.external) == ("org/other", Kind.MODEL, True)
    assert node.revision == "86b5e0934494bd15"
    assert only(found, Relation.FINETUNED_FROM).parent == node.id
    assert only(found, Relation.FINETUNED_FROM).pinned
    assert "lineage.base-unpinned" not in rules(found)


@pytest.mark.parametrize("revision", [None, "main"])
def test_a_base_without_an_exact_revision_is_noted(revision: str | None) -> None:
    target = Reference(Scheme.HUB, "org/other", revision=revision)
    found = solved(said(Relation.ADAPTER_OF, target))
    assert not only(found, Relation.ADAPTER_OF).pinned
    assert "lineage.base-unpinned" in rules(found)


def test_a_path_to_nothing_is_a_finding_and_an_external_dataset() -> None:
    found = solved(said(Relation.TRAINED_ON, path("data/gone.csv")))
    (finding,) = (f for f in found.findings if f.rule == "lineage.dangling")
    assert (finding.severity, finding.found) == (Severity.WARNING, "data/gone.csv")
    assert finding.path == f"{P}/models/churn.json"
    assert [node.name for node in found.externals] == ["data/gone.csv"]
    script = solved(said(Relation.EXECUTED, path("gone.py")))
    assert "lineage.dangling" in rules(script)
    assert script.externals == ()


def test_a_path_out_of_the_project_means_what_another_project_holds() -> None:
    other = thing("far", Kind.DATASET, project="/srv/shared")
    other = KnownArtifact("far", Kind.DATASET, "/srv/shared/d.csv", "/srv/shared")
    for text in ("/srv/shared/d.csv", "../../../../srv/shared/d.csv"):
        found = solved(said(Relation.TRAINED_ON, path(text)), things=(*THINGS, other))
        assert only(found, Relation.TRAINED_ON).parent == "far"
    outside = solved(said(Relation.TRAINED_ON, path("/etc/passwd")))
    assert [node.name for node in outside.externals] == ["/etc/passwd"]


def test_a_suffix_that_fits_several_is_only_suggested() -> None:
    twin = thing("twin", Kind.DATASET, "old/train.csv")
    found = solved(
        said(Relation.TRAINED_ON, path("/x/train.csv")), things=(*THINGS, twin)
    )
    suggested = [e for e in found.edges if e.relation is Relation.TRAINED_ON]
    assert {e.parent for e in suggested} == {"data", "twin"}
    assert all(e.is_suggestion and e.confidence < 0.5 for e in suggested)


def test_kinds_that_make_no_sense_are_no_edge() -> None:
    assert lines(solved(said(Relation.TRAINED_ON, path("src/train.py")))) <= {
        ("model", "trained_on", external)
        for external in [
            n.id
            for n in solved(said(Relation.TRAINED_ON, path("src/train.py"))).externals
        ]
    }
    assert not lines(solved(said(Relation.FINETUNED_FROM, THIS)))
    assert not lines(solved(said(Relation.AT_COMMIT, Reference(Scheme.COMMIT, "abc"))))


def test_what_a_config_says_is_about_the_runs_it_configured() -> None:
    run = Reference(Scheme.RUN, "mlflow:0a11")
    whose = Reference(Scheme.RUN_OF_SELF)
    claims = [
        said(
            Relation.TRAINED_ON, path("data/train.csv"), owner="config", subject=whose
        ),
        said(Relation.EVALUATED_ON, path("data/test.csv"), owner="config"),
        said(
            Relation.CONFIGURED_BY, path("configs/train.yaml"), owner="run", subject=run
        ),
    ]
    assert lines(solved(*claims)) == {
        ("run", "configured_by", "config"),
        ("run", "trained_on", "data"),
        ("run", "evaluated_on", "test"),
    }
    assert not lines(solved(*claims[:2]))


def test_what_is_said_of_a_model_moves_to_its_only_run() -> None:
    run = Reference(Scheme.RUN, "mlflow:0a11")
    produced = said(Relation.PRODUCED_BY, run)
    trained = said(Relation.TRAINED_ON, path("data/train.csv"))
    assert ("run", "trained_on", "data") in lines(solved(produced, trained))
    assert ("model", "trained_on", "data") in lines(solved(trained))


def test_proofs_of_one_edge_come_together_strongest_first() -> None:
    target = path("data/train.csv")
    found = solved(
        said(Relation.TRAINED_ON, target),
        said(Relation.TRAINED_ON, target, evidence=Evidence.RECORDED),
        said(Relation.TRAINED_ON, target),
    )
    proofs = only(found, Relation.TRAINED_ON).proofs
    assert [proof.evidence for proof in proofs] == [
        Evidence.RECORDED,
        Evidence.DECLARED,
    ]


def in_run(*more: KnownArtifact) -> tuple[KnownArtifact, ...]:
    run = thing(
        "r", Kind.RUN, "runs/one", run="metrics:one", run_folder=f"{P}/runs/one"
    )
    return (run, *more)


def test_what_lies_in_a_runs_folder_belongs_to_the_run() -> None:
    things = in_run(
        thing("m", Kind.MODEL, "runs/one/out/model.pt"),
        thing("c", Kind.CONFIG, "runs/one/config.yaml"),
        thing("o", Kind.MODEL, "runs/other.pt"),
    )
    found = solved(things=things)
    assert lines(found) == {("m", "produced_by", "r"), ("r", "configured_by", "c")}
    assert all(edge.is_suggestion for edge in found.edges)
    assert rules(found) == ["lineage.orphan"]


def test_a_known_run_is_not_guessed_again() -> None:
    things = (*in_run(thing("m", Kind.MODEL, "runs/one/model.pt")), THINGS[-1])
    produced = said(
        Relation.PRODUCED_BY, Reference(Scheme.RUN, "mlflow:0a11"), owner="m"
    )
    assert lines(solved(produced, things=things)) == {("m", "produced_by", "run")}


def test_the_run_of_a_folder_is_found_by_the_folder() -> None:
    things = in_run(thing("m", Kind.MODEL, "elsewhere/model.pt"))
    produced = said(
        Relation.PRODUCED_BY, Reference(Scheme.RUN_IN, "runs/one"), owner="m"
    )
    assert ("m", "produced_by", "r") in lines(solved(produced, things=things))


@pytest.mark.parametrize(
    ("checkpoint", "final"),
    [
        ("out/checkpoint-500", "out"),
        ("out/step_500.pt", "out/model.pt"),
        ("out/epoch=3-step=99.ckpt", "out/final.ckpt"),
        ("out/checkpoints/churn-step_200.npz", "out/churn.npz"),
        ("out/checkpoints/0500.pt", "out/model.pt"),
        ("out/churn_epoch3.pt", "out/churn.pt"),
    ],
)
def test_checkpoints_belong_to_the_final_model(checkpoint: str, final: str) -> None:
    bundle = "." not in final
    members = (f"{P}/{final}/model.safetensors",) if bundle else ()
    inner = (f"{P}/{checkpoint}/model.safetensors",) if bundle else ()
    things = [
        thing("step", Kind.MODEL, checkpoint, members=inner),
        thing("final", Kind.MODEL, final, members=members),
    ]
    found = only(solved(things=things), Relation.CHECKPOINT_OF)
    assert (found.child, found.parent) == ("step", "final")
    assert (found.best.evidence, found.confidence) == (Evidence.INFERRED, 0.95)


def test_a_step_that_the_file_states_is_recorded() -> None:
    things = [
        thing("step", Kind.MODEL, "out/checkpoint-5.pt", step=5),
        thing("final", Kind.MODEL, "out/model.pt"),
    ]
    found = only(solved(things=things), Relation.CHECKPOINT_OF)
    assert found.best.evidence is Evidence.RECORDED


def test_several_final_models_are_told_apart_by_name_or_not_at_all() -> None:
    things = [
        thing("step", Kind.MODEL, "out/churn-step_5.pt"),
        thing("churn", Kind.MODEL, "out/churn.pt"),
        thing("other", Kind.MODEL, "out/other.pt"),
    ]
    assert ("step", "checkpoint_of", "churn") in lines(solved(things=things))
    things[1] = thing("churn", Kind.MODEL, "out/third.pt")
    assert not lines(solved(things=things))


def test_a_card_describes_the_model_of_its_folder_and_speaks_for_it() -> None:
    things = [
        thing("card", Kind.DOCUMENT, "m/README.md"),
        thing("m", Kind.MODEL, "m/weights.pt"),
        *THINGS,
    ]
    claim = said(
        Relation.FINETUNED_FROM, path("models/base"), owner="card", at="m/README.md"
    )
    found = lines(solved(claim, things=things))
    assert {("card", "describes", "m"), ("m", "finetuned_from", "base")} <= found


def test_an_export_of_one_name_is_suggested() -> None:
    things = [
        thing(
            "src", Kind.MODEL, "m/churn.safetensors", format="safetensors", created=5
        ),
        thing("out", Kind.MODEL, "m/exports/churn.onnx", format="onnx", created=9),
    ]
    found = solved(things=things)
    assert lines(found) == {("out", "converted_from", "src")}
    assert found.edges[0].confidence == 0.6
    assert rules(found) == []


def test_an_export_older_than_its_model_is_stale() -> None:
    things = [
        thing(
            "src", Kind.MODEL, "m/churn.safetensors", format="safetensors", created=9
        ),
        thing("out", Kind.MODEL, "m/churn.onnx", format="onnx", created=5),
    ]
    assert rules(solved(things=things)) == ["lineage.stale-export"]
    equal = Proof(Evidence.CONTENT, "tensor digests", "all tensors equal")
    proven = Edge("src", "out", Relation.CONVERTED_FROM, (equal,))
    assert rules(resolve([], Known(things), content=[proven])) == []
    older = Proof(Evidence.CONTENT, "tensor digests", f"all tensors equal; to {OLDER}")
    stale = Edge("src", "out", Relation.CONVERTED_FROM, (older,))
    assert rules(resolve([], Known(things), content=[stale])) == [
        "lineage.stale-export"
    ]


def content(
    child: str, parent: str, relation: Relation = Relation.FINETUNED_FROM
) -> Edge:
    return Edge(parent, child, relation, (Proof(Evidence.CONTENT, "tensor digests"),))


def models(*ids: str) -> list[KnownArtifact]:
    return [thing(i, Kind.MODEL, f"{i}/w.pt") for i in ids]


def test_a_base_that_the_bytes_refute_is_a_contradiction() -> None:
    claim = said(Relation.FINETUNED_FROM, path("b/w.pt"), owner="c", at="c/card.json")
    known = Known(models("a", "b", "c"))
    found = resolve([claim], known, content=[content("c", "a")])
    assert "lineage.contradiction" in rules(found)
    for kin in (content("a", "b"), content("a", "b", Relation.COPY_OF)):
        found = resolve([claim], known, content=[content("c", "a"), kin])
        assert "lineage.contradiction" not in rules(found)


def test_a_circle_is_opened_where_the_proof_is_weakest() -> None:
    claim = said(Relation.FINETUNED_FROM, path("c/w.pt"), owner="a", at="a/card.json")
    known = Known(models("a", "b", "c"))
    found = resolve([claim], known, content=[content("b", "a"), content("c", "b")])
    assert lines(found) == {("b", "finetuned_from", "a"), ("c", "finetuned_from", "b")}
    assert "lineage.cycle" in rules(found)


def test_a_checkpoint_is_no_fine_tune_of_its_final_model() -> None:
    things = [
        thing("step", Kind.MODEL, "out/step_5.pt"),
        thing("final", Kind.MODEL, "out/model.pt"),
    ]
    found = resolve([], Known(things), content=[content("final", "step")])
    assert lines(found) == {("step", "checkpoint_of", "final")}


def test_a_model_that_nothing_touches_is_an_orphan() -> None:
    assert rules(solved(things=models("a"))) == ["lineage.orphan"]


REFERENCES = st.one_of(
    st.sampled_from(
        [THIS, Reference(Scheme.RUN_OF_SELF), Reference(Scheme.RUN, "mlflow:0a11")]
    ),
    st.builds(
        Reference,
        st.sampled_from(Scheme),
        st.sampled_from(
            ["", "train", "models/base", "configs/train.yaml", "org/x", SHA]
        )
        | st.text(max_size=8),
        st.sampled_from([None, "main"]),
        st.sampled_from([None, *Kind]),
    ),
)
CLAIMS = st.builds(
    PlacedClaim,
    st.builds(
        Claim,
        REFERENCES,
        st.sampled_from(Relation),
        REFERENCES,
        st.sampled_from(Evidence),
        st.just("key"),
    ),
    st.sampled_from([t.id for t in THINGS] + ["unknown"]),
    st.sampled_from([f"{P}/models/x.json", f"{P}/a.yaml", "/elsewhere/b"]),
    st.sampled_from([P, "/elsewhere"]),
)


@given(st.lists(CLAIMS, max_size=12), st.integers())
def test_the_result_does_not_depend_on_the_order(
    claims: list[PlacedClaim], seed: int
) -> None:
    found = solved(*claims)
    mixed, things = list(claims), list(THINGS)
    random.Random(seed).shuffle(mixed)
    random.Random(seed).shuffle(things)
    assert resolve(mixed, Known(things)) == found
    ids = {t.id for t in THINGS} | {node.id for node in found.externals}
    assert {i for e in found.edges for i in (e.parent, e.child)} <= ids


def test_what_is_named_as_data_and_as_a_model_has_one_kind_in_any_order() -> None:
    hub = Reference(Scheme.HUB, "org/x")
    claims = [said(Relation.TRAINED_ON, hub), said(Relation.FINETUNED_FROM, hub)]
    assert solved(*claims).externals == solved(*reversed(claims)).externals


def test_a_claim_of_an_artifact_that_is_gone_is_left_out() -> None:
    run = Reference(Scheme.RUN, "mlflow:0a11")
    assert not lines(solved(said(Relation.AT_COMMIT, THIS, owner="gone", subject=run)))


def test_a_config_may_name_the_model_that_its_run_makes() -> None:
    things = (*in_run(thing("m", Kind.MODEL, "models/m.pt")), *THINGS)
    whose = Reference(Scheme.RUN_OF_SELF)
    folder = Reference(Scheme.RUN_IN, "runs/one")
    claims = [
        said(Relation.CONFIGURED_BY, THIS, owner="config", subject=folder),
        said(Relation.PRODUCED_BY, whose, owner="config", subject=path("models/m.pt")),
    ]
    found = lines(solved(*claims, things=things))
    assert found == {("m", "produced_by", "r"), ("r", "configured_by", "config")}


def test_without_a_run_a_config_speaks_of_the_model_that_it_makes() -> None:
    whose = Reference(Scheme.RUN_OF_SELF)
    model = path("models/churn.safetensors", Kind.MODEL)
    claims = [
        said(Relation.CONFIGURED_BY, THIS, owner="config", subject=model),
        said(Relation.PRODUCED_BY, whose, owner="config", subject=model),
        said(
            Relation.TRAINED_ON, path("data/train.csv"), owner="config", subject=whose
        ),
        said(Relation.EVALUATED_ON, path("data/test.csv"), owner="config"),
        said(Relation.EXECUTED, path("src/train.py"), owner="config", subject=whose),
    ]
    assert lines(solved(*claims)) == {
        ("model", "configured_by", "config"),
        ("model", "trained_on", "data"),
        ("model", "evaluated_on", "test"),
        ("model", "executed", "script"),
    }


def test_a_run_that_is_known_gets_what_its_config_says_of_the_model() -> None:
    things = (*in_run(thing("m", Kind.MODEL, "models/m.pt")), *THINGS)
    whose = Reference(Scheme.RUN_OF_SELF)
    model = path("models/m.pt", Kind.MODEL)
    claims = [
        said(Relation.CONFIGURED_BY, THIS, owner="config", subject=model),
        said(
            Relation.CONFIGURED_BY,
            THIS,
            owner="config",
            subject=Reference(Scheme.RUN_IN, "runs/one"),
        ),
        said(Relation.PRODUCED_BY, whose, owner="config", subject=model),
        said(
            Relation.TRAINED_ON, path("data/train.csv"), owner="config", subject=whose
        ),
    ]
    assert lines(solved(*claims, things=things)) == {
        ("m", "produced_by", "r"),
        ("r", "configured_by", "config"),
        ("r", "trained_on", "data"),
    }


def test_the_folder_that_a_config_writes_into_gives_its_model_away() -> None:
    things = (thing("m", Kind.MODEL, "out/one/model.pt"), *THINGS)
    claims = [
        said(
            Relation.CONFIGURED_BY,
            THIS,
            owner="config",
            subject=Reference(Scheme.RUN_IN, "out/one"),
        ),
        said(
            Relation.TRAINED_ON,
            path("data/train.csv"),
            owner="config",
            subject=Reference(Scheme.RUN_OF_SELF),
        ),
    ]
    found = solved(*claims, things=things)
    assert lines(found) == {
        ("m", "configured_by", "config"),
        ("m", "trained_on", "data"),
    }
    assert only(found, Relation.CONFIGURED_BY).best.confidence == 0.9
    two = (thing("n", Kind.MODEL, "out/one/other.pt"), *things)
    assert not lines(solved(*claims, things=two))


def test_a_run_is_found_by_the_name_that_its_model_carries() -> None:
    things = (thing("r", Kind.RUN, "runs/r81cc", name="r81cc"), *THINGS)
    named = Reference(Scheme.NAME, "r81cc", kind=Kind.RUN)
    trained = said(Relation.TRAINED_ON, path("data/train.csv"))
    found = solved(said(Relation.PRODUCED_BY, named), trained, things=things)
    assert lines(found) == {("model", "produced_by", "r"), ("r", "trained_on", "data")}
    assert only(found, Relation.PRODUCED_BY).best.evidence is Evidence.DECLARED


def test_two_records_of_one_run_both_get_what_is_said_of_its_model() -> None:
    things = (
        thing("r", Kind.RUN, "runs/r81cc", name="r81cc"),
        thing("s", Kind.RUN, "", name="r81cc", run="mlflow:1"),
        *THINGS,
    )
    named = Reference(Scheme.NAME, "r81cc", kind=Kind.RUN)
    trained = said(Relation.TRAINED_ON, path("data/train.csv"))
    found = lines(solved(said(Relation.PRODUCED_BY, named), trained, things=things))
    assert {("r", "trained_on", "data"), ("s", "trained_on", "data")} <= found


def test_checkpoints_belong_to_the_final_model_and_not_to_its_copies() -> None:
    things = [
        thing("r", Kind.RUN, "runs/one", name="one", run_folder=f"{P}/runs/one"),
        thing("step", Kind.MODEL, "runs/one/checkpoints/step_5.pt"),
        thing("final", Kind.MODEL, "models/churn.pt"),
        thing("copy", Kind.MODEL, "models/final_REALLY.pt"),
    ]
    named = Reference(Scheme.NAME, "one", kind=Kind.RUN)
    claims = [
        said(Relation.PRODUCED_BY, named, owner=i) for i in ("step", "final", "copy")
    ]
    found = resolve(claims, Known(things), content=[content("copy", "final")])
    assert ("step", "checkpoint_of", "final") in lines(found)


def test_what_is_only_derived_takes_the_nearer_word() -> None:
    claim = said(Relation.DERIVED_FROM, path("models/base"))
    found = resolve([claim], Known(THINGS), content=[content("model", "base")])
    assert {line for line in lines(found) if line[0] == "model"} == {
        ("model", "finetuned_from", "base")
    }
    assert len(only(found, Relation.FINETUNED_FROM).proofs) == 2


def test_a_file_that_a_framework_named_goes_by_its_folder() -> None:
    things = [
        thing(
            "step",
            Kind.MODEL,
            "out/checkpoint-5/model.safetensors",
            name="checkpoint-5",
        ),
        thing("final", Kind.MODEL, "out/model.safetensors", name="out"),
    ]
    assert lines(solved(things=things)) == {("step", "checkpoint_of", "final")}


def test_an_export_of_a_checkpoint_under_the_final_name_is_stale() -> None:
    things = [
        thing("step", Kind.MODEL, "out/churn-step_5.pt"),
        thing("final", Kind.MODEL, "out/churn.pt"),
        thing("export", Kind.MODEL, "out/churn.onnx", format="onnx"),
        thing("honest", Kind.MODEL, "out/churn-early.onnx", format="onnx"),
    ]
    proven = [content(i, "step", Relation.CONVERTED_FROM) for i in ("export", "honest")]
    found = resolve([], Known(things), content=proven)
    stale = [f for f in found.findings if f.rule == "lineage.stale-export"]
    assert [finding.artifact for finding in stale] == ["export"]
    assert "not of the finished model" in stale[0].message


def test_a_run_that_is_elsewhere_is_an_external() -> None:
    tracker = Reference(Scheme.URL, "https://tracker.example/runs/1", kind=Kind.RUN)
    trained = said(Relation.TRAINED_ON, path("data/train.csv"))
    found = solved(said(Relation.PRODUCED_BY, tracker), trained)
    (node,) = found.externals
    assert {
        ("model", "produced_by", node.id),
        (node.id, "trained_on", "data"),
    } == lines(found)


def test_a_dictionary_describes_the_data_of_its_name_else_all_of_its_folder() -> None:
    def words(name: str, *datasets: str) -> set[tuple[str, str, str]]:
        document = thing("words", Kind.DOCUMENT, name, format="data dictionary")
        others = [thing(one, Kind.DATASET, f"data/{one}.csv") for one in datasets]
        return lines(solved(things=(document, *others)))

    data = ("telco_v2", "telco_v3", "other")
    assert words("data/telco_dictionary.csv", *data) == {
        ("words", "describes", "telco_v2"),
        ("words", "describes", "telco_v3"),
    }
    assert words("data/dictionary.csv", "a", "b") == {
        ("words", "describes", "a"),
        ("words", "describes", "b"),
    }
    assert words("data/dictionary.csv", "a", "b", "c", "d") == set()
    assert words("docs/telco_dictionary.csv", *data) == set()
