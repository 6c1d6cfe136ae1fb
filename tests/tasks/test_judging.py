"""Judging: what a model's checklist says of the demo, from the first scan on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.finding import Check
from mlcatalog.domain.words import CheckState
from mlcatalog.tasks.demo import write_demo
from mlcatalog.tasks.index import index
from mlcatalog.tasks.report import dossier

PRODUCTION = "models/churn-cls-mlp-telco_v3-20260415-r81cc.safetensors"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judging")
    write_demo(folder / "demo")
    return folder / "demo" / "churn-prediction"


@pytest.fixture(scope="module")
def catalog(project: Path) -> Iterator[Catalog]:
    with Catalog.open(project.parent / "c.db") as catalog:
        index(catalog, [project], settle_seconds=0)
        yield catalog


def checks_of(catalog: Catalog, project: Path) -> dict[str, Check]:
    found = catalog.find(f"path:{project / PRODUCTION}")
    return {check.check: check for check in catalog.detail(found.id).checks}


def test_the_first_scan_knows_the_metrics_of_the_run(
    catalog: Catalog, project: Path
) -> None:
    metrics = checks_of(catalog, project)["metrics"]
    assert metrics.state is CheckState.MET
    assert metrics.evidence == "val_f1 0.8516 on telco_v3_holdout"


def test_tests_of_the_training_data_meet_a_check(
    catalog: Catalog, project: Path
) -> None:
    tests = checks_of(catalog, project)["data tests"]
    assert tests.state is CheckState.MET
    assert "data_tests_telco_v3" in tests.evidence


def test_a_column_without_a_description_is_named(
    catalog: Catalog, project: Path
) -> None:
    features = checks_of(catalog, project)["feature documentation"]
    assert features.state is CheckState.MISSING
    assert features.evidence == "1 of 11 features undocumented: calls_per_year"


def test_describing_the_last_column_meets_the_check(
    project: Path, tmp_path: Path
) -> None:
    copy = tmp_path / project.name
    shutil.copytree(project, copy)
    dictionary = copy / "data" / "telco_dictionary.csv"
    told = dictionary.read_text().replace(
        "calls_per_year,number,,", "calls_per_year,number,Calls to support a year,"
    )
    dictionary.write_text(told)
    with Catalog.open(tmp_path / "c.db") as catalog:
        index(catalog, [copy], settle_seconds=0)
        features = checks_of(catalog, copy)["feature documentation"]
    assert features.state is CheckState.MET
    assert (
        features.evidence == "11 features in telco_dictionary.csv, 1 without an owner"
    )


def test_a_value_that_two_tools_recorded_stands_once_in_the_dossier(
    catalog: Catalog, project: Path
) -> None:
    found = catalog.find(f"path:{project / PRODUCTION}")
    (run,) = (run for run in catalog.list("kind:run") if run.name == "r81cc")
    recorded = [metric.name for metric in catalog.detail(run.id).metrics]
    assert recorded.count("val_f1") == 2
    (said,) = dossier(catalog, [f"id:{found.id}"]).subjects
    assert [line.name for line in said.metrics].count("val_f1") == 1


def test_a_second_scan_changes_no_verdict(catalog: Catalog, project: Path) -> None:
    before = {row.id: catalog.detail(row.id).checks for row in catalog.list()}
    index(catalog, [project], settle_seconds=0)
    assert {row.id: catalog.detail(row.id).checks for row in catalog.list()} == before
