"""What the engine does and did, kept from the lines that it says."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

KEPT = 100  # jobs that ended
ENDED = {"done": "done", "cancelled": "cancelled", "error": "failed"}


@dataclass(slots=True)
class Job:
    """One look at a project, or one errand; project "" is the whole catalogue."""

    project: str
    began: float = field(default_factory=time.time)
    whole: bool = True
    outcome: str = "running"  # done, cancelled, failed
    stage: str = ""
    done: int = 0
    total: int | None = None
    unit: str = "files"
    note: str = ""
    stage_began: float = field(default_factory=time.monotonic)
    ended: float | None = None
    files: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    error: dict[str, str] = field(default_factory=dict)
    times: int = 1  # how often the same thing happened in a row

    @property
    def name(self) -> str:
        """The project as people call it."""
        return PurePath(self.project).name or self.project

    def advance(self, said: Mapping[str, Any]) -> None:
        """Take over a progress line."""
        if said.get("stage") != self.stage:
            self.stage = str(said.get("stage") or "")
            self.stage_began = time.monotonic()
        self.done = int(said.get("done") or 0)
        self.total = said.get("total")
        self.unit = str(said.get("unit") or "files")
        self.note = str(said.get("note") or "")


@dataclass(frozen=True, slots=True)
class Followed:
    """How a project is followed, and why."""

    path: str
    state: str
    note: str = ""

    @property
    def name(self) -> str:
        """The project as people call it."""
        return PurePath(self.path).name or self.path


class ActivityLog:
    """Jobs that run, jobs that ended (newest first), and the projects' states."""

    def __init__(self) -> None:
        self.running: dict[str, Job] = {}
        self.past: deque[Job] = deque(maxlen=KEPT)
        self.projects: dict[str, Followed] = {}
        self.is_engine_up = True

    @property
    def current(self) -> Job | None:
        """The job that was heard of last."""
        return next(reversed(self.running.values()), None)

    def hear(self, said: Mapping[str, Any]) -> None:
        """Take over one line of the engine."""
        self.is_engine_up = True
        project = str(said.get("project") or "")
        match said.get("event"):
            case "began":
                self.running[project] = Job(project, whole=bool(said.get("whole")))
            case "progress":
                self._progress(project, said)
            case "set aside":
                self.running.pop(project, None)
            case "done" | "cancelled" | "error" as event if project:
                self._end(project, ENDED[event], said)
            case "error":
                self.running.clear()  # an errand, and nothing else runs beside one
                self._fail("", said)
            case "registered":
                self.running.clear()
            case "state" if project:
                self.projects[project] = Followed(
                    project, str(said.get("state")), str(said.get("note") or "")
                )

    def show_projects(self, projects: Mapping[str, Followed]) -> None:
        """Take over what the catalogue says of its projects."""
        self.projects = dict(projects)

    def engine_died(self, sentence: str, detail: str) -> None:
        """Nothing runs any more."""
        self.is_engine_up = False
        self.running.clear()
        self._fail("", {"error": {"what": sentence, "why": detail}})

    def _progress(self, project: str, said: Mapping[str, Any]) -> None:
        if not project:  # link and judge: about all that was looked at
            for known in list(self.running):
                if known:
                    self.running[known].advance(said)
            if self.running:
                return
        job = self.running.pop(project, None) or Job(project)
        job.advance(said)
        self.running[project] = job

    def _end(self, project: str, outcome: str, said: Mapping[str, Any]) -> None:
        job = self.running.pop(project, None) or Job(project)
        self.running.pop("", None)
        if outcome == "failed":
            self._fail(project, said)
            return
        job.outcome, job.ended = outcome, time.time()
        report = said.get("report")
        if isinstance(report, Mapping):
            job.files = int(report.get("files") or 0)
            job.seconds = dict(report.get("seconds") or {})
        if job.whole or report or outcome == "cancelled":
            self.past.appendleft(job)

    def _fail(self, project: str, said: Mapping[str, Any]) -> None:
        """Keep an error; the same one again is counted, not repeated."""
        given = said.get("error")
        error = {k: str(v) for k, v in given.items() if v} if given else {}
        for job in self.past:
            if job.project == project and job.error == error:
                job.times += 1
                job.ended = time.time()
                return
        self.past.appendleft(
            Job(project, outcome="failed", error=error, ended=time.time())
        )
