"""Metaflow's local datastore, against what Metaflow's own client says."""

from __future__ import annotations

import gzip
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from mlcatalog.domain.reading import RunReading
from mlcatalog.domain.words import Relation
from mlcatalog.trackers import registry

FIXTURES = Path(__file__).parents[1] / "fixtures/trackers/metaflow"
SAID: dict[str, Any] = json.loads((FIXTURES / "expected.json").read_text())
RUNS: dict[str, Any] = SAID["runs"]


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    """The folder of a flow whose datastore Metaflow 2.19.39 made."""
    with tarfile.open(FIXTURES / "project.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "project/.metaflow/TrainFlow"


def one(flow: Path, pathspec: str) -> RunReading:
    (run,) = registry.read("metaflow", flow.parent / pathspec / "_meta")
    return run


def facts(run: RunReading) -> dict[str, str]:
    return {fact.key: fact.value.text for fact in run.facts}


@pytest.mark.parametrize("pathspec", RUNS)
def test_a_run_is_what_metaflow_says_of_it(flow: Path, pathspec: str) -> None:
    run, expected = one(flow, pathspec), RUNS[pathspec]
    assert run.native_id == run.name == pathspec
    assert run.status == ("FINISHED" if expected["successful"] else "FAILED")
    assert run.started is not None
    assert run.started / 1e6 == pytest.approx(expected["created"], abs=0.001)
    assert run.ended is not None
    assert run.ended > run.started
    told = {param.key: param.value.text for param in run.params}
    assert told == {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in expected["params"].items()
    }
    steps = facts(run)["steps"]
    assert all(name in steps for name in expected["steps"])
    assert "train (2 tasks)" in steps
    assert not run.notices


@pytest.mark.parametrize("pathspec", RUNS)
def test_real_numbers_are_measured_where_a_task_set_them(
    flow: Path, pathspec: str
) -> None:
    run = one(flow, pathspec)
    metrics = {m.name: [(p.step, p.value) for p in m.points] for m in run.metrics}
    scores = RUNS[pathspec]["scores"]
    # A value that the next task only carries on is not measured again.
    for step, value in metrics["score"]:
        assert value in scores.values(), step
    assert set(scores.values()) == {value for _, value in metrics["score"]}
    assert {value for _, value in metrics["auc"]} == {0.9}  # a number of NumPy's


def test_tags_code_and_artifacts_are_told(flow: Path) -> None:
    best = next(name for name, said in RUNS.items() if said["successful"])
    run = one(flow, best)
    told = facts(run)
    assert "baseline" in told["tagged"]
    assert told["code.commit"] == SAID["commit"]
    assert told["user"] == "ana"
    assert told["artifact.rows"] == "120"
    assert told["artifact.model"] == "__main__.Model"  # named, never made
    assert told["artifact.table"] == "list"  # too long to show
    sources = {fact.key: fact.source for fact in run.facts}
    assert sources["artifact.rows"].endswith(RUNS[best]["sha"]["rows"])
    claims = {claim.relation: claim.target.id for claim in run.claims}
    assert claims == {
        Relation.EXECUTED: "train_flow.py",
        Relation.TRAINED_ON: "data/train.csv",
    }


def test_a_failed_run_says_where_and_why_and_a_resumed_one_what_it_resumes(
    flow: Path,
) -> None:
    resumed = next(name for name, said in RUNS.items() if said["origin"] != "None")
    run = one(flow, resumed)
    assert facts(run)["failed.step"].startswith("train/")
    assert facts(run)["error"] == "ValueError: no convergence"
    (parent,) = (c.target.id for c in run.claims if c.relation is Relation.CHILD_OF)
    assert parent == f"metaflow:TrainFlow/{RUNS[resumed]['origin']}"


def test_a_run_that_was_killed_is_neither_finished_nor_failed(flow: Path) -> None:
    best = next(name for name, said in RUNS.items() if said["successful"])
    for place in (flow.parent / best).glob("end/*/_meta/sysmeta_attempt*"):
        place.unlink()
    run = one(flow, best)
    assert (run.status, run.ended) == ("", None)


def test_another_tools_id_that_a_step_noted_is_the_same_run(flow: Path) -> None:
    best = next(name for name, said in RUNS.items() if said["successful"])
    (end,) = (flow.parent / best).glob("end/*/0.data.json")
    stored = json.loads(end.read_text())
    stored["objects"]["mlflow_run_id"] = stored["objects"]["data"]
    end.write_text(json.dumps(stored))
    assert one(flow, best).same == ("mlflow:data/train.csv",)


def test_half_written_files_take_nothing_from_the_rest(flow: Path) -> None:
    best = next(name for name, said in RUNS.items() if said["successful"])
    (broken,) = (flow.parent / best).glob("join/*/0.data.json")
    broken.write_text('{"objects": {"score"')
    for blob in flow.glob("data/*/*"):
        blob.write_bytes(blob.read_bytes()[:10])  # not one can be opened
    run = one(flow, best)
    assert run.status == "FINISHED"
    assert [notice.rule for notice in run.notices] == ["integrity.unreadable"]
    assert "join" in run.notices[0].message
    assert facts(run)["artifact.rows"] == "int"  # its type is written beside it


def test_a_pickle_that_would_run_code_is_only_named(flow: Path, tmp_path: Path) -> None:
    best = next(name for name, said in RUNS.items() if said["successful"])
    sha = RUNS[best]["sha"]["rows"]
    made = tmp_path / "made"
    code = f"cposix\nsystem\n(S'touch {made}'\ntR."
    (flow / "data" / sha[:2] / sha).write_bytes(gzip.compress(code.encode()))
    run = one(flow, best)
    assert not made.exists()
    assert facts(run)["artifact.rows"] == "posix.system"
    (notice,) = run.notices
    assert notice.rule == "safety.pickle"
    assert "posix.system" in notice.message


def test_the_datastore_makes_no_artifacts_of_its_own(flow: Path) -> None:
    run = flow / next(iter(RUNS)).rpartition("/")[2]
    names = frozenset(f"{path.name}/" for path in run.iterdir())
    assert registry.find(names) == [("metaflow", "_meta/")]
    assert registry.owned(names) == names
    assert ".metaflow/" in registry.owned(frozenset({".metaflow/", "train.py"}))
