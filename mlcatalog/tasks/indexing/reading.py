"""The read stage: headers in guarded worker processes, one file's fault its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlcatalog.catalog.files_read import FileRead
from mlcatalog.catalog.ingest import FileState, Ingest, Place
from mlcatalog.catalog.logs import Log
from mlcatalog.catalog.runs import Part, Told
from mlcatalog.domain.errors import Cancelled, MlcatalogError, UnsafeFileError
from mlcatalog.domain.growth import Followed
from mlcatalog.domain.progress import Progress
from mlcatalog.domain.reading import Notice, Reading, RunReading
from mlcatalog.domain.words import Kind
from mlcatalog.formats import registry as formats
from mlcatalog.lineage.twins import joined_sources
from mlcatalog.scanning.workers import GuardedPool
from mlcatalog.tasks.indexing.grouping import Tree
from mlcatalog.tasks.indexing.in_workers import (
    Source,
    read_file,
    read_log,
    read_source,
)
from mlcatalog.trackers import registry as trackers

BATCH = 256
LAST_RANK = 1_000  # a tracker knows a run better than its metrics files
Read = list[tuple[FileState, Followed[Reading]]]


def _is_silent(state: FileState) -> bool:
    is_member = state.role in ("content", "companion")
    return is_member and formats.guess(os.fsdecode(state.name)) is None


def notice_of(error: BaseException) -> Notice:
    """Why a file could not be read, as the one row that it costs."""
    rule = "integrity.unreadable"
    if isinstance(error, UnsafeFileError):
        rule = "safety.refused"
    if isinstance(error, MlcatalogError):
        parts = [error.what, error.why] if error.why else [error.what]
        return Notice(rule, " ".join(parts), "error")
    if isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
        return Notice(rule, f"The file could not be opened: {reason}.", "error")
    return Notice(rule, f"The reader failed on it: {type(error).__name__}.", "error")


class ReadStage:
    """Reads what has not been read by the present readers and trackers."""

    def __init__(
        self,
        ingest: Ingest,
        pool: Callable[[], GuardedPool],
        is_growing: Callable[[FileState], bool],
    ) -> None:
        self._ingest = ingest
        self._pool = pool
        self._is_growing = is_growing
        self.version = f"{formats.reader_version()}-{trackers.tracker_version()}"

    def read(
        self, place: Place, states: Sequence[FileState], progress: Progress
    ) -> tuple[int, set[bytes]]:
        """Read unread files; gives how many failed, and run folders come to light."""
        ready = [state for state in states if not _leads_out(place, state)]
        # A bundle owns files that no reader knows: shards, chunks, licences.
        silent = [state for state in ready if _is_silent(state)]
        if silent:
            self._ingest.pass_over(silent, self.version)
            ready = [state for state in ready if not _is_silent(state)]
        if not ready:
            return 0, set()
        dissolved: set[bytes] = set()
        by_path = {absolute(place, state.path): state for state in ready}
        linked = self._ingest.link_folders({state.artifact_id or 0 for state in ready})
        batch: list[FileRead] = []
        failed = 0
        outcomes = self._pool().map_chunks(read_file, list(by_path))
        for done, (path, outcome) in enumerate(outcomes, 1):
            state = by_path[path]
            try:
                progress(done, len(by_path), os.fsdecode(state.name))
            except Cancelled:
                self._ingest.write_readings(place, batch, self.version)
                raise
            if isinstance(outcome, BaseException):
                if _is_gone(path):
                    continue  # it vanished meanwhile; the next listing says so
                failed += 1
                batch.append(FileRead(state, notice_of(outcome)))
            else:
                batch.append(FileRead(state, outcome.reading, outcome.text))
                if outcome.reading.kind is Kind.RUN:
                    dissolved |= {state.folder, *linked.get(state.artifact_id or 0, ())}
            if len(batch) >= BATCH:
                self._ingest.write_readings(place, batch, self.version)
                batch = []
        if batch:
            self._ingest.write_readings(place, batch, self.version)
        return failed, dissolved

    def read_runs(
        self,
        place: Place,
        tree: Tree,
        folders: Iterable[bytes],
        *,
        with_those: Callable[[Collection[str]], tuple[Tree, set[bytes]]],
        progress: Progress,
    ) -> list[FileState]:
        """Bring the runs of folders up to date: trackers' first, then metrics files'.

        What several tools tell of one run is joined then. Metrics files of a
        folder that became a run's, or is one no longer, find their run anew.
        Gives the logs of which a half-written line was left for later.
        """
        looked = set(folders)
        before = self._run_folders(place)
        sources = [(f, s) for f in sorted(looked) for s in tree.sources(f)]
        self._read_sources(place, tree, sources, progress)
        wanted = {readable(source) for _, (_, source) in sources}
        dropped = self._drop(place, looked, wanted, of_metrics=False)
        after = before
        if sources or dropped:
            told = self._ingest.run_sources(place)
            self._ingest.join_runs(place, joined_sources(told))
            after = self._run_folders(place)
            changed = dict(before.items() ^ after.items())
            if changed:
                tree, found = with_those(changed)
                looked |= found
        written: set[str] = set()
        left: list[FileState] = []
        for folder in sorted(looked):
            metrics = self._metrics_files(tree, folder)
            if not metrics:
                continue
            read = self._metrics_of(place, metrics)
            left += [state for state, followed in read if followed.held_back]
            if self._metrics_run(place, folder, after.get(readable(folder)), read):
                written.add(readable(_metrics_key(folder)))
        self._drop(place, looked, written, of_metrics=True)
        self._ingest.forget_missing_metrics(place)
        return left

    def read_on(
        self, place: Place, grown: Sequence[FileState]
    ) -> tuple[set[int], set[int]]:
        """Read the new lines of logs that only grew.

        Gives the files of which all that is new was taken, and those of which a
        half-written line was left; any other has to be read from its start.
        """
        known = self._ingest.logs({state.id for state in grown})
        taken: set[int] = set()
        left: set[int] = set()
        for state in grown:
            log = known.get(state.id)
            followed = self._read_on(place, state, log) if log is not None else None
            if followed is not None:
                (left if followed.held_back else taken).add(state.id)
        return taken, left

    def _read_on(
        self, place: Place, state: FileState, log: Log
    ) -> Followed[Any] | None:
        path = absolute(place, log.source)
        asked = (
            (read_source, (log.tool, path, place.root, log.mark))
            if log.tool
            else (read_log, (path, log.mark, self._is_growing(state)))
        )
        followed = self._one(*asked)
        if not isinstance(followed, Followed) or not followed.continues:
            return None
        if log.tool:
            ahead = None if followed.mark is None else replace(log, mark=followed.mark)
            folder = state.folder
            runs = [(run, _run_folder(place, run, folder)) for run in followed.said]
            is_inside = state.path.startswith(log.source + b"/")
            teller = state.path if is_inside else log.source
            told = Told(log.teller_id, teller, log.source, runs, True, ahead)
            self._ingest.write_runs(place, [told])
        else:
            part = Part(state.id, state.path, followed.said, True, followed.mark)
            self._ingest.lengthen(place, part, log, state.mtime_ns // 1_000)
        return followed

    def _run_folders(self, place: Place) -> dict[str, int]:
        """The run of each folder that a tracker says is a run's own."""
        told = self._ingest.run_sources(place)
        return {
            one.folder: one.artifact
            for one in reversed(told)
            if one.folder and one.tool != "metrics"
        }

    def _drop(
        self, place: Place, looked: set[bytes], wanted: set[str], *, of_metrics: bool
    ) -> int:
        texts = {readable(folder) for folder in looked}
        stale = [
            key
            for key in self._ingest.run_keys(place)
            if key.endswith("/") is of_metrics
            and _folder_of(key) in texts
            and key not in wanted
        ]
        for key in stale:
            self._ingest.drop_runs(place, key)
        return len(stale)

    def _read_sources(
        self,
        place: Place,
        tree: Tree,
        sources: Sequence[tuple[bytes, tuple[str, bytes]]],
        progress: Progress,
    ) -> None:
        waiting: dict[Source, tuple[FileState, bytes, bytes]] = {}
        for folder, (tool, source) in sources:
            state = _state_of(tree, source)
            if state is not None:
                key = (tool, absolute(place, source), place.root, None)
                waiting[key] = (state, source, folder)
        batch: list[Told] = []
        outcomes = self._pool().map_chunks(read_source, list(waiting), chunk=8)
        for done, (asked, outcome) in enumerate(outcomes, 1):
            state, source, folder = waiting[asked]
            progress(done, len(waiting), os.fsdecode(source))
            if isinstance(outcome, BaseException):
                self._ingest.write_source_problem(place, state, notice_of(outcome))
                continue
            runs = [(run, _run_folder(place, run, folder)) for run in outcome.said]
            log = _log_of(tree, asked[0], source, state, followed=outcome)
            batch.append(Told(state.id, state.path, source, runs, log=log))
            if len(batch) >= BATCH:
                self._ingest.write_runs(place, batch)
                batch = []
        if batch:
            self._ingest.write_runs(place, batch)

    def _metrics_run(
        self, place: Place, folder: bytes, run_id: int | None, read: Read
    ) -> bool:
        """Whether the metrics files of a folder make a run of their own."""
        parts = [
            Part(state.id, state.path, one.said, one.continues, one.mark)
            for state, one in read
        ]
        if run_id is not None:
            self._ingest.add_to_run(place, run_id, folder, parts)
            return False
        if not parts:
            return False
        name = readable(folder.rpartition(b"/")[2]) or place.name
        run = RunReading(
            tool="metrics",
            native_id=readable(folder) or ".",
            name=name,
            folder=readable(absolute(place, folder)),
            ended=max(state.mtime_ns for state, _ in read) // 1_000,
            rank=LAST_RANK,
        )
        key, first = _metrics_key(folder), parts[0]
        told = Told(first.file_id, first.path, key, [(run, folder)], parts=parts)
        self._ingest.write_runs(place, [told])
        return True

    def _metrics_of(self, place: Place, metrics: Sequence[FileState]) -> Read:
        """What the metrics files of a folder say."""
        found: Read = []
        for state in metrics:
            log = (absolute(place, state.path), None, self._is_growing(state))
            followed = self._one(read_log, log)
            if isinstance(followed, Followed) and followed.said.kind is Kind.RUN:
                found.append((state, followed))
        return found

    @staticmethod
    def _metrics_files(tree: Tree, folder: bytes) -> list[FileState]:
        if tree.is_inside_source(folder):
            return []
        told = tree.owned_files(folder)  # a tracker tells what is in those
        return sorted(
            (
                state
                for name, state in tree.files.get(folder, {}).items()
                if state.artifact_id is None
                and not state.link
                and name not in told
                and _is_metrics(state, os.fsdecode(name))
            ),
            key=lambda state: state.name,
        )

    def _one(self, function: Callable[[Any], Any], argument: Any) -> Any:
        for _, outcome in self._pool().map_chunks(function, [argument]):
            return outcome
        return None


def _is_gone(path: bytes) -> bool:
    """Whether nothing is there; what cannot be reached may be."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _is_metrics(state: FileState, name: str) -> bool:
    if state.format == "metrics":
        return True
    guessed = formats.guess(name)
    return guessed is not None and guessed.kind is Kind.RUN


def _log_of(
    tree: Tree, tool: str, source: bytes, state: FileState, *, followed: Followed[Any]
) -> Log | None:
    """The file of a source that may grow, with the mark of what was read of it."""
    if followed.mark is None:
        return None
    near = tree.files.get(state.folder, {})
    log = near.get(os.fsencode(followed.log))
    return None if log is None else Log(log.id, state.id, tool, source, followed.mark)


def _run_folder(place: Place, run: RunReading, folder: bytes) -> bytes:
    path = os.fsencode(run.folder)
    prefix = place.root.rstrip(b"/") + b"/"
    if path.startswith(prefix):
        return path[len(prefix) :].rstrip(b"/")
    return folder


def _leads_out(place: Place, state: FileState) -> bool:
    """Whether a link was turned to a place out of the project since it was listed."""
    if not state.link:
        return False
    target = os.path.realpath(absolute(place, state.path))
    # One that leads to nothing is read as a link, wherever that would be.
    is_inside = target.startswith(place.root.rstrip(b"/") + b"/")
    return not is_inside and os.path.lexists(target)


def _state_of(tree: Tree, source: bytes) -> FileState | None:
    folder, _, name = source.rpartition(b"/")
    state = tree.files.get(folder, {}).get(name)
    if state is not None:
        return state
    inside = tree.files.get(source, {})
    return min(inside.values(), key=lambda s: s.name) if inside else None


def _metrics_key(folder: bytes) -> bytes:
    return folder + b"/" if folder else b"./"


def _folder_of(key: str) -> str:
    if key.endswith("/"):
        return "" if key == "./" else key[:-1]
    return key.rpartition("/")[0]


def absolute(place: Place, relative: bytes) -> bytes:
    """A path below a project as absolute bytes."""
    return place.root.rstrip(b"/") + b"/" + relative if relative else place.root


def readable(path: bytes) -> str:
    """A path as runs and their sources are keyed by it."""
    return os.fsdecode(path).encode("utf-8", "backslashreplace").decode("utf-8")


def local_path(path: bytes) -> Path:
    """Bytes as a path object; names that are not UTF-8 survive."""
    return Path(os.fsdecode(path))
