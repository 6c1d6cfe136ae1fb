"""Which way a metric gets better, told by its name."""

from __future__ import annotations

import re

DOWN, UP = "down", "up"
SMALLER = frozenset(
    [
        "loss",
        "logloss",
        "error",
        "err",
        "rmse",
        "mse",
        "mae",
        "mape",
        "perplexity",
        "ppl",
        "latency",
        "wer",
        "cer",
        "fid",
        "nll",
    ]
)
LARGER = frozenset(
    [
        "acc",
        "accuracy",
        "f1",
        "f2",
        "auc",
        "auroc",
        "roc",
        "precision",
        "recall",
        "r2",
        "iou",
        "miou",
        "bleu",
        "rouge",
        "map",
        "dice",
        "mcc",
        "kappa",
        "specificity",
        "sensitivity",
    ]
)
WORD = re.compile(r"[a-z]+[0-9]*")


def direction_of(name: str) -> str | None:
    """`down` or `up`; None where the name does not tell ("epoch").

    "Down" wins where both are named: the loss of a precision head is a loss.
    """
    words = WORD.findall(name.casefold())
    known = {*words, *(word.rstrip("0123456789") for word in words)}
    if known & SMALLER:
        return DOWN
    return UP if known & LARGER else None
