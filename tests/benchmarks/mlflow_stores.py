"""MLflow stores of any size, as MLflow itself lays them out.

python -m tests.benchmarks.mlflow_stores (sqlite|files) FOLDER [RUNS [VALUES]]
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.index import index
from tests.benchmarks.measuring import MIB, Figure, seconds

STARTED = 1_780_000_000_000  # ms


def run_id(number: int) -> str:
    """32 hexadecimal digits, as MLflow's."""
    return f"{number * 0x9E3779B97F4A7C15 % 2**128:032x}"


def write_sqlite(folder: Path, runs: int = 10_000, values: int = 20) -> Path:
    """`mlflow.db` with half of the values params and half metrics."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "mlflow.db"
    half = values // 2
    with closing(sqlite3.connect(place)) as database, database:
        database.execute("PRAGMA synchronous = OFF")
        for statement in TABLES:
            database.execute(statement)
        database.execute("INSERT INTO experiments VALUES (1, 'load')")
        _fill(database, runs, half, values - half)
    return place


def write_mlflows(folder: Path, runs: int, values: int) -> Path:
    """The same runs in a store that the installed MLflow made; raises ImportError."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "mlflow.db"
    SqlAlchemyStore(f"sqlite:///{place}", str(folder / "artifacts"))
    half = values // 2
    with closing(sqlite3.connect(place)) as database, database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute(
            "INSERT INTO experiments (experiment_id, name, lifecycle_stage)"
            " VALUES (1, 'load', 'active')"
        )
        _fill(database, runs, half, values - half)
        database.execute(
            "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid)"
            " SELECT key, value, timestamp, step, is_nan, run_uuid FROM metrics"
        )
    return place


def _fill(database: sqlite3.Connection, runs: int, params: int, metrics: int) -> None:
    numbers = range(runs)
    database.executemany(
        "INSERT INTO runs (run_uuid, name, source_name, source_version, user_id,"
        " status, start_time, end_time, lifecycle_stage, artifact_uri, experiment_id)"
        " VALUES (?, ?, 'train.py', '', 'mara', 'FINISHED', ?, ?, 'active', '', 1)",
        ((run_id(n), f"r{n}", STARTED + n, STARTED + n + 60) for n in numbers),
    )
    database.executemany(
        "INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)",
        (
            (f"p{key}", str((n * 7 + key) % 1_000), run_id(n))
            for n in numbers
            for key in range(params)
        ),
    )
    database.executemany(
        "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan)"
        " VALUES (?, ?, ?, ?, 0, 0)",
        (
            (f"m{key}", (n * key % 997) / 997, STARTED + n, run_id(n))
            for n in numbers
            for key in range(metrics)
        ),
    )


LOADS = {"small": (10_000, 20), "full": (75_000, 150)}  # runs, values a run
PAGE = 1_000  # runs that MLflow's client is asked for at once


def mlflow_runs(root: Path, size: str) -> Iterator[Figure]:
    """Runs of an MLflow store a second, beside MLflow's own client where it is."""
    runs, values = LOADS[size]
    folder = root / f"mlflow-{runs}x{values}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        write_mlflows(folder, runs, values)
    except ImportError:
        write_sqlite(folder, runs, values)
        asked, against = None, "mlflow is not installed"
    else:
        asked = _pages(folder / "mlflow.db", runs)
        against = f"mlflow search_runs, {PAGE:,} a page, runs/s"
    with Catalog.open(folder / "catalog.db") as catalog:
        ours = seconds(lambda: index(catalog, [folder], settle_seconds=0))
        found = catalog.count("kind:run")
    size_kept = (folder / "catalog.db").stat().st_size / MIB
    shutil.rmtree(folder)
    yield Figure(
        f"MLflow store of {runs:,} runs x {values} values, first index",
        found / ours,
        "runs/s",
        runs / asked if asked else None,
        against,
        at_least=True,
        note=f"{ours:.1f} s; {found:,} runs found; the catalogue has {size_kept:.0f} MiB",
    )


def _pages(place: Path, runs: int) -> float:
    """The seconds in which MLflow's client gives every run, as its own tools ask."""
    from mlflow.tracking import MlflowClient

    client = MlflowClient(f"sqlite:///{place}")

    def ask() -> None:
        token, had = None, 0
        while True:
            page = client.search_runs(["1"], max_results=PAGE, page_token=token)
            had, token = had + len(page), page.token
            if not token:
                break
        assert had == runs, f"MLflow gave {had} of {runs} runs"

    return seconds(ask)


TABLES = (
    "CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT)",
    "CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, source_name TEXT,"
    " source_version TEXT, user_id TEXT, status TEXT, start_time BIGINT,"
    " end_time BIGINT, lifecycle_stage TEXT, artifact_uri TEXT, experiment_id INTEGER)",
    "CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT,"
    " PRIMARY KEY (key, run_uuid))",
    "CREATE TABLE metrics (key TEXT, value REAL, timestamp BIGINT, run_uuid TEXT,"
    " step BIGINT, is_nan BOOLEAN)",
)


def write_files(folder: Path, runs: int = 10_000, values: int = 20) -> Path:
    """`mlruns/` with a folder a run."""
    experiment = folder / "mlruns/1"
    experiment.mkdir(parents=True)
    (experiment / "meta.yaml").write_text("experiment_id: '1'\nname: load\n")
    half = values // 2
    for n in range(runs):
        place = experiment / run_id(n)
        for part in ("params", "metrics", "tags"):
            (place / part).mkdir(parents=True)
        (place / "meta.yaml").write_text(
            f"run_id: {run_id(n)}\nrun_name: r{n}\nstatus: 3\nlifecycle_stage: active\n"
            f"start_time: {STARTED + n}\nend_time: {STARTED + n + 60}\n"
        )
        (place / "tags/mlflow.user").write_text("mara")
        for key in range(half):
            (place / f"params/p{key}").write_text(str((n * 7 + key) % 1_000))
        for key in range(values - half):
            line = f"{STARTED + n} {(n * key % 997) / 997} 0\n"
            (place / f"metrics/m{key}").write_text(line)
    return folder / "mlruns"


if __name__ == "__main__":
    kind, where, *sizes = sys.argv[1:]
    write = {"sqlite": write_sqlite, "files": write_files}[kind]
    print(write(Path(where), *map(int, sizes)))
