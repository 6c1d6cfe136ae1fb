"""The registry: which names in a folder are a tracker's."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlcatalog.domain.errors import FormatError
from mlcatalog.tasks.demo import write_demo
from mlcatalog.trackers import registry
from mlcatalog.trackers.hydra import HydraTracker


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"mlflow.db", "train.py", "runs/"}, [("mlflow", "mlflow.db")]),
        ({".hydra/", "metrics.csv"}, [("hydra", ".hydra/")]),
        ({".hydra/", "mlflow.db"}, [("mlflow", "mlflow.db"), ("hydra", ".hydra/")]),
        ({".hydra", "mlflow.db/"}, []),
        (set(), []),
    ],
)
def test_sources_are_found_by_name(
    names: set[str], expected: list[tuple[str, str]]
) -> None:
    assert registry.find(frozenset(names)) == expected


def test_a_vanished_source_is_a_format_error(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        registry.read("mlflow", tmp_path / "mlflow.db")
    assert caught.value.where == str(tmp_path / "mlflow.db")


def test_the_demo_has_runs_of_both_tools(tmp_path: Path) -> None:
    churn, support = write_demo(tmp_path / "demo").projects
    logged = registry.read("mlflow", churn / "mlflow.db")
    assert {run.name for run in logged} == {"r7a90", "r81cc", "r9d02", "ra1f4"}
    assert all(run.metrics and run.claims for run in logged)
    place = support / "outputs/2026-05-30/09-12-44/.hydra"
    (started,) = registry.read("hydra", place)
    assert started.claims
    assert started.folder == str(place.parent)


def test_the_version_changes_with_any_tracker() -> None:
    class NewerHydra(HydraTracker):
        version = HydraTracker.version + 1

    known = registry.trackers()
    newer = tuple(NewerHydra() if one.tool == "hydra" else one for one in known)
    versions = [registry.tracker_version(some) for some in (known, newer, known[1:])]
    assert len(set(versions)) == 3
    assert registry.tracker_version() == versions[0]
