"""The command that judges: check."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mlcatalog.catalog.store import Catalog
from mlcatalog.cli.output import json_text, write, write_json, write_lines
from mlcatalog.cli.present.problems import (
    Blanks,
    finding_document,
    finding_lines,
    is_broken,
)
from mlcatalog.cli.present.sarif import repository_of, sarif_document
from mlcatalog.cli.progress import ProgressLine
from mlcatalog.cli.running import DONE, REPORTED, command, new_app
from mlcatalog.cli.session import CatalogOption, JsonOption, catalog_path, reading
from mlcatalog.domain.errors import ProjectError
from mlcatalog.domain.finding import Finding
from mlcatalog.tasks.index import index
from mlcatalog.tasks.naming import blanks_for

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
    blanks: Blanks


@command(APP, "check")
def check(
    paths: PathsArgument = None,
    form: Annotated[
        CheckFormat, typer.Option("--format", help="How to write it.")
    ] = CheckFormat.TEXT,
    rules: Annotated[
        list[str] | None,
        typer.Option("--rule", help="Only rules that begin so, such as name."),
    ] = None,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Name what is wrong in the catalogue, or in paths; ends with 1 if anything is.

    Paths that are in no catalogue yet are scanned for this once, and not kept.
    """
    checked = examined(paths or (), catalog, tuple(rules or ("",)))
    findings, blanks = checked.findings, checked.blanks
    if as_json or form is CheckFormat.JSON:
        documents = [finding_document(finding, blanks) for finding in findings]
        write_json({"checked": checked.artifacts, "findings": documents})
    elif form is CheckFormat.SARIF:
        document = sarif_document(findings, blanks, repository_of(Path.cwd()))
        write(f"{json_text(document, indent=True)}\n")
    else:
        write_lines(finding_lines(checked.artifacts, findings, blanks))
    return REPORTED if any(map(is_broken, findings)) else DONE


def examined(
    paths: Sequence[Path], chosen: Path | None, rules: tuple[str, ...]
) -> Checked:
    """The findings about paths (about everything without any), of some rules.

    Raises ProjectError for a path that is not there.
    """
    places = [place_of_path(path) for path in paths]
    opened = catalogue_of(places, chosen) if places else reading(chosen)
    with opened as found:
        count = found.count("")
        if places:
            count = sum(
                bool(s.path) and _within(places, s.path) for s in found.list("")
            )
        findings = tuple(
            one
            for one in found.findings()
            if one.rule.startswith(rules)
            and (not places or (one.path and _within(places, one.path)))
        )
        return Checked(count, findings, blanks_for(found, findings))


@contextmanager
def catalogue_of(places: Sequence[Path], chosen: Path | None) -> Iterator[Catalog]:
    """The catalogue that holds these places, else one that is made for the moment."""
    if catalog_path(chosen).exists():
        with reading(chosen) as opened:
            roots = [Path(project.path) for project in opened.projects()]
            if all(holds(roots, place) for place in places):
                yield opened
                return
    folders = _roots(places)
    with (
        tempfile.TemporaryDirectory(prefix="mlcatalog-check-") as scratch,
        Catalog.open(Path(scratch) / "catalog.db") as opened,
        ProgressLine() as progress,
    ):
        index(opened, folders, progress)
        yield opened


def _roots(places: Sequence[Path]) -> list[Path]:
    """The folders to scan for these places, none inside another.

    Of a file it is the repository: what a name says is held against the runs
    and data beside it.
    """
    folders = {
        place if place.is_dir() else repository_of(place.parent) for place in places
    }
    return sorted(one for one in folders if not folders.intersection(one.parents))


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


def _within(places: Sequence[Path], path: str) -> bool:
    return holds(places, Path(path))
