"""Sacred, Optuna, DVC, Lightning and the Trainer, against what the tools say."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mlcatalog.domain.reading import RunReading
from mlcatalog.domain.words import Relation
from mlcatalog.trackers import registry

FIXTURES = Path(__file__).parents[1] / "fixtures/trackers"


def said(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


def one(tool: str, place: Path) -> RunReading:
    (run,) = registry.read(tool, place)
    return run


def params(run: RunReading) -> dict[str, str]:
    return {param.key: param.value.text for param in run.params}


@pytest.mark.parametrize("number", ["1", "2"])
def test_sacred_runs_are_what_the_experiment_returned(number: str) -> None:
    run = one("sacred", FIXTURES / f"sacred/runs/{number}/run.json")
    expected = said("sacred/expected.json")[number]
    assert run.status == {"COMPLETED": "FINISHED"}.get(expected["status"], "FAILED")
    assert params(run)["lr"] == str(expected["config"]["lr"])
    assert params(run)["model.depth"] == str(expected["config"]["model"]["depth"])
    metrics = {m.name: [p.value for p in m.points] for m in run.metrics}
    assert metrics["loss"] == expected["loss"]
    assert metrics.get("result", [None]) == [expected["result"]]
    assert run.started is not None
    assert run.ended is not None
    assert run.started < run.ended
    assert [c.target.id for c in run.claims] == ["make.py"]


def test_what_sacred_writes_makes_no_artifacts_of_its_own() -> None:
    names = frozenset({"run.json", "config.json", "cout.txt", "metrics.json", "m.pt"})
    assert registry.owned(names) == names - {"m.pt"}


@pytest.mark.parametrize("name", ["study", "study_old"])
def test_optuna_trials_are_those_of_the_study(tmp_path: Path, name: str) -> None:
    place = tmp_path / "search.db"
    with closing(sqlite3.connect(place)) as database:
        database.executescript((FIXTURES / f"optuna/{name}.sql").read_text())
    runs = registry.read("optuna", place)
    expected = said(f"optuna/{name}.json")
    assert len(runs) == len(expected)
    for run, trial in zip(runs, expected, strict=True):
        assert run.native_id == f"churn#{trial['number']}"
        assert params(run) == trial["params"]
        metrics = {m.name: [(p.step, p.value) for p in m.points] for m in run.metrics}
        values = [value for _, value in metrics.get("value", [])]
        assert values == (trial["values"] or [])
        between = [tuple(pair) for pair in trial["intermediate"]]
        assert metrics["intermediate"] == between
    assert [run.status for run in runs] == [
        {"COMPLETE": "FINISHED", "PRUNED": "KILLED", "FAIL": "FAILED"}[t["state"]]
        for t in expected
    ]


def test_a_database_of_another_program_has_no_trials(tmp_path: Path) -> None:
    place = tmp_path / "app.db"
    with closing(sqlite3.connect(place)) as database:
        database.execute("CREATE TABLE people (name)")
    assert registry.read("optuna", place) == ()
    (tmp_path / "thumbs.db").write_bytes(b"no database")
    assert registry.read("optuna", tmp_path / "thumbs.db") == ()


def test_lightning_settings_are_params_whatever_their_tags() -> None:
    place = FIXTURES / "lightning/lightning_logs/version_0"
    names = frozenset(path.name for path in place.iterdir())
    assert registry.find(names) == [("lightning", "hparams.yaml")]
    run = one("lightning", place / "hparams.yaml")
    assert params(run)["lr"] == said("lightning/expected.json")["lr"]
    assert params(run)["model.depth"] == "3"
    assert "PosixPath" not in params(run)["where"]  # a tag is text, never a class
    assert [c.target.id for c in run.claims] == ["data/train.csv"]


def test_the_last_checkpoint_tells_the_trainers_whole_log() -> None:
    folder = FIXTURES / "trainer/out"
    names = frozenset(f"{path.name}/" for path in folder.iterdir())
    ((tool, name),) = registry.find(names)
    run = one(tool, folder / name)
    expected = said("trainer/expected.json")
    losses = [(e["step"], e["loss"]) for e in expected["log"] if "loss" in e]
    found = {m.name: [(p.step, p.value) for p in m.points] for m in run.metrics}
    assert found["loss"] == losses
    assert "eval_loss" in found
    facts = {fact.key: fact.value.text for fact in run.facts}
    assert facts["step"] == str(expected["step"])
    assert registry.owned(names) == frozenset()  # checkpoints are models


def test_a_folder_that_is_only_called_checkpoint_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "checkpoint-5").mkdir()
    assert registry.read("trainer", tmp_path / "checkpoint-5") == ()


def test_ultralytics_settings_name_data_and_architecture() -> None:
    place = FIXTURES / "ultralytics/runs/detect/churn"
    names = frozenset(path.name for path in place.iterdir())
    assert registry.find(names) == [("ultralytics", "args.yaml")]
    run = one("ultralytics", place / "args.yaml")
    assert (params(run)["epochs"], params(run)["imgsz"]) == ("2", "32")
    claims = {c.relation: c.target.id for c in run.claims}
    assert claims == {Relation.TRAINED_ON: "tiny.yaml"}  # a .yaml model is no parent
