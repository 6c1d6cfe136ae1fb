"""Counts for the left side: how what a query finds divides."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, select
from sqlmodel import col

from mlcatalog.catalog.search.sets import Sets
from mlcatalog.catalog.search.tree import Clause, quoted
from mlcatalog.catalog.tables import ProjectRow
from mlcatalog.domain.artifact import Facet, FacetValue
from mlcatalog.domain.words import Stage

_KIND_LABELS = {
    "model": "Models",
    "dataset": "Datasets",
    "config": "Configurations",
    "run": "Runs",
    "script": "Scripts",
    "environment": "Environments",
    "document": "Cards and docs",
}
ATTENTION: tuple[tuple[str, Clause], ...] = (
    ("Name breaks convention", Clause("rule", ":", "name.")),
    ("No data version linked", Clause("check", ":", "data version")),
    ("Stale export", Clause("rule", ":", "lineage.stale-export")),
    ("Contradicting lineage", Clause("rule", ":", "lineage.contradiction")),
    ("Safety", Clause("rule", ":", "safety.")),
    ("Unreadable", Clause("state", ":", "unreadable")),
    ("Missing from disk", Clause("state", ":", "missing")),
    ("Removed from catalogue", Clause("state", ":", "removed")),
)


def facet_counts(connection: Connection, sets: Sets, query: str) -> tuple[Facet, ...]:
    """The facets of what a query finds, each value with its count."""
    divided = sets.divided(connection, query)
    return (
        _kinds(divided["kind"]),
        _words("format", "Format", divided["format"]),
        _projects(connection, divided["project"]),
        _words("stage", "Stage", divided["stage"], order=tuple(Stage)),
        _attention(connection, sets, query),
    )


def _kinds(counts: Counter[str | int]) -> Facet:
    values = tuple(
        FacetValue(kind, _KIND_LABELS[kind], counts[kind], f"kind:{kind}")
        for kind in _KIND_LABELS
        if counts[kind]
    )
    return Facet("kind", "Kind", values)


def _words(
    name: str, title: str, counts: Counter[str | int], order: tuple[str, ...] = ()
) -> Facet:
    ranked = sorted(
        (str(value) for value in counts if value),
        key=lambda v: (order.index(v) if v in order else -counts[v], v),
    )
    values = tuple(
        FacetValue(value, value, counts[value], f"{name}:={quoted(value)}")
        for value in ranked
    )
    return Facet(name, title, values)


def _projects(connection: Connection, counts: Counter[str | int]) -> Facet:
    rows = connection.execute(select(col(ProjectRow.id), col(ProjectRow.name)))
    named: Counter[str] = Counter()
    for number, name in rows:
        named[name] += counts[number or 0]
    values = tuple(
        FacetValue(name, name, named[name], f"project:={quoted(name)}")
        for name in sorted(named)
        if named[name]
    )
    return Facet("project", "Project", values)


def _attention(connection: Connection, sets: Sets, query: str) -> Facet:
    counts = sets.narrowed(connection, query, [clause for _, clause in ATTENTION])
    values = tuple(
        FacetValue(str(clause), label, count, str(clause))
        for (label, clause), count in zip(ATTENTION, counts, strict=True)
        if count
    )
    return Facet("attention", "Needs attention", values)
