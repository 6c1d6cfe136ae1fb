"""Score customers with the model that is in production.

python scripts/serve.py < customers.csv
"""

import csv
import sys
from pathlib import Path

import network
import numpy as np
import tensors as store

MODEL = "models/churn-cls-mlp-telco_v3-20260415-r81cc.safetensors"


def main() -> None:
    """Read customers from standard input, write their risk."""
    weights, _ = store.load(Path(MODEL))
    writer = csv.writer(sys.stdout)
    for row in csv.DictReader(sys.stdin):
        customer = row.pop("customer_id")
        row.pop("churned", None)
        x = np.array([[float(value) for value in row.values()]])
        risk = network.activations(weights, x)[-1][0, 1]
        writer.writerow([customer, f"{risk:.4f}"])


if __name__ == "__main__":
    main()
