"""Train a churn classifier by SGD with momentum, or fine-tune its head.

python scripts/train.py --config configs/train_r81cc.yaml
"""

import argparse
import csv
from datetime import UTC, datetime
from pathlib import Path

import network
import numpy as np
import settings
import tables
import tensors as store

COLUMNS = ("step", "train_loss", "val_loss", "val_accuracy", "val_f1")


def start(config: dict, root: Path, x) -> dict:
    """Weights of the base model, or fresh ones with the input's scale."""
    if "base_model" in config:
        return store.load(root / config["base_model"])[0]
    rng = np.random.default_rng(config["seed"])
    sizes = [x.shape[1], *config["network"]["hidden"], 2]
    scale = {"norm.mean": x.mean(axis=0), "norm.scale": x.std(axis=0) + 1e-6}
    return scale | network.fresh(sizes, rng)


def metadata(config: dict, step: int) -> dict:
    """What every checkpoint says about its making."""
    created = config.get("created") or datetime.now(UTC).isoformat(timespec="seconds")
    known = {
        "framework": "numpy",
        "run_id": config["run_id"],
        "config": config["config_path"],
        "dataset": config["data"],
        "git_commit": config["commit"],
        "created": created,
        "step": step,
    }
    if "base_model" in config:
        known["base_model"] = config["base_model"]
    return known


def train(config: dict, root: Path) -> None:
    """Run all steps; write metrics, checkpoints and the final model."""
    _, x, y = tables.features_of(root / config["data"])
    _, x_val, y_val = tables.features_of(root / config["eval_data"])
    weights = start(config, root, x)
    rng = np.random.default_rng(config["seed"] + 1)
    speed = {name: np.zeros_like(value) for name, value in weights.items()}
    plan = config["training"]
    rows, losses = [], []
    for step in range(1, plan["steps"] + 1):
        batch = rng.choice(len(y), plan["batch_size"], replace=False)
        found, loss = network.gradients(weights, x[batch], y[batch])
        losses.append(loss)
        apply(weights, speed, found, config)
        if step % plan["eval_every"] == 0:
            rows.append(measured(step, losses, weights, x_val, y_val))
            losses = []
        if step % plan["checkpoint_every"] == 0 and step < plan["steps"]:
            place = root / config["output_dir"] / "checkpoints"
            store.save(
                place / f"step_{step}.safetensors", weights, metadata(config, step)
            )
    write_metrics(root / config["output_dir"] / "metrics.csv", rows)
    store.save(root / config["model_path"], weights, metadata(config, step))


def apply(weights: dict, speed: dict, found: dict, config: dict) -> None:
    """One step of momentum, leaving frozen layers as they are."""
    optimizer, frozen = config["optimizer"], tuple(config.get("freeze", ()))
    for name, gradient in found.items():
        if name.startswith(frozen):
            continue
        decayed = gradient + optimizer["weight_decay"] * weights[name]
        speed[name] = optimizer["momentum"] * speed[name] - optimizer["lr"] * decayed
        weights[name] = weights[name] + speed[name]


def measured(step: int, losses: list, weights: dict, x, y) -> dict:
    """One row of metrics."""
    found = network.scores(network.activations(weights, x)[-1], y)
    train_loss = round(float(np.mean(losses)), 6)
    values = (step, train_loss, found["loss"], found["accuracy"], found["f1"])
    return dict(zip(COLUMNS, values, strict=True))


def write_metrics(path: Path, rows: list) -> None:
    """Write the curve, one row an evaluation."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(arguments: list | None = None) -> None:
    """Train as the configuration says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True)
    parser.add_argument("--root", type=Path, default=Path())
    options = parser.parse_args(arguments)
    config = settings.read(options.root / options.config)
    train(config | {"config_path": options.config}, options.root)


if __name__ == "__main__":
    main()
