"""The judge stage: names, traceability and what the scan ran into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mlcatalog.catalog.ingest import Linkable
from mlcatalog.catalog.store import Catalog
from mlcatalog.catalog.summaries import metric_text
from mlcatalog.domain.artifact import Metric
from mlcatalog.domain.finding import Check, Finding
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.tasks.indexing.surroundings import Surroundings
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
BATCH = 200  # models whose details are read together


def judge(catalog: Catalog, scanned: Mapping[str, Sequence[Finding]]) -> None:
    """Judge every artifact anew and keep what changed.

    `scanned` are the problems of the walk by project id; projects that are
    not in it keep theirs.
    """
    ingest = catalog.ingest
    artifacts = ingest.linkables()
    whole = catalog.graph("", limit=1_000_000)
    lineage = Surroundings(whole)
    for project, found in scanned.items():
        ingest.write_scan_findings(project, found)
    # Names first: one of the traceability checks asks for them.
    names = judged_names(artifacts, {a.id: lineage.parents(a.id) for a in artifacts})
    ingest.write_judgement(names, {}, None)
    headlines = _headlines(artifacts, ingest.last_values(), lineage)
    models = [a for a in artifacts if a.kind is Kind.MODEL]
    for start in range(0, len(models), BATCH):
        part = {a.id: headlines[a.row] for a in models[start : start + BATCH]}
        ingest.write_judgement(None, _checklists(catalog, part, lineage), None)
    ingest.write_judgement(None, {}, headlines)


def _checklists(
    catalog: Catalog,
    headlines: Mapping[str, tuple[str, float | None]],
    lineage: Surroundings,
) -> dict[int, Sequence[Check]]:
    """The checklists of some models, by number."""
    found: dict[int, Sequence[Check]] = {}
    for detail in catalog.details(tuple(headlines)):
        shown = metric_text(*headlines[detail.summary.id])
        known = replace(detail, summary=replace(detail.summary, metric=shown))
        found[detail.summary.row] = checklist(known, lineage.of(detail.summary.id))
    return found


def _headlines(
    artifacts: Sequence[Linkable],
    values: Mapping[int, Sequence[Metric]],
    lineage: Surroundings,
) -> dict[int, tuple[str, float | None]]:
    """The headline metrics of models and runs; a model may show its run's."""
    judged = [a for a in artifacts if a.kind in (Kind.MODEL, Kind.RUN)]
    own = {a.id: headline(values.get(a.row, ())) for a in judged}
    found = {}
    for artifact in judged:
        best = own[artifact.id]
        if not best[0] and artifact.kind is Kind.MODEL:
            runs = (
                edge.parent
                for edge in lineage.parents(artifact.id)
                if edge.relation is Relation.PRODUCED_BY
            )
            best = own.get(next(runs, ""), best)
        found[artifact.row] = best
    return found


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
