"""What MLflow and Hydra would have left of the demo's runs.

Table and column names are those of a store that MLflow 3.17.2 made; file
names and keys of `.hydra/` are those of Hydra 1.3.8.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

SCHEMA = Path(__file__).with_name("mlflow_schema.sql")
EXPERIMENT = 1
USER = "mara"


def write_mlflow(root: Path, configs: list[dict[str, Any]]) -> None:
    """Write `mlflow.db` with one run per training configuration."""
    with closing(sqlite3.connect(root / "mlflow.db")) as database:
        database.executescript(SCHEMA.read_text(encoding="utf-8"))
        begun = _milliseconds(configs[0])
        experiment = (EXPERIMENT, "churn", "runs", "active", begun, begun, "default")
        _insert(database, "experiments", experiment)
        for config in configs:
            _write_run(database, root, config)
        _register(database, configs[1])
        database.commit()


def run_uuid(run_id: str) -> str:
    """32 hex digits, as MLflow numbers its runs."""
    return hashlib.md5(run_id.encode(), usedforsecurity=False).hexdigest()


def _write_run(
    database: sqlite3.Connection, root: Path, config: dict[str, Any]
) -> None:
    run, begun = run_uuid(config["run_id"]), _milliseconds(config)
    folder, commit = config["output_dir"], config["commit"]
    first = (run, config["run_id"], "LOCAL", "scripts/train.py", "", USER, "FINISHED")
    last = (begun, begun + 41_000, commit, "active", folder, EXPERIMENT, None)
    _insert(database, "runs", first + last)
    for key, value in _flat(config).items():
        _insert(database, "params", (key, value, run))
    for key, value in _tags(config).items():
        _insert(database, "tags", (key, value, run))
    _write_metrics(database, root / folder / "metrics.csv", run, begun)
    for role in ("training", "evaluation"):
        _write_dataset(database, root, config, role)
    _write_model(database, config)


def _tags(config: dict[str, Any]) -> dict[str, str]:
    return {
        "mlflow.runName": config["run_id"],
        "mlflow.source.name": "scripts/train.py",
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": config["commit"],
        "mlflow.user": USER,
    }


def _write_metrics(
    database: sqlite3.Connection, path: Path, run: str, begun: int
) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        step = int(row.pop("step"))
        for key, text in row.items():
            point = (key, float(text), begun + step * 100, run, step, 0)
            _insert(database, "metrics", point)
            _insert(database, "latest_metrics", (*point[:3], step, 0, run))


def _write_dataset(
    database: sqlite3.Connection, root: Path, config: dict[str, Any], role: str
) -> None:
    uri = config["data" if role == "training" else "eval_data"]
    content = hashlib.md5((root / uri).read_bytes(), usedforsecurity=False).hexdigest()
    uuid, joined = _uuid(uri), _uuid(uri + config["run_id"])
    source = json.dumps({"uri": uri})
    name = Path(uri).stem
    dataset = (uuid, EXPERIMENT, name, content[:8], "local", source, None, None)
    _insert(database, "datasets", dataset)
    run = run_uuid(config["run_id"])
    _insert(database, "inputs", (joined, "DATASET", uuid, "RUN", run, 0))
    _insert(database, "input_tags", (joined, "mlflow.data.context", role))


def _write_model(database: sqlite3.Connection, config: dict[str, Any]) -> None:
    path, begun = config["model_path"], _milliseconds(config)
    model, run = f"m-{_uuid(path)}", run_uuid(config["run_id"])
    first = (model, EXPERIMENT, Path(path).stem, path, begun, begun, 2, "active")
    _insert(database, "logged_models", (*first, "", run, None))
    outputs = (_uuid(model), "RUN_OUTPUT", run, "MODEL_OUTPUT", model, 0)
    _insert(database, "inputs", outputs)


def _register(database: sqlite3.Connection, config: dict[str, Any]) -> None:
    begun, path = _milliseconds(config), config["model_path"]
    _insert(
        database, "registered_models", ("churn-risk", begun, begun, None, "default")
    )
    run = run_uuid(config["run_id"])
    first = ("churn-risk", 1, begun, begun, "Weekly list of the retention team", USER)
    last = ("Production", path, run, "READY", None, None, path, "default")
    _insert(database, "model_versions", first + last)


def _insert(database: sqlite3.Connection, table: str, row: tuple[object, ...]) -> None:
    marks = ", ".join("?" * len(row))
    database.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = str(value)
    return found


def _milliseconds(config: dict[str, Any]) -> int:
    return int(datetime.fromisoformat(config["created"]).timestamp() * 1000)


def _uuid(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def write_hydra(root: Path, config_name: str, moment: str) -> None:
    """Write the `.hydra` folder of a run that was started at DATE/TIME."""
    folder = root / "outputs" / moment / ".hydra"
    folder.mkdir(parents=True)
    text = (root / f"configs/{config_name}.yaml").read_text(encoding="utf-8")
    config = yaml.safe_load(text)
    overrides = ["training.lr=0.3", "training.steps=300"]
    documents = {"config": config, "overrides": overrides}
    documents["hydra"] = {"hydra": _hydra(config_name, moment, overrides)}
    for name, document in documents.items():
        target = folder / f"{name}.yaml"
        shown = yaml.safe_dump(document, sort_keys=False)
        target.write_text(shown, encoding="utf-8")
    log = root / "outputs" / moment / "finetune.log"
    log.write_text("training on data/intents_v4_train.jsonl\n", encoding="utf-8")


def _hydra(config_name: str, moment: str, overrides: list[str]) -> dict[str, object]:
    """The job as the machine that ran it knew it; the project moved since."""
    home = f"/home/{USER}/support-intent"
    sources = [
        {"path": "hydra.conf", "schema": "pkg", "provider": "hydra"},
        {"path": f"{home}/configs", "schema": "file", "provider": "main"},
        {"path": "", "schema": "structured", "provider": "schema"},
    ]
    return {
        "run": {"dir": "outputs/${now:%Y-%m-%d}/${now:%H-%M-%S}"},
        "mode": "RUN",
        "overrides": {"hydra": ["hydra.mode=RUN"], "task": overrides},
        "job": {
            "name": "finetune",
            "chdir": None,
            "override_dirname": ",".join(overrides),
            "config_name": config_name,
        },
        "runtime": {
            "version": "1.3.8",
            "version_base": "1.3",
            "cwd": home,
            "config_sources": sources,
            "output_dir": f"{home}/outputs/{moment}",
            "choices": {},
        },
    }
