"""Commands that judge: check and rename."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

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
from mlcatalog.cli.table import table
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
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Name what is wrong in the catalogue, or in paths; ends with 1 if anything is.

    Paths that are in no catalogue yet are scanned for this once, and not kept.
    """
    checked = examined(paths or (), catalog)
    if as_json or form is CheckFormat.JSON:
        documents = [finding_document(finding) for finding in checked.findings]
        write_json({"checked": checked.artifacts, "findings": documents})
    elif form is CheckFormat.SARIF:
        write(f"{json_text(sarif_document(checked.findings), indent=True)}\n")
    else:
        write_lines(finding_lines(checked.artifacts, checked.findings))
    return REPORTED if any(map(is_broken, checked.findings)) else DONE


@command(APP, "rename")
def rename(
    paths: PathsArgument = None,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Propose better names. Nothing is renamed: that is for you to do."""
    findings = examined(paths or (), catalog).findings
    proposals = proposed(findings)
    if as_json:
        write_json({"proposals": proposals})
    elif proposals:
        rows = [(p["path"], p["suggestion"]) for p in proposals]
        write_lines(table(("PATH", "PROPOSED NAME"), rows))
    else:
        write_lines(["Every name that can be judged keeps the convention."])
    return DONE


def proposed(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """One proposal a path, with the rules that its name breaks now."""
    proposals: dict[str, dict[str, Any]] = {}
    for finding in findings:
        named = finding.rule.startswith("name.") and finding.state == "open"
        if named and finding.suggestion and finding.path:
            proposal = proposals.setdefault(
                finding.path,
                {
                    "artifact": finding.artifact or None,
                    "path": finding.path,
                    "suggestion": finding.suggestion,
                    "rules": [],
                },
            )
            if finding.rule not in proposal["rules"]:
                proposal["rules"].append(finding.rule)
    return list(proposals.values())


def examined(paths: Sequence[Path], chosen: Path | None) -> Checked:
    """The findings about paths (about everything without any).

    Raises ProjectError for a path that is not there.
    """
    places = [_place(path) for path in paths]
    if not places:
        with reading(chosen) as opened:
            return Checked(opened.count(""), opened.findings())
    if catalog_path(chosen).exists():
        with reading(chosen) as opened:
            roots = [Path(project.path) for project in opened.projects()]
            if all(_holds(roots, place) for place in places):
                return _about(opened, places)
    return _scanned(places)


def _place(path: Path) -> Path:
    if not path.exists():
        raise ProjectError(
            "This path cannot be checked.",
            where=str(path),
            why="There is nothing here",
            remedy="Check the path.",
        )
    return path.absolute().resolve()


def _holds(roots: Sequence[Path], place: Path) -> bool:
    return any(place == root or root in place.parents for root in roots)


def _scanned(places: Sequence[Path]) -> Checked:
    folders = [place if place.is_dir() else place.parent for place in places]
    with (
        tempfile.TemporaryDirectory(prefix="mlcatalog-check-") as scratch,
        Catalog.open(Path(scratch) / "catalog.db") as opened,
        ProgressLine() as progress,
    ):
        index(opened, list(dict.fromkeys(folders)), progress)
        return _about(opened, places)


def _about(catalog: Catalog, places: Sequence[Path]) -> Checked:
    artifacts = [s for s in catalog.list("") if s.path and _within(places, s.path)]
    findings = [
        finding
        for finding in catalog.findings()
        if finding.path and _within(places, finding.path)
    ]
    return Checked(len(artifacts), tuple(findings))


def _within(places: Sequence[Path], path: str) -> bool:
    return _holds(places, Path(path))
