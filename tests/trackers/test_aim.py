"""An Aim repository read without Aim, against what Aim itself says of it."""

from __future__ import annotations

import json
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcatalog.domain.reading import RunReading
from mlcatalog.domain.words import Relation
from mlcatalog.trackers import registry, rocksdb, snappy

FIXTURES = Path(__file__).parents[1] / "fixtures/trackers/aim"
SAID: dict[str, Any] = json.loads((FIXTURES / "expected.json").read_text())
RUNS: dict[str, Any] = SAID["runs"]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository that Aim 3.29.1 made; one of its runs went on meanwhile."""
    with tarfile.open(FIXTURES / "project.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "project/.aim"


def part(repository: Path, kind: str, name: str) -> RunReading:
    (run,) = registry.read("aim-chunks", repository / kind / "chunks" / name)
    return run


def facts(run: RunReading) -> dict[str, str]:
    return {fact.key: fact.value.text for fact in run.facts}


def run_named(name: str) -> str:
    return next(key for key, said in RUNS.items() if said["name"] == name)


def test_names_experiments_tags_and_times_are_those_of_the_database(
    repository: Path,
) -> None:
    found = registry.read("aim", repository / "run_metadata.sqlite")
    assert {run.native_id for run in found} == set(RUNS)
    for run in found:
        expected = RUNS[run.native_id]
        assert run.name == expected["name"]
        assert run.started is not None
        assert run.started / 1e6 == pytest.approx(expected["created"], abs=1e-3)
        told = facts(run)
        assert told["experiment"] == expected["experiment"]
        assert json.loads(told["tagged"]) == expected["tags"]
        assert told["description"] == "a first try"


@pytest.mark.parametrize("name", RUNS)
def test_settings_are_params_and_the_end_is_the_runs(
    repository: Path, name: str
) -> None:
    run, expected = part(repository, "meta", name), RUNS[name]
    assert run.same == (f"aim:{name}",)
    assert not run.notices
    hparams = expected["params"]["hparams"]
    params = {param.key: param.value.text for param in run.params}
    assert params == {
        "dataset": "data/train.csv",
        "hparams.depth": str(hparams["depth"]),
        "hparams.lr": str(hparams["lr"]),
        "hparams.layers": "[64, 32]",
        "hparams.optimizer.betas": "[0.9, 0.999]",
        "hparams.optimizer.decay": "null",
        "hparams.optimizer.name": "adam",
        "hparams.optimizer.nesterov": "true",
    }
    assert run.status == ("" if expected["ended"] is None else "FINISHED")
    if expected["ended"] is not None:
        assert run.ended == int(expected["ended"] * 1_000_000)
    trained = [c.target.id for c in run.claims if c.relation is Relation.TRAINED_ON]
    assert trained == ["data/train.csv"]


@pytest.mark.parametrize("name", RUNS)
def test_every_point_of_every_sequence_is_what_aim_says(
    repository: Path, name: str
) -> None:
    run = part(repository, "seqs", name)
    found = {
        series.name: [(point.step, str(point.value)) for point in series.points]
        for series in run.metrics
    }
    assert found == {
        " ".join([one["name"], *(f"{k}={v}" for k, v in one["context"].items())]): list(
            zip(one["steps"], one["values"], strict=True)
        )
        for one in RUNS[name]["series"]
    }
    assert all(point.time for series in run.metrics for point in series.points)


def test_code_and_packages_are_told_and_never_the_environment(
    repository: Path,
) -> None:
    run = part(repository, "meta", run_named("run 0"))
    told = facts(run)
    assert SAID["commit"].startswith(told["code.commit"])  # Aim keeps it short
    assert told["logged.notes"] == "aim.text"
    assert told["code.branch"] == "main"
    assert any(one.startswith("aim==3.29") for one in json.loads(told["dependencies"]))
    assert "not-for-the-catalogue" not in repr(run)


def test_broken_files_cost_their_own_entries(repository: Path) -> None:
    name = run_named("run 1")
    table = max((repository / "meta/chunks" / name).glob("*.sst"))
    raw = bytearray(table.read_bytes())
    raw[40:60] = b"\xff" * 20
    table.write_bytes(raw)
    run = part(repository, "meta", name)
    assert {notice.rule for notice in run.notices} == {"integrity.unreadable"}
    assert any(table.name in notice.message for notice in run.notices)
    table.write_bytes(raw[:-20])
    assert part(repository, "meta", name).params == ()
    assert part(repository, "seqs", name).metrics  # another folder


def test_a_half_written_log_keeps_what_came_before(repository: Path) -> None:
    name = run_named("run 2")  # the one that goes on: all is in the log
    (log,) = (repository / "seqs/chunks" / name).glob("*.log")
    whole = {s.name: len(s.points) for s in part(repository, "seqs", name).metrics}
    log.write_bytes(log.read_bytes()[:-100])
    run = part(repository, "seqs", name)
    assert not run.notices
    left = {s.name: len(s.points) for s in run.metrics}
    assert 0 < sum(left.values()) <= sum(whole.values()) == 21


@cache
def one_table() -> bytes:
    with tarfile.open(FIXTURES / "project.tar.gz") as archive:
        member = next(m for m in archive.getmembers() if m.name.endswith(".sst"))
        stream = archive.extractfile(member)
        assert stream is not None
        return stream.read()


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_change_of_a_file_is_more_than_a_problem(data: st.DataObject) -> None:
    raw = bytearray(one_table())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        for _ in rocksdb.table(bytes(raw)):
            pass
    except (ValueError, IndexError):
        pass


def entry(kind: int, *parts: bytes) -> bytes:
    return bytes([kind]) + b"".join(bytes([len(one)]) + one for one in parts)


def test_a_deleted_range_takes_what_was_written_before_it_alone(
    tmp_path: Path,
) -> None:
    writes = [
        entry(1, b"a", b"1"),
        entry(1, b"b", b"1"),
        entry(1, b"d", b"1"),
        entry(15, b"a", b"c"),  # the end is not in it
        entry(1, b"b", b"2"),
        entry(0, b"d"),
        entry(1, b"c", b"3"),
    ]
    batch = (1).to_bytes(8, "little") + len(writes).to_bytes(4, "little")
    batch += b"".join(writes)
    record = bytes(4) + len(batch).to_bytes(2, "little") + b"\1" + batch
    (tmp_path / "000001.log").write_bytes(record)
    assert rocksdb.read(tmp_path).values == {b"b": b"2", b"c": b"3"}


def test_snappy_copies_run_into_themselves_and_bombs_are_refused() -> None:
    # 12 bytes: "abc", then 9 bytes from 3 back.
    assert snappy.unpacked(b"\x0c\x08abc\x15\x03") == b"abc" * 4
    with pytest.raises(ValueError, match="block"):
        snappy.unpacked(b"\xff\xff\xff\xff\x7f\x08abc")
    with pytest.raises(ValueError, match="before the start"):
        snappy.unpacked(b"\x0c\x08abc\x15\x09")


def test_the_repository_makes_no_artifacts_of_its_own(repository: Path) -> None:
    assert registry.owned(frozenset({".aim/", "train.py"})) == frozenset({".aim/"})
    other = repository.parent / "cache/0123456789abcdef01234567"
    other.mkdir(parents=True)
    names = frozenset({f"{other.name}/", "weights.pt"})
    assert registry.owned(names) == frozenset()
    assert registry.read("aim-chunks", other) == ()
