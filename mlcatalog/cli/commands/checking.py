"""The command that judges: check."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mlcatalog.catalog.store import Catalog
from mlcatalog.cli.output import json_text, write, write_json, write_lines
from mlcatalog.cli.present.problems import (
    finding_document,
    finding_lines,
    is_broken,
    sarif_document,
)
from mlcatalog.cli.progress import ProgressLine
from mlcatalog.cli.running import DONE, REPORTED, command, new_app
from mlcatalog.cli.session import CatalogOption, JsonOption, catalog_path, reading
from mlcatalog.domain.errors import ProjectError
from mlcatalog.domain.finding import Finding
from mlcatalog.tasks.index import index

APP = new_app()
PathsArgument = Annotated[list[Path] | None, typer.Argument(metavar="[PATH...]")]


class CheckFormat(StrEnum):
    """How `check` writes findings."""

    TEXT = "text"
    SARIF = "sarif"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Checked:
    """How many artifacts were looked at, and what was found."""

    artifacts: int
    findings: tuple[Finding, ...]


@command(APP, "check")
def check(
    paths: PathsArgument = None,
    form: Annotated[
        CheckFormat, typer.Option("--format", help="How to write it.")
    ] = CheckFormat.TEXT,
    rule: Annotated[
        str, typer.Option(help="Only rules that begin so, such as name.")
    ] = "",
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Name what is wrong in the catalogue, or in paths; ends with 1 if anything is.

    Paths that are in no catalogue yet are scanned for this once, and not kept.
    """
    checked = examined(paths or (), catalog)
    found = tuple(one for one in checked.findings if one.rule.startswith(rule))
    checked = replace(checked, findings=found)
    if as_json or form is CheckFormat.JSON:
        documents = [finding_document(finding) for finding in checked.findings]
        write_json({"checked": checked.artifacts, "findings": documents})
    elif form is CheckFormat.SARIF:
        write(f"{json_text(sarif_document(checked.findings), indent=True)}\n")
    else:
        write_lines(finding_lines(checked.artifacts, checked.findings))
    return REPORTED if any(map(is_broken, checked.findings)) else DONE


def examined(paths: Sequence[Path], chosen: Path | None) -> Checked:
    """The findings about paths (about everything without any).

    Raises ProjectError for a path that is not there.
    """
    places = [place_of_path(path) for path in paths]
    if not places:
        with reading(chosen) as opened:
            return Checked(opened.count(""), opened.findings())
    with catalogue_of(places, chosen) as opened:
        return _about(opened, places)


@contextmanager
def catalogue_of(places: Sequence[Path], chosen: Path | None) -> Iterator[Catalog]:
    """The catalogue that holds these places, else one that is made for the moment."""
    if catalog_path(chosen).exists():
        with reading(chosen) as opened:
            roots = [Path(project.path) for project in opened.projects()]
            if all(holds(roots, place) for place in places):
                yield opened
                return
    folders = [place if place.is_dir() else place.parent for place in places]
    with (
        tempfile.TemporaryDirectory(prefix="mlcatalog-check-") as scratch,
        Catalog.open(Path(scratch) / "catalog.db") as opened,
        ProgressLine() as progress,
    ):
        index(opened, list(dict.fromkeys(folders)), progress)
        yield opened


def place_of_path(path: Path) -> Path:
    if not path.exists():
        raise ProjectError(
            "This path cannot be checked.",
            where=str(path),
            why="There is nothing here",
            remedy="Check the path.",
        )
    return path.absolute().resolve()


def holds(roots: Sequence[Path], place: Path) -> bool:
    return any(place == root or root in place.parents for root in roots)


def _about(catalog: Catalog, places: Sequence[Path]) -> Checked:
    artifacts = [s for s in catalog.list("") if s.path and _within(places, s.path)]
    findings = [
        finding
        for finding in catalog.findings()
        if finding.path and _within(places, finding.path)
    ]
    return Checked(len(artifacts), tuple(findings))


def _within(places: Sequence[Path], path: str) -> bool:
    return holds(places, Path(path))
