"""The demo's churn project: tables, networks, exports, and what went wrong."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from mlcatalog.tasks.demo import samples, scripts, tracking

NAME = "churn-prediction"
RUNS = ("r7a90", "r81cc", "r9d02", "ra1f4", "rb2e0")
MODELS = {
    "r7a90": "models/churn-cls-logreg-telco_v2-20260302-r7a90",
    "r81cc": "models/churn-cls-mlp-telco_v3-20260415-r81cc",
    "r9d02": "models/churn-cls-mlp-telco_v3-20260502-r9d02",
    "ra1f4": "models/churn-cls-mlp-telco_v2-20260520-ra1f4",  # trained on v3
    "rb2e0": "models/churn-cls-mlp-telco_v3-20260231-rb2e0",  # no such day
}
EVALUATED = {"r7a90": "v2", "r81cc": "v3", "r9d02": "v3", "ra1f4": "v3"}


def build(root: Path) -> None:
    """Make the project's data, train everything, and leave the usual mess."""
    raw = root / "data/telco_raw.csv"
    raw.write_text(samples.customers(1_500, seed=20260212), encoding="utf-8")
    with scripts.importable(NAME):
        for version in ("v2", "v3"):
            scripts.run("clean", root, config=f"configs/clean_{version}.toml")
        for run in RUNS:
            scripts.run("train", root, config=f"configs/train_{run}.yaml")
        for run, version in EVALUATED.items():
            _evaluate(root, run, version)
        _export(root, "r81cc")
        _export_then_train_on(root, "r9d02", earlier_step=60)
        _copies(root)
        _orphan(root)
        tracking.write_mlflow(root, [_config(root, run) for run in RUNS[:4]])


def _config(root: Path, run: str) -> dict[str, Any]:
    path = root / f"configs/train_{run}.yaml"
    config: dict[str, Any] = scripts.module("settings").read(path)
    return config


def _evaluate(root: Path, run: str, version: str) -> None:
    table = f"data/telco_{version}_holdout.csv"
    model = f"{MODELS[run]}.safetensors"
    scripts.run("evaluate", root, model=model, data=table, out=f"runs/{run}")


def _export(root: Path, run: str) -> None:
    name = MODELS[run]
    scripts.run("export_onnx", root, model=f"{name}.safetensors", out=f"{name}.onnx")


def _export_then_train_on(root: Path, run: str, earlier_step: int) -> None:
    """An export that fell behind: its model was trained on and overwritten."""
    model = root / f"{MODELS[run]}.safetensors"
    final = model.read_bytes()
    checkpoint = root / f"runs/{run}/checkpoints/step_{earlier_step}.safetensors"
    model.write_bytes(checkpoint.read_bytes())
    _export(root, run)
    model.write_bytes(final)


def _copies(root: Path) -> None:
    """A byte-identical copy, and one that lost its metadata on the way."""
    production = root / f"{MODELS['r81cc']}.safetensors"
    copy = root / "models/final_model_v2_REALLY.safetensors"
    copy.write_bytes(production.read_bytes())
    _without_history(
        root / f"{MODELS['ra1f4']}.safetensors", root / "models/model (3).safetensors"
    )


def _without_history(source: Path, target: Path) -> None:
    store = scripts.module("tensors")
    weights, _ = store.load(source)
    store.save(target, weights, {})


def _orphan(root: Path) -> None:
    """A model whose config, run and author are gone."""
    config = _config(root, "r7a90") | {
        "seed": 3,
        "network": {"hidden": [24]},
        "model_path": "model.safetensors",
        "output_dir": "run",
        "config_path": "lost.yaml",
        "data": str(root / "data/telco_v2.csv"),
        "eval_data": str(root / "data/telco_v2_holdout.csv"),
    }
    with tempfile.TemporaryDirectory() as scratch:
        scripts.module("train").train(config, Path(scratch))
        model = Path(scratch) / "model.safetensors"
        _without_history(model, root / "models/legacy_scorer.safetensors")
