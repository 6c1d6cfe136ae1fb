"""Stages of DVC pipelines: the latest run of each, and the earlier ones that are known."""

from __future__ import annotations

import posixpath
import time
from collections.abc import Iterator
from dataclasses import replace
from hashlib import md5
from pathlib import Path

from mlcatalog.domain import dvc_words
from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import Notice, RunReading, Series
from mlcatalog.trackers.dvc import measured, plain, telling
from mlcatalog.trackers.dvc.files import FILE_LIMIT, Files, Folder, joined
from mlcatalog.trackers.dvc.history import Past, Recorded, past
from mlcatalog.trackers.dvc.lock import Execution, execution, executions
from mlcatalog.trackers.dvc.pipeline import Pipeline, Stage, pipeline
from mlcatalog.trackers.dvc.telling import Moment

CACHED_LIMIT = 2_000  # executions in the run cache
CACHED_SECONDS = 5.0
CACHED_SIZE = 2**20  # bytes of one


class DvcTracker:
    """Reads dvc.lock, what dvc.yaml says of it, its history and the run cache."""

    tool = "dvc"
    title = "DVC"
    version = 2

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """The lock: a stage that never ran is no run."""
        return folder_names & {"dvc.lock"}

    def owned(self, folder_names: frozenset[str]) -> frozenset[str]:
        """The lock alone; dvc.yaml and params.yaml are configurations."""
        return folder_names & {"dvc.lock"}

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The runs of a project that is the folder of the lock; raises FormatError."""
        return self.read_in(place, place.parent)

    def read_in(self, place: Path, root: Path) -> tuple[RunReading, ...]:
        """The latest run of each stage, then earlier ones; raises FormatError."""
        folder = Folder(place.parent)
        with place.open("rb") as file:
            raw = file.read(FILE_LIMIT + 1)
        if len(raw) > FILE_LIMIT:
            why = f"It has more than {FILE_LIMIT:,} bytes"
            raise FormatError("This dvc.lock is too long", where=str(place), why=why)
        now = executions(raw, str(place))
        with past(place.parent, root) as known:
            return tuple(_Reading(folder, now, known).runs())


class _Reading:
    """One look at a project: the lock, the pipeline, the past."""

    def __init__(self, folder: Folder, now: dict[str, Execution], known: Past) -> None:
        self._folder = folder
        self._now = now
        self._past = known
        self._pipeline = pipeline(folder)
        self._pipelines: dict[str, Pipeline] = {}
        self._recorded = {telling.native(one.execution): one for one in known.recorded}
        self._latest = {
            posixpath.normpath(
                joined(self._pipeline.stage(one.stage).folder, item.path)
            ): item.md5
            for one in now.values()
            for item in (*one.deps, *one.outs)
            if item.md5
        }

    def runs(self) -> Iterator[RunReading]:
        """The latest of each stage, then what commits, experiments and the cache have."""
        told: set[str] = set()
        params = self._params()
        for place, one in enumerate(self._now.values()):
            told.add(telling.native(one))
            yield self._latest_run(one, params, () if place else tuple(self._notes()))
        for recorded in self._past.recorded:
            if telling.native(recorded.execution) not in told:
                told.add(telling.native(recorded.execution))
                yield self._committed(recorded)
        for key, one in self._cached():
            if telling.native(one) not in told:
                told.add(telling.native(one))
                stage = self._pipeline.stage(one.stage)
                moment = Moment("run cache", cached=key)
                series = self._measured(one, stage, None)
                yield telling.run(
                    one, stage, moment, latest=self._latest, metrics=series
                )

    def _latest_run(
        self, one: Execution, params: dict[str, object], notes: tuple[Notice, ...]
    ) -> RunReading:
        stage = self._pipeline.stage(one.stage)
        recorded = self._recorded.get(telling.native(one))
        moment = recorded.moment if recorded else Moment()
        notices = [*telling.behind(one, stage, params), *notes]
        return telling.run(
            one,
            stage,
            moment,
            latest=self._latest,
            metrics=self._measured(one, stage, self._folder),
            notices=notices,
            is_latest=True,
        )

    def _notes(self) -> Iterator[Notice]:
        """What is not known of the whole project, said once."""
        if self._pipeline.problem:
            yield Notice("run.stage-unresolved", self._pipeline.problem, "warning")
        notes = list(dict.fromkeys(self._past.notes))
        if notes:
            message = f"Not all earlier runs are known: {'; '.join(notes[:3])}"
            yield Notice("run.history-unread", message, "note")

    def _committed(self, recorded: Recorded) -> RunReading:
        commit = recorded.moment.commit
        if commit not in self._pipelines:
            self._pipelines[commit] = pipeline(recorded.files)
        stage = self._pipelines[commit].stage(recorded.execution.stage)
        series = self._measured(recorded.execution, stage, recorded.files)
        return telling.run(
            recorded.execution,
            stage,
            recorded.moment,
            latest=self._latest,
            metrics=series,
        )

    def _params(self) -> dict[str, object]:
        """What the params files say now, of what stages ran with."""
        found: dict[str, object] = {}
        files: dict[str, object] = {}
        for one in self._now.values():
            inner = self._pipeline.stage(one.stage).folder
            for file, key, _ in one.params:
                path = joined(inner, file)
                if path not in files:
                    files[path] = _loaded(self._folder, path)
                try:
                    found[f"{file}:{key}"] = plain.at(files[path], key)
                except (LookupError, ValueError):
                    continue
        return found

    def _measured(
        self, one: Execution, stage: Stage, files: Files | None
    ) -> Iterator[Series]:
        """What the stage measured: out of its files while they are as it left them."""
        whole = [*stage.metrics, *self._pipeline.metrics]
        digests = {joined(stage.folder, item.path): item.md5 for item in one.outs}
        for path in dict.fromkeys(whole):
            if path in digests:
                raw = self._output(path, digests[path], files)
                yield from measured.said(raw, path)
        for plot in (*stage.plots, *self._pipeline.plots):
            if plot.path in digests:
                raw = self._output(plot.path, digests[plot.path], files)
                yield from measured.said(raw, plot.path, plot)

    def _output(self, path: str, digest: str, files: Files | None) -> bytes | None:
        raw = files.read(path) if files is not None else None
        if raw is not None and (not digest or _is(raw, digest)):
            return raw
        return self._folder.cached(digest) if digest else None

    def _cached(self) -> Iterator[tuple[str, Execution]]:
        """Executions that the run cache remembers, by the commands of the stages."""
        cache = self._folder.place(".dvc/cache/runs")
        if cache is None or not cache.is_dir():
            return
        names = {one.command: one.stage for one in self._now.values()}
        names |= {
            recorded.execution.command: recorded.execution.stage
            for recorded in self._past.recorded
            if recorded.execution.command not in names
        }
        end = time.monotonic() + CACHED_SECONDS
        for path in sorted(cache.glob("??/*/*"))[:CACHED_LIMIT]:
            if time.monotonic() > end:
                return
            one = _from_cache(path)
            if one is not None and one.command in names:
                yield path.name, replace(one, stage=names[one.command])


def _from_cache(path: Path) -> Execution | None:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > CACHED_SIZE:
        return None
    try:
        return execution("", plain.parsed(path.read_bytes(), "run.yaml"))
    except (FormatError, OSError):
        return None  # half written, or no longer there


def _loaded(files: Files, path: str) -> object:
    raw = files.read(path)
    try:
        return plain.parsed(raw, path) if raw is not None else {}
    except FormatError:
        return {}


def _is(raw: bytes, digest: str) -> bool:
    """Whether bytes have a digest, as DVC 3 or, of texts, as DVC 2 makes it."""
    wanted = dvc_words.bare(digest)
    return any(
        md5(text, usedforsecurity=False).hexdigest() == wanted
        for text in (raw, raw.replace(b"\r\n", b"\n"))
    )
