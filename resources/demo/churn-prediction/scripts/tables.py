"""Tables of customers: CSV files with a header."""

import csv
from pathlib import Path

import numpy as np

KEY, TARGET = "customer_id", "churned"


def rows_of(path: Path) -> list:
    """The rows as dictionaries of text."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list) -> None:
    """Write rows that share their columns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def features_of(path: Path) -> tuple:
    """Names of the features, their values as a matrix, and the labels."""
    rows = rows_of(path)
    names = [name for name in rows[0] if name not in (KEY, TARGET)]
    x = np.array([[float(row[name]) for name in names] for row in rows])
    y = np.array([int(row[TARGET]) for row in rows])
    return names, x, y
