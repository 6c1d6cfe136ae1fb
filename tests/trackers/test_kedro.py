"""Sessions of Kedro, against what Kedro and Kedro-Viz themselves say."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from mlcatalog.domain.reading import RunReading
from mlcatalog.domain.words import Relation
from mlcatalog.trackers import registry
from mlcatalog.trackers.kedro_nodes import nodes

FIXTURES = Path(__file__).parents[1] / "fixtures/trackers/kedro"


def said(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def unpacked(name: str, into: Path) -> Path:
    with tarfile.open(FIXTURES / f"{name}.tar.gz") as archive:
        archive.extractall(into, filter="data")
    return into / "project"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of Kedro 1.7.0, with Kedro-Viz 12.5.0 beside it."""
    return unpacked("project", tmp_path)


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A project of Kedro 0.19.10, whose sessions Kedro-Viz 10.2.0 stored."""
    return unpacked("older", tmp_path)


def runs(project: Path) -> dict[str, RunReading]:
    found = registry.read("kedro", project / "pyproject.toml")
    return {run.native_id: run for run in found}


def facts(run: RunReading) -> dict[str, str]:
    return {fact.key: fact.value.text for fact in run.facts}


def params(run: RunReading) -> dict[str, str]:
    return {param.key: param.value.text for param in run.params}


def targets(run: RunReading, relation: Relation) -> set[str]:
    return {c.target.id for c in run.claims if c.relation is relation}


def made(run: RunReading) -> set[str]:
    return {c.subject.id for c in run.claims if c.relation is Relation.PRODUCED_BY}


@pytest.mark.parametrize("name", ["project", "older"])
def test_the_nodes_are_those_of_the_registered_pipeline(
    tmp_path: Path, name: str
) -> None:
    project = unpacked(name, tmp_path)
    found = {one.name: one for one in nodes(project, project / "src/churn")}
    expected = said(name)["nodes"]
    assert set(found) == set(expected)
    for key, one in expected.items():
        assert sorted(found[key].inputs) == one["inputs"]
        assert sorted(found[key].outputs) == one["outputs"]


def test_each_version_of_a_dataset_tells_of_the_session_that_saved_it(
    project: Path,
) -> None:
    found, expected = runs(project), said("project")
    first, second = sorted(expected["versions"]["churn.pkl"])
    assert set(found) == {first, second}
    assert made(found[first]) == {
        f"data/04_feature/features.csv/{first}/features.csv",
        f"data/06_models/churn.pkl/{first}/churn.pkl",
    }
    # The second began at the training: its features are the version before.
    assert made(found[second]) == {f"data/06_models/churn.pkl/{second}/churn.pkl"}
    features = f"data/04_feature/features.csv/{expected['last']['features']}"
    assert expected["last"]["features"] == first
    assert targets(found[second], Relation.TRAINED_ON) == {f"{features}/features.csv"}
    assert targets(found[second], Relation.EXECUTED) == {
        "src/churn/pipeline_registry.py"
    }
    assert targets(found[second], Relation.CONFIGURED_BY) == {
        "conf/base/parameters.yml",
        "conf/base/catalog.yml",
    }


def test_the_events_are_those_of_the_session_that_began_before(project: Path) -> None:
    found = runs(project)
    first, second = sorted(found)
    assert (found[first].status, found[second].status) == ("FINISHED", "")
    assert found[first].started is not None
    assert found[first].ended is not None
    assert found[first].ended > found[first].started
    assert facts(found[first])["nodes"] == '["prepare", "train", "evaluate"]'
    assert facts(found[second])["nodes"] == '["train", "evaluate"]'
    # Nobody stored the command line, which could have given others.
    assert params(found[first]) == {}


def test_stored_sessions_have_params_commit_and_outcome(older: Path) -> None:
    found, expected = runs(older), said("older")
    assert set(found) == set(expected["sessions"])
    for name, session in expected["sessions"].items():
        run = found[name]
        told = facts(run)
        assert run.status == ("FAILED" if session["error"] else "FINISHED")
        assert told.get("error") == session["error"]
        assert told["code.commit"] == session["git"]["commit_sha"]
        assert told["code.dirty"] == "true"
        assert told["user"] == session["username"]
        lr = (session["extra_params"] or expected["params"])["lr"]
        assert params(run) == {"lr": str(lr), "model.depth": "3"}


def test_parameters_that_changed_since_are_no_runs(older: Path) -> None:
    os.utime(older / "conf/base/parameters.yml")
    found, expected = runs(older), said("older")
    for name, session in expected["sessions"].items():
        extra = session["extra_params"] or {}
        assert params(found[name]) == {key: str(one) for key, one in extra.items()}


def test_a_broken_catalogue_is_told_and_the_sessions_stay(older: Path) -> None:
    bomb = "a: &a {<<: {x: 1}}\nb: &b {<<: [*a, *a, *a]}\nc: {type"
    (older / "conf/base/catalog_more.yml").write_text(bomb)
    (older / "data/session_store.db").write_bytes(b"SQLite format 3\0" + b"\1" * 200)
    (older / "src/churn/pipeline_registry.py").write_text("node(((")
    found = runs(older)
    assert found  # those whose versions are there
    for run in found.values():
        assert any("catalog_more.yml" in one.message for one in run.notices)


def test_a_catalogue_that_leads_out_of_the_project_is_not_followed(
    project: Path,
) -> None:
    outside = project.parent / "outside.csv/2026-01-01T00.00.00.000Z"
    outside.mkdir(parents=True)
    catalogue = project / "conf/base/catalog.yml"
    text = catalogue.read_text().replace(
        "data/04_feature/features.csv", "../outside.csv"
    )
    catalogue.write_text(text)
    assert "2026-01-01T00.00.00.000Z" not in runs(project)


def test_a_project_of_another_tool_has_no_sessions(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 88\n")
    assert registry.read("kedro", tmp_path / "pyproject.toml") == ()
    (tmp_path / "pyproject.toml").write_text("[tool.kedro")
    assert registry.read("kedro", tmp_path / "pyproject.toml") == ()
