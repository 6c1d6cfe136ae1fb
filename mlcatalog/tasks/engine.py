"""The engine: the window's child process that does all the work on files.

It speaks JSON lines. On standard input: {"do": "add" | "remove" | "rescan" |
"pause" | "resume" | "cancel" | "register" | "quit", "id": n, …}, "path" naming a
project where one is meant. On standard output: {"event": "obeyed", "id": n} once
a command cannot get lost any more, and "progress" | "began" | "done" |
"cancelled" | "set aside" | "state" | "changed" | "registered" | "error". The end
of standard input is "quit": the engine never outlives its window.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Project
from mlcatalog.domain.errors import Cancelled, MlcatalogError
from mlcatalog.domain.progress import Progress
from mlcatalog.domain.words import ProjectState
from mlcatalog.tasks.backup import keep_daily_while
from mlcatalog.tasks.index import reported
from mlcatalog.tasks.register import register
from mlcatalog.tasks.rename import recover
from mlcatalog.tasks.watch import Watch, WatchEvent

REPORT_EVERY = 0.1  # seconds between two progress lines
UNSOUND = (
    ProjectState.LIMITED,
    ProjectState.POLLING,
    ProjectState.OFFLINE,
    ProjectState.ERROR,
)
UNUSABLE = 3  # exit status of an engine whose catalogue cannot be used


class Engine:
    """Follows a catalogue's projects and does what it is told."""

    def __init__(self, catalog: Catalog, out: TextIO) -> None:
        self._catalog = catalog
        self._out = out
        self._writing = threading.Lock()
        self._last_report = 0.0
        self._at = ("", "")  # the project that is worked on, and the stage
        self._watch = Watch(
            catalog, self._told, progress=self._progress, began=self._began
        )

    def run(self, commands: TextIO) -> None:
        """Work until told to quit."""
        for project in self._catalog.projects():
            if project.state is ProjectState.PAUSED:
                self._watch.hold([project.id])
            self._watch.add(project)
        reader = threading.Thread(target=self._listen, args=(commands,), daemon=True)
        reader.start()
        keep_daily_while(self._catalog, lambda: not self._watch.is_stopped())
        self._watch.run()

    def tell(self, event: str, **values: object) -> None:
        """Write one line; a window that has gone ends the engine."""
        line = json.dumps({"event": event, **values}, default=str)
        try:
            with self._writing:
                self._out.write(line + "\n")
                self._out.flush()
        except (BrokenPipeError, ValueError):
            self._watch.stop()

    def _began(self, project: str, stage: str) -> None:
        self._at = (project, stage)
        self._last_report = 0.0  # a new stage is told at once

    def _progress(self, done: int, total: int | None, note: str) -> None:
        moment = time.monotonic()
        if moment - self._last_report < REPORT_EVERY:
            return
        self._last_report = moment
        project, stage = self._at
        self.tell(
            "progress",
            project=project,
            stage=stage,
            done=done,
            total=total,
            unit="bytes" if stage == "digest" else "files",
            note=note[:200],
        )

    def _told(self, event: WatchEvent) -> None:
        project = event.project
        if event.report is not None and (event.whole or event.report.changed):
            summary = reported(self._catalog, project, event.report, {})
            self.tell(
                "done", project=project.path, whole=event.whole, report=asdict(summary)
            )
        elif event.error is not None:
            self.tell("error", project=project.path, error=error_values(event.error))
        else:
            ended = "done" if event.event == "scanned" else event.event
            self.tell(ended, project=project.path, whole=event.whole)
        if event.event == "error":
            self._say_state(project, "error", str(event.error))
        else:
            self._tell_state(project.id)

    def _tell_state(self, project_id: str) -> None:
        for known in self._catalog.projects():
            if known.id == project_id:
                self._say_state(known, known.state.value, known.note)

    def _say_state(self, project: Project, state: str, note: str) -> None:
        self.tell("state", project=project.path, state=state, note=note)

    def _listen(self, commands: TextIO) -> None:
        for line in commands:
            command: dict[str, Any] = {}
            try:
                command = json.loads(line)
                if self._obey(command):
                    self._obeyed(command)
            except MlcatalogError as error:
                self._refuse(command, error)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                what = f"The window asked for something unknown: {error!r}"
                self._refuse(command, MlcatalogError(what))
        self._watch.stop()

    def _obeyed(self, command: Mapping[str, Any]) -> None:
        if "id" in command:
            self.tell("obeyed", id=command["id"])

    def _refuse(self, command: Any, error: MlcatalogError) -> None:
        """Say why a command was not done; it is not to be sent again."""
        said = command if isinstance(command, dict) else {}
        self.tell("error", command=said.get("do", ""), error=error_values(error))
        self._obeyed(said)

    def _obey(self, command: Mapping[str, Any]) -> bool:
        """Do what is asked; whether that is done, and not only begun."""
        actions: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "add": self._add,
            "rescan": self._rescan,
            "pause": self._pause,
            "resume": self._resume,
            "cancel": self._cancel,
            "quit": lambda _: self._watch.stop(),
        }
        errands: dict[str, Callable[[Mapping[str, Any], Progress], None]] = {
            "register": self._register,
            "remove": self._remove,
        }
        if command["do"] in errands:
            self._watch.errand(
                lambda progress: self._run(errands[command["do"]], command, progress)
            )
            return False
        actions[command["do"]](command)
        return True

    def _run(
        self,
        errand: Callable[[Mapping[str, Any], Progress], None],
        command: Mapping[str, Any],
        progress: Progress,
    ) -> None:
        try:
            errand(command, progress)
        except MlcatalogError as error:
            self._refuse(command, error)
        except OSError as error:
            what = "This could not be done; nothing was changed."
            why = error.strerror or str(error)
            place = str(error.filename or "")
            self._refuse(command, MlcatalogError(what, where=place, why=why))
        except Cancelled:
            if not self._watch.is_stopped():  # a person stopped it
                self.tell("cancelled", project=self._at[0])
                self._obeyed(command)
            raise
        else:
            self._obeyed(command)

    def _add(self, command: Mapping[str, Any]) -> None:
        project = self._catalog.add_project(Path(command["path"]))
        self._watch.add(project)
        self._tell_state(project.id)

    def _named(self, command: Mapping[str, Any]) -> list[Project]:
        """The projects that a command is about: the one it names, or all."""
        path = command.get("path")
        return [
            project
            for project in self._catalog.projects()
            if path in (None, "", project.path, project.id)
        ]

    def _rescan(self, command: Mapping[str, Any]) -> None:
        for project in self._named(command):
            if project.state in UNSOUND:  # its watch may succeed by now
                self._watch.add(project)
            else:
                self._watch.ask(project)

    def _pause(self, command: Mapping[str, Any]) -> None:
        projects = self._named(command)
        self._watch.hold(project.id for project in projects)
        for project in projects:
            self._tell_state(project.id)

    def _resume(self, command: Mapping[str, Any]) -> None:
        projects = self._named(command)
        self._watch.release(project.id for project in projects)
        for project in projects:
            self._tell_state(project.id)

    def _cancel(self, command: Mapping[str, Any]) -> None:
        if not command.get("path"):
            self._watch.drop()
        for project in self._named(command) if command.get("path") else ():
            self._watch.drop(project.id)

    def _remove(self, command: Mapping[str, Any], _: Progress) -> None:
        for project in self._named(command) if command.get("path") else ():
            self._watch.remove(project.id)
            self._catalog.remove_project(project.id)
        self.tell("changed")

    def _register(self, command: Mapping[str, Any], progress: Progress) -> None:
        paths = [Path(path) for path in command["paths"]]
        self._began(str(paths[0]) if paths else "", "register")
        registered = register(
            self._catalog,
            paths,
            values=command.get("values") or {},
            base=command.get("base") or "",
            data=command.get("data") or "",
            progress=progress,
            began=self._began,
        )
        for project in registered.projects:
            self._watch.add(project)
            self._tell_state(project.id)
        self.tell(
            "registered",
            artifacts=[artifact.id for artifact in registered.artifacts],
            not_recognised=list(registered.not_recognised),
        )


def error_values(error: MlcatalogError) -> dict[str, str]:
    """An error as the command line and the engine write it."""
    return {
        "what": error.what,
        "where": error.where,
        "why": error.why,
        "remedy": error.remedy,
    }


def run_engine(path: Path) -> int:
    """Be the engine of a catalogue until standard input ends; the exit status."""
    os.nice(5)
    try:
        with Catalog.open(path) as catalog:
            recover(catalog)
            Engine(catalog, sys.stdout).run(sys.stdin)
    except MlcatalogError as error:
        line = {"event": "error", "fatal": True, "error": error_values(error)}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        return UNUSABLE
    return 0
