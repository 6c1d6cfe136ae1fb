"""What a rename would do: new names, what stands against them, and what names them."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.conventions.limits import unfit
from mlcatalog.conventions.names import is_dictated, stem
from mlcatalog.conventions.references import (
    Mention,
    Move,
    Place,
    difference,
    mentions,
    rewritten,
)
from mlcatalog.conventions.template import blanks_of
from mlcatalog.domain import dvc_words
from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.domain.words import Kind
from mlcatalog.scanning.walk import walk

# Texts whose mentions are rewritten, and texts whose mentions are only told.
REWRITTEN = frozenset(
    [
        ".json",
        ".yaml",
        ".yml",
        ".toml",
        ".cfg",
        ".ini",
        ".md",
        ".dvc",
        ".lock",
        ".txt",
        ".csv",
        ".tsv",
        ".jsonl",
        ".sha256",
        ".md5",
        ".gitignore",
        ".gitattributes",
        ".dvcignore",
        ".properties",
        ".xml",
        ".html",
        ".rst",
    ]
)
TOLD = frozenset(
    [".py", ".sh", ".bash", ".ipynb", ".r", ".jl", ".ps1", ".bat", ".js", ".ts", ".log"]
)
DATABASES = frozenset([".db", ".sqlite", ".sqlite3"])
MOST_TEXT = 1 << 20
MOST_DATABASE = 64 << 20
TO_FILL = "fields are still to be filled in"
LEAST_STEM = 6  # letters of a bare name that may be taken for an artifact


@dataclass(frozen=True, slots=True)
class Wanted:
    """A new name (without extension) for what lies at a path."""

    path: str
    name: str
    artifact: str = ""


@dataclass(frozen=True, slots=True)
class PlanRow(Move):
    """One line of the preview."""

    artifact: str = ""
    conflicts: tuple[str, ...] = ()
    companions: tuple[Move, ...] = ()
    mentions: int = 0

    @property
    def moves(self) -> tuple[Move, ...]:
        """What is renamed on the disk: the file itself, then what belongs to it."""
        return (Move(self.old, self.new, self.is_folder), *self.companions)


@dataclass(frozen=True, slots=True)
class TextChange:
    """One text with its mentions rewritten."""

    path: str
    before: bytes
    after: bytes
    mentions: int

    @property
    def diff(self) -> str:
        """What changes, line by line."""
        return difference(self.path, self.before.decode(), self.after.decode())


@dataclass(frozen=True, slots=True)
class Left:
    """A mention that stays as it is, and will lead nowhere."""

    path: str
    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class RenamePlan:
    """All of it: nothing has happened yet."""

    rows: tuple[PlanRow, ...]
    changes: tuple[TextChange, ...] = ()
    left: tuple[Left, ...] = ()

    @property
    def conflicts(self) -> int:
        """How many names cannot be given."""
        return sum(bool(row.conflicts) for row in self.rows)

    @property
    def moves(self) -> tuple[Move, ...]:
        """What is renamed on the disk."""
        return tuple(move for row in self.rows for move in row.moves)

    def without_conflicts(self) -> tuple[Wanted, ...]:
        """What is left to ask for when the impossible lines are dropped."""
        return tuple(
            Wanted(row.old, _bare(row.new, row.is_folder), row.artifact)
            for row in self.rows
            if not row.conflicts
        )


def planned(
    catalog: Catalog, wanted: Sequence[Wanted], progress: Progress = no_progress
) -> RenamePlan:
    """What these renames would do; reads the projects' texts, writes nothing."""
    rows = [_row(catalog, one) for one in dict.fromkeys(wanted)]
    rows = _held_together([row for row in rows if row.old != row.new])
    usable = [row for row in rows if not row.conflicts]
    roots = _roots(catalog, usable)
    changes: list[TextChange] = []
    left: list[Left] = []
    counted: Counter[str] = Counter()
    for root, inside in roots.items():
        found = _Search(catalog, root, inside).run(progress)
        changes += found.changes
        left += found.left
        counted += found.counted
    shown = [replace(row, mentions=counted[row.old]) for row in rows]
    return RenamePlan(tuple(shown), tuple(changes), tuple(left))


def place_of(summary: Summary) -> str:
    """What carries an artifact's name: its file, or the folder that names it."""
    folder, _, name = summary.path.rpartition("/")
    if summary.kind is Kind.MODEL and not summary.bundle and is_dictated(name):
        return folder
    return summary.path


def _row(catalog: Catalog, wanted: Wanted) -> PlanRow:
    old = wanted.path
    is_folder = Path(old).is_dir()
    folder, _, name = old.rpartition("/")
    extension = "" if is_folder else name[len(stem(name)) :]
    new = f"{folder}/{wanted.name}{extension}"
    conflicts = tuple(_conflicts(catalog, wanted, old, new))
    companions = () if is_folder or conflicts else tuple(_companions(old, new))
    return PlanRow(old, new, is_folder, wanted.artifact, conflicts, companions)


def _conflicts(catalog: Catalog, wanted: Wanted, old: str, new: str) -> Iterator[str]:
    if not wanted.name:
        yield "what is known of it makes no name that a file can have"
        return
    if dvc_words.pointed(old):
        yield 'only DVC\'s pointer is here: "dvc move" renames what it stands for'
        return
    if blanks_of(wanted.name):
        yield TO_FILL
        return
    if not os.path.lexists(old):
        yield "the file is not there now"
        return
    why = unfit(new.rpartition("/")[2])
    if why or "/" in wanted.name:
        yield why or "a name holds no slash"
    if any(Path(project.path) == Path(old) for project in catalog.projects()):
        yield "it is the watched folder itself"
    if not os.access(Path(old).parent, os.W_OK):
        yield "its folder may not be written to"


def _companions(old: str, new: str) -> Iterator[Move]:
    """Files that belong to a file by its whole name: `x.onnx.dvc`, `x.onnx.sha256`."""
    folder, _, name = old.rpartition("/")
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - names, not paths
    except OSError:
        return
    for other in names:
        if other.startswith(f"{name}.") and Path(folder, other).is_file():
            yield Move(f"{folder}/{other}", new + other[len(name) :])


def _held_together(rows: Sequence[PlanRow]) -> list[PlanRow]:
    """The rows with the conflicts among them and with what is there."""
    own = {row.old for row in rows}
    rows = [
        replace(row, companions=tuple(c for c in row.companions if c.old not in own))
        for row in rows
    ]
    moves = [move for row in rows for move in row.moves]
    leaving = {move.old for move in moves}
    coming = Counter(move.new.casefold() for move in moves)
    return [_against(row, leaving, coming) for row in rows]


def _against(row: PlanRow, leaving: set[str], coming: Counter[str]) -> PlanRow:
    if row.conflicts:
        return row
    found = []
    for move in row.moves:
        if coming[move.new.casefold()] > 1:
            found.append(f"another file would be named {move.new_name} too")
        elif (
            (other := _neighbour(move.new))
            and other not in leaving
            and other != move.old
        ):
            found.append(f"{other.rpartition('/')[2]} is there already")
    return replace(row, conflicts=tuple(found))


def _neighbour(path: str) -> str:
    """What lies there by this name, in whatever case."""
    folder, _, name = path.rpartition("/")
    try:
        names = os.listdir(folder)  # noqa: PTH208
    except OSError:
        return ""
    if name in names:
        return path
    same = [one for one in names if one.casefold() == name.casefold()]
    return f"{folder}/{same[0]}" if same else ""


def _roots(catalog: Catalog, rows: Iterable[PlanRow]) -> dict[str, list[PlanRow]]:
    """The watched folders that hold what is renamed, with it."""
    projects = [project.path for project in catalog.projects()]
    found: dict[str, list[PlanRow]] = {}
    for row in rows:
        holders = [root for root in projects if row.old.startswith(f"{root}/")]
        if holders:
            found.setdefault(max(holders, key=len), []).append(row)
    return found


def _bare(path: str, is_folder: bool) -> str:
    name = path.rpartition("/")[2]
    return name if is_folder else stem(name)


class _Search:
    """Goes through the texts of one project for mentions of what is renamed."""

    def __init__(self, catalog: Catalog, root: str, rows: Sequence[PlanRow]) -> None:
        self.changes: list[TextChange] = []
        self.left: list[Left] = []
        self.counted: Counter[str] = Counter()
        self._root = root
        self._moved = [move for row in rows for move in row.moves]
        self._row_of = {move.old: row.old for row in rows for move in row.moves}
        self._stems = _stems(catalog, root, rows)
        names = {one.old_name for one in self._moved} | set(self._stems)
        words = sorted(map(re.escape, names), key=len, reverse=True)
        self._any = re.compile("|".join(words).encode())
        self._files: list[tuple[str, int, bool]] = []
        self._count: Counter[str] = Counter()

    def run(self, progress: Progress) -> _Search:
        """Read every text once; gives itself."""
        self._list(progress)
        for done, (path, size, is_link) in enumerate(self._files):
            progress(done, len(self._files), "Looking for references")
            self._look(path, size, is_link)
        return self

    def _list(self, progress: Progress) -> None:
        for folder in walk(Path(self._root), progress=progress):
            place = os.fsdecode(folder.path)
            base = f"{self._root}/{place}" if place else self._root
            for below in folder.folders:
                self._count[os.fsdecode(below)] += 1
            for entry in folder.files:
                name = os.fsdecode(entry.name)
                self._count[name] += 1
                self._files.append((f"{base}/{name}", entry.size, entry.is_link))

    def _look(self, path: str, size: int, is_link: bool) -> None:
        if is_link:
            self._look_at_link(path)
            return
        suffix = Path(path).suffix.lower() or Path(path).name
        limit = MOST_DATABASE if suffix in DATABASES else MOST_TEXT
        if suffix not in REWRITTEN | TOLD | DATABASES or size > limit:
            return
        try:
            raw = Path(path).read_bytes()
        except OSError:
            return
        if not self._any.search(raw):
            return
        if suffix in DATABASES:
            self._tell_database(path, raw)
            return
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            self.left.append(Left(path, 0, "", "it is not UTF-8"))
            return
        self._read(path, raw, text, is_kept=suffix in TOLD)

    def _read(self, path: str, raw: bytes, text: str, *, is_kept: bool) -> None:
        place = Place(path.rpartition("/")[0], self._root)
        found = mentions(
            text, place, self._moved, is_unique=self._is_unique, stems=self._stems
        )
        if not found:
            return
        if is_kept:
            lines = text.split("\n")
            why = "scripts and logs are left to you"
            self.left += [
                Left(path, one.line, lines[one.line - 1].strip()[:200], why)
                for one in found
            ]
            return
        after = rewritten(text, found).encode("utf-8")
        self.changes.append(TextChange(path, raw, after, len(found)))
        for one in found:
            for row in self._named(one):
                self.counted[row] += 1

    def _named(self, mention: Mention) -> set[str]:
        return {
            self._row_of[one.old]
            for one in self._moved
            if mention.old in (one.old_name, stem(one.old_name))
        }

    def _is_unique(self, name: str) -> bool:
        return self._count[name] == 1

    def _look_at_link(self, path: str) -> None:
        target = os.path.realpath(path)
        for one in self._moved:
            if target == one.old or target.startswith(f"{one.old}/"):
                self.left.append(Left(path, 0, target, "a symbolic link leads there"))

    def _tell_database(self, path: str, raw: bytes) -> None:
        found = self._any.search(raw)
        text = found.group().decode() if found else ""
        self.left.append(Left(path, 0, text, "the database of another tool"))


def _stems(catalog: Catalog, root: str, rows: Sequence[PlanRow]) -> dict[str, str]:
    """Names without extension that mean only what is renamed, with the new ones."""
    wanted: dict[str, set[str]] = {}
    for row in rows:
        wanted.setdefault(_bare(row.old, row.is_folder), set()).add(
            _bare(row.new, row.is_folder)
        )
    places = {row.old for row in rows}
    for summary in catalog.list(""):
        name = stem(summary.name)
        is_other = name in wanted and place_of(summary) not in places
        is_here = summary.path.startswith(f"{root}/") and summary.kind is not Kind.RUN
        if is_other and is_here:
            wanted[name].add("")  # it means something else as well
    return {
        old: new.pop()
        for old, new in wanted.items()
        if len(new) == 1 and _is_telling(old)
    }


def _is_telling(name: str) -> bool:
    """Whether a bare name is no everyday word."""
    return len(name) >= LEAST_STEM and re.search(r"[\d_.-]", name) is not None
