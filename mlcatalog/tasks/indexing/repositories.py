"""The code stage: what git repositories say of the files and runs of a project."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlcatalog.catalog.ingest import Ingest, Place
from mlcatalog.catalog.repositories import RepositoryState, Tracked, is_around
from mlcatalog.domain.code_history import SINCE, FilesSince
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.progress import Progress
from mlcatalog.domain.reading import Fact
from mlcatalog.domain.values import Value, ValueType
from mlcatalog.domain.words import Evidence, Kind, Severity
from mlcatalog.scanning.workers import GuardedPool
from mlcatalog.tasks.indexing.listing import Survey
from mlcatalog.tasks.indexing.reading import absolute, notice_of, readable
from mlcatalog.trackers.git.places import above
from mlcatalog.trackers.git.repository import Asked, place_in, signature
from mlcatalog.trackers.git.telling import Told, told
from mlcatalog.trackers.registry import of_commits

MOST_FILES = 20_000  # of one repository, the scripts first
MOST_CODE = 2_000  # of those, whose version at recorded commits is looked up
CODE = frozenset({Kind.SCRIPT, Kind.CONFIG})
COMMIT_SIZES = frozenset({40, 64})
ORDER = (Kind.SCRIPT, Kind.CONFIG, Kind.MODEL, Kind.ENVIRONMENT, Kind.DOCUMENT)


@dataclass(slots=True)
class Seen:
    """The folders with a repository that a walk saw, and those without one."""

    there: set[bytes] = field(default_factory=set)
    not_there: set[bytes] = field(default_factory=set)

    def add(self, survey: Survey) -> None:
        """Note what one walk saw."""
        self.there |= survey.repositories
        self.not_there |= survey.listed() - survey.repositories


class CodeStage:
    """Looks at repositories in which something was committed, staged or edited."""

    def __init__(self, ingest: Ingest, pool: Callable[[], GuardedPool]) -> None:
        self._ingest = ingest
        self._pool = pool

    def moved(self, place: Place) -> bool:
        """Whether something was committed, staged or checked out since."""
        return bool(self._moved(place))

    def _moved(self, place: Place) -> list[bytes]:
        known = self._ingest.repositories(place)
        return [f for f, one in known.items() if one.signature != _signature(place, f)]

    def told_by_commits(self, place: Place) -> set[bytes]:
        """The folders of runs that commits tell of, where some were made since."""
        moved = self._moved(place)
        tools = of_commits() if moved else frozenset()
        told = self._ingest.run_sources(place) if tools else []
        folders = {
            one.place.encode("utf-8", "surrogateescape").rpartition(b"/")[0]
            for one in told
            if one.tool in tools
        }
        return {folder for folder in folders if _owner(folder, moved) is not None}

    def look(
        self, place: Place, seen: Seen, dirty: Iterable[bytes], progress: Progress
    ) -> int:
        """Bring what repositories say up to date; gives how much of it is news."""
        known = self._ingest.repositories(place)
        inside = {f for f in known if not is_around(f)} | seen.there
        inside -= seen.not_there
        around = set() if b"" in inside else _around(place)
        gone = [folder for folder in known if folder not in inside | around]
        for folder in gone:
            self._ingest.forget_repository(place, folder)
        folders = sorted(inside | around)
        if not folders:
            return len(gone)
        signatures = {folder: _signature(place, folder) for folder in folders}
        edited = {_owner(folder, folders) for folder in dirty}
        wanted = [
            folder
            for folder in folders
            if gone  # what it said of files may have been another's word
            or folder in edited
            or folder not in known
            or known[folder].signature != signatures[folder]
        ]
        if not wanted:
            return len(gone)
        files, recorded = self._ingest.tracked(place)
        news = len(gone)
        for done, folder in enumerate(wanted):
            progress(done, len(wanted), "reading git " + os.fsdecode(folder))
            mine = _most_wanted(one for one in files if _is_in(one, folder, folders))
            news += self._one(place, folder, signatures[folder], mine, recorded)
        return news

    def _one(
        self,
        place: Place,
        folder: bytes,
        now: str,
        files: list[Tracked],
        recorded: Mapping[int, str],
    ) -> int:
        way = _Way.to(place, folder)
        code = [way.inner(one.path) for one in files if one.kind in CODE][:MOST_CODE]
        commits = {text for text in recorded.values() if len(text) in COMMIT_SIZES}
        asked = Asked(
            place.root,
            work_tree(place, folder),
            tuple(way.inner(one.path) for one in files),
            tuple(sorted(commits)),
            tuple(code),
        )
        outcome = next(self._pool().map_chunks(told, [asked]))[1]
        if isinstance(outcome, BaseException):
            problem = notice_of(outcome).message
            state = RepositoryState(folder, now, problem=problem)
            return self._ingest.write_repository(place, state, {})
        if outcome is None:
            if not is_around(folder):
                return 0
            state = RepositoryState(folder, now, note="the project is not in it")
            return self._ingest.write_repository(place, state, {})
        return self._ingest.write_repository(
            place,
            _state(folder, outcome),
            _said(outcome, files, recorded, way=way),
        )


@dataclass(frozen=True, slots=True)
class _Way:
    """From paths of a project to those of a repository in it or around it."""

    cut: int  # bytes that lead from the project to the repository
    lead: bytes  # what leads from the repository to the project

    @classmethod
    def to(cls, place: Place, folder: bytes) -> _Way:
        if is_around(folder):
            tree = Path(os.fsdecode(work_tree(place, folder)))
            return cls(0, place_in(Path(os.fsdecode(place.root)), tree))
        return cls(len(folder) + 1 if folder else 0, b"")

    def inner(self, path: bytes) -> bytes:
        """A path of the project as the repository has it."""
        return self.lead + path[self.cut :]


def _around(place: Place) -> set[bytes]:
    """The folder above a project whose repository holds it, as a path from there."""
    found = above(Path(os.fsdecode(place.root)))
    if found is None:
        return set()
    real = os.path.realpath(place.root)
    return {os.path.relpath(os.fsencode(found), real).replace(b"\\", b"/")}


def work_tree(place: Place, folder: bytes) -> bytes:
    """The absolute path of a repository's work tree."""
    if is_around(folder):
        return os.path.normpath(os.path.realpath(place.root) + b"/" + folder)
    return absolute(place, folder)


def _signature(place: Place, folder: bytes) -> str:
    root, tree = place.root, work_tree(place, folder)
    return signature(Path(os.fsdecode(root)), Path(os.fsdecode(tree)))


def _state(folder: bytes, said: Told) -> RepositoryState:
    return RepositoryState(
        folder=folder,
        signature=said.signature,
        kind=said.kind,
        branch=said.branch,
        commit=said.commit,
        date=said.date,
        changed=said.changed,
        note="; ".join(said.notes),
    )


def _said(
    outcome: Told, files: Sequence[Tracked], recorded: Mapping[int, str], *, way: _Way
) -> dict[tuple[int, int | None], tuple[Fact, ...]]:
    known = _of_commits(outcome, files, way)
    found: dict[tuple[int, int | None], tuple[Fact, ...]] = {}
    for one in files:
        facts = outcome.files.get(way.inner(one.path), ())
        commit = recorded.get(one.artifact, "")
        found[one.artifact, one.version] = (*facts, *known.get(commit, ()))
    of_files = {one.artifact for one in files}
    for artifact, commit in recorded.items():
        if artifact not in of_files and commit in known:
            found[artifact, None] = known[commit]
    return found


def _of_commits(
    outcome: Told, files: Sequence[Tracked], way: _Way
) -> dict[str, tuple[Fact, ...]]:
    """What is known of each commit that was recorded, and of the code since then."""
    found = dict(outcome.known)
    code = [one for one in files if one.kind in CODE]
    texts = {way.inner(one.path): readable(one.path) for one in code}
    for commit, since in outcome.since.items():
        said = FilesSince(
            frozenset(texts[path] for path in since.changed),
            frozenset(texts[path] for path in since.absent),
            is_whole=len(code) <= MOST_CODE,
        )
        value = Value(ValueType.TABLE, said.written())
        fact = Fact(SINCE, value, "git objects", Evidence.RECORDED)
        found[commit] = (*found.get(commit, ()), fact)
    return found


def _owner(folder: bytes, folders: list[bytes]) -> bytes | None:
    """The innermost of some folders that a folder lies in."""
    inside = [f for f in folders if _reaches(f, folder)]
    return max(inside, key=lambda f: (not is_around(f), len(f)), default=None)


def _reaches(repository: bytes, folder: bytes) -> bool:
    if not repository or is_around(repository):
        return True
    return folder == repository or folder.startswith(repository + b"/")


def _is_in(file: Tracked, folder: bytes, folders: list[bytes]) -> bool:
    return _owner(file.path.rpartition(b"/")[0], folders) == folder


def _most_wanted(files: Iterable[Tracked]) -> list[Tracked]:
    rank = {kind: place for place, kind in enumerate(ORDER)}
    ordered = sorted(files, key=lambda one: (rank.get(one.kind, len(ORDER)), one.path))
    return ordered[:MOST_FILES]


def unread_repositories(ingest: Ingest, place: Place) -> list[Finding]:
    """The repositories that could not be read."""
    return [
        Finding(
            rule="code.repository-unread",
            severity=Severity.WARNING,
            message=state.problem,
            path=os.fsdecode(work_tree(place, folder)),
            remedy="Commits of the code are not known here; all else was indexed.",
        )
        for folder, state in sorted(ingest.repositories(place).items())
        if state.problem
    ]
