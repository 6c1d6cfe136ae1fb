"""Which sources tell of one run."""

from __future__ import annotations

from mlcatalog.domain.reading import RunSource
from mlcatalog.lineage.twins import joined_sources


def told(tool: str, native: str, folder: str = "", *same: str) -> RunSource:
    return RunSource(1, 1, tool, native, f"{folder}/{tool}", folder, same=same)


def names(*sources: RunSource) -> list[set[str]]:
    groups = joined_sources(sources)
    return [{f"{one.tool}:{one.native_id}" for one in group} for group in groups]


def test_tools_that_declare_one_folder_tell_of_one_run() -> None:
    found = names(told("hydra", "a", "out/1"), told("tensorboard", "b", "out/1"))
    assert found == [{"hydra:a", "tensorboard:b"}]


def test_the_only_run_of_a_tool_inside_another_run_is_that_run() -> None:
    hydra = told("hydra", "a", "out/1")
    inner = told("lightning", "v0", "out/1/lightning_logs/version_0")
    assert names(hydra, inner) == [{"hydra:a", "lightning:v0"}]


def test_two_runs_of_a_tool_inside_another_run_stay_apart() -> None:
    hydra = told("hydra", "a", "out/1")
    first, second = (told("lightning", f"v{n}", f"out/1/v{n}") for n in range(2))
    assert len(names(hydra, first, second)) == 3


def test_a_recorded_id_joins_runs_in_different_places() -> None:
    mlflow = told("mlflow", "m1", "mlruns/0/m1", "wandb:w1")
    assert names(mlflow, told("wandb", "w1", "wandb/run-1")) == [
        {"mlflow:m1", "wandb:w1"}
    ]


def test_two_runs_of_one_tool_are_never_one() -> None:
    one, other = (
        told("wandb", "w1", "a", "mlflow:m"),
        told("wandb", "w2", "b", "mlflow:m"),
    )
    assert len(names(told("mlflow", "m", "c"), one, other)) == 2


def test_metrics_files_declare_no_folder() -> None:
    assert len(names(told("hydra", "a", "out"), told("metrics", "out", "out"))) == 2
