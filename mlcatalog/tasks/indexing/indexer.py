"""The indexer: one project's flow from names to findings, resumable at each stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from mlcatalog.catalog.ingest import FileState, Place
from mlcatalog.catalog.leases import LINEAGE, of_project
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Project
from mlcatalog.domain.errors import ProjectError
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.progress import Began, Progress, no_began, no_progress
from mlcatalog.domain.words import Presence, Severity
from mlcatalog.scanning.digest import manifest
from mlcatalog.scanning.listing import Folder, Problem
from mlcatalog.scanning.settle import is_complete
from mlcatalog.scanning.workers import GuardedPool
from mlcatalog.tasks.indexing.checking import check
from mlcatalog.tasks.indexing.digesting import digest_files
from mlcatalog.tasks.indexing.first import list_first
from mlcatalog.tasks.indexing.grouping import Tree, grouped
from mlcatalog.tasks.indexing.growing import Grown
from mlcatalog.tasks.indexing.judging import judge
from mlcatalog.tasks.indexing.linking import link
from mlcatalog.tasks.indexing.listing import (
    NOTHING,
    WHOLE,
    Scope,
    Survey,
    batches,
    difference,
    parts,
    refuse_missing,
)
from mlcatalog.tasks.indexing.reading import (
    ReadStage,
    absolute,
    local_path,
    readable,
)
from mlcatalog.tasks.indexing.repositories import CodeStage, Seen, unread_repositories
from mlcatalog.tasks.indexing.turns import new_owner, turn
from mlcatalog.tasks.indexing.volumes import away

SETTLE_SECONDS = 2.0
STAGES = ("walk", "list", "read", "digest", "link", "judge")


@dataclass(slots=True)
class ScanReport:
    """What one scan of one project came to; seconds by stage."""

    project: str
    path: str
    files: int = 0
    bytes: int = 0
    unreadable: int = 0
    unsettled: int = 0
    held_back: int = 0  # logs whose last line is half written
    grown: int = 0  # logs of which only new lines were read
    changed: bool = False
    seconds: dict[str, float] = field(default_factory=dict)


class Indexer:
    """Scans projects of one catalogue; keeps its worker processes between scans."""

    def __init__(
        self,
        catalog: Catalog,
        *,
        settle_seconds: float = SETTLE_SECONDS,
        workers: int = 2,
        memory: int = 2 << 30,
        seconds: float = 30.0,
        began: Began = no_began,
    ) -> None:
        self._catalog = catalog
        self._began = began
        self._ingest = catalog.ingest
        self._limits = (workers, memory, seconds)
        self._pool_now: GuardedPool | None = None
        self._settle = settle_seconds
        self._reading = ReadStage(self._ingest, self._pool, self._is_young)
        self._code = CodeStage(self._ingest, self._pool)
        self._problems: dict[str, dict[bytes, tuple[Problem, ...]]] = {}
        self._owner = new_owner()
        self._born: dict[str, set[int]] = {}  # new artifacts: a move may end there
        self._left: dict[str, dict[int, FileState]] = {}  # logs with half a line left
        self._checked: set[str] = set()  # projects in which what is said was checked
        self._retired: set[str] = set()  # projects without readings of old readers

    def close(self) -> None:
        """End the worker processes."""
        if self._pool_now is not None:
            self._pool_now.shutdown(wait=True, cancel_futures=True)
            self._pool_now = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _pool(self) -> GuardedPool:
        if self._pool_now is None:
            workers, memory, seconds = self._limits
            self._pool_now = GuardedPool(workers, memory=memory, seconds=seconds)
        return self._pool_now

    def scan(
        self,
        project: Project,
        scopes: Iterable[Scope] = (WHOLE,),
        progress: Progress = no_progress,
    ) -> ScanReport:
        """Bring what is known of parts of a project up to date.

        Does everything but link and judge, which are about the whole
        catalogue. Raises ProjectError when the folder is not there, after
        marking what it holds as offline, and Cancelled; what was done until
        then is kept.
        """
        place = self._ingest.place(project.id)
        with turn(self._ingest, of_project(place.number), self._owner, progress):
            return self._scan(project, place, scopes, progress)

    def _scan(
        self,
        project: Project,
        place: Place,
        scopes: Iterable[Scope],
        progress: Progress,
    ) -> ScanReport:
        report = ScanReport(project.name, project.path)
        clock = _Clock(report.seconds, lambda stage: self._began(project.path, stage))
        if place.id not in self._retired:
            self._retired.add(place.id)
            self._born[place.id] = self._ingest.newborn(place)
        try:
            dirty = self._ingest.waiting(place)
            grown = Grown(dirty, self._left.pop(place.id, {}))
            seen = Seen()
            for scope in scopes:
                survey = Survey(self._ingest, place, scope)
                dirty |= self._list(place, survey, grown, clock, progress)
                seen.add(survey)
                report.files += survey.files
                report.bytes += survey.size
                self._keep_problems(place, survey)
            with clock("read"):
                done = self._read_on(place, grown.files(), report)
            with clock("list"):
                self._ingest.retire(place, self._reading.version)
                dirty = (dirty | self._ingest.waiting(place)) - done
                dirty |= self._code.told_by_commits(place)
                report.changed |= bool(dirty or self._born[place.id])
                # With the folders that were judged because of those: what tells of
                # a run may lie deeper than the folder that is its source.
                dirty = dirty.union(*(self._group(place, p) for p in parts(dirty)))
        except ProjectError:
            self._ingest.set_presence(place, Presence.OFFLINE)
            raise
        self._ingest.set_presence(place, Presence.PRESENT)
        try:
            self._read_and_digest(place, dirty, report, clock=clock, progress=progress)
            with clock("read"):
                report.changed |= bool(self._code.look(place, seen, dirty, progress))
        except ProjectError:
            self._ingest.set_presence(place, Presence.OFFLINE)
            raise
        return report

    def _read_on(
        self, place: Place, grown: Sequence[FileState], report: ScanReport
    ) -> set[bytes]:
        """Read on the logs that grew; gives the folders in which that was all."""
        if not grown:
            return set()
        taken, left = self._reading.read_on(place, grown)
        folders = {s.folder for s in grown} - {
            s.folder for s in grown if s.id not in taken | left
        }
        here = [s for s in grown if s.folder in folders]
        waiting = [s for s in here if s.id in left]
        self._ingest.grown({s.id for s in here}, self._reading.version)
        self._leave(place, waiting, report)
        report.grown += len(here)
        return folders

    def _leave(
        self, place: Place, files: Sequence[FileState], report: ScanReport
    ) -> None:
        """Remember logs whose half-written lines are for a later look."""
        self._left.setdefault(place.id, {}).update({s.id: s for s in files})
        self._ingest.wait(place, {s.id for s in files})
        report.held_back += len(files)

    def has_commits(self, project: Project) -> bool:
        """Whether something was committed, staged or checked out since the last scan."""
        return self._code.moved(self._ingest.place(project.id))

    def finish(self, progress: Progress = no_progress) -> dict[str, float]:
        """Link and judge the whole catalogue; gives the seconds by stage."""
        seconds: dict[str, float] = {}
        clock = _Clock(seconds, lambda stage: self._began("", stage))
        with turn(self._ingest, LINEAGE, self._owner, progress):
            with clock("link"):
                progress(0, None, "linking")
                link(self._catalog)
            with clock("judge"):
                progress(0, None, "judging")
                judge(self._catalog, self._scan_findings())
        return seconds

    def _list(
        self,
        place: Place,
        survey: Survey,
        grown: Grown,
        clock: _Clock,
        progress: Progress,
    ) -> set[bytes]:
        """Write what differs; gives the folders whose artifacts may be others now."""
        version = self._reading.version
        is_whole = survey.scope == WHOLE
        folders = clock.each("walk", survey.differing(progress))
        dirty: set[bytes] = set()
        with clock("list"):
            if is_whole and self._ingest.is_unknown(place):
                first = list_first(self._ingest, place, folders, version)
                self._born[place.id] |= first.born
                dirty |= first.waiting
                folders = iter(first.left)
            for batch in batches(folders):
                dirty |= self._compare(place, batch, survey, grown)
            for part in parts(survey.vanished()):
                gone = [Folder(path) for path in part]
                dirty |= self._compare(place, gone, survey, grown)
            if is_whole:
                self._ingest.close_first(place, version)
        return dirty

    def _compare(
        self, place: Place, folders: Sequence[Folder], survey: Survey, grown: Grown
    ) -> set[bytes]:
        """Write how some folders differ; one without files may be gone itself."""
        known = self._ingest.files_in(place, {folder.path for folder in folders})
        found = difference(folders, known)
        kept, problems = away(found.gone, place)
        for problem in problems:
            survey.say(problem)
        found.gone = [state for state in found.gone if state not in kept]
        unsure = {state.folder for state in kept}
        self._ingest.write_listing(
            place,
            added=found.added,
            changed=found.changed,
            gone=[state.id for state in found.gone],
            signatures={
                folder.path: folder.signature if folder.plain else NOTHING
                for folder in folders
                if folder.path not in unsure
            },
        )
        grown.add(found, known)
        return found.folders

    def _keep_problems(self, place: Place, survey: Survey) -> None:
        problems = self._problems.setdefault(place.id, {})
        if survey.scope == WHOLE:
            problems.clear()
        else:
            for path in survey.cleared() & problems.keys():
                del problems[path]
        problems |= survey.problems

    def _group(self, place: Place, folders: set[bytes]) -> set[bytes]:
        """Make the artifacts of folders; gives all folders that this is about."""
        # A tracker's folder and a run's folder are judged from their parent.
        dirty = folders | {folder.rpartition(b"/")[0] for folder in folders if folder}
        dirty |= self._ingest.folders_sharing(place, dirty)
        tree = self._tree(place, dirty)
        # What tells of a run lies deeper than its source; a bundle that owns
        # folders is judged whole.
        more = {owner for f in dirty if (owner := tree.owner(f)) is not None}
        more |= {teller for f in dirty for teller in tree.tellers(f)}
        for root in {r for f in dirty if (r := tree.deep_root(f)) is not None}:
            below = self._ingest.files_under(place, root, recursive=True)
            more |= {root, *(state.folder for state in below)}
        if more - dirty:
            dirty |= more
            tree = self._tree(place, dirty)
        touched = frozenset(
            state.id
            for folder in dirty
            for state in tree.files.get(folder, {}).values()
            if state.state == "seen"
        )
        grouping = grouped(tree, dirty, touched=touched, project=place.name)
        born = self._ingest.write_artifacts(
            place, folders=dirty, desired=grouping.desired, touched=touched
        )
        self._ingest.set_role(grouping.evidence, "source")
        self._ingest.set_role(grouping.links, "link")
        self._ingest.read_again(grouping.again)
        self._ingest.placed(place, dirty, self._reading.version)
        self._born.setdefault(place.id, set()).update(born)
        return dirty

    def _tree(self, place: Place, folders: set[bytes]) -> Tree:
        """The files of folders and of those above, with the names of subfolders."""
        wanted = set(folders)
        for folder in folders:
            above = folder
            while above:
                above = above.rpartition(b"/")[0]
                if above in wanted:
                    break
                wanted.add(above)
        return Tree.of(
            self._ingest.files_in(place, wanted), self._ingest.children(place, wanted)
        )

    def _read_and_digest(
        self,
        place: Place,
        dirty: set[bytes],
        report: ScanReport,
        *,
        clock: _Clock,
        progress: Progress,
    ) -> None:
        lately = time.time_ns() - int(self._settle * 1e9)
        writing = {
            state.id
            for state in self._ingest.undigested_since(place, lately)
            if self._is_writing(place, state)
        }
        with clock("read"):
            while self._ingest.fill_search():
                progress(0, None, "filling the search index")
            dissolved: set[bytes] = set()
            for states in self._ingest.unread(place):
                ready = [state for state in states if state.id not in writing]
                failed, more = self._reading.read(place, ready, progress)
                report.unreadable += failed
                dissolved |= more
            for part in parts(dirty | dissolved):
                self._leave(place, self._read_runs(place, part, progress), report)
        with clock("digest"):
            self._digest(place, writing, report, progress)
        report.unsettled += len(writing)

    def _digest(
        self, place: Place, writing: set[int], report: ScanReport, progress: Progress
    ) -> None:
        digested: set[int] = set()
        for states in self._ingest.undigested(place):
            ready = [state for state in states if state.id not in writing]
            outcome = digest_files(
                self._ingest,
                place,
                ready,
                version=self._reading.version,
                progress=progress,
            )
            report.unreadable += outcome.failed
            report.unsettled += len(outcome.again)
            digested |= {state.artifact_id or 0 for state in ready}
        if digested or report.changed or self._born.get(place.id):
            left = self._ingest.settle_versions(
                place,
                manifest=manifest,
                digested=digested,
                born=self._born.get(place.id, set()),
            )
            self._born[place.id] = left if writing else set()
        report.changed |= bool(digested)
        if report.changed or place.id not in self._checked:
            check(self._ingest, place, progress)
            self._checked.add(place.id)

    def _read_runs(
        self, place: Place, folders: set[bytes], progress: Progress
    ) -> list[FileState]:
        """Bring the runs of folders up to date; gives the logs with a line left."""
        left: list[FileState] = []
        if folders:
            left = self._reading.read_runs(
                place,
                self._tree_with_sources(place, folders),
                folders,
                with_those=lambda texts: self._with_those(place, folders, texts),
                progress=progress,
            )
            refuse_missing(place)  # what was not there has not been looked at
            self._ingest.looked_at(place, folders)
        return left

    def _tree_with_sources(self, place: Place, folders: set[bytes]) -> Tree:
        """The tree of folders and of the trackers' folders in them.

        Of a run whose source is a folder another part may have changed.
        """
        tree = self._tree(place, folders)
        inside = {
            source
            for folder in folders
            for _, source in tree.sources(folder)
            if source.rpartition(b"/")[2] not in tree.files.get(folder, {})
        }
        return self._tree(place, folders | inside) if inside - folders else tree

    def _is_young(self, state: FileState) -> bool:
        return 0 <= time.time() - state.mtime_ns / 1e9 < self._settle

    def _with_those(
        self, place: Place, folders: set[bytes], texts: Collection[str]
    ) -> tuple[Tree, set[bytes]]:
        """The folders that read so, and the tree of folders with them."""
        paths = self._ingest.folder_paths(place)
        found = {path for path in paths if readable(path) in texts}
        return self._tree(place, folders | found), found

    def _is_writing(self, place: Place, state: FileState) -> bool:
        if state.state == "missing" or state.digested or not self._is_young(state):
            return False
        return not is_complete(local_path(absolute(place, state.path)))

    def _scan_findings(self) -> dict[str, list[Finding]]:
        return {
            project: [
                *(
                    _scan_finding(self._ingest.place(project), problem)
                    for found in folders.values()
                    for problem in found
                ),
                *unread_repositories(self._ingest, self._ingest.place(project)),
            ]
            for project, folders in self._problems.items()
        }


def _scan_finding(place: Place, problem: Problem) -> Finding:
    path = absolute(place, problem.path)
    text = path.decode("utf-8", "backslashreplace")
    return Finding(
        rule=problem.rule,
        severity=Severity.WARNING,
        message=problem.message,
        path=text,
        remedy="It was left out; everything else was indexed.",
    )


class _Clock:
    """Adds up the seconds of each stage, and tells when one begins."""

    def __init__(self, seconds: dict[str, float], began: Callable[[str], None]) -> None:
        self._seconds = seconds
        self._began = began
        self._stage = ""

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Count the time within for a stage."""
        start = time.perf_counter()
        if stage != self._stage:
            self._stage = stage
            self._began(stage)
        try:
            yield
        finally:
            self._add(stage, time.perf_counter() - start)

    def each(self, stage: str, found: Iterator[Folder]) -> Iterator[Folder]:
        """Count the time that finding takes for a stage, and not for the one around."""
        self._began(stage)
        while True:
            start = time.perf_counter()
            one = next(found, None)
            spent = time.perf_counter() - start
            self._add(stage, spent)
            self._add(self._stage, -spent)
            if one is None:
                return
            yield one

    def _add(self, stage: str, spent: float) -> None:
        self._seconds[stage] = self._seconds.get(stage, 0.0) + spent
