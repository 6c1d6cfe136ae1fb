"""Watch: index folders, then follow what changes until stopped."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from mlcatalog.domain.progress import Began, Progress, no_began, no_progress
from mlcatalog.domain.words import ProjectState
from mlcatalog.scanning.watcher import Dirty, FolderWatcher
from mlcatalog.tasks.backup import keep_daily_while
from mlcatalog.tasks.holding import WHOLE_CATALOGUE, Holds
from mlcatalog.tasks.index import outcome
from mlcatalog.tasks.indexing.indexer import SETTLE_SECONDS, Indexer, ScanReport
from mlcatalog.tasks.indexing.listing import WHOLE, Scope

log = logging.getLogger(__name__)
QUIET = 0.1  # seconds that events are gathered before a scan
OFFLINE_RETRY = 5.0
RIPE = 10.0  # seconds after which what logs grew by is linked and judged
GIT_SECONDS = 2.0  # between two looks at what is checked out, which no event tells
UNCHANGED = Scope(b"", recursive=False)  # a look that costs one listing
FOLLOWED = (
    ProjectState.SCANNING,
    ProjectState.WATCHING,
    ProjectState.POLLING,
    ProjectState.LIMITED,
)


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """Something a watch has to tell.

    event is began, scanned, cancelled, offline or error; `whole` says that
    all of the project is looked at, not what changed in it.
    """

    event: str
    project: Project
    at: int
    report: ScanReport | None = None
    error: MlcatalogError | None = None
    whole: bool = False


Errand = Callable[[Progress], None]
STOPPED = "Stopped before it was finished; what was done is kept, and F5 goes on."


class Watch:
    """Follows the projects of a catalogue in the calling thread.

    Events only mark places dirty; what changed is found by looking. Other
    threads ask for more through `ask` and `errand`, and hold, release or drop
    the work on a project.
    """

    def __init__(
        self,
        catalog: Catalog,
        told: Callable[[WatchEvent], None],
        *,
        progress: Progress = no_progress,
        began: Began = no_began,
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:
        self._catalog = catalog
        self._told = told
        self._progress = progress
        self._began = began
        self._settle = settle_seconds
        self._asked: queue.SimpleQueue[tuple[Project, Scope] | None] = (
            queue.SimpleQueue()
        )
        self._errands: queue.SimpleQueue[Errand] = queue.SimpleQueue()
        self._watcher = FolderWatcher()
        self._projects: dict[str, Project] = {}
        self._later: dict[str, float] = {}  # project id: when to look again
        self._soon: dict[str, float] = {}  # the same, for what waits there already
        self._ripe: dict[str, float] = {}  # when what its logs grew by is to be judged
        self._aside: dict[str, set[Scope]] = {}  # what was asked of held projects
        self._offline: set[str] = set()
        self._unfinished = False  # there is something to link and to judge
        self._is_cancelled = False  # by `progress` or `told`
        self._holds = Holds()
        self._indexer: Indexer | None = None  # while this runs
        self._look_at_git = 0.0  # when it is time to look again

    def ask(self, project: Project, scope: Scope = WHOLE) -> None:
        """Have a part of a project looked at; from any thread."""
        self._asked.put((project, scope))

    def errand(self, errand: Errand) -> None:
        """Have something done between two looks, soon; from any thread.

        The work that is going on is set aside for it and goes on afterwards.
        An errand that is cancelled, or fails, has to say so itself.
        """
        self._errands.put(errand)
        self._holds.make_room()
        self._asked.put(None)

    def stop(self) -> None:
        """Have `run` return soon; from any thread."""
        self._holds.stop()
        self._asked.put(None)

    def is_stopped(self) -> bool:
        """Whether all work is to end."""
        return self._holds.is_stopped()

    def hold(self, project_ids: Iterable[str]) -> None:
        """Let projects wait until they are released; from any thread."""
        held = list(project_ids)
        self._holds.hold(held)
        for project_id in held:
            self._say_state(project_id)

    def release(self, project_ids: Iterable[str]) -> None:
        """Let projects go on; from any thread."""
        released = list(project_ids)
        self._holds.release(released)
        for project_id in released:
            self._say_state(project_id)
            project = self._projects.get(project_id)
            for scope in self._aside.pop(project_id, set()) if project else ():
                self._asked.put((self._projects[project_id], scope))

    def drop(self, project_id: str | None = None) -> None:
        """Stop the work on a project, or what is going on; from any thread.

        What was done is kept.
        """
        self._holds.drop(project_id)

    def add(self, project: Project) -> None:
        """Arm the watch of a project, then have all of it looked at soon."""
        self.arm(project)
        self._holds.make_room()
        self.ask(project)

    def arm(self, project: Project) -> None:
        """Follow a project from now on without looking at it first."""
        self._projects[project.id] = project
        self._holds.know(self._projects)
        self._watcher.watch(
            Path(project.path), lambda dirty: self._mark(project, dirty)
        )

    def remove(self, project_id: str) -> None:
        """Stop following a project."""
        project = self._projects.pop(project_id, None)
        if project is not None:
            self._watcher.forget(Path(project.path))
            self._holds.know(self._projects)
            self._holds.drop(project_id)

    def run(self) -> None:
        """Follow until stopped; raises Cancelled when the progress does."""
        with Indexer(
            self._catalog, settle_seconds=self._settle, began=self._began
        ) as indexer:
            self._indexer = indexer
            try:
                while not self._holds.is_stopped():
                    dirty = self._gathered()
                    self._holds.room_is_made()
                    self._run_errands()
                    if dirty:
                        self._scan_all(indexer, dirty)
            except Cancelled:
                if self._is_cancelled:
                    raise
            finally:
                self._indexer = None
                self._watcher.close()
                self._say_idle()

    def _step(self, done: int, total: int | None, note: str) -> None:
        self._holds.step()
        with self._ended_by_caller():
            self._progress(done, total, note)

    def _tell(self, event: WatchEvent) -> None:
        said = outcome(event.report) if event.report else str(event.error or "")
        log.info("%s %s: %s", event.event, event.project.path, said)
        with self._ended_by_caller():
            self._told(event)

    @contextlib.contextmanager
    def _ended_by_caller(self) -> Iterator[None]:
        try:
            yield
        except Cancelled:
            self._is_cancelled = True
            self._holds.stop()
            raise

    def _mark(self, project: Project, dirty: Dirty) -> None:
        self._holds.hear_of(project.id)
        self._asked.put((project, Scope(dirty.folder, dirty.recursive)))

    def _run_errands(self) -> None:
        while not self._holds.is_stopped() and not self._errands.empty():
            errand = self._errands.get()
            self._holds.begin(WHOLE_CATALOGUE, yields=False)
            try:
                errand(self._step)
            except Cancelled:
                if self._holds.is_stopped():
                    return
            finally:
                self._holds.end()

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
        for project_id in self._due(self._later):
            dirty.setdefault(project_id, set()).add(WHOLE)
        ripe = self._due(self._ripe)
        self._unfinished |= bool(ripe)
        for project_id in (*ripe, *self._due(self._soon)):
            dirty.setdefault(project_id, set()).add(UNCHANGED)
        for project in self._with_commits():
            dirty.setdefault(project.id, set()).add(UNCHANGED)
        return dirty

    def _due(self, waiting: dict[str, float]) -> list[str]:
        """The projects whose time has come; they wait no longer."""
        moment = time.monotonic()
        due = [project for project, when in waiting.items() if when <= moment]
        for project in due:
            del waiting[project]
        return [project for project in due if project in self._projects]

    def _vanished(self) -> list[Project]:
        """Projects whose folder went away since it was last looked."""
        gone = {
            project.id
            for project in list(self._projects.values())
            if self._watcher.state(Path(project.path))[0] == ProjectState.OFFLINE
        }
        fresh = gone - self._offline
        self._offline = gone
        return [self._projects[p] for p in sorted(fresh) if p in self._projects]

    def _with_commits(self) -> list[Project]:
        """Projects in whose repositories something was committed since a scan."""
        moment = time.monotonic()
        if self._indexer is None or moment < self._look_at_git:
            return []
        self._look_at_git = moment + GIT_SECONDS
        with contextlib.suppress(CatalogError):  # it is said where it matters more
            return [
                project
                for project in list(self._projects.values())
                if project.id not in self._offline
                and not self._holds.is_held(project.id)
                and self._indexer.has_commits(project)
            ]
        return []

    def _patience(self, deadline: float | None) -> float:
        moment = time.monotonic()
        known = (self._later, self._soon, self._ripe)
        waits = [when - moment for times in known for when in times.values()]
        if deadline is not None:
            waits.append(deadline - moment)
        return max(0.01, min(waits, default=1.0))

    def _scan_all(self, indexer: Indexer, dirty: dict[str, set[Scope]]) -> None:
        reports: list[tuple[Project, ScanReport, bool]] = []
        for project_id, scopes in dirty.items():
            project = self._projects.get(project_id)
            if project is None:
                continue
            if self._holds.is_held(project_id):
                self._aside.setdefault(project_id, set()).update(scopes)
                continue
            report = self._scan(indexer, project, merged(scopes))
            if report is not None:
                reports.append((project, report, WHOLE in scopes))
                self._unfinished |= report.changed or WHOLE in scopes
        if self._unfinished and reports:
            self._finish(indexer, reports)
        for project, report, whole in reports:
            self._say_state(project.id)
            self._tell(
                WatchEvent("scanned", project, now(), report=report, whole=whole)
            )

    def _scan(
        self, indexer: Indexer, project: Project, scopes: Sequence[Scope]
    ) -> ScanReport | None:
        whole = WHOLE in scopes
        self._holds.begin(project.id)
        try:
            if whole:
                self._write_state(project.id, ProjectState.SCANNING)
            self._tell(WatchEvent("began", project, now(), whole=whole))
            report = indexer.scan(project, scopes, self._step)
        except ProjectError as error:
            self._write_state(project.id, ProjectState.OFFLINE, str(error))
            self._later[project.id] = time.monotonic() + OFFLINE_RETRY
            self._tell(WatchEvent("offline", project, now(), error=error))
            return None
        except Cancelled:
            self._left(project, scopes)
            return None
        except CatalogError as error:
            self._unfinished = True
            self._later[project.id] = time.monotonic() + OFFLINE_RETRY
            self._tell(WatchEvent("error", project, now(), error=error))
            return None
        finally:
            self._holds.end()
        if report.grown:
            self._ripe.setdefault(project.id, time.monotonic() + RIPE)
        if report.held_back:
            self._soon[project.id] = time.monotonic() + max(0.2, self._settle / 4)
        if report.unsettled:
            self._later[project.id] = time.monotonic() + max(0.2, self._settle / 4)
        return report

    def _left(self, project: Project, scopes: Sequence[Scope]) -> None:
        """A scan ended before its time: dropped, set aside, or all is to end."""
        was_dropped = self._holds.end()
        self._unfinished = True
        if self._holds.is_stopped():
            raise Cancelled
        if was_dropped:
            self._later.pop(project.id, None)
            self._say_state(project.id, STOPPED)
            self._tell(WatchEvent("cancelled", project, now()))
            return
        self._tell(WatchEvent("set aside", project, now()))
        if self._holds.is_held(project.id):
            self._aside.setdefault(project.id, set()).update(scopes)
            self._say_state(project.id)
        else:
            for scope in scopes:
                self._asked.put((project, scope))

    def _finish(
        self, indexer: Indexer, reports: Sequence[tuple[Project, ScanReport, bool]]
    ) -> None:
        self._holds.begin(WHOLE_CATALOGUE)
        try:
            seconds = indexer.finish(self._step)
            self._unfinished = False
        except Cancelled:
            was_dropped = self._holds.end()
            if self._holds.is_stopped():
                raise
            if not was_dropped:
                self._asked.put((reports[0][0], UNCHANGED))
        except CatalogError as error:
            project = reports[0][0]
            self._later[project.id] = time.monotonic() + OFFLINE_RETRY
            self._tell(WatchEvent("error", project, now(), error=error))
        else:
            for _, report, _ in reports:
                report.seconds |= seconds
        finally:
            self._holds.end()

    def _say_state(self, project_id: str, note: str = "") -> None:
        """Write down how a project is followed, or that it waits."""
        project = self._projects.get(project_id)
        if project is None:
            return
        state, reason = self._watcher.state(Path(project.path))
        if self._holds.is_held(project_id):
            state, reason = ProjectState.PAUSED, "Paused by you; Resume goes on."
        log.debug("%s is %s: %s", project.path, state, note or reason)
        self._write_state(project_id, state, note or reason)

    def _write_state(self, project_id: str, state: str, note: str = "") -> None:
        # A catalogue that cannot be written now says so where it matters more.
        with contextlib.suppress(CatalogError):
            self._catalog.set_project_state(project_id, state, note)

    def _say_idle(self) -> None:
        """Write down that nobody watches now; what a person paused stays so."""
        followed = {state.value for state in FOLLOWED}
        with contextlib.suppress(CatalogError):
            for project in self._catalog.projects():
                if project.id in self._projects and project.state.value in followed:
                    self._catalog.set_project_state(project.id, ProjectState.IDLE, "")


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
    keep_daily_while(catalog, lambda: not watching.is_stopped())
    try:
        watching.run()
    except Cancelled:
        return
    finally:
        watching.stop()
