"""What jobs ask the catalogue for the Library."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Facet, Project, SavedSearch, Summary
from mlcatalog.ui.library.clauses import ALONE, clauses, field_of, without_field


@dataclass(frozen=True)
class Question:
    """What is to be listed; a greater number overtakes a smaller one."""

    number: int
    query: str
    sort: str


@dataclass(frozen=True)
class Listing:
    """What a question finds, before any row of it is read."""

    question: Question
    ids: array[int]
    total: int
    hints: tuple[str, ...]


@dataclass(frozen=True)
class Sides:
    """What stands on the left, for one question."""

    question: Question
    facets: tuple[Facet, ...]
    projects: tuple[Project, ...]
    saved: tuple[SavedSearch, ...]


@dataclass(frozen=True)
class Block:
    """Some rows of a listing."""

    listing: int
    number: int
    rows: tuple[Summary, ...]


def listing(catalog: Catalog, question: Question) -> Listing:
    """Find what a query finds, in order."""
    return Listing(
        question,
        catalog.ids(question.query, sort=question.sort),
        catalog.count(""),
        catalog.hints(question.query),
    )


def sides(catalog: Catalog, question: Question) -> Sides:
    """Count for the left side; a chosen value does not hide its sisters."""
    facets = {facet.field: facet for facet in catalog.facets(question.query)}
    for field in ALONE & {field_of(word) for word in clauses(question.query)}:
        wider = catalog.facets(without_field(question.query, field))
        facets |= {facet.field: facet for facet in wider if facet.field == field}
    return Sides(
        question, tuple(facets.values()), catalog.projects(), catalog.saved_searches()
    )


def block(
    catalog: Catalog, listing_number: int, number: int, rows: Sequence[int]
) -> Block:
    """Read some rows."""
    return Block(listing_number, number, tuple(catalog.rows(rows)))
