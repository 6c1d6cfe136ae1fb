"""Counts for the left side: how what a query finds divides."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select
from sqlmodel import col

from mlcatalog.catalog.search.fields import FIELDS
from mlcatalog.catalog.search.tree import Clause, quoted
from mlcatalog.catalog.tables import ArtifactRow, ProjectRow
from mlcatalog.domain.artifact import Facet, FacetValue
from mlcatalog.domain.words import Kind, Stage

_KIND_LABELS = {
    "model": "Models",
    "dataset": "Datasets",
    "config": "Configurations",
    "run": "Runs",
    "script": "Scripts",
    "environment": "Environments",
    "document": "Cards and docs",
}
ATTENTION: tuple[tuple[str, str], ...] = (
    ("Name breaks convention", "rule:name."),
    ("No data version linked", 'check:"data version"'),
    ("Stale export", "rule:lineage.stale-export"),
    ("Contradicting lineage", "rule:lineage.contradiction"),
    ("Safety", "rule:safety."),
    ("Unreadable", "state:unreadable"),
    ("Missing from disk", "state:missing"),
)


def facet_counts(
    connection: Connection, condition: ColumnElement[bool]
) -> tuple[Facet, ...]:
    """The facets of what a condition selects, each value with its count."""
    return (
        _kinds(connection, condition),
        _column(connection, condition, "format", "Format"),
        _projects(connection, condition),
        _column(connection, condition, "stage", "Stage", order=tuple(Stage)),
        _attention(connection, condition),
    )


def _kinds(connection: Connection, condition: ColumnElement[bool]) -> Facet:
    counts = _counted(connection, condition, col(ArtifactRow.kind))
    values = tuple(
        FacetValue(kind, _KIND_LABELS[kind], counts[kind], f"kind:{kind}")
        for kind in _KIND_LABELS
        if kind in tuple(Kind) and counts.get(kind)
    )
    return Facet("kind", "Kind", values)


def _column(
    connection: Connection,
    condition: ColumnElement[bool],
    name: str,
    title: str,
    order: tuple[str, ...] = (),
) -> Facet:
    counts = _counted(connection, condition, getattr(ArtifactRow, name))
    ranked = sorted(
        (value for value in counts if value),
        key=lambda v: (order.index(v) if v in order else -counts[v], v),
    )
    values = tuple(
        FacetValue(value, value, counts[value], f"{name}:={quoted(value)}")
        for value in ranked
    )
    return Facet(name, title, values)


def _projects(connection: Connection, condition: ColumnElement[bool]) -> Facet:
    rows = connection.execute(
        select(col(ProjectRow.name), func.count())
        .join(ArtifactRow, col(ArtifactRow.project_id) == col(ProjectRow.id))
        .where(condition)
        .group_by(col(ProjectRow.name))
        .order_by(col(ProjectRow.name))
    )
    values = tuple(
        FacetValue(name, name, count, f"project:={quoted(name)}")
        for name, count in rows
    )
    return Facet("project", "Project", values)


def _attention(connection: Connection, condition: ColumnElement[bool]) -> Facet:
    values: list[FacetValue] = []
    for label, query in ATTENTION:
        field, _, value = query.partition(":")
        clause = Clause(field, ":", value.strip('"'))
        narrowed = FIELDS[field].condition(clause)
        # What is missing is left out of every other list.
        base = narrowed if query == "state:missing" else condition & narrowed
        count = connection.scalar(
            select(func.count()).select_from(ArtifactRow).where(base)
        )
        if count:
            values.append(FacetValue(query, label, int(count), query))
    return Facet("attention", "Needs attention", tuple(values))


def _counted(
    connection: Connection, condition: ColumnElement[bool], column: Any
) -> dict[str, int]:
    rows = connection.execute(
        select(column, func.count())
        .select_from(ArtifactRow)
        .where(condition)
        .group_by(column)
    )
    return {str(value): int(count) for value, count in rows}
