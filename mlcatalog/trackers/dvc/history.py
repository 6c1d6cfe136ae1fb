"""Executions that commits and experiments recorded, read out of git's objects."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mlcatalog.domain.errors import FormatError
from mlcatalog.trackers.dvc.files import FILE_LIMIT, Committed
from mlcatalog.trackers.dvc.lock import Execution, Locks
from mlcatalog.trackers.dvc.telling import Moment
from mlcatalog.trackers.git import changes as walking
from mlcatalog.trackers.git.changes import Change
from mlcatalog.trackers.git.commits import Commit
from mlcatalog.trackers.git.places import above
from mlcatalog.trackers.git.refs import below
from mlcatalog.trackers.git.repository import Repository, opened

COMMITS = 2_000  # that are looked at
CHANGES = 60  # of the lock, the latest
EXPERIMENTS = 200
EXECUTIONS = 5_000  # that are told
SECONDS = 10.0  # for all of it
LOCK = "dvc.lock"
LEVELS = 32
MOST = 50_000  # stages in all the locks


@dataclass(frozen=True, slots=True)
class Recorded:
    """An execution, and the first commit or experiment that has it."""

    execution: Execution
    moment: Moment
    files: Committed


@dataclass(slots=True)
class Past:
    """What a repository recorded of a pipeline, newest first; `notes` say what it lacks."""

    recorded: list[Recorded] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    locks: Locks = field(default_factory=Locks)


@contextmanager
def past(folder: Path, root: Path) -> Iterator[Past]:
    """The executions in the history of a folder's lock; their files last as long."""
    found = Past()
    work_tree = _work_tree(folder, root)
    with ExitStack() as stack:
        try:
            if work_tree is not None:
                repository = stack.enter_context(opened(root, work_tree))
                prefix = folder.resolve().relative_to(work_tree.resolve()).as_posix()
                if repository is not None:
                    _fill(found, repository, "" if prefix == "." else f"{prefix}/")
        except FormatError as error:
            found.notes.append(str(error))
        yield found


def _work_tree(folder: Path, root: Path) -> Path | None:
    """The repository that a folder lies in: in the project, or the one around it."""
    for place in (folder, *folder.parents)[:LEVELS]:
        if not place.is_relative_to(root):
            break
        if os.path.lexists(place / ".git"):
            return place
    return above(root)


def _fill(found: Past, repository: Repository, prefix: str) -> None:
    path = os.fsencode(prefix + LOCK)
    end = time.monotonic() + SECONDS
    known: dict[str, Recorded] = {}
    for one in _by_commits(found, repository, path, prefix, end):
        key = _key(one)
        if key in known or len(known) < EXECUTIONS:
            known[key] = one  # the oldest that has it: there it came
        else:
            found.notes.append(f"the latest {EXECUTIONS:,} are told")
    for name, commit in _experiments(repository, found):
        entry = repository.history.at(commit.tree, path)
        if time.monotonic() > end:
            found.notes.append("some experiments were not looked at: there are many")
            break
        if entry is not None:
            change = Change(commit, entry)
            for one in _recorded(repository, change, prefix, found, experiment=name):
                known.setdefault(_key(one), one)
    found.recorded = list(known.values())


def _by_commits(
    found: Past, repository: Repository, path: bytes, prefix: str, end: float
) -> Iterator[Recorded]:
    """What commits recorded, the newest first, as far as the time reaches."""
    start = repository.head.commit
    if start is None:
        return
    walked = walking.changes(
        repository.history,
        start,
        [path],
        most=CHANGES,
        commits=COMMITS,
        seconds=SECONDS / 2,
    )
    found.notes += [walked.note] if walked.note else []
    if len(walked.of.get(path, ())) >= CHANGES:
        found.notes.append(f"the latest {CHANGES} changes of {LOCK} were read")
    count = 0
    for change in walked.of.get(path, []):
        if time.monotonic() > end or count > MOST:
            found.notes.append("earlier locks were not read: they are long")
            return
        for one in _recorded(repository, change, prefix, found):
            count += 1
            yield one


def _key(one: Recorded) -> str:
    return f"{one.execution.stage}@{one.execution.id}"


def _recorded(
    repository: Repository,
    change: Change,
    prefix: str,
    found: Past,
    experiment: str = "",
) -> Iterable[Recorded]:
    commit = change.commit
    moment = Moment(LOCK, commit.text, commit.date, commit.subject, experiment)
    files = Committed(repository.history, commit.tree, prefix)
    try:
        raw = repository.history.objects.get(change.entry.id, "blob", FILE_LIMIT)
        said = (
            found.locks.executions(raw, f"{prefix}{LOCK} at {commit.text[:12]}")
            if raw
            else {}
        )
    except FormatError as error:
        found.notes.append(f"{LOCK} at {commit.text[:12]} was not read: {error.why}")
        return []
    return [Recorded(one, moment, files) for one in said.values()]


def _experiments(repository: Repository, found: Past) -> Iterator[tuple[str, Commit]]:
    """Experiments by name: refs/exps/AA/REST-OF-BASELINE/NAME, the stash left out."""
    refs = below("refs/exps/", repository.places, repository.boundary, most=EXPERIMENTS)
    for name, identity in sorted(refs.items()):
        parts = name.split("/")
        if len(parts) != 5 or len(parts[2]) != 2:
            continue
        commit = repository.history.commit(identity)
        if commit is None:
            found.notes.append(f"the experiment {parts[4]} is not here")
        else:
            yield parts[4], commit
