"""The walk over a project: one Folder after the other, ignored ones left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.scanning.ignore import Ignore
from mlcatalog.scanning.listing import Entry, Folder, Problem, joined, list_folder

__all__ = ["Entry", "Folder", "Problem", "walk"]


def walk(
    root: Path,
    *,
    under: bytes = b"",
    recursive: bool = True,
    skip: frozenset[bytes] = frozenset(),
    ignore: Ignore | None = None,
    progress: Progress = no_progress,
) -> Iterator[Folder]:
    """List a project's folders from `under` down, parents before children.

    under and skip (the roots of inner projects, which own their files) are
    paths relative to root; skip takes absolute ones as well. Names are bytes
    and need not be UTF-8. A place that is ignored, skipped or reached only
    through a link yields nothing. Progress counts files.
    """
    base = os.path.realpath(os.fsencode(root))
    left_out = frozenset(_relative(base, path) for path in skip)
    start = _rules_at(base, under, left_out, ignore or Ignore.default())
    stack = [(under, start)] if start is not None else []
    done = 0
    while stack:
        path, rules = stack.pop()
        folder, inside = list_folder(base, path, rules)
        folder = _without(folder, left_out)
        done += len(folder.plain)
        progress(done, None, os.fsdecode(path))
        yield folder
        if recursive:
            stack.extend(
                (joined(path, name), inside.child(name))
                for name in reversed(folder.folders)
            )


def _relative(base: bytes, path: bytes) -> bytes:
    if not path.startswith(b"/"):
        return path.rstrip(b"/")
    return os.path.realpath(path).removeprefix(base.rstrip(b"/") + b"/")


def _without(folder: Folder, left_out: frozenset[bytes]) -> Folder:
    if not left_out:
        return folder
    names = (n for n in folder.folders if joined(folder.path, n) not in left_out)
    return replace(folder, folders=tuple(names))


def _rules_at(
    base: bytes, under: bytes, left_out: frozenset[bytes], ignore: Ignore
) -> Ignore | None:
    """The rules that hold where a walk starts, None if it must not start there.

    Each folder on the way is listed for its ignore file; a way through a link
    or an ignored or inner folder is none. A folder that is gone is walked: it
    comes back as not listed.
    """
    rules = ignore
    path = b""
    for name in under.split(b"/") if under else ():
        folder, inside = list_folder(base, path, rules)
        full = joined(path, name)
        present = os.path.lexists(joined(base, full))
        if full in left_out or inside.ignores(name, True):
            return None
        if folder.listed and present and name not in folder.folders:
            return None
        rules, path = inside.child(name), full
    return rules
