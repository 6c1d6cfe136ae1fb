"""Watch: index folders, then follow what changes until stopped."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Project
from mlcatalog.domain.errors import (
    Cancelled,
    CatalogError,
    MlcatalogError,
    ProjectError,
)
from mlcatalog.domain.moments import now
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.domain.words import ProjectState
from mlcatalog.scanning.watcher import Dirty, FolderWatcher
from mlcatalog.tasks.indexing.indexer import SETTLE_SECONDS, Indexer, ScanReport
from mlcatalog.tasks.indexing.listing import WHOLE, Scope

QUIET = 0.1  # seconds that events are gathered before a scan
OFFLINE_RETRY = 5.0


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """Something a watch has to tell: event is scanned, offline or error."""

    event: str
    project: Project
    at: int
    report: ScanReport | None = None
    error: MlcatalogError | None = None


class Watch:
    """Follows the projects of a catalogue in the calling thread.

    Events only mark places dirty; what changed is found by looking. Other
    threads ask for more through `ask`.
    """

    def __init__(
        self,
        catalog: Catalog,
        told: Callable[[WatchEvent], None],
        *,
        progress: Progress = no_progress,
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:
        self._catalog = catalog
        self._told = told
        self._progress = progress
        self._settle = settle_seconds
        self._asked: queue.SimpleQueue[tuple[Project, Scope] | None] = (
            queue.SimpleQueue()
        )
        self._watcher = FolderWatcher()
        self._projects: dict[str, Project] = {}
        self._later: dict[str, float] = {}  # project id: when to look again
        self._offline: set[str] = set()
        self._stopped = threading.Event()

    def ask(self, project: Project, scope: Scope = WHOLE) -> None:
        """Have a part of a project looked at; from any thread."""
        self._asked.put((project, scope))

    def stop(self) -> None:
        """Have `run` return soon; from any thread."""
        self._stopped.set()
        self._asked.put(None)

    def add(self, project: Project) -> None:
        """Arm the watch of a project, then have all of it looked at."""
        self.arm(project)
        self.ask(project)

    def arm(self, project: Project) -> None:
        """Follow a project from now on without looking at it first."""
        self._projects[project.id] = project
        self._watcher.watch(
            Path(project.path), lambda dirty: self._mark(project, dirty)
        )

    def remove(self, project_id: str) -> None:
        """Stop following a project."""
        project = self._projects.pop(project_id, None)
        if project is not None:
            self._watcher.forget(Path(project.path))

    def run(self) -> None:
        """Follow until stopped; raises Cancelled when the progress does."""
        with Indexer(self._catalog, settle_seconds=self._settle) as indexer:
            try:
                while not self._stopped.is_set():
                    dirty = self._gathered()
                    if dirty:
                        self._scan_all(indexer, dirty)
            finally:
                self._watcher.close()

    def _mark(self, project: Project, dirty: Dirty) -> None:
        self._asked.put((project, Scope(dirty.folder, dirty.recursive)))

    def _gathered(self) -> dict[str, set[Scope]]:
        dirty: dict[str, set[Scope]] = {}
        deadline: float | None = None
        while True:
            try:
                asked = self._asked.get(timeout=self._patience(deadline))
            except queue.Empty:
                break
            if asked is None:
                break
            project, scope = asked
            dirty.setdefault(project.id, set()).add(scope)
            deadline = deadline or time.monotonic() + QUIET
            if time.monotonic() >= deadline:
                break
        for project in self._vanished():
            dirty.setdefault(project.id, set()).add(WHOLE)
        moment = time.monotonic()
        for project_id in [p for p, when in self._later.items() if when <= moment]:
            del self._later[project_id]
            if project_id in self._projects:
                dirty.setdefault(project_id, set()).add(WHOLE)
        return dirty

    def _vanished(self) -> list[Project]:
        """Projects whose folder went away since it was last looked."""
        gone = {
            project.id
            for project in self._projects.values()
            if self._watcher.state(Path(project.path))[0] == ProjectState.OFFLINE
        }
        fresh = gone - self._offline
        self._offline = gone
        return [self._projects[project_id] for project_id in sorted(fresh)]

    def _patience(self, deadline: float | None) -> float:
        moment = time.monotonic()
        waits = [when - moment for when in self._later.values()]
        if deadline is not None:
            waits.append(deadline - moment)
        return max(0.01, min(waits, default=1.0))

    def _scan_all(self, indexer: Indexer, dirty: dict[str, set[Scope]]) -> None:
        changed = False
        reports: list[tuple[Project, ScanReport]] = []
        for project_id, scopes in dirty.items():
            project = self._projects.get(project_id)
            if project is None:
                continue
            report = self._scan(indexer, project, merged(scopes))
            if report is not None:
                reports.append((project, report))
                changed |= report.changed
        if changed or any(WHOLE in scopes for scopes in dirty.values()):
            indexer.finish(self._progress)
        for project, report in reports:
            state, reason = self._watcher.state(Path(project.path))
            self._catalog.set_project_state(project.id, state, reason)
            self._told(WatchEvent("scanned", project, now(), report=report))

    def _scan(
        self, indexer: Indexer, project: Project, scopes: Sequence[Scope]
    ) -> ScanReport | None:
        if WHOLE in scopes:
            self._catalog.set_project_state(project.id, ProjectState.SCANNING, "")
        try:
            report = indexer.scan(project, scopes, self._progress)
        except ProjectError as error:
            self._catalog.set_project_state(
                project.id, ProjectState.OFFLINE, str(error)
            )
            self._later[project.id] = time.monotonic() + OFFLINE_RETRY
            self._told(WatchEvent("offline", project, now(), error=error))
            return None
        except Cancelled:
            self._catalog.set_project_state(
                project.id, ProjectState.IDLE, "stopped before it was finished"
            )
            raise
        except CatalogError as error:
            self._later[project.id] = time.monotonic() + OFFLINE_RETRY
            self._told(WatchEvent("error", project, now(), error=error))
            return None
        if report.unsettled:
            self._later[project.id] = time.monotonic() + max(0.2, self._settle / 4)
        return report


def merged(scopes: set[Scope]) -> list[Scope]:
    """The fewest scopes that cover all: what lies below a recursive one is left out."""
    if WHOLE in scopes:
        return [WHOLE]
    deep = sorted(scope.folder for scope in scopes if scope.recursive)
    kept: list[Scope] = []
    for folder in deep:
        if not any(_below(folder, scope.folder) for scope in kept):
            kept.append(Scope(folder))
    flat = sorted({scope.folder for scope in scopes if not scope.recursive})
    return kept + [
        Scope(folder, recursive=False)
        for folder in flat
        if not any(_below(folder, scope.folder) for scope in kept)
    ]


def _below(folder: bytes, other: bytes) -> bool:
    return folder == other or other == b"" or folder.startswith(other + os.sep.encode())


def watch(
    catalog: Catalog,
    paths: Sequence[Path],
    told: Callable[[WatchEvent], None],
    progress: Progress = no_progress,
) -> None:
    """Index folders, then follow them until `told` or `progress` raises Cancelled."""
    watching = Watch(catalog, told, progress=progress)
    for path in paths:
        watching.add(catalog.add_project(path))
    try:
        watching.run()
    except Cancelled:
        watching.stop()
