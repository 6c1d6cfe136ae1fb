"""A bag of hashed words: mean embedding, one tanh layer, softmax over intents."""

import json
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np


def words(text: str, buckets: int) -> list:
    """Bucket numbers of the text's words and word pairs."""
    found = text.lower().replace("?", " ").replace(",", " ").split()
    pairs = [f"{left} {right}" for left, right in pairwise(found)]
    return [zlib.crc32(word.encode()) % buckets for word in found + pairs]


def counts(texts: list, buckets: int):
    """One row a text: how often each bucket occurs, summing to 1."""
    matrix = np.zeros((len(texts), buckets))
    for row, text in enumerate(texts):
        for bucket in words(text, buckets):
            matrix[row, bucket] += 1
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


def read(path: Path, labels: list) -> tuple:
    """Texts and label numbers of a JSONL file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [row["text"] for row in rows], np.array(
        [labels.index(row["intent"]) for row in rows]
    )


def fresh(shape: dict, labels: int, rng) -> dict:
    """New weights."""
    width, hidden = shape["embedding_size"], shape["hidden_size"]
    return {
        "embedding.weight": rng.normal(0, 1.0, (shape["buckets"], width)),
        "encoder.weight": rng.normal(0, (1 / width) ** 0.5, (hidden, width)),
        "encoder.bias": np.zeros(hidden),
    } | fresh_head(hidden, labels, rng)


def fresh_head(hidden: int, labels: int, rng) -> dict:
    """New weights of the last layer."""
    scale = (1 / hidden) ** 0.5
    return {
        "classifier.weight": rng.normal(0, scale, (labels, hidden)),
        "classifier.bias": np.zeros(labels),
    }


def forward(weights: dict, x) -> tuple:
    """Mean embedding, encoding, and probabilities."""
    mean = x @ weights["embedding.weight"]
    encoded = np.tanh(mean @ weights["encoder.weight"].T + weights["encoder.bias"])
    z = encoded @ weights["classifier.weight"].T + weights["classifier.bias"]
    shifted = np.exp(z - z.max(axis=1, keepdims=True))
    return mean, encoded, shifted / shifted.sum(axis=1, keepdims=True)


def gradients(weights: dict, x, y) -> tuple[dict, float]:
    """The gradient of the mean cross-entropy, and the loss itself."""
    mean, encoded, probabilities = forward(weights, x)
    rows = np.arange(len(y))
    loss = -np.log(probabilities[rows, y] + 1e-12).mean()
    delta = probabilities.copy()
    delta[rows, y] -= 1
    delta /= len(y)
    inner = delta @ weights["classifier.weight"] * (1 - encoded**2)
    return {
        "embedding.weight": x.T @ (inner @ weights["encoder.weight"]),
        "encoder.weight": inner.T @ mean,
        "encoder.bias": inner.sum(axis=0),
        "classifier.weight": delta.T @ encoded,
        "classifier.bias": delta.sum(axis=0),
    }, float(loss)


def scores(weights: dict, x, y) -> dict:
    """Accuracy, macro F1 and loss."""
    probabilities = forward(weights, x)[-1]
    predicted = probabilities.argmax(axis=1)
    f1 = np.mean([_f1(predicted == label, y == label) for label in np.unique(y)])
    loss = -np.log(probabilities[np.arange(len(y)), y] + 1e-12).mean()
    accuracy = float((predicted == y).mean())
    return {
        "accuracy": round(accuracy, 6),
        "f1": round(float(f1), 6),
        "loss": round(float(loss), 6),
    }


def _f1(predicted, actual) -> float:
    hits = float((predicted & actual).sum())
    return 2 * hits / max(float(predicted.sum() + actual.sum()), 1.0)
