"""TensorBoard event files, against what TensorBoard's own reader says of them."""

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

FIXTURE = Path(__file__).parents[1] / "fixtures/trackers/tensorboard"
SAYS = json.loads((FIXTURE / "expected.json").read_text(encoding="utf-8"))


def run_in(folder: Path) -> RunReading:
    names = frozenset(path.name for path in folder.iterdir())
    ((tool, name),) = registry.find(names)
    (run,) = registry.read(tool, folder / name)
    return run


@pytest.mark.parametrize("folder", sorted(SAYS))
def test_scalars_are_those_that_tensorboard_lists(folder: str) -> None:
    run = run_in(FIXTURE / folder)
    found = {
        one.name: [[p.step, repr(p.value), p.time] for p in one.points]
        for one in run.metrics
    }
    assert found == {
        name: [[step, value, int(wall * 1e6)] for step, value, wall in points]
        for name, points in SAYS[folder].items()
    }


def test_hparams_of_both_writers_are_params() -> None:
    old = {p.key: p.value.text for p in run_in(FIXTURE / "old/run1/s1").params}
    assert old == {"lr": "0.01", "layers": "3", "opt": "adam", "amp": "true"}
    new = {p.key: p.value.text for p in run_in(FIXTURE / "new/run2").params}
    assert new == {"lr": "0.02", "opt": "sgd"}


def copied(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(FIXTURE / "old/run1", tmp_path / "run1"))
    return next(path for path in folder.iterdir() if path.is_file())


def test_a_half_written_tail_is_a_live_run_and_no_damage(tmp_path: Path) -> None:
    path = copied(tmp_path)
    whole = len(run_in(path.parent).metrics[0].points)
    path.write_bytes(path.read_bytes()[:-10])
    run = run_in(path.parent)
    assert len(run.metrics[0].points) <= whole
    assert not run.notices


def test_damage_in_the_middle_keeps_what_came_before(tmp_path: Path) -> None:
    path = copied(tmp_path)
    raw = bytearray(path.read_bytes())
    raw[200:216] = b"\xff" * 16
    path.write_bytes(raw)
    run = run_in(path.parent)
    assert run.metrics
    assert run.notices


def test_what_is_no_event_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(b"not a record at all, but long enough")
    with pytest.raises(FormatError, match="no TensorBoard event file"):
        registry.read("tensorboard", path)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=st.integers(0, 470), raw=st.binary(max_size=12), cut=st.integers(0, 300))
def test_any_change_gives_a_reading_or_a_format_error(
    tmp_path: Path, place: int, raw: bytes, cut: int
) -> None:
    good = next(p for p in (FIXTURE / "old/run1").iterdir() if p.is_file())
    content = good.read_bytes()
    path = tmp_path / good.name
    path.write_bytes((content[:place] + raw + content[place + len(raw) :])[: 471 - cut])
    try:
        runs = registry.read("tensorboard", path)
    except FormatError:
        return  # told in words: that is the point
    assert all(run.tool == "tensorboard" for run in runs)
