"""MLflow stores of any size, as MLflow itself lays them out.

python mlflow_stores.py (sqlite|files) FOLDER [RUNS [VALUES]]
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

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
        numbers = range(runs)
        database.executemany(
            "INSERT INTO runs VALUES (?, ?, 'train.py', '', 'mara', 'FINISHED', ?, ?,"
            " 'active', '', 1)",
            ((run_id(n), f"r{n}", STARTED + n, STARTED + n + 60) for n in numbers),
        )
        database.executemany(
            "INSERT INTO params VALUES (?, ?, ?)",
            (
                (f"p{key}", str((n * 7 + key) % 1_000), run_id(n))
                for n in numbers
                for key in range(half)
            ),
        )
        database.executemany(
            "INSERT INTO metrics VALUES (?, ?, ?, ?, 0, 0)",
            (
                (f"m{key}", (n * key % 997) / 997, STARTED + n, run_id(n))
                for n in numbers
                for key in range(values - half)
            ),
        )
    return place


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
