"""Commands that scan: index and watch."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from mlcatalog.catalog.store import Catalog
from mlcatalog.cli.output import printable, write_json, write_json_line, write_lines
from mlcatalog.cli.progress import ProgressLine
from mlcatalog.cli.running import DONE, command, new_app
from mlcatalog.cli.session import CatalogOption, JsonOption, writing
from mlcatalog.cli.table import table
from mlcatalog.domain.amounts import size_text
from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.moments import utc_text
from mlcatalog.domain.words import Kind
from mlcatalog.tasks.backup import keep_daily
from mlcatalog.tasks.index import IndexReport, ProjectReport, index
from mlcatalog.tasks.watch import WatchEvent, watch

APP = new_app()
PathsArgument = Annotated[list[Path], typer.Argument(metavar="PATH...")]
KEYS = ("path", "files", "bytes", "artifacts", "versions", "edges", "findings")


@command(APP, "index")
def index_(
    paths: PathsArgument, as_json: JsonOption = False, catalog: CatalogOption = None
) -> int:
    """Scan folders to completion, as projects of the catalogue."""
    with writing(catalog) as opened, ProgressLine() as progress:
        was_used = bool(opened.projects())
        report = index(opened, paths, progress)
        if was_used:
            progress(0, None, "the day's backup")
            keep_daily(opened)
    if as_json:
        write_json(report_document(report))
    else:
        write_lines(report_lines(report))
    return DONE


def report_document(report: IndexReport) -> dict[str, Any]:
    """What `index` prints."""
    return {"projects": [_project(project) for project in report.projects]}


def _project(project: ProjectReport) -> dict[str, Any]:
    values = asdict(project)
    return {key: values[key] for key in (*KEYS, "unreadable", "seconds")}


def report_lines(report: IndexReport) -> list[str]:
    """What `index` prints for people."""
    titles = ("PROJECT", "FILES", "SIZE", "ARTIFACTS", "EDGES", "FINDINGS", "SECONDS")
    rows = [
        (
            project.name,
            str(project.files),
            size_text(project.bytes),
            _kinds(project.artifacts),
            str(project.edges),
            str(project.findings),
            f"{project.seconds.get('total', 0.0):.1f}",
        )
        for project in report.projects
    ]
    said = [
        f"{printable(p.name)}: {p.unreadable} could not be read; "
        "`mlcatalog list state:unreadable` names them."
        for p in report.projects
        if p.unreadable
    ]
    return [*table(titles, rows, right=(1, 2, 4, 5, 6)), *said]


def _kinds(counts: dict[str, int]) -> str:
    words = [
        f"{count} {kind if count == 1 else Kind(kind).plural}"
        for kind, count in counts.items()
        if count
    ]
    return ", ".join(words) or "none"


@command(APP, "watch")
def watch_(paths: PathsArgument, catalog: CatalogOption = None) -> int:
    """Index folders, then print a JSON line for each change until interrupted."""
    with writing(catalog) as opened:
        teller = Teller(opened)
        with ProgressLine() as progress:
            watch(opened, paths, teller, progress)
    return DONE


class Teller:
    """Turns what a watch tells into lines, one for each artifact that changed."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[str, dict[str, Summary]] = {}

    def __call__(self, event: WatchEvent) -> None:
        at, path = utc_text(event.at), event.project.path
        if event.error is not None:
            _line(event.event, path, None, at)
        if event.event != "scanned":
            return
        known = self._known.get(path)
        now = self._artifacts(path)
        self._known[path] = now
        if known is None:
            _line("indexed", path, None, at)
            return
        for word, summary in changes(known, now):
            _line(word, summary.path or path, summary.id, at)

    def _artifacts(self, project: str) -> dict[str, Summary]:
        prefix = f"{project}/"
        return {
            summary.id: summary
            for summary in self._catalog.list("")
            if summary.path == project or summary.path.startswith(prefix)
        }


def changes(
    before: dict[str, Summary], after: dict[str, Summary]
) -> list[tuple[str, Summary]]:
    """What was added, changed, moved and removed between two looks."""
    told = [
        (_difference(before.get(key), summary), summary)
        for key, summary in after.items()
        if before.get(key) != summary
    ]
    gone = [("removed", held) for key, held in before.items() if key not in after]
    return told + gone


def _difference(before: Summary | None, after: Summary) -> str:
    if before is None:
        return "added"
    return "moved" if before.path != after.path else "changed"


def _line(event: str, path: str, artifact: str | None, at: str) -> None:
    write_json_line({"event": event, "path": path, "artifact": artifact, "at": at})
