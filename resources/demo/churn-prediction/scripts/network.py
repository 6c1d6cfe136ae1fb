"""A multilayer perceptron: standardised input, ReLU layers, softmax output."""

from itertools import pairwise

import numpy as np


def fresh(sizes: list, rng) -> dict:
    """New weights for layers of the given sizes, named for their place."""
    tensors = {}
    for index, (width, height) in enumerate(pairwise(sizes)):
        last = index == len(sizes) - 2
        name = "head" if last else f"hidden.{index}"
        tensors[f"{name}.weight"] = rng.normal(0, (2 / width) ** 0.5, (height, width))
        tensors[f"{name}.bias"] = np.zeros(height)
    return tensors


def layers(tensors: dict) -> list:
    """Names of the layers, in the order they are applied."""
    return [
        name.removesuffix(".weight") for name in tensors if name.endswith(".weight")
    ]


def activations(tensors: dict, x) -> list:
    """The input and every layer's output; the last one is probabilities."""
    outputs = [(x - tensors["norm.mean"]) / tensors["norm.scale"]]
    for name in layers(tensors):
        z = outputs[-1] @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]
        outputs.append(softmax(z) if name == "head" else np.maximum(z, 0))
    return outputs


def softmax(z):
    """Probabilities, a row each."""
    shifted = np.exp(z - z.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def gradients(tensors: dict, x, y) -> tuple[dict, float]:
    """The gradient of the mean cross-entropy, and the loss itself."""
    outputs = activations(tensors, x)
    rows = np.arange(len(y))
    loss = -np.log(outputs[-1][rows, y] + 1e-12).mean()
    delta = outputs[-1].copy()
    delta[rows, y] -= 1
    delta /= len(y)
    found = {}
    for depth, name in reversed(list(enumerate(layers(tensors)))):
        found[f"{name}.weight"] = delta.T @ outputs[depth]
        found[f"{name}.bias"] = delta.sum(axis=0)
        delta = delta @ tensors[f"{name}.weight"] * (outputs[depth] > 0)
    return found, float(loss)


def scores(probabilities, y) -> dict:
    """Accuracy, precision, recall and F1 of class 1, and the loss."""
    predicted = probabilities.argmax(axis=1)
    hits = float(((predicted == 1) & (y == 1)).sum())
    precision = hits / max(float((predicted == 1).sum()), 1.0)
    recall = hits / max(float((y == 1).sum()), 1.0)
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    loss = -np.log(probabilities[np.arange(len(y)), y] + 1e-12).mean()
    return {
        "accuracy": round(float((predicted == y).mean()), 6),
        "precision": round(precision, 6),
        "recall": round(recall, 6),
        "f1": round(f1, 6),
        "loss": round(float(loss), 6),
    }
