"""The inspector's lists: what stands in their rows."""

from __future__ import annotations

from dataclasses import replace

from mlcatalog.domain.artifact import Detail, Metric, Summary
from mlcatalog.domain.words import Kind, Presence, Stage
from mlcatalog.ui.library.inspector import sections

RUN = Summary(
    *(1, "id", Kind.RUN, "mlflow", "r", "/r", "p", 1, None, Stage.DRAFT),
    *("", 0, Presence.PRESENT),
)


def metric_rows(*metrics: Metric) -> list[tuple[str, str, str]]:
    rows = dict(sections(Detail(RUN, metrics=metrics)))["Metrics"]
    return [(row[0], row[1], row[3]) for row in rows]


def test_a_metric_says_which_file_told_it() -> None:
    loss = Metric("loss", 0.25, 0.25, 0.9, 10, source="metrics.csv")
    assert metric_rows(loss) == [("loss", "0.25", "from metrics.csv")]
    other = replace(loss, last=0.5, source="mlflow.db", dataset="test")
    assert metric_rows(loss, other) == [
        ("loss   metrics.csv", "0.25", "from metrics.csv"),
        ("loss   mlflow.db", "0.5", "measured on test, from mlflow.db"),
    ]
