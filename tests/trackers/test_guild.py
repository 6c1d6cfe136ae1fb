"""Runs of Guild AI, against what `guild runs info` says of them."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from mlcatalog.domain.reading import RunReading
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.trackers import registry

FIXTURES = Path(__file__).parents[1] / "fixtures/trackers/guild"
SAID: dict[str, Any] = json.loads((FIXTURES / "expected.json").read_text())
RUNS: dict[str, Any] = SAID["runs"]
STATUSES = {"completed": "FINISHED", "error": "FAILED", "staged": "SCHEDULED"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of runs that Guild 0.9.0 made."""
    with tarfile.open(FIXTURES / "project.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "project/.guild/runs"


def one(home: Path, name: str) -> RunReading:
    (run,) = registry.read("guild", home / name / ".guild/opref")
    return run


def facts(run: RunReading) -> dict[str, str]:
    return {fact.key: fact.value.text for fact in run.facts}


def named(**wanted: object) -> str:
    """The run of which Guild says that."""
    return next(
        name
        for name, said in RUNS.items()
        if all({**said, **said["flags"]}.get(k) == v for k, v in wanted.items())
    )


def targets(run: RunReading, relation: Relation) -> set[str]:
    return {c.target.id for c in run.claims if c.relation is relation}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_is_what_guild_says_of_it(home: Path, name: str) -> None:
    run, expected = one(home, name), RUNS[name]
    assert run.native_id == name
    assert run.name == f"{expected['operation']} {name[:8]}"
    assert run.status == STATUSES[expected["status"]]
    told = facts(run)
    assert told.get("label", "") == expected["label"]
    assert told.get("code.digest", "") == expected["sourcecode_digest"]
    commit = expected["vcs_commit"].removeprefix("git:")
    assert told.get("code.commit", "") == commit
    assert told.get("code.dirty") == ("false" if commit else None)
    params = {param.key: param.value.text for param in run.params}
    assert params == {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in expected["flags"].items()
    }
    assert (run.ended is None) is (expected["status"] == "staged")
    assert not run.notices


def test_inputs_outputs_script_and_guild_file_are_claimed(home: Path) -> None:
    run = one(home, named(label="deeper tree"))
    assert facts(run)["tagged"] == '["tuned"]'
    assert targets(run, Relation.EXECUTED) == {"train.py"}
    assert targets(run, Relation.CONFIGURED_BY) == {"guild.yml"}
    prepared = home / named(operation="churn:prepare") / "prepared.csv"
    data = home.parent.parent / "data"
    assert targets(run, Relation.TRAINED_ON) == {str(prepared), str(data)}
    (made,) = (c for c in run.claims if c.relation is Relation.PRODUCED_BY)
    assert made.subject.id == str(home / run.native_id / "checkpoints/model.pkl")
    assert made.subject.kind is Kind.MODEL


def test_a_batch_is_the_run_above_its_trials(home: Path) -> None:
    batch = one(home, named(operation="churn:train+"))
    trials = {c.subject.id for c in batch.claims if c.relation is Relation.CHILD_OF}
    assert trials == {f"guild:{named(lr=0.1)}", f"guild:{named(lr=0.2)}"}
    assert registry.find(frozenset({"opref", "attrs/"})) == [("guild", "opref")]
    prototype = home / batch.native_id / ".guild/proto/.guild/opref"
    assert prototype.is_file()
    assert registry.read("guild", prototype) == ()


def test_links_of_older_versions_are_told_and_never_followed(home: Path) -> None:
    folder = home / named(label="deeper tree")
    (folder / "data.npy").symlink_to("/data/other machine/data.npy")
    (folder / "loop").symlink_to(folder)
    run = one(home, folder.name)
    assert "/data/other machine/data.npy" in targets(run, Relation.TRAINED_ON)


def test_a_run_that_goes_on_or_was_killed_says_so(home: Path) -> None:
    folder = home / named(label="deeper tree") / ".guild"
    (folder / "attrs/exit_status").write_text("-15\n")
    assert one(home, folder.parent.name).status == "KILLED"
    (folder / "attrs/exit_status").unlink()
    assert one(home, folder.parent.name).status == ""
    (folder / "LOCK").write_text("4711")
    assert one(home, folder.parent.name).status == "RUNNING"


def test_half_written_attributes_take_nothing_from_the_rest(home: Path) -> None:
    folder = home / named(label="deeper tree") / ".guild"
    (folder / "attrs/tags").write_text("- [tuned")
    (folder / "attrs/deps").write_text("file:data: [1, {2: 3}]\n")
    (folder / "opref").write_text("guildfile:'")
    (folder / "manifest").write_bytes(b"d '\xff\n" + os.urandom(64))
    run = one(home, folder.parent.name)
    assert run.status == "FINISHED"
    assert [notice.message[:10] for notice in run.notices] == ["attrs/tags"]


def test_what_guild_writes_makes_no_artifacts_of_its_own(home: Path) -> None:
    folder = home / named(label="deeper tree") / ".guild"
    names = frozenset(p.name + "/" * p.is_dir() for p in folder.iterdir())
    assert registry.owned(names) == names
    deleted = home.parent / "trash/runs" / folder.parent.name
    deleted.parent.mkdir(parents=True)
    folder.parent.rename(deleted)
    assert registry.read("guild", deleted / ".guild/opref") == ()
