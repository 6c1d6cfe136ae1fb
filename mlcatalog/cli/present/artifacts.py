"""Artifacts as JSON documents and as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from mlcatalog.cli.output import bold, printable
from mlcatalog.cli.table import table
from mlcatalog.domain.amounts import size_text
from mlcatalog.domain.artifact import Detail, Metric, Summary, by_sources
from mlcatalog.domain.code_history import HISTORY, SINCE, revisions
from mlcatalog.domain.lineage import Edge, Graph
from mlcatalog.domain.moments import short_text, utc_text
from mlcatalog.domain.parameter_versions import VERSIONS, history_in
from mlcatalog.domain.values import Value, ValueType
from mlcatalog.domain.words import Presence
from mlcatalog.lineage.render import as_document

SHOWN_TENSORS = 12
MARKS = {"met": "✓", "missing": "✗", "not applicable": "·", "waived": "~"}


def summary_document(summary: Summary) -> dict[str, Any]:
    """One item of `list`."""
    return {
        "id": summary.id,
        "kind": summary.kind.value,
        "format": summary.format,
        "name": summary.name,
        "path": summary.path or None,
        "size": summary.size,
        "digest": summary.digest,
        "stage": summary.stage.value,
        "owner": summary.owner or None,
        "modified": utc_text(summary.modified) or None,
        "traceability": {"met": summary.met, "applicable": summary.applicable},
        "findings": summary.findings,
    }


def summary_lines(summaries: Sequence[Summary]) -> Iterator[str]:
    """The table of `list`."""
    titles = (
        "KIND",
        "NAME",
        "FORMAT",
        "STAGE",
        "METRIC",
        "TRACED",
        "FINDINGS",
        "SIZE",
        "MODIFIED",
    )
    rows = [
        (
            s.kind.value,
            s.name,
            s.format,
            s.stage.value if s.kind.value == "model" else "",
            s.metric,
            f"{s.met}/{s.applicable}" if s.applicable else "",
            str(s.findings or ""),
            size_text(s.size),
            short_text(s.modified),
        )
        for s in summaries
    ]
    return table(titles, rows, right=(5, 6, 7))


def detail_document(detail: Detail) -> dict[str, Any]:
    """What `show` prints."""
    summary = detail.summary
    head = summary_document(summary)
    return {
        **{key: head[key] for key in ("id", "kind", "format", "name", "path")},
        "project": summary.project,
        **{key: head[key] for key in ("digest", "size", "stage", "owner")},
        "versions": [
            {
                "id": version.id,
                "digest": version.digest,
                "size": version.size,
                "observed": utc_text(version.observed),
                "recorded": utc_text(version.recorded) or None,
                "current": version.current,
            }
            for version in detail.versions
        ],
        "facts": [
            {
                "key": fact.key,
                "value": plain_value(fact.value),
                "evidence": fact.evidence.value,
                "source": fact.source,
            }
            for fact in detail.facts
        ],
        "params": {key: plain_value(value) for key, value in detail.params.items()},
        "metrics": {
            name: _metric(first) | ({"also": [*map(_metric, rest)]} if rest else {})
            for name, (first, *rest) in by_sources(detail.metrics).items()
        },
        "tensors": [
            {"name": tensor.name, "dtype": tensor.dtype, "shape": list(tensor.shape)}
            for tensor in detail.tensors
        ],
        "columns": [{"name": c.name, "type": c.type} for c in detail.columns],
        "edges": edge_documents(detail.edges),
        "findings": [
            {"rule": f.rule, "severity": f.severity.value, "message": f.message}
            for f in detail.findings
        ],
        "traceability": [
            {
                "check": check.check,
                "state": check.state.value,
                "evidence": check.evidence,
                "remedy": check.remedy,
            }
            for check in detail.checks
        ],
    }


def edge_documents(edges: Sequence[Edge]) -> Any:
    """Edges as `lineage` writes them."""
    return as_document(Graph((), tuple(edges)))["edges"]


def plain_value(value: Value) -> Any:
    """The value as JSON has it; text where it cannot be that."""
    try:
        match value.type:
            case ValueType.NULL:
                return None
            case ValueType.BOOLEAN:
                return value.text == "true"
            case ValueType.INTEGER:
                return int(value.text)
            case ValueType.REAL:
                return float(value.text)
            case ValueType.LIST | ValueType.TABLE:
                return json.loads(value.text)
            case _:
                return value.text
    except (ValueError, RecursionError):
        return value.text


def _metric(metric: Metric) -> dict[str, Any]:
    return {
        "last": metric.last,
        "min": metric.min,
        "max": metric.max,
        "step": metric.step,
        "source": metric.source,
        "dataset": metric.dataset,
    }


def detail_lines(detail: Detail, names: dict[str, str]) -> Iterator[str]:
    """What `show` prints for people; names are those of the edges' nodes."""
    summary = detail.summary
    yield bold(f"{printable(summary.name)}")
    about = (
        ("kind", f"{summary.kind.value}, {summary.format}"),
        ("path", summary.path),
        ("project", summary.project),
        ("size", size_text(summary.size)),
        ("sha256", summary.digest or "not digested yet"),
        ("stands for", _stands_for(detail)),
        ("stage", summary.stage.value),
        ("owner", summary.owner),
        ("modified", short_text(summary.modified)),
        ("state", _state(detail)),
        ("tags", ", ".join(detail.tags)),
        ("note", detail.note),
        ("id", summary.id),
    )
    yield from (f"  {key:<11}{printable(said)}" for key, said in about if said)
    yield from _section("Versions", _versions(detail))
    yield from _section("In git", _commits(detail))
    yield from _section("Facts", _facts(detail))
    params = ((key, value.text) for key, value in detail.params.items())
    yield from _section("Parameters", _pairs(params))
    metrics = (
        (name, _metric_words(one, several=len(same) > 1))
        for name, same in by_sources(detail.metrics).items()
        for one in same
    )
    yield from _section("Metrics", _pairs(metrics))
    columns = ((column.name, column.type) for column in detail.columns)
    yield from _section("Columns", _pairs(columns))
    yield from _section("Tensors", _tensors(detail))
    yield from _section("Lineage", _edges(detail, names))
    yield from _section("Findings", _findings(detail))
    title = f"Traceability {summary.met} of {summary.applicable}"
    yield from _section(title, _checks(detail))


def _state(detail: Detail) -> str:
    if detail.summary.presence is Presence.ELSEWHERE:
        return f"only a {detail.summary.format} is here; the bytes are elsewhere"
    return detail.summary.presence.value


def _stands_for(detail: Detail) -> str:
    """The digest that a pointer names."""
    is_kept = detail.summary.presence is Presence.ELSEWHERE
    for key in ("sha256", "md5") if is_kept else ():
        if found := detail.fact(f"content.{key}"):
            return f"{key} {found}"
    return ""


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    held = list(lines)
    if held:
        yield ""
        yield bold(title)
        yield from (f"  {line}" for line in held)


def _versions(detail: Detail) -> Iterator[str]:
    for version in detail.versions:
        current = "  current" if version.current else ""
        digest = (version.digest or "not digested yet")[:16]
        size = size_text(version.size)
        yield f"@{version.number}  {digest}  {size}  {short_text(version.observed)}{current}"


def _facts(detail: Detail) -> Iterator[str]:
    return _pairs(
        (fact.key, f"{fact.value.text}  ({fact.evidence.value}: {fact.source})")
        for fact in detail.facts
        if fact.key not in (HISTORY, SINCE, VERSIONS)
    )


def _commits(detail: Detail) -> Iterator[str]:
    """The commits that changed it; of a model, what became of its parameters."""
    kept = history_in(detail.fact(VERSIONS))
    if kept is not None:
        for version in kept.versions:
            head = f"{version.commit[:8]}  {version.date[:10]}  {version.subject}"
            yield printable(head)
            yield printable(f"          {version.words}")
        return
    for one in revisions(detail.fact(HISTORY)):
        yield printable(f"{one.commit[:8]}  {one.date[:10]}  {one.subject}")


def _pairs(pairs: Iterator[tuple[str, str]]) -> Iterator[str]:
    held = [(printable(key), printable(said)) for key, said in pairs]
    width = min(40, max((len(key) for key, _ in held), default=0))
    yield from (f"{key:<{width}}  {said}" for key, said in held)


def _metric_words(metric: Metric, *, several: bool) -> str:
    said = "none" if metric.last is None else f"{metric.last:g}"
    if metric.step is not None:
        said += f"  at step {metric.step}"
    return f"{said}  from {metric.source}" if several and metric.source else said


def _tensors(detail: Detail) -> Iterator[str]:
    shown = detail.tensors[:SHOWN_TENSORS]
    yield from _pairs((t.name, f"{t.dtype} {list(t.shape)}") for t in shown)
    more = len(detail.tensors) - len(shown)
    if more:
        yield f"and {more} more"


def _edges(detail: Detail, names: dict[str, str]) -> Iterator[str]:
    me = detail.summary.id
    for edge in detail.edges:
        child = "this" if edge.child == me else names.get(edge.child, edge.child)
        parent = "this" if edge.parent == me else names.get(edge.parent, edge.parent)
        said = f"{child} {edge.relation.phrase} {parent}"
        best = edge.best
        why = f"{best.evidence.value}: {best.source}"
        why += f": {best.detail}" if best.detail else ""
        guess = f", {edge.confidence:.0%}" if edge.is_suggestion else ""
        yield printable(f"{said}  ({why}{guess})")


def _findings(detail: Detail) -> Iterator[str]:
    for finding in detail.findings:
        yield printable(f"{finding.severity.value}  {finding.rule}  {finding.message}")


def _checks(detail: Detail) -> Iterator[str]:
    for check in detail.checks:
        said = check.evidence or check.remedy
        yield printable(f"{MARKS[check.state.value]} {check.check}: {said}")
