"""Names judged: those of some artifacts, and their doubles among all others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from mlcatalog.catalog.judgements import JudgedName, Judgements
from mlcatalog.catalog.linkables import Linkable
from mlcatalog.conventions.findings import duplicates, name_key, own_findings
from mlcatalog.conventions.in_force import RULE as UNUSABLE
from mlcatalog.conventions.in_force import Conventions
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.words import Kind
from mlcatalog.tasks.naming import name_subject, speaks_of, word_of

BATCH = 1_000
T = TypeVar("T")


def judge_names(
    work: Judgements, conventions: Conventions, rows: Sequence[int]
) -> set[int]:
    """Judge the names of artifacts by number, and whatever that changes for others.

    Gives the other artifacts of which something else is said now.
    """
    names = _Names(work, conventions)
    for part in _batches(rows):
        names.note(part)
    more = names.called_otherwise() - set(rows)
    for part in _batches([*rows, *sorted(more)]):
        names.judge(part)
    more |= names.judge_doubles()
    names.judge_places()
    return more - set(rows)


class _Names:
    """One judgement; what it comes across is kept until its end."""

    def __init__(self, work: Judgements, conventions: Conventions) -> None:
        self._work = work
        self._conventions = conventions
        self._keys: set[str] = set()
        self._projects: set[str] = set()
        self._called: dict[str, str] = {}
        self._folders: dict[str, str] = {}  # by path: the project's root

    def note(self, rows: Collection[int]) -> None:
        """Note the names, and which doubles and projects that is about."""
        before = {name.row: name for name in self._work.names_of(rows)}
        after = {}
        for artifact in self._work.placed(rows):
            self._folders |= dict.fromkeys(_folders_of(artifact), artifact.project)
            if speaks_of(self._conventions, artifact):
                after[artifact.row] = self._noted(artifact)
        self._keys |= {name.key for name in (*before.values(), *after.values())}
        if before != after:
            self._work.note_names(rows, list(after.values()))
        for row in before.keys() | after.keys():
            old, new = before.get(row), after.get(row)
            if _word(old) != _word(new):
                self._projects |= {one.project for one in (old, new) if one}

    def _noted(self, artifact: Linkable) -> JudgedName:
        subject = name_subject(artifact, {}, {})
        return JudgedName(
            artifact.row,
            name_key(subject),
            subject.project,
            word_of(subject, self._conventions),
            subject.path,
        )

    def called_otherwise(self) -> set[int]:
        """The artifacts of projects that most names call otherwise than before."""
        known = self._work.signatures()
        found: set[int] = set()
        for project in sorted(self._projects):
            called = self._work.called(project)
            if known.get(_place_of(project), "") != called:
                found |= self._work.call(project, called, _place_of(project))
        return found

    def judge(self, rows: Collection[int]) -> None:
        """Hold names against facts and conventions."""
        named = self._work.named(rows)
        wanted = set(rows)
        subjects = (
            name_subject(artifact, named.artifacts, named.parents)
            for artifact in named.artifacts.values()
            if artifact.row in wanted and speaks_of(self._conventions, artifact)
        )
        called = (
            replace(subject, called=self._project_called(subject.project))
            for subject in subjects
        )
        self._work.write_names(rows, own_findings(called, self._conventions.of))

    def _project_called(self, project: str) -> str:
        if project not in self._called:
            self._called[project] = self._work.called(project)
        return self._called[project]

    def judge_doubles(self) -> set[int]:
        """Judge all names that share one with what was noted."""
        changed: set[int] = set()
        for keys in _batches(sorted(self._keys)):
            alike: dict[str, list[int]] = defaultdict(list)
            for key, row in self._work.alike(keys):
                alike[key].append(row)
            rows = [row for group in alike.values() for row in group]
            subjects = {
                artifact.row: name_subject(artifact, {}, {})
                for artifact in self._work.placed(rows)
            }
            found: list[Finding] = []
            for group in alike.values():
                same = [subjects[row] for row in group if row in subjects]
                if len(same) > 1:
                    found += duplicates(same, self._conventions.of)
            changed |= self._work.write_doubles(rows, found)
        return changed

    def judge_places(self) -> None:
        """Judge the folders that were come across, and look at the others again."""
        kept = [
            finding for finding in self._work.about_places() if self._stands(finding)
        ]
        subjects = [
            subject
            for folder, root in sorted(self._folders.items())
            if (subject := self._folder(folder, root)) is not None
        ]
        found = own_findings(subjects, self._conventions.of)
        self._work.write_places([*kept, *found, *self._conventions.findings()])

    def _stands(self, finding: Finding) -> bool:
        """Whether what was said of a place is still so, as far as nothing new is."""
        above = finding.path.rpartition("/")[0]
        if finding.rule == UNUSABLE:
            self._conventions.signature(above)  # told again if it still is so
            return False
        if finding.path in self._folders:
            return False
        root = self._root_of(finding.path)
        return bool(root) and self._folder(finding.path, root) is not None

    def _root_of(self, folder: str) -> str:
        roots = [r for r in self._work.roots() if folder.startswith(f"{r}/")]
        return max(roots, key=len, default="")

    def _folder(self, folder: str, root: str) -> NameSubject | None:
        above, _, name = folder.rpartition("/")
        if self._conventions.at("folder", above) is None:
            return None
        if not self._work.holds_artifacts(root, folder):
            return None
        project = root.rpartition("/")[2]
        return NameSubject("", folder, name, Kind.DOCUMENT, project, is_folder=True)


def _folders_of(artifact: Linkable) -> Iterator[str]:
    """The folders above an artifact, below its project's root."""
    here = artifact.path.rpartition("/")[0]
    while here.startswith(f"{artifact.project}/"):
        yield here
        here = here.rpartition("/")[0]


def _word(name: JudgedName | None) -> tuple[str, str]:
    return (name.project, name.word) if name else ("", "")


def _place_of(project: str) -> str:
    return f"called: {project}"


def _batches(ordered: Sequence[T]) -> Iterable[Sequence[T]]:
    return (ordered[at : at + BATCH] for at in range(0, len(ordered), BATCH))
