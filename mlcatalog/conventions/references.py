"""Where a text names a file that is to be renamed, and the text with the new name.

A mention counts only where it surely means that file: the path before it
leads there, or the name alone is the only one of its kind in the project.
"""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

BEFORE = re.compile(r"[\w./\\~@:+-]*\Z")
INSIDE = re.compile(r"[\w.-]", re.ASCII)
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Move:
    """A file or folder with its absolute path before and after; `/` parts names."""

    old: str
    new: str
    is_folder: bool = False

    @property
    def old_name(self) -> str:
        """The name before."""
        return self.old.rpartition("/")[2]

    @property
    def new_name(self) -> str:
        """The name after."""
        return self.new.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Mention:
    """One place of a text that names a renamed file."""

    line: int
    old: str
    new: str
    start: int  # in the text
    end: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text lies: its folder, and the root of its project."""

    folder: str
    root: str


def mentions(
    text: str,
    place: Place,
    moved: Sequence[Move],
    *,
    is_unique: Callable[[str], bool],
    stems: dict[str, str] | None = None,
) -> list[Mention]:
    """The mentions of renamed files, in order; none overlaps another.

    `is_unique` tells whether a file name stands for one file of the project;
    `stems` are names without extension that mean renamed artifacts alone.
    """
    found: dict[int, Mention] = {}
    for one in moved:
        for start, end in _occurrences(text, one.old_name, whole=not one.is_folder):
            if _means(text, start, end, place, one, is_unique):
                found[start] = _mention(text, start, end, one.new_name)
    for old, new in (stems or {}).items():
        for start, end in _occurrences(text, old, whole=False):
            if start not in found and not _is_path(text, start, end):
                found[start] = _mention(text, start, end, new)
    return _apart(found)


def rewritten(text: str, found: Sequence[Mention]) -> str:
    """The text with every mention replaced."""
    parts, at = [], 0
    for mention in found:
        parts += [text[at : mention.start], mention.new]
        at = mention.end
    return "".join([*parts, text[at:]])


def difference(name: str, before: str, after: str) -> str:
    """What changes in a file, as a unified diff."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), name, name, n=1, lineterm=""
    )
    return "\n".join(line[:MOST_SHOWN] for line in lines)


def _occurrences(text: str, name: str, *, whole: bool) -> Iterator[tuple[int, int]]:
    """Where a name stands alone: not as a part of a longer one."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        starts = at == 0 or not INSIDE.match(text[at - 1])
        if starts and _ends(text, end, whole=whole):
            yield at, end
        at = text.find(name, at + 1)


def _ends(text: str, end: int, *, whole: bool) -> bool:
    """Whether a name ends here; a full stop may follow, an extension may not."""
    after = text[end : end + 2]
    if not after or not INSIDE.match(after[0]):
        return True
    return (
        after[0] == "."
        and (len(after) == 1 or not INSIDE.match(after[1]))
        and (whole or after[1:] != ".")
    )


def _means(
    text: str,
    start: int,
    end: int,
    place: Place,
    moved: Move,
    is_unique: Callable[[str], bool],
) -> bool:
    before = _before(text, start)
    if "://" in before or before.endswith(":/"):
        return False
    if moved.is_folder and not before and text[end : end + 1] not in ("/", "\\"):
        return is_unique(moved.old_name)
    folder = moved.old.rpartition("/")[0]
    if not before:
        return place.folder == folder or is_unique(moved.old_name)
    path = before.replace("\\\\", "/").replace("\\", "/").rstrip("/")
    if path.startswith("/") or re.match(r"[A-Za-z]:/", path):
        return posixpath.normpath(path) == folder
    for base in (place.folder, place.root):
        if posixpath.normpath(posixpath.join(base, path)) == folder:
            return True
    tail = posixpath.normpath(path)
    is_tail = not tail.startswith(".") and f"{folder}/".endswith(f"/{tail}/")
    return is_tail and is_unique(moved.old_name)


def _before(text: str, start: int) -> str:
    """The path that leads to a name, as it stands before it."""
    found = BEFORE.search(text[max(0, start - 1_000) : start])
    before = found.group() if found else ""
    return before if before.endswith(("/", "\\")) else ""


def _is_path(text: str, start: int, end: int) -> bool:
    return text[start - 1 : start] in ("/", "\\") or text[end : end + 1] in ("/", "\\")


def _mention(text: str, start: int, end: int, new: str) -> Mention:
    return Mention(text.count("\n", 0, start) + 1, text[start:end], new, start, end)


def _apart(found: dict[int, Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for start in sorted(found):
        if not kept or start >= kept[-1].end:
            kept.append(found[start])
    return kept
