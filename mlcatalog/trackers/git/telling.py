"""What a repository says, as facts about files and about what runs recorded."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass

from mlcatalog.domain.parameter_versions import VERSIONS, ParameterHistory, written
from mlcatalog.domain.reading import Fact
from mlcatalog.domain.values import Value, ValueType
from mlcatalog.domain.words import Evidence
from mlcatalog.trackers.git.changes import Change
from mlcatalog.trackers.git.commits import Commit
from mlcatalog.trackers.git.repository import Asked, FileLook, Look, Since, look
from mlcatalog.trackers.git.worktree import State

SHORT = 12  # characters of an id in lists


@dataclass(frozen=True, slots=True)
class Told:
    """One repository at one moment, as values that cross processes."""

    signature: str
    kind: str
    branch: str
    commit: str  # what is checked out, "" for none
    date: str
    changed: int | None  # files with uncommitted changes; None: not known
    notes: tuple[str, ...]
    files: dict[bytes, tuple[Fact, ...]]
    known: dict[str, tuple[Fact, ...]]
    since: dict[str, Since]  # of the same commits


def told(asked: Asked) -> Told | None:
    """What a repository says of what was asked; None when there is none.

    Raises FormatError.
    """
    found = look(asked)
    if found is None:
        return None
    return Told(
        signature=found.signature,
        kind=found.kind,
        branch=found.branch,
        commit=found.head.text if found.head else "",
        date=found.head.date if found.head else "",
        changed=found.changed,
        notes=found.notes,
        files={p: tuple(_of_file(p, one, found)) for p, one in found.files.items()},
        known={text: tuple(_of_run(c)) for text, c in found.known.items()},
        since=found.since,
    )


def _of_file(path: bytes, file: FileLook, found: Look) -> Iterator[Fact]:
    yield _fact("git.state", file.state.value, "git index")
    if found.head is not None:
        shown = f"{found.head.text[:SHORT]} {found.branch}".strip()
        yield _fact("git.head", shown, "git HEAD")
    if file.changes:
        last = file.changes[0].commit
        source = f"git history of {file.pointer}" if file.pointer else "git history"
        yield from _of_commit(last, "git", source)
        named = file.named or ("",) * len(file.changes)
        pairs = zip(file.changes, named, strict=True)
        rows = [list(_row(change, what)) for change, what in pairs]
        text = json.dumps(rows, ensure_ascii=False)
        if file.pointer or file.state is not State.OUTSIDE:
            value = Value(ValueType.LIST, text)
            yield Fact("git.history", value, source, Evidence.RECORDED)
    if file.versions:
        history = ParameterHistory(readable(path), file.versions)
        yield Fact(
            VERSIONS,
            Value(ValueType.TABLE, written(history)),
            "git objects, by Git-Theta",
            Evidence.RECORDED,
        )


def readable(path: bytes) -> str:
    """A path of a repository as text that any encoder takes."""
    return os.fsdecode(path).encode("utf-8", "backslashreplace").decode("utf-8")


def _row(change: Change, named: str = "") -> Iterator[str]:
    yield change.commit.text[:SHORT]
    yield change.commit.date
    subject = change.commit.subject[:80]
    yield f"{subject} ({named})" if named else subject


def _of_run(commit: Commit) -> Iterator[Fact]:
    """What is known of a commit that a run recorded."""
    yield from _of_commit(commit, "code.commit", "git objects", with_id=False)


def _of_commit(
    commit: Commit, prefix: str, source: str, *, with_id: bool = True
) -> Iterator[Fact]:
    if with_id:
        yield _fact(f"{prefix}.commit", commit.text, source)
    if commit.date:
        date = Value(ValueType.TIME, commit.date)
        yield Fact(f"{prefix}.date", date, source, Evidence.RECORDED)
    for key, text in (("author", commit.author), ("subject", commit.subject)):
        if text:
            yield _fact(f"{prefix}.{key}", text, source)


def _fact(key: str, text: str, source: str) -> Fact:
    return Fact(key, Value.of(text), source, Evidence.RECORDED)
