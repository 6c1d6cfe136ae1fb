"""The judge stage: names, traceability and what the scan ran into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mlcatalog.catalog.ingest import Linkable
from mlcatalog.catalog.store import Catalog
from mlcatalog.catalog.summaries import metric_text
from mlcatalog.domain.artifact import Detail, Metric
from mlcatalog.domain.finding import Check, Finding
from mlcatalog.domain.lineage import Edge, Graph
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.tasks.naming import judged_names
from mlcatalog.traceability.checklist import checklist

# The first of these that a model or its run has is its headline metric.
HEADLINES = (
    "f1",
    "accuracy",
    "auc",
    "roc_auc",
    "iou",
    "map",
    "bleu",
    "r2",
    "rmse",
    "mae",
    "loss",
)
UP, DOWN = 6, 6


def judge(catalog: Catalog, scanned: Mapping[str, Sequence[Finding]]) -> None:
    """Judge every artifact anew and keep what changed.

    `scanned` are the problems of the walk by project id; projects that are
    not in it keep theirs.
    """
    ingest = catalog.ingest
    artifacts = ingest.linkables()
    whole = catalog.graph("", limit=1_000_000)
    edges = _by_child(whole)
    for project, found in scanned.items():
        ingest.write_scan_findings(project, found)
    # Names first: one of the traceability checks asks for them.
    ingest.write_judgement(judged_names(artifacts, edges), {}, None)
    checklists: dict[int, Sequence[Check]] = {}
    headlines: dict[int, tuple[str, float | None]] = {}
    for artifact in artifacts:
        if artifact.kind in (Kind.MODEL, Kind.RUN):
            detail = catalog.detail(artifact.id)
            name, value = _headline(catalog, detail, artifact, edges)
            headlines[artifact.row] = name, value
            if artifact.kind is Kind.MODEL:
                graph = catalog.graph(artifact.id, up=UP, down=DOWN, documents=True)
                shown = metric_text(name, value)
                detail = replace(detail, summary=replace(detail.summary, metric=shown))
                checklists[artifact.row] = checklist(detail, graph)
    ingest.write_judgement(None, checklists, headlines)


def _by_child(graph: Graph) -> dict[str, list[Edge]]:
    edges: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        if edge.status != "rejected":
            edges.setdefault(edge.child, []).append(edge)
    return edges


def _headline(
    catalog: Catalog,
    detail: Detail,
    artifact: Linkable,
    edges: Mapping[str, list[Edge]],
) -> tuple[str, float | None]:
    found = headline(detail.metrics)
    if found[0] or artifact.kind is Kind.RUN:
        return found
    for edge in edges.get(artifact.id, ()):
        if edge.relation is Relation.PRODUCED_BY:
            return headline(catalog.detail(edge.parent).metrics)
    return "", None


def headline(metrics: Sequence[Metric]) -> tuple[str, float | None]:
    """The one metric that a row of the library shows."""
    named = {metric.name.lower(): metric for metric in metrics}
    for word in HEADLINES:
        for prefix in ("test_", "eval_", "val_", "valid_", ""):
            metric = named.get(prefix + word)
            if metric is not None and metric.last is not None:
                return metric.name, metric.last
    for metric in metrics:
        if metric.last is not None:
            return metric.name, metric.last
    return "", None
