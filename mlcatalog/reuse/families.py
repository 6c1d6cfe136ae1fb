"""Types of columns and names of tasks, as far as they mean the same."""

from __future__ import annotations

import re

# What is written for each family of types by Parquet, NumPy, CSV and ONNX.
FAMILIES = (
    ("number", re.compile(r"u?int|float|double|decimal|half|long|real|number|i\d|f\d")),
    ("text", re.compile(r"(large_)?(str|text|utf|binary)|object|char|byte")),
    ("switch", re.compile(r"bool")),
    ("time", re.compile(r"date|time")),
    ("list", re.compile(r"list|array|tensor|struct|map")),
)
TASKS = {
    "cls": "classification",
    "clf": "classification",
    "classifier": "classification",
    "text_classification": "classification",
    "sequence_classification": "classification",
    "seq_cls": "classification",
    "tabular_classification": "classification",
    "image_classification": "classification",
    "reg": "regression",
    "regressor": "regression",
    "tabular_regression": "regression",
    "ner": "token_classification",
    "token_cls": "token_classification",
    "seg": "segmentation",
    "image_segmentation": "segmentation",
    "det": "detection",
    "object_detection": "detection",
    "lm": "generation",
    "causal_lm": "generation",
    "text_generation": "generation",
    "gen": "generation",
}


def family(column_type: str) -> str:
    """`number`, `text`, `switch`, `time`, `list`, or the type itself."""
    lowered = column_type.lower()
    # Containers and switches first: "list<int64>" is a list.
    for name in ("list", "switch", "time", "number", "text"):
        if dict(FAMILIES)[name].match(lowered):
            return name
    return lowered


def same_task(one: str, other: str) -> bool:
    """Whether two names of tasks mean the same: "cls" is "text-classification"."""
    return _plain(one) == _plain(other)


def _plain(task: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", task.lower()).strip("_")
    return TASKS.get(words, words)
