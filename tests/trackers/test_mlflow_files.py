"""An MLflow file store, against what MLflow's own client says of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import RunReading
from mlcatalog.domain.words import Relation
from mlcatalog.trackers import registry

FIXTURE = Path(__file__).parents[1] / "fixtures/trackers/mlflow_files"
SAYS = json.loads((FIXTURE / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIXTURE / "mlruns", tmp_path / "mlruns"))


def runs_of(store: Path) -> dict[str, RunReading]:
    metas = [p for p in store.glob("*/*/meta.yaml") if (p.parent / "tags").is_dir()]
    found = [run for meta in metas for run in registry.read("mlflow-files", meta)]
    return {run.name: run for run in found}


def test_runs_are_those_that_mlflow_lists(store: Path) -> None:
    found = runs_of(store)
    assert found.keys() == SAYS.keys()  # the deleted one is not listed
    for name, run in found.items():
        said = SAYS[name]
        assert (run.native_id, run.status) == (said["run_id"], said["status"])
        assert run.started == said["start_time"] * 1_000
        assert {p.key: p.value.text for p in run.params} == said["params"]


def test_metrics_keep_their_steps_times_and_odd_values(store: Path) -> None:
    for name, run in runs_of(store).items():
        found = {
            one.name: [
                [p.step, str(p.value), (p.time or 0) // 1_000] for p in one.points
            ]
            for one in run.metrics
        }
        assert found == SAYS[name]["metrics"]


def test_inputs_parent_script_and_commit_are_claimed(store: Path) -> None:
    found = runs_of(store)
    parent = found["parent"]
    relations = {claim.relation: claim.target.id for claim in parent.claims}
    assert relations[Relation.EXECUTED] == "train.py"
    assert relations[Relation.TRAINED_ON].endswith("data/telco.csv")
    facts = {fact.key: fact.value.text for fact in parent.facts}
    assert facts["code.commit"] == "9f3ac1e57b20d8846ac1f7e3590b2d6c4e81fa07"
    assert facts["experiment"] == "churn"
    (child_of,) = (c for c in found["child"].claims if c.relation is Relation.CHILD_OF)
    assert child_of.target.id == f"mlflow:{parent.native_id}"


def test_another_tools_id_among_the_params_is_a_twin(store: Path) -> None:
    assert runs_of(store)["parent"].same == ("wandb:abc123",)


def test_a_half_written_last_line_is_no_damage(store: Path) -> None:
    (path,) = (p for p in store.rglob("metrics/loss") if len(p.read_bytes()) > 50)
    path.write_bytes(path.read_bytes() + b"17955978")
    run = runs_of(store)["parent"]
    assert not run.notices
    assert {one.name: len(one.points) for one in run.metrics}["loss"] == 4


def test_a_broken_line_is_told_and_the_rest_kept(store: Path) -> None:
    (path,) = (p for p in store.rglob("metrics/loss") if len(p.read_bytes()) > 50)
    path.write_bytes(b"rubbish\n" + path.read_bytes())
    run = runs_of(store)["parent"]
    assert "metrics/loss" in run.notices[0].message
    assert {one.name: len(one.points) for one in run.metrics}["loss"] == 4


def test_a_dataset_id_that_leads_out_of_the_store_is_not_followed(store: Path) -> None:
    (meta,) = store.rglob("inputs/*/meta.yaml")
    text = meta.read_text().replace("source_id: ", "source_id: ../../")
    meta.write_text(text)
    run = runs_of(store)["parent"]
    assert not [c for c in run.claims if c.relation is Relation.TRAINED_ON]


def test_a_meta_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "meta.yaml").write_text("a: 1\n")
    with pytest.raises(FormatError):
        registry.read("mlflow-files", tmp_path / "meta.yaml")
