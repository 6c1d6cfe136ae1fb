"""Offline logs and synced folders of Weights & Biases, against the tool itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import RunReading
from mlcatalog.trackers import registry

FIXTURE = Path(__file__).parents[1] / "fixtures/trackers/wandb"
NAME = "offline-run-20260530_101112-abc123"
SAYS = json.loads((FIXTURE / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIXTURE / "project/wandb" / NAME, tmp_path / NAME))


def read(folder: Path) -> RunReading:
    (run,) = registry.read("wandb", folder)
    return run


def test_run_folders_are_found_and_the_link_to_the_latest_is_not() -> None:
    names = frozenset({f"{NAME}/", "run-20260530_101112-x/", "latest-run/", "logs/"})
    assert registry.find(names) == [
        ("wandb", f"{NAME}/"),
        ("wandb", "run-20260530_101112-x/"),
    ]


def test_the_log_says_what_the_run_was_given(folder: Path) -> None:
    run = read(folder)
    assert (run.native_id, run.name, run.status) == ("abc123", "brave-fox", "FINISHED")
    params = {p.key: p.value for p in run.params}
    assert {key: params[key].text for key in params} == {
        key: str(value) for key, value in SAYS["config"].items()
    }
    assert run.same == ("mlflow:" + "m" * 32,)
    assert run.started is not None
    assert run.ended is not None
    facts = {fact.key: fact.value.text for fact in run.facts}
    assert facts["project"] == "churn"
    assert facts["tag"] == "baseline"
    assert "telco" in facts["logged artifact"]


def test_metrics_are_those_logged_with_their_steps(folder: Path) -> None:
    metrics = {
        m.name: [[p.step, p.value] for p in m.points] for m in read(folder).metrics
    }
    for name, points in SAYS["history"].items():
        assert metrics[name] == points
    assert [p for p in metrics["odd"] if p[1] != p[1]]  # NaN is kept
    assert metrics["best"] == [[None, 0.5]]  # the summary's own
    assert "text" not in metrics


def test_a_half_written_log_is_a_live_run(folder: Path) -> None:
    (log,) = folder.glob("*.wandb")
    log.write_bytes(log.read_bytes()[:1_500])
    run = read(folder)
    assert run.params
    assert not run.notices
    assert run.status == ""


def test_a_damaged_log_keeps_what_came_before(folder: Path) -> None:
    (log,) = folder.glob("*.wandb")
    raw = bytearray(log.read_bytes())
    raw[1_500] ^= 0xFF
    log.write_bytes(raw)
    run = read(folder)
    assert run.params
    assert "checksum" in run.notices[0].message


def test_a_synced_folder_is_read_without_its_log(tmp_path: Path) -> None:
    folder = tmp_path / "run-20260530_101112-xyz"
    (folder / "files").mkdir(parents=True)
    (folder / "files/config.yaml").write_text(
        "lr:\n  value: 0.1\n_wandb:\n  value: {}\n"
    )
    (folder / "files/wandb-summary.json").write_text('{"loss": 0.25, "_step": 9}')
    metadata = {
        "git": {"commit": "c" * 40},
        "program": "train.py",
        "codePath": "src/train.py",
    }
    (folder / "files/wandb-metadata.json").write_text(json.dumps(metadata))
    run = read(folder)
    assert [(p.key, p.value.text) for p in run.params] == [("lr", "0.1")]
    assert [(m.name, m.points[0].value) for m in run.metrics] == [("loss", 0.25)]
    assert [c.target.id for c in run.claims] == ["src/train.py"]
    assert {f.key: f.value.text for f in run.facts}["code.commit"] == "c" * 40


def test_an_empty_folder_is_a_format_error(tmp_path: Path) -> None:
    folder = tmp_path / NAME
    folder.mkdir()
    with pytest.raises(FormatError):
        registry.read("wandb", folder)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    place=st.integers(0, 3_700), raw=st.binary(max_size=12), cut=st.integers(0, 3_000)
)
def test_any_change_gives_a_reading_or_a_format_error(
    tmp_path: Path, place: int, raw: bytes, cut: int
) -> None:
    (good,) = (FIXTURE / "project/wandb" / NAME).glob("*.wandb")
    content = good.read_bytes()
    folder = tmp_path / NAME
    folder.mkdir(exist_ok=True)
    changed = content[:place] + raw + content[place + len(raw) :]
    (folder / good.name).write_bytes(changed[: len(content) - cut])
    try:
        run = read(folder)
    except FormatError:
        return  # told in words: that is the point
    assert run.tool == "wandb"
