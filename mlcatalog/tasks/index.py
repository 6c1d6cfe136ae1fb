"""Index: scan folders to completion."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Project
from mlcatalog.domain.errors import ProjectError
from mlcatalog.domain.progress import Began, Progress, no_began, no_progress
from mlcatalog.domain.words import ProjectState
from mlcatalog.tasks.indexing.indexer import SETTLE_SECONDS, STAGES, Indexer, ScanReport
from mlcatalog.tasks.rename import recover

log = logging.getLogger(__name__)
PATIENCE = 30  # rounds that wait for files still being written


@dataclass(frozen=True, slots=True)
class ProjectReport:
    """What indexing one project came to; seconds by stage."""

    path: str
    name: str
    files: int
    bytes: int
    artifacts: dict[str, int]
    versions: int
    edges: int
    findings: int
    unreadable: int
    unsettled: int
    seconds: dict[str, float]


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What indexing came to, a line a project."""

    projects: tuple[ProjectReport, ...]


def index(
    catalog: Catalog,
    paths: Sequence[Path],
    progress: Progress = no_progress,
    *,
    settle_seconds: float = SETTLE_SECONDS,
    began: Began = no_began,
) -> IndexReport:
    """Scan folders to completion, adding them as projects.

    Waits for files that are still being written, within reason. Raises
    ProjectError for a folder that is not there and Cancelled; what was done
    until then is kept.
    """
    recover(catalog)  # a rename that was killed, before its files are looked at
    projects = [catalog.add_project(path) for path in paths]
    reports: list[ScanReport] = []
    with Indexer(catalog, settle_seconds=settle_seconds, began=began) as indexer:
        for project in projects:
            reports.append(scanned(catalog, indexer, project, progress))
        shared = indexer.finish(progress)
    log.info("linked and judged in %s", timings(shared))
    return IndexReport(
        tuple(
            reported(catalog, project, report, shared)
            for project, report in zip(projects, reports, strict=True)
        )
    )


def scanned(
    catalog: Catalog, indexer: Indexer, project: Project, progress: Progress
) -> ScanReport:
    """Scan one project to completion, and say what is going on with it meanwhile."""
    catalog.set_project_state(project.id, ProjectState.SCANNING, "")
    try:
        report = indexer.scan(project, progress=progress)
        for _ in range(PATIENCE):
            if not (report.unsettled or report.held_back):
                break
            time.sleep(0.2)
            progress(0, None, "waiting for files that are still being written")
            again = indexer.scan(project, progress=progress)
            report.unsettled = again.unsettled
            report.held_back = again.held_back
            report.unreadable += again.unreadable
            for stage, seconds in again.seconds.items():
                report.seconds[stage] = report.seconds.get(stage, 0.0) + seconds
    except ProjectError as error:
        catalog.set_project_state(project.id, ProjectState.OFFLINE, str(error))
        raise
    except BaseException:
        catalog.set_project_state(project.id, ProjectState.IDLE, "not finished")
        raise
    catalog.set_project_state(project.id, ProjectState.IDLE, "")
    log.info("scanned %s: %s", project.path, outcome(report))
    return report


def outcome(report: ScanReport) -> str:
    """What a scan came to, for the log."""
    return (
        f"{report.files} files, {report.unreadable} unreadable, "
        f"{report.unsettled} unsettled, {timings(report.seconds)}"
    )


def timings(seconds: Mapping[str, float]) -> str:
    """The seconds of each stage, for the log."""
    return ", ".join(f"{stage} {spent:.2f}" for stage, spent in seconds.items()) + " s"


def reported(
    catalog: Catalog, project: Project, scan: ScanReport, shared: dict[str, float]
) -> ProjectReport:
    """A scan's report with what the project holds now."""
    counts = catalog.project_counts(project.id)
    seconds = dict.fromkeys(STAGES, 0.0) | scan.seconds | shared
    seconds["total"] = sum(seconds.values())
    kinds = Counter(counts.kinds)
    return ProjectReport(
        path=project.path,
        name=project.name,
        files=scan.files,
        bytes=scan.bytes,
        artifacts=dict(sorted(kinds.items())),
        versions=counts.versions,
        edges=counts.edges,
        findings=counts.findings,
        unreadable=counts.unreadable,
        unsettled=scan.unsettled,
        seconds={stage: round(value, 4) for stage, value in seconds.items()},
    )
