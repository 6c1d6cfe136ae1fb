"""What a catalogue says of the present, without ids, history and decisions."""

from __future__ import annotations

from collections import Counter
from typing import Any

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Detail

PAST = ("identity.maybe-moved",)  # rules that tell of what was there before


def present_state(catalog: Catalog) -> dict[str, Any]:
    """Files, artifacts, facts, edges and findings, comparable between catalogues."""
    summaries = catalog.list("", sort="path")
    details = [catalog.detail(summary.id) for summary in summaries]
    places = {detail.summary.id: _place(detail) for detail in details}
    graph = catalog.graph("", limit=100_000)
    findings = catalog.findings()
    past = Counter(f.artifact for f in findings if f.rule in PAST and f.state == "open")
    for node in graph.nodes:
        places.setdefault(node.id, f"external {node.name} {node.revision}")
    return {
        "artifacts": sorted(_artifact(d, past[d.summary.id]) for d in details),
        "edges": sorted(
            (
                places[edge.child],
                edge.relation.value,
                places[edge.parent],
                tuple((p.evidence.value, p.source, p.detail) for p in edge.proofs),
            )
            for edge in graph.edges
        ),
        "findings": sorted(
            (f.rule, f.severity.value, f.path, f.detail, f.message, f.state)
            for f in findings
            if f.rule not in PAST
        ),
    }


def _place(detail: Detail) -> str:
    return f"{detail.summary.kind} {detail.summary.path} {detail.summary.name}"


def _artifact(detail: Detail, past: int) -> tuple[Any, ...]:
    summary = detail.summary
    return (
        _place(detail),
        summary.format,
        summary.size or 0,
        summary.digest or "",
        summary.presence.value,
        summary.metric,
        summary.modified or 0,
        (summary.findings - past, summary.met, summary.applicable, summary.name_broken),
        tuple(
            sorted((f.key, f.value.text, f.evidence, f.source) for f in detail.facts)
        ),
        tuple(sorted((k, v.type, v.text) for k, v in detail.params.items())),
        tuple(sorted((m.name, str(m.points)) for m in detail.metrics)),
        tuple((t.name, t.dtype, t.shape) for t in detail.tensors),
        tuple((c.name, c.type) for c in detail.columns),
        tuple(sorted((m.path, m.role, m.size, m.digest or "") for m in detail.members)),
    )
