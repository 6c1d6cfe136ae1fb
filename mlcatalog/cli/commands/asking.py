"""Commands that ask: list, show, lineage."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from mlcatalog.catalog.search import SORTS
from mlcatalog.catalog.store import Catalog
from mlcatalog.cli.output import printable, write, write_json, write_lines
from mlcatalog.cli.present.artifacts import (
    detail_document,
    detail_lines,
    summary_document,
    summary_lines,
)
from mlcatalog.cli.running import DONE, command, new_app
from mlcatalog.cli.session import CatalogOption, JsonOption, reading
from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.errors import NotFoundError
from mlcatalog.domain.lineage import Graph, full_name
from mlcatalog.lineage.render import as_document, as_dot, as_svg, as_text

APP = new_app()
PAGE = 200
WHOLE_GRAPH = 100_000


class GraphFormat(StrEnum):
    """How `lineage` writes a graph."""

    TEXT = "text"
    DOT = "dot"
    SVG = "svg"
    JSON = "json"


SortOption = Annotated[
    str, typer.Option(help=f"By {', '.join(SORTS)}; -size is the largest first.")
]
LimitOption = Annotated[int, typer.Option(min=0, help="At most so many; 0 is all.")]
AfterOption = Annotated[
    str, typer.Option(metavar="CURSOR", help="Go on behind the last page's `next`.")
]


@command(APP, "list")
def list_(
    query: Annotated[list[str] | None, typer.Argument(metavar="[QUERY]")] = None,
    sort: SortOption = "-modified",
    limit: LimitOption = PAGE,
    after: AfterOption = "",
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """List what a query finds: `kind:model metric.f1:>0.9`.

    A query that begins with a minus stands behind `--`.
    """
    if sort.removeprefix("-") not in SORTS:
        raise typer.BadParameter(f"sort by one of {', '.join(SORTS)}")
    text = " ".join(query or ())
    with reading(catalog) as opened:
        hints = opened.hints(text)
        total, page, cursor = _page(opened, text, sort, limit=limit, after=after)
    if as_json:
        items = [summary_document(summary) for summary in page]
        more = {"next": cursor} if cursor else {}
        said = {"hints": list(hints)} if hints else {}
        write_json({"total": total, "items": items, **more, **said})
        return DONE
    for hint in hints:
        typer.echo(printable(hint), err=True)
    if page:
        write_lines(summary_lines(page))
    found = f"{len(page)} of {total}" if len(page) < total else f"{total}"
    more_words = f"; more with --after {cursor}" if cursor else ""
    write_lines(["", f"{found} found{more_words}."])
    return DONE


def _page(
    catalog: Catalog, query: str, sort: str, *, limit: int, after: str
) -> tuple[int, list[Summary], str]:
    """How many there are, the page that was asked for, and the next cursor."""
    rows = catalog.ids(query, sort=sort)
    start = 0
    if after:
        try:
            start = rows.index(catalog.find(f"id:{after}").row) + 1
        except ValueError:
            raise NotFoundError(
                "The list has no such cursor any more.",
                where=after,
                remedy="Begin again without --after.",
            ) from None
    stop = start + limit if limit else len(rows)
    page = catalog.rows(rows[start:stop])
    return len(rows), page, page[-1].id if page and stop < len(rows) else ""


@command(APP, "show")
def show(
    reference: Annotated[str, typer.Argument(metavar="REF")],
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Show all that is known of one artifact, or of a version: REF@2."""
    with reading(catalog) as opened:
        summary, version = opened.find_version(reference)
        detail = opened.detail(summary.id, version=version)
        if as_json:
            write_json(detail_document(detail))
            return DONE
        around = opened.graph(summary.id, up=1, down=1)
    write_lines(
        detail_lines(detail, {node.id: full_name(node) for node in around.nodes})
    )
    return DONE


@command(APP, "lineage")
def lineage(
    reference: Annotated[str, typer.Argument(metavar="[REF]")] = "",
    up: Annotated[int, typer.Option(min=0, help="Steps to ancestors.")] = 2,
    down: Annotated[int, typer.Option(min=0, help="Steps to descendants.")] = 2,
    form: Annotated[
        GraphFormat, typer.Option("--format", help="How to write it.")
    ] = GraphFormat.TEXT,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Show what came from what, around REF or in the whole catalogue."""
    with reading(catalog) as opened:
        artifact = opened.find(reference).id if reference else ""
        graph = opened.graph(artifact, up=up, down=down, limit=WHOLE_GRAPH)
    if as_json or form is GraphFormat.JSON:
        write_json(as_document(graph))
    else:
        write(_drawn(graph, form).rstrip("\n") + "\n")
    return DONE


def _drawn(graph: Graph, form: GraphFormat) -> str:
    drawings = {
        GraphFormat.TEXT: as_text,
        GraphFormat.DOT: as_dot,
        GraphFormat.SVG: as_svg,
    }
    return drawings[form](graph) or "The catalogue has no lineage yet."
