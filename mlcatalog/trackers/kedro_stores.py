"""What Kedro-Viz keeps of Kedro's runs: events of the last, sessions of before."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import Fact
from mlcatalog.trackers import kedro_catalog, told
from mlcatalog.trackers.bounded_yaml import as_table
from mlcatalog.trackers.database_copy import opened
from mlcatalog.trackers.mlflow_tables import Store, text

EVENTS = ".viz/kedro_pipeline_events.json"
STORE = "session_store.db"
STORE_FOLDERS = ("data", ".", ".viz")  # where projects put it
EVENT_LIMIT = 100_000
LATE = 3_600_000_000  # µs: a run begins soon after its session


@dataclass(frozen=True, slots=True)
class Session:
    """One session of the store."""

    extra: dict[str, object] = field(default_factory=dict)  # of the command line
    said: dict[str, object] = field(default_factory=dict)
    notes: dict[str, object] = field(default_factory=dict)  # of people

    @property
    def status(self) -> str:
        """A session is stored when it ends, with its exception if there was one."""
        if not self.said:
            return ""
        return "FAILED" if self.said.get("exception") else "FINISHED"

    def facts(self) -> Iterator[Fact]:
        """The commit, who ran it, with which command."""
        git = as_table(self.said.get("git"))
        source = f"{STORE}: git"
        yield from told.fact("code.commit", git.get("commit_sha"), source)
        yield from told.fact("code.dirty", git.get("dirty"), source)
        yield from told.fact("code.branch", git.get("branch"), source)
        command = as_table(self.said.get("cli")).get("command_path")
        yield from told.fact("command", command, f"{STORE}: cli")
        for key, name in (("user", "username"), ("environment", "env")):
            yield from told.fact(key, self.said.get(name), f"{STORE}: {name}")
        error = as_table(self.said.get("exception")).get("value")
        yield from told.fact("error", str(error or "")[:2_000], f"{STORE}: exception")
        for key, name in (("title", "title"), ("run.notes", "notes")):
            source = f"user_run_details.{name}"
            yield from told.fact(key, self.notes.get(name), source)
        if self.notes.get("bookmark"):
            yield from told.fact("bookmarked", True, "user_run_details.bookmark")


@dataclass(slots=True)
class Events:
    """The events of the last run."""

    began: int | None = None
    ended: int | None = None
    status: str = ""
    nodes: dict[str, float] = field(default_factory=dict)  # name to seconds
    saved: set[str] = field(default_factory=set)
    failed: str = ""
    error: str = ""

    @property
    def name(self) -> str:
        """An id like a session's, of a run whose session left no version."""
        if self.began is None:
            return ""
        moment = datetime.fromtimestamp(self.began / 1e6, UTC)
        return f"{moment:%Y-%m-%dT%H.%M.%S}.{moment.microsecond // 1_000:03d}Z"

    def session(self, names: Sequence[str]) -> str:
        """The session that began last before the run did, and not long before."""
        if self.began is None:
            return ""
        began = {name: kedro_catalog.moment(name) for name in names}
        earlier = [
            (started, name)
            for name, started in began.items()
            if started is not None and 0 <= self.began - started <= LATE
        ]
        return max(earlier)[1] if earlier else ""


def events(root: Path, problems: list[FormatError]) -> Events:
    """What `.viz` says of the last run."""
    path = root / EVENTS
    found = Events()
    try:
        raw = told.json_list(path)
    except FormatError as problem:
        problems.append(problem)
        return found
    for one in raw[:EVENT_LIMIT]:
        _event(as_table(one), found)
    return found


def _event(event: dict[str, object], found: Events) -> None:
    kind, time = event.get("event"), told.moment(event.get("timestamp"))
    name = event.get("node") or event.get("dataset")
    match kind:
        case "before_pipeline_run":
            found.began = time
            found.status = "RUNNING"
        case "after_pipeline_run":
            found.ended, found.status = time, "FINISHED"
        case "on_pipeline_error" | "on_node_error":
            found.ended, found.status = time or found.ended, "FAILED"
            found.failed = str(event.get("node") or found.failed)
            found.error = str(event.get("error") or found.error)[:2_000]
        case "after_node_run" if isinstance(name, str):
            found.nodes[name] = told.number_of(event.get("duration")) or 0.0
        case "after_dataset_saved" if isinstance(name, str):
            found.saved.add(name)


def sessions(root: Path, problems: list[FormatError]) -> dict[str, Session]:
    """The sessions of every store, by id."""
    found: dict[str, Session] = {}
    for folder in STORE_FOLDERS:
        place = root / folder / STORE
        if place.is_symlink() or not place.is_file():
            continue
        try:
            with opened(place) as database:
                found |= _sessions(Store(database))
        except FormatError as problem:
            problems.append(problem)
        except sqlite3.Error as error:
            what = "These sessions cannot be read."
            problems.append(FormatError(what, where=str(place), why=str(error)))
    return found


def _sessions(store: Store) -> dict[str, Session]:
    columns = ("run_id", "bookmark", "title", "notes")
    notes = {
        text(row["run_id"]): {name: row[name] for name in columns}
        for row in store.rows("user_run_details", columns)
    }
    found: dict[str, Session] = {}
    for row in store.rows("runs", ("id", "blob")):
        name = text(row["id"])
        said = told.table_in(_unquoted(text(row["blob"])))
        extra = as_table(said.get("extra_params"))
        found[name] = Session(extra, said, notes.get(name, {}))
    return found


def _unquoted(blob: str) -> str:
    """The JSON of a session, which lies in a JSON text again."""
    try:
        found = json.loads(blob)
    except (ValueError, RecursionError):
        return ""
    return found if isinstance(found, str) else blob
