"""The engine: the window's child process that does all the work on files.

It speaks JSON lines. On standard output: {"event": "progress" | "state" |
"changed" | "done" | "error", …}; on standard input: {"do": "add" | "remove" |
"rescan" | "pause" | "resume" | "cancel" | "register" | "quit", …}. The end of
standard input is "quit": the engine never outlives its window.
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
from mlcatalog.tasks.index import reported
from mlcatalog.tasks.register import register
from mlcatalog.tasks.watch import Watch, WatchEvent

REPORT_EVERY = 0.1  # seconds between two progress lines


class Engine:
    """Follows a catalogue's projects and does what it is told."""

    def __init__(self, catalog: Catalog, out: TextIO) -> None:
        self._catalog = catalog
        self._out = out
        self._writing = threading.Lock()
        self._going = threading.Event()
        self._going.set()
        self._cancelled = threading.Event()
        self._last_report = 0.0
        self._watch = self._new_watch()
        self._quit = threading.Event()

    def run(self, commands: TextIO) -> None:
        """Work until told to quit."""
        reader = threading.Thread(target=self._listen, args=(commands,), daemon=True)
        reader.start()
        for project in self._catalog.projects():
            self._watch.add(project)
        while not self._quit.is_set():
            try:
                self._watch.run()
            except Cancelled:
                self._cancelled.clear()
                self.tell("cancelled")
                self._watch = self._new_watch()
                for project in self._catalog.projects():
                    self._watch.arm(project)

    def tell(self, event: str, **values: object) -> None:
        """Write one line; a window that has gone ends the engine."""
        line = json.dumps({"event": event, **values}, default=str)
        try:
            with self._writing:
                self._out.write(line + "\n")
                self._out.flush()
        except (BrokenPipeError, ValueError):
            self._quit.set()
            self._watch.stop()

    def _new_watch(self) -> Watch:
        return Watch(self._catalog, self._told, progress=self._progress)

    def _progress(self, done: int, total: int | None, note: str) -> None:
        if self._cancelled.is_set() or self._quit.is_set():
            raise Cancelled
        self._going.wait()
        moment = time.monotonic()
        if moment - self._last_report >= REPORT_EVERY:
            self._last_report = moment
            self.tell("progress", done=done, total=total, note=note[:200])

    def _told(self, event: WatchEvent) -> None:
        project = event.project
        if event.report is not None:
            summary = reported(self._catalog, project, event.report, {})
            self.tell("done", project=project.path, report=asdict(summary))
        if event.error is not None:
            self.tell("error", project=project.path, error=error_values(event.error))
        self._tell_state(project)

    def _tell_state(self, project: Project) -> None:
        for known in self._catalog.projects():
            if known.id == project.id:
                self.tell(
                    "state",
                    project=known.path,
                    state=known.state.value,
                    note=known.note,
                )

    def _listen(self, commands: TextIO) -> None:
        for line in commands:
            try:
                command = json.loads(line)
                self._obey(command)
            except MlcatalogError as error:
                self.tell("error", error=error_values(error))
            except (ValueError, KeyError, TypeError) as error:
                what = f"The window asked for something unknown: {error}"
                self.tell("error", error=error_values(MlcatalogError(what)))
        self._obey({"do": "quit"})

    def _obey(self, command: Mapping[str, Any]) -> None:
        actions: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "add": self._add,
            "remove": self._remove,
            "rescan": self._rescan,
            "pause": lambda _: self._going.clear(),
            "resume": lambda _: self._going.set(),
            "cancel": self._cancel,
            "register": self._register,
            "quit": self._stop,
        }
        actions[command["do"]](command)

    def _add(self, command: Mapping[str, Any]) -> None:
        project = self._catalog.add_project(Path(command["path"]))
        self._watch.add(project)
        self._tell_state(project)

    def _remove(self, command: Mapping[str, Any]) -> None:
        for project in self._catalog.projects():
            if command["path"] in (project.path, project.id):
                self._watch.remove(project.id)
                self._catalog.remove_project(project.id)
        self.tell("changed")

    def _rescan(self, command: Mapping[str, Any]) -> None:
        for project in self._catalog.projects():
            if command.get("path") in (None, project.path, project.id):
                self._watch.ask(project)

    def _cancel(self, _: Mapping[str, Any]) -> None:
        self._cancelled.set()
        self._going.set()

    def _register(self, command: Mapping[str, Any]) -> None:
        registered = register(
            self._catalog,
            [Path(path) for path in command["paths"]],
            values=command.get("values") or {},
            base=command.get("base") or "",
            data=command.get("data") or "",
        )
        for project in registered.projects:
            self._watch.add(project)
        self.tell(
            "registered",
            artifacts=[artifact.id for artifact in registered.artifacts],
            not_recognised=list(registered.not_recognised),
        )

    def _stop(self, _: Mapping[str, Any]) -> None:
        self._quit.set()
        self._going.set()
        self._watch.stop()


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
    with Catalog.open(path) as catalog:
        Engine(catalog, sys.stdout).run(sys.stdin)
    return 0
