"""The command that lays artifacts side by side: compare."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from mlcatalog.cli.output import write, write_json
from mlcatalog.cli.present.artifacts import summary_document
from mlcatalog.cli.running import DONE, REPORTED, command, new_app
from mlcatalog.cli.session import CatalogOption, JsonOption, reading
from mlcatalog.comparing.export import as_csv, as_markdown, as_text
from mlcatalog.comparing.sheet import Row, Sheet
from mlcatalog.tasks.compare import compare_references

APP = new_app()


class SheetFormat(StrEnum):
    """How `compare` writes a sheet."""

    TEXT = "text"
    CSV = "csv"
    MARKDOWN = "md"
    JSON = "json"


@command(APP, "compare")
def compare_(
    references: Annotated[list[str], typer.Argument(metavar="REF REF...")],
    form: Annotated[
        SheetFormat, typer.Option("--format", help="How to write it.")
    ] = SheetFormat.TEXT,
    only_differences: Annotated[
        bool, typer.Option("--differences", help="Only rows that differ.")
    ] = False,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Lay artifacts side by side; ends with 1 where they differ."""
    if len(references) < 2:
        raise typer.BadParameter("compare takes two or more")
    with reading(catalog) as opened:
        sheet = compare_references(opened, references)
    if as_json or form is SheetFormat.JSON:
        write_json(sheet_document(sheet, only_differences=only_differences))
    else:
        writers = {
            SheetFormat.TEXT: as_text,
            SheetFormat.CSV: as_csv,
            SheetFormat.MARKDOWN: as_markdown,
        }
        write(writers[form](sheet, only_differences).rstrip("\n") + "\n")
    return REPORTED if any(row.differs for row in sheet.rows) else DONE


def sheet_document(sheet: Sheet, *, only_differences: bool = False) -> dict[str, Any]:
    """What `compare` prints."""
    rows = [row for row in sheet.rows if row.differs or not only_differences]
    return {
        "items": [summary_document(summary) for summary in sheet.items],
        "rows": [_row(row) for row in rows],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "section": row.section,
        "key": row.key,
        "values": list(row.values),
        "differs": row.differs,
        "delta": list(row.deltas) or None,
    }
