"""The MLflow tracker, held against what MLflow's own client says."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import Claim, Reference, RunReading, Scheme
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.trackers import registry
from mlcatalog.trackers.mlflow_claims import dataset_reference

Said = dict[str, dict[str, Any]]


def runs_of(store: Path) -> dict[str, RunReading]:
    return {run.name: run for run in registry.read("mlflow", store)}


def targets(run: RunReading, relation: Relation) -> list[Reference]:
    return [claim.target for claim in run.claims if claim.relation is relation]


def change(store: Path, *statements: str) -> None:
    with closing(sqlite3.connect(store)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def test_all_runs_but_deleted_ones_are_read(
    mlflow_store: Path, mlflow_says: Said
) -> None:
    runs = runs_of(mlflow_store)
    assert runs.keys() == mlflow_says.keys()
    for name, said in mlflow_says.items():
        assert runs[name].native_id == said["run_id"]
        assert runs[name].status == said["status"]
        assert runs[name].started == said["start_time"] * 1_000
        assert runs[name].ended == said["end_time"] * 1_000


def test_params_are_as_mlflow_says_with_their_numbers(
    mlflow_store: Path, mlflow_says: Said
) -> None:
    params = {p.key: p.value for p in runs_of(mlflow_store)["parent"].params}
    said = mlflow_says["parent"]["params"]
    assert {key: value.text for key, value in params.items()} == said
    assert params["lr"].number == 0.01
    assert params["note"].number is None


def test_metrics_are_as_mlflow_says_step_by_step(
    mlflow_store: Path, mlflow_says: Said
) -> None:
    for name, run in runs_of(mlflow_store).items():
        found = {
            series.name: [
                (point.step, str(point.value), (point.time or 0) // 1_000)
                for point in series.points
            ]
            for series in run.metrics
        }
        said = mlflow_says[name]["metrics"]
        assert found == {
            key: [tuple(p) for p in points] for key, points in said.items()
        }


def test_a_nan_stays_a_nan(mlflow_store: Path) -> None:
    series = {one.name: one for one in runs_of(mlflow_store)["parent"].metrics}
    assert math.isnan(series["loss"].points[2].value)


def test_a_metric_knows_what_it_was_measured_on(mlflow_store: Path) -> None:
    series = {one.name: one for one in runs_of(mlflow_store)["parent"].metrics}
    assert series["auc"].dataset == "telco_holdout"
    assert series["loss"].dataset == ""


def test_inputs_become_claims_by_their_context(mlflow_store: Path) -> None:
    parent = runs_of(mlflow_store)["parent"]
    assert targets(parent, Relation.TRAINED_ON) == [
        Reference(Scheme.PATH, "data/telco_v3.csv", kind=Kind.DATASET)
    ]
    url = "https://example.org/telco_holdout.csv"
    assert targets(parent, Relation.EVALUATED_ON) == [
        Reference(Scheme.URL, url, kind=Kind.DATASET)
    ]


def test_a_logged_model_is_claimed_once_as_produced_by_its_run(
    mlflow_store: Path, mlflow_says: Said
) -> None:
    parent = runs_of(mlflow_store)["parent"]
    place = mlflow_says["parent"]["models"][0].removeprefix("file://")
    run = Reference(Scheme.RUN, f"mlflow:{parent.native_id}", kind=Kind.RUN)
    assert [c for c in parent.claims if c.relation is Relation.PRODUCED_BY] == [
        Claim(
            Reference(Scheme.PATH, place, kind=Kind.MODEL),
            Relation.PRODUCED_BY,
            run,
            Evidence.RECORDED,
            "logged_models.source",
        )
    ]


def test_commit_script_parent_and_registration_are_kept(
    mlflow_store: Path, mlflow_says: Said
) -> None:
    runs = runs_of(mlflow_store)
    facts = {fact.key: fact.value.text for fact in runs["parent"].facts}
    tags = mlflow_says["parent"]["tags"]
    assert facts["code.commit"] == tags["mlflow.source.git.commit"]
    assert facts["tag.team"] == "retention"
    assert facts["experiment"] == "churn"
    assert facts["registered model"] == "churn-risk v1"
    script = Reference(Scheme.PATH, "scripts/train.py", kind=Kind.SCRIPT)
    assert targets(runs["parent"], Relation.EXECUTED) == [script]
    parent = f"mlflow:{mlflow_says['parent']['run_id']}"
    assert targets(runs["child"], Relation.CHILD_OF)[0].id == parent


def test_the_run_folder_holds_the_artifacts(
    mlflow_store: Path, mlflow_says: Said
) -> None:
    run = mlflow_says["parent"]["run_id"]
    folder = runs_of(mlflow_store)["parent"].folder
    assert folder == f"/srv/churn/artifacts/{run}"


def test_a_relative_artifact_folder_lies_beside_the_store(mlflow_store: Path) -> None:
    change(mlflow_store, "UPDATE runs SET artifact_uri = 'runs/r81cc'")
    folder = runs_of(mlflow_store)["parent"].folder
    assert folder == str(mlflow_store.parent / "runs/r81cc")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{"uri": "data/a.csv"}', Reference(Scheme.PATH, "data/a.csv")),
        (
            '{"uri": "file:///srv/my%20data.csv"}',
            Reference(Scheme.PATH, "/srv/my data.csv"),
        ),
        ('{"uri": "s3://bucket/a.csv"}', Reference(Scheme.URL, "s3://bucket/a.csv")),
        ('{"url": "https://a.org/b"}', Reference(Scheme.URL, "https://a.org/b")),
        (
            '{"path": "org/name", "split": "train", "revision": "abc"}',
            Reference(Scheme.HUB, "org/name", "abc"),
        ),
        ('{"path": "data/b.parquet"}', Reference(Scheme.PATH, "data/b.parquet")),
        ('{"tags": {}}', Reference(Scheme.NAME, "telco")),
        ("not JSON", Reference(Scheme.NAME, "telco")),
        ("[1]", Reference(Scheme.NAME, "telco")),
        (None, Reference(Scheme.NAME, "telco")),
    ],
)
def test_a_dataset_source_names_a_place(source: object, expected: Reference) -> None:
    found = dataset_reference("telco", source)
    assert (found.scheme, found.id, found.revision) == (
        expected.scheme,
        expected.id,
        expected.revision,
    )


def test_an_older_store_without_newer_tables_and_columns_is_read(
    mlflow_store: Path,
) -> None:
    change(
        mlflow_store,
        *(
            f"DROP TABLE {name}"
            for name in ("logged_model_metrics", "logged_models", "inputs", "datasets")
        ),
        "ALTER TABLE runs DROP COLUMN deleted_time",
        "ALTER TABLE experiments RENAME COLUMN name TO title",
    )
    parent = runs_of(mlflow_store)["parent"]
    assert len(parent.params) == 3
    assert not targets(parent, Relation.TRAINED_ON)


def test_a_newer_store_with_an_unknown_revision_is_read(mlflow_store: Path) -> None:
    change(
        mlflow_store,
        "UPDATE alembic_version SET version_num = 'ffffffffffff'",
        "ALTER TABLE runs ADD COLUMN mood TEXT",
    )
    assert "parent" in runs_of(mlflow_store)


def test_runs_still_in_the_write_ahead_log_are_read_and_nothing_is_written(
    mlflow_store: Path,
) -> None:
    with closing(sqlite3.connect(mlflow_store)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("UPDATE runs SET name = 'renamed' WHERE name = 'parent'")
        writer.commit()
        before = {p: p.stat().st_mtime_ns for p in mlflow_store.parent.iterdir()}
        assert "renamed" in runs_of(mlflow_store)
        after = {p: p.stat().st_mtime_ns for p in mlflow_store.parent.iterdir()}
    assert after == before


def test_a_store_locked_by_a_writer_is_read_as_it_was_before(
    mlflow_store: Path,
) -> None:
    with closing(sqlite3.connect(mlflow_store, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        writer.execute("UPDATE runs SET name = 'half done'")
        assert "parent" in runs_of(mlflow_store)
        writer.execute("ROLLBACK")


@pytest.mark.parametrize("kept", [0, 10, 100, 5_000, 60_000])
def test_a_truncated_store_says_why_it_cannot_be_read(
    mlflow_store: Path, kept: int
) -> None:
    mlflow_store.write_bytes(mlflow_store.read_bytes()[:kept])
    with pytest.raises(FormatError) as caught:
        registry.read("mlflow", mlflow_store)
    assert caught.value.where == str(mlflow_store)
    assert caught.value.why


def test_a_corrupt_store_says_so_or_keeps_what_is_sound(mlflow_store: Path) -> None:
    raw = bytearray(mlflow_store.read_bytes())
    raw[4_096 : len(raw) - 4_096] = b"\xa5" * (len(raw) - 8_192)
    mlflow_store.write_bytes(bytes(raw))
    with pytest.raises(FormatError):
        registry.read("mlflow", mlflow_store)


def test_another_database_is_no_store(tmp_path: Path) -> None:
    place = tmp_path / "mlflow.db"
    change(place, "CREATE TABLE notes (text)")
    with pytest.raises(FormatError, match="no MLflow store"):
        registry.read("mlflow", place)


def test_a_view_in_place_of_a_table_is_not_run(mlflow_store: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    change(
        mlflow_store,
        "DROP TABLE runs",
        f"CREATE VIEW runs AS {endless} SELECT i AS run_uuid FROM n",
    )
    with pytest.raises(FormatError, match="no MLflow store"):
        registry.read("mlflow", mlflow_store)


def test_odd_values_do_not_stop_the_others(mlflow_store: Path) -> None:
    change(
        mlflow_store,
        "UPDATE tags SET value = x'ff00fe' WHERE key = 'team'",
        "UPDATE params SET value = '<b>' || char(10) WHERE key = 'note'",
        "UPDATE datasets SET dataset_source = '{'",
    )
    parent = runs_of(mlflow_store)["parent"]
    assert {p.key: p.value.text for p in parent.params}["note"] == "<b>\n"
    assert targets(parent, Relation.TRAINED_ON)[0].scheme is Scheme.NAME


def test_no_scratch_copy_is_left_behind(
    mlflow_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    runs_of(mlflow_store)
    assert list(scratch.iterdir()) == []
