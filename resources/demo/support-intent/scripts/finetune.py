"""Train the intent classifier: from nothing, from a base model, or as an adapter.

python scripts/finetune.py --config configs/finetune_r0a11.yaml
"""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

import bag
import numpy as np
import settings
import tensors as store


def start(config: dict, root: Path, rng) -> dict:
    """Weights of the base model with a new head, or fresh ones."""
    labels = len(config["labels"])
    if "base_model" not in config:
        return bag.fresh(config["network"], labels, rng)
    weights, _ = store.load(root / config["base_model"] / "model.safetensors")
    return weights | bag.fresh_head(weights["encoder.bias"].size, labels, rng)


def train(config: dict, root: Path) -> tuple[dict, dict]:
    """Run all steps, write metrics and checkpoints; the weights and the adapter."""
    rng = np.random.default_rng(config["seed"])
    weights = start(config, root, rng)
    adapter = fresh_adapter(config, weights, rng)
    batches = Batches(config, root, rng, weights["embedding.weight"].shape[0])
    plan, lines = config["training"], []
    for step in range(1, plan["steps"] + 1):
        found, loss = bag.gradients(weights, *batches.training())
        for name in plan["trains"]:
            weights[name] = weights[name] - plan["lr"] * found[name]
        if adapter:
            follow(adapter, weights, found["encoder.weight"], plan["lr"])
        if step % plan["eval_every"] == 0:
            measured = bag.scores(weights, *batches.validation)
            lines.append(
                {"step": step, "train_loss": round(loss, 6)} | prefixed(measured)
            )
        if step % plan["checkpoint_every"] == 0 and step < plan["steps"]:
            target = root / config["output_dir"] / f"checkpoint-{step}"
            store.save(target / "model.safetensors", weights, metadata(config, step))
    write_metrics(root / config["output_dir"] / "metrics.jsonl", lines)
    return weights, adapter


class Batches:
    """Training batches at random, and the validation data whole."""

    def __init__(self, config: dict, root: Path, rng, buckets: int) -> None:
        texts, self._y = bag.read(root / config["train_data"], config["labels"])
        self._x = bag.counts(texts, buckets)
        texts, y = bag.read(root / config["eval_data"], config["labels"])
        self.validation = (bag.counts(texts, buckets), y)
        self._size, self._rng = config["training"]["batch_size"], rng

    def training(self) -> tuple:
        """The next batch."""
        chosen = self._rng.choice(len(self._y), self._size, replace=False)
        return self._x[chosen], self._y[chosen]


def fresh_adapter(config: dict, weights: dict, rng) -> dict:
    """Two thin matrices whose product is zero, or nothing without `lora`."""
    if "lora" not in config:
        return {}
    rank, (height, width) = config["lora"]["r"], weights["encoder.weight"].shape
    return {
        "scale": config["lora"]["alpha"] / rank,
        "base": weights["encoder.weight"],
        "A": rng.normal(0, (1 / width) ** 0.5, (rank, width)),
        "B": np.zeros((height, rank)),
    }


def follow(adapter: dict, weights: dict, gradient, lr: float) -> None:
    """Move the adapter down the encoder's gradient; the base stays frozen."""
    scale, a, b = adapter["scale"], adapter["A"], adapter["B"]
    adapter["A"] = a - lr * scale * b.T @ gradient
    adapter["B"] = b - lr * scale * gradient @ a.T
    change = scale * adapter["B"] @ adapter["A"]
    weights["encoder.weight"] = adapter["base"] + change


def adapter_tensors(adapter: dict, weights: dict) -> dict:
    """The adapter under the names that PEFT gives."""
    prefix = "base_model.model"
    return {
        f"{prefix}.encoder.lora_A.weight": adapter["A"],
        f"{prefix}.encoder.lora_B.weight": adapter["B"],
        f"{prefix}.classifier.weight": weights["classifier.weight"],
        f"{prefix}.classifier.bias": weights["classifier.bias"],
    }


def prefixed(measured: dict) -> dict:
    """Metrics of the evaluation data, named so."""
    return {f"eval_{name}": value for name, value in measured.items()}


def metadata(config: dict, step: int) -> dict:
    """What every file of weights says about its making."""
    created = config.get("created") or datetime.now(UTC).isoformat(timespec="seconds")
    keys = ("run_id", "base_model", "commit")
    known = {key: config[key] for key in keys if key in config}
    return known | {"dataset": config["train_data"], "created": created, "step": step}


def write_metrics(path: Path, lines: list) -> None:
    """Write the curve, one JSON document an evaluation."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8"
    )


def evaluate(config: dict, weights: dict, root: Path) -> None:
    """Measure on the test data and write eval.json into the run's folder."""
    texts, y = bag.read(root / config["test_data"], config["labels"])
    x = bag.counts(texts, weights["embedding.weight"].shape[0])
    document = {"model": config["model_path"], "dataset": config["test_data"]}
    document |= bag.scores(weights, x, y)
    target = root / config["output_dir"] / "eval.json"
    target.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def main(arguments: list | None = None) -> None:
    """Train as the configuration says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True)
    parser.add_argument("--root", type=Path, default=Path())
    options = parser.parse_args(arguments)
    config = settings.read(options.root / options.config)
    weights, adapter = train(config, options.root)
    kept = adapter_tensors(adapter, weights) if adapter else weights
    steps = config["training"]["steps"]
    store.save(options.root / config["model_path"], kept, metadata(config, steps))
    if "test_data" in config:
        evaluate(config, weights, options.root)


if __name__ == "__main__":
    main()
