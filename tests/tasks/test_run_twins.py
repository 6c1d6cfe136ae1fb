"""One run that several tools saw, from their folders to the catalogue and back."""

from __future__ import annotations

import shutil
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Detail
from mlcatalog.tasks.index import index

FIXTURES = Path(__file__).parents[1] / "fixtures/trackers"
RUN = "outputs/2026-05-30/09-12-44"


def runs(catalog: Catalog) -> list[Detail]:
    return [catalog.detail(one.id) for one in catalog.list("kind:run")]


def tools(run: Detail) -> set[str]:
    return {fact.value.text for fact in run.facts if fact.key == "run.tool"}


def project_of_three_tools(tmp_path: Path) -> Path:
    """A Hydra job whose script logged with Lightning and with TensorBoard."""
    project = tmp_path / "project"
    shutil.copytree(FIXTURES / "hydra/project" / RUN, project / RUN)
    logs = project / RUN / "lightning_logs/version_0"
    shutil.copytree(FIXTURES / "lightning/lightning_logs/version_0", logs)
    (events,) = (p for p in (FIXTURES / "tensorboard/new/run2").iterdir())
    shutil.copy(events, logs)
    return project


def test_hydra_lightning_and_tensorboard_in_one_folder_are_one_run(
    tmp_path: Path, catalog: Catalog
) -> None:
    project = project_of_three_tools(tmp_path)
    index(catalog, [project], settle_seconds=0)
    (run,) = runs(catalog)
    assert tools(run) == {"hydra", "lightning", "tensorboard"}
    assert run.params["model.depth"].text == "3"  # Lightning's
    assert {"loss", "nan"} <= {metric.name for metric in run.metrics}
    losses = [metric for metric in run.metrics if metric.name == "loss"]
    sources = {metric.source.partition(".")[0] for metric in losses}
    assert sources == {"metrics", "events"}  # metrics.csv and the event file


def test_a_source_that_goes_takes_back_only_what_it_told(
    tmp_path: Path, catalog: Catalog
) -> None:
    project = project_of_three_tools(tmp_path)
    index(catalog, [project], settle_seconds=0)
    shutil.rmtree(project / RUN / "lightning_logs")
    index(catalog, [project], settle_seconds=0)
    (run,) = runs(catalog)
    assert tools(run) == {"hydra"}
    assert not run.metrics
    shutil.rmtree(project / RUN / ".hydra")
    index(catalog, [project], settle_seconds=0)
    assert not runs(catalog)


def test_an_mlflow_run_and_its_wandb_twin_are_one(
    tmp_path: Path, catalog: Catalog
) -> None:
    project = tmp_path / "project"
    shutil.copytree(FIXTURES / "mlflow_files/mlruns", project / "mlruns")
    index(catalog, [project], settle_seconds=0)
    assert len(runs(catalog)) == 3
    before = {run.summary.name: run.summary.id for run in runs(catalog)}
    shutil.copytree(FIXTURES / "wandb/project/wandb", project / "wandb")
    index(catalog, [project], settle_seconds=0)
    found = {run.summary.name: run for run in runs(catalog)}
    assert len(found) == 3
    assert tools(found["parent"]) == {"mlflow", "wandb"}
    assert found["parent"].summary.id == before["parent"]
    shutil.rmtree(project / "mlruns")
    index(catalog, [project], settle_seconds=0)
    (left,) = runs(catalog)
    assert (left.summary.name, tools(left)) == ("brave-fox", {"wandb"})


def test_a_curve_grows_with_its_store(tmp_path: Path, catalog: Catalog) -> None:
    project = tmp_path / "project"
    shutil.copytree(FIXTURES / "mlflow_files/mlruns", project / "mlruns")
    index(catalog, [project], settle_seconds=0)
    path = next(p for p in project.rglob("metrics/val/acc"))
    with path.open("a") as file:
        file.write("1795597899000 0.8 4\n")
    index(catalog, [project], settle_seconds=0)
    (parent,) = (run for run in runs(catalog) if run.summary.name == "parent")
    (accuracy,) = (metric for metric in parent.metrics if metric.name == "val/acc")
    assert accuracy.last == 0.8
