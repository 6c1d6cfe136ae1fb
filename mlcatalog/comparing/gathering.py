"""What one artifact brings to a sheet, section by section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mlcatalog.comparing.origin import origin
from mlcatalog.domain.artifact import Detail, KnownFact, Metric
from mlcatalog.domain.code_history import HISTORY
from mlcatalog.domain.lineage import Graph
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Kind, Relation

METRICS, DATA, CONFIGURATION = "Metrics", "Data", "Configuration"
CODE, WEIGHTS, IDENTITY = "Code and environment", "Weights", "Identity"
SECTIONS = (METRICS, DATA, CONFIGURATION, CODE, WEIGHTS, IDENTITY)
CODE_WORDS = frozenset(
    [
        "code",
        "git",
        "commit",
        "seed",
        "python",
        "environment",
        "framework",
        "library",
        "packages",
        "device",
    ]
)
WEIGHT_WORDS = frozenset(
    [
        "architecture",
        "parameters",
        "dtype",
        "tensors",
        "quantization",
        "inputs",
        "outputs",
        "opset",
        "layers",
    ]
)
# Of two files never the same, and long: their last commit says enough.
APART = frozenset([HISTORY])
DATA_WORDS = frozenset(["rows", "columns", "features", "splits"])
USED = {
    Relation.TRAINED_ON: DATA,
    Relation.EVALUATED_ON: DATA,
    Relation.CONFIGURED_BY: CONFIGURATION,
    Relation.EXECUTED: CODE,
    Relation.IN_ENVIRONMENT: CODE,
}
Cells = dict[tuple[str, str], Value]


def gathered(detail: Detail, sources: Sequence[Detail], graph: Graph | None) -> Cells:
    """All values of one artifact by section and key; its own win over its run's."""
    runs = [one for one in sources if one.summary.kind is Kind.RUN]
    cells: Cells = {}
    for each in (
        _identity(detail),
        _facts(detail.facts),
        _used(detail, graph),
        _metrics(_own_metrics(detail, runs)),
        _params(detail, sources),
        _tensors(detail),
        _columns(detail),
        *(_from_run(run) for run in runs),
    ):
        for place, value in each.items():
            cells.setdefault(place, value)
    return cells


def _identity(detail: Detail) -> Cells:
    one = detail.summary
    version = next((v.number for v in detail.versions if v.current), None)
    held: dict[str, object] = {
        "name": one.name,
        "kind": one.kind.value,
        "format": one.format,
        "project": one.project,
        "stage": one.stage.value,
        "owner": one.owner or None,
        "version": version,
        "size": one.size,
        "sha256": one.digest,
        "tags": ", ".join(sorted(detail.tags)) or None,
    }
    return {(IDENTITY, k): Value.of(v) for k, v in held.items() if v is not None}


def _facts(facts: Sequence[KnownFact]) -> Cells:
    told = (fact for fact in facts if fact.key not in APART)
    ranked = sorted(told, key=lambda fact: -fact.evidence.rank)
    return {(_section(fact.key), fact.key): fact.value for fact in ranked}


def _section(key: str) -> str:
    first = key.casefold().split(".")[0]
    for section, known in (
        (CODE, CODE_WORDS),
        (WEIGHTS, WEIGHT_WORDS),
        (DATA, DATA_WORDS),
    ):
        if first in known:
            return section
    return IDENTITY


def _from_run(run: Detail) -> Cells:
    facts = _facts(run.facts)
    return {place: value for place, value in facts.items() if place[0] == CODE}


def _used(detail: Detail, graph: Graph | None) -> Cells:
    if graph is None:
        return {}
    names: dict[tuple[str, str], set[str]] = {}
    for edge in origin(graph, detail.summary.id):
        node = graph.node(edge.parent)
        if node is None or edge.relation not in USED:
            continue
        place = (USED[edge.relation], edge.relation.phrase)
        digest = f" ({node.digest[:12]})" if node.digest else ""
        names.setdefault(place, set()).add(f"{node.name}{digest}")
    return {place: Value.of(", ".join(sorted(held))) for place, held in names.items()}


def _own_metrics(detail: Detail, runs: Sequence[Detail]) -> Sequence[Metric]:
    """The artifact's metrics; those of its runs fill the gaps, the nearest run first."""
    held: dict[str, list[Metric]] = {}
    for holder in (detail, *runs):
        fresh: dict[str, list[Metric]] = {}
        for metric in holder.metrics:
            if metric.name not in held:
                fresh.setdefault(metric.name, []).append(metric)
        held |= fresh
    return [metric for named in held.values() for metric in named]


def _metrics(metrics: Sequence[Metric]) -> Cells:
    """A row a metric; another where its data, or another file, gives another value."""
    often = Counter(metric.name for metric in metrics)
    cells: Cells = {}
    for metric in metrics:
        if metric.last is None:
            continue
        many = often[metric.name] > 1 and metric.dataset
        key = f"{metric.name} ({metric.dataset})" if many else metric.name
        value = Value.of(metric.last)
        known = cells.setdefault((METRICS, key), value)
        if known != value:
            cells[METRICS, f"{key} ({metric.source})" if metric.source else key] = value
    return cells


def _params(detail: Detail, sources: Sequence[Detail]) -> Cells:
    # A model folder's own config holds no learning rate: its run's fill the gaps.
    holders = [detail, *_runs_then_configs(sources)]
    cells: Cells = {}
    for holder in holders:
        for key, value in holder.params.items():
            cells.setdefault((CONFIGURATION, key), value)
    return cells


def _runs_then_configs(sources: Sequence[Detail]) -> list[Detail]:
    kinds = (Kind.RUN, Kind.CONFIG)
    return [one for kind in kinds for one in sources if one.summary.kind is kind]


def _tensors(detail: Detail) -> Cells:
    cells = {
        (WEIGHTS, f"tensor {tensor.name}"): Value.of(
            f"{tensor.dtype} {list(tensor.shape)}"
        )
        for tensor in detail.tensors
    }
    if detail.tensors:
        cells[WEIGHTS, "tensors"] = Value.of(len(detail.tensors))
    return cells


def _columns(detail: Detail) -> Cells:
    return {(DATA, f"column {c.name}"): Value.of(c.type) for c in detail.columns}
