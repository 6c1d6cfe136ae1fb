"""Which catalogue a command works on, and the options that all commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import platformdirs
import typer

from mlcatalog.catalog.store import Catalog

VARIABLE = "MLCATALOG_CATALOG"

CatalogOption = Annotated[
    Path | None,
    typer.Option("--catalog", help="The catalogue to use.", metavar="PATH"),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout.")
]


def catalog_path(chosen: Path | None) -> Path:
    """The catalogue that was asked for, by option, variable or default."""
    named = os.environ.get(VARIABLE, "")
    if chosen is not None:
        return chosen.absolute()
    if named:
        return Path(named).absolute()
    # Only here may a folder be made: one that was named may be an absent drive's.
    home = os.environ.get("MLCATALOG_HOME", "")
    folder = (
        Path(home)
        if home
        else platformdirs.user_data_path("mlcatalog", appauthor=False)
    )
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "catalog.db"


def reading(chosen: Path | None) -> Catalog:
    """The catalogue, to ask it; raises CatalogError where there is none."""
    return Catalog.open(catalog_path(chosen), read_only=True)


def writing(chosen: Path | None) -> Catalog:
    """The catalogue, to write in it; it is made where there is none."""
    return Catalog.open(catalog_path(chosen))


def changing(chosen: Path | None) -> Catalog:
    """The catalogue, to change what is in it; raises CatalogError for none."""
    if not catalog_path(chosen).exists():
        reading(chosen).close()  # says that there is none
    return writing(chosen)


def ids(catalog: Catalog, references: list[str]) -> list[str]:
    """The ids of what the references mean; raises NotFoundError."""
    return [catalog.find(reference).id for reference in references]
