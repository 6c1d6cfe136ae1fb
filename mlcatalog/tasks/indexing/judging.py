"""The judge stage: names, traceability and what the scan ran into.

What is judged is what changed, what its lineage says of others, and what shares
a name with it; at first, and after a change of the rules, everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from mlcatalog.catalog.judgements import Judgements
from mlcatalog.catalog.linkables import Linkable
from mlcatalog.catalog.stale import EVERYWHERE
from mlcatalog.catalog.store import Catalog
from mlcatalog.catalog.summaries import metric_text
from mlcatalog.domain.artifact import Metric
from mlcatalog.domain.finding import Check, Finding
from mlcatalog.domain.words import Kind
from mlcatalog.tasks.indexing.linking import RULES
from mlcatalog.tasks.indexing.names import judge_names
from mlcatalog.tasks.indexing.surroundings import Surroundings
from mlcatalog.tasks.naming import conventions_in_force
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

Headline = tuple[str, float | None]


def judge(catalog: Catalog, scanned: Mapping[str, Sequence[Finding]]) -> None:
    """Judge what is stale and keep what changed.

    `scanned` are the problems of the walk by project id; projects that are
    not in it keep theirs.
    """
    work = catalog.ingest.judgements
    for project, found in scanned.items():
        catalog.ingest.write_scan_findings(project, found)
    conventions = conventions_in_force()
    places = {root: conventions.signature(root) for root in work.roots()}
    places[EVERYWHERE] = RULES
    rows = work.begin(places)
    # Names first: one of the traceability checks asks for them.
    more = judge_names(work, conventions, rows)
    more |= work.apply_waivers()
    for part in _batches([*rows, *sorted(more - set(rows))]):
        _judge_models(catalog, work, part)
    work.done(places)


def _judge_models(catalog: Catalog, work: Judgements, rows: Sequence[int]) -> None:
    """The headlines and checklists of some artifacts."""
    artifacts = work.placed(rows)
    headlines = _headlines(work, artifacts)
    gone = dict.fromkeys(set(rows) - headlines.keys(), ("", None))
    models = {a.id: headlines[a.row] for a in artifacts if a.kind is Kind.MODEL}
    work.write_headlines({**gone, **headlines})
    if models:
        work.write_checks(_checklists(catalog, work, models))


def _batches(rows: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _checklists(
    catalog: Catalog, work: Judgements, headlines: Mapping[str, Headline]
) -> dict[int, Sequence[Check]]:
    """The checklists of some models, by number."""
    found: dict[int, Sequence[Check]] = {}
    lineage = Surroundings(work.surroundings(tuple(headlines)))
    for detail in catalog.details(tuple(headlines)):
        shown = metric_text(*headlines[detail.summary.id])
        known = replace(detail, summary=replace(detail.summary, metric=shown))
        found[detail.summary.row] = checklist(known, lineage.of(detail.summary.id))
    return found


def _headlines(work: Judgements, artifacts: Iterable[Linkable]) -> dict[int, Headline]:
    """The headline metrics of models and runs; a model may show its run's."""
    judged = {a.id: a for a in artifacts if a.kind in (Kind.MODEL, Kind.RUN)}
    models = [a.id for a in judged.values() if a.kind is Kind.MODEL]
    makers = work.runs_of(models)
    first = {model: runs[0] for model, runs in makers.items()}
    numbers = work.numbers(set(first.values())) | {a.id: a.row for a in judged.values()}
    values = work.last_values(set(numbers.values()))
    own = {uid: headline(values.get(row, ())) for uid, row in numbers.items()}
    found = {}
    for artifact in judged.values():
        best = own[artifact.id]
        if not best[0] and artifact.id in first:
            best = own.get(first[artifact.id], best)
        found[artifact.row] = best
    return found


def headline(metrics: Sequence[Metric]) -> Headline:
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
