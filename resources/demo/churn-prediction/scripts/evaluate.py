"""Measure a model on held-out customers.

python scripts/evaluate.py --model models/M.safetensors --data data/D.csv --out runs/R
"""

import argparse
import json
from pathlib import Path

import network
import tables
import tensors as store


def main(arguments: list | None = None) -> None:
    """Write eval.json into the run's folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--root", type=Path, default=Path())
    options = parser.parse_args(arguments)
    weights, _ = store.load(options.root / options.model)
    _, x, y = tables.features_of(options.root / options.data)
    found = network.scores(network.activations(weights, x)[-1], y)
    document = {"model": options.model, "dataset": options.data, **found}
    target = options.root / options.out / "eval.json"
    target.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
