"""What jobs ask the catalogue for the Library."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from mlcatalog.catalog.summaries import first_page
from mlcatalog.domain.artifact import Detail, Facet, Project, SavedSearch, Summary
from mlcatalog.domain.errors import NotFoundError
from mlcatalog.domain.lineage import Graph
from mlcatalog.lineage.collapse import collapsed
from mlcatalog.ui.graph.arranging import arranged
from mlcatalog.ui.graph.placing import Placed
from mlcatalog.ui.library.clauses import ALONE, clauses, field_of
from mlcatalog.ui.library.neighbourhood import neighbourhood

if TYPE_CHECKING:
    from mlcatalog.catalog.store import Catalog
    from mlcatalog.ui.naming.judging import NameLine

NEIGHBOURS = 60  # whose names the inspector knows
GAP = 14.0  # between two cards of the strip
NO_GRAPH = Graph((), ())


@dataclass(frozen=True)
class Question:
    """What is to be listed; a greater number overtakes a smaller one."""

    number: int
    query: str
    sort: str
    wanted: tuple[str, ...] = ()  # ids to choose when they are listed
    stop: Event = field(default_factory=Event, compare=False)  # set: it is overtaken


@dataclass(frozen=True)
class Head:
    """The first rows that a question finds, before all are known; none if not sooner."""

    question: Question
    rows: tuple[Summary, ...]


@dataclass(frozen=True)
class Listing:
    """What a question finds, before any row of it is read."""

    question: Question
    ids: array[int]
    total: int
    hints: tuple[str, ...]
    wanted: tuple[int, ...] = ()  # row numbers of what is to be chosen


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


@dataclass(frozen=True)
class Known:
    """What is known of the chosen artifact, and a piece of its lineage as drawn."""

    number: int
    detail: Detail | None
    near: Graph = NO_GRAPH  # itself, its parents and its children
    drawn: Graph = NO_GRAPH
    placed: Placed = field(default_factory=Placed)
    name: NameLine | None = None  # how its name stands, where a template speaks of it
    more: int = 0  # artifacts of the neighbourhood that are not drawn


def head(catalog: Catalog, question: Question) -> Head:
    """Find the first rows, when that is quicker than finding all."""
    found = catalog.head(
        question.query, sort=question.sort, is_unwanted=question.stop.is_set
    )
    return Head(question, tuple(found))


def listing(catalog: Catalog, question: Question) -> Listing:
    """Find what a query finds, in order."""
    return Listing(
        question,
        catalog.ids(
            question.query, sort=question.sort, is_unwanted=question.stop.is_set
        ),
        catalog.count(""),
        catalog.hints(question.query),
        tuple(_rows_of(catalog, question.wanted)),
    )


def first_rows(path: Path, numbers: Sequence[int] = ()) -> tuple[Summary, ...]:
    """The first lines of the list before the catalogue is open; none if it is busy."""
    page = first_page(path, numbers=numbers)
    return page.rows if page else ()


def _rows_of(catalog: Catalog, ids: Sequence[str]) -> list[int]:
    found: list[int] = []
    for identity in ids:
        try:
            found.append(catalog.find(f"id:{identity}").row)
        except NotFoundError:
            continue
    return found


def sides(catalog: Catalog, question: Question) -> Sides:
    """Count for the left side; a chosen or excluded value does not hide its sisters."""
    query, stop = question.query, question.stop.is_set
    facets = {facet.field: facet for facet in catalog.facets(query, is_unwanted=stop)}
    turned_on = {field_of(word.removeprefix("-")) for word in clauses(query)}
    for name in ALONE & turned_on:
        kept = [w for w in clauses(query) if field_of(w.removeprefix("-")) != name]
        wider = catalog.facets(" ".join(kept), is_unwanted=stop)
        facets |= {facet.field: facet for facet in wider if facet.field == name}
    return Sides(
        question, tuple(facets.values()), catalog.projects(), catalog.saved_searches()
    )


def block(
    catalog: Catalog, listing_number: int, number: int, rows: Sequence[int]
) -> Block:
    """Read some rows."""
    return Block(listing_number, number, tuple(catalog.rows(rows)))


def known(
    catalog: Catalog, number: int, identity: str, opened: Collection[str] = ()
) -> Known:
    """Read all about one artifact; its detail is None when it has gone."""
    try:
        detail = catalog.detail(identity)
    except NotFoundError:
        return Known(number, None)
    near = catalog.graph(identity, up=1, down=1, limit=NEIGHBOURS)
    wide = catalog.graph(identity, up=2, down=1, limit=NEIGHBOURS)
    if wide.total > NEIGHBOURS:
        wide = near
    # Checkpoints are counted in one card before the nearest are chosen.
    few = neighbourhood(collapsed(wide, opened))
    drawn, placed = arranged(few, opened, down=GAP)
    # Not sooner: the window is there before templates have been read.
    from mlcatalog.ui.naming.some import known_name

    name = known_name(catalog, detail)
    return Known(number, detail, near, drawn, placed, name, _left_out(wide, few))


def _left_out(wide: Graph, few: Graph) -> int:
    """How many artifacts are not drawn; a card of several counts as all of them."""
    shown = sum(int(node.facts.get("members", "1")) for node in few.nodes)
    return max(0, wide.total - shown)
