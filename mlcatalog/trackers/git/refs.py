"""HEAD and the names of commits: loose, packed, symbolic, of a work tree."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.trackers.git.bounded import Boundary, damaged
from mlcatalog.trackers.git.places import NAME_LIMIT, Places

PACKED_LIMIT = 64 * 2**20
DEPTH = 5  # symbolic references on one another, as in git
HEX = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class Head:
    """What is checked out: a commit (None before the first), and its branch."""

    commit: bytes | None
    branch: str  # "" when no branch is checked out


def head(places: Places, boundary: Boundary) -> Head:
    """What HEAD says; raises FormatError."""
    said = _raw(places.git / "HEAD", boundary)
    name = ""
    for _ in range(DEPTH):
        if said is None:
            return Head(None, name.removeprefix("refs/heads/"))
        if not said.startswith(b"ref:"):
            commit = _id(said, places)
            return Head(commit, name.removeprefix("refs/heads/"))
        target = os.fsdecode(said[len(b"ref:") :].strip())
        if not is_name(target):
            raise damaged(places.git / "HEAD", f"It names {target[:80]}")
        name = name or target
        said = _named(target, places, boundary)
    raise damaged(places.git / "HEAD", "Its names lead in a circle")


def is_name(text: str) -> bool:
    """Whether a text names a reference, and no place out of the repository."""
    parts = text.split("/")
    if len(text) > 1_024 or "\\" in text or not text.isprintable():
        return False
    return parts[0] == "refs" and len(parts) > 1 and not {"", ".", ".."} & set(parts)


def resolved(name: str, places: Places, boundary: Boundary) -> bytes | None:
    """The commit of a full name such as refs/heads/main; None when there is none."""
    said = _named(name, places, boundary) if is_name(name) else None
    return _id(said, places) if said and not said.startswith(b"ref:") else None


def below(
    prefix: str, places: Places, boundary: Boundary, *, most: int
) -> dict[str, bytes]:
    """The commits of full names that begin with a prefix such as refs/tags/.

    At most so many; a damaged name is left out.
    """
    found: dict[str, bytes] = {}
    for name, said in (
        *_packed(places.common, boundary).items(),
        *_loose(prefix, places.common, boundary, most=most),
    ):
        text = name.decode("utf-8", "surrogateescape")
        is_wanted = text.startswith(prefix) and is_name(text) and len(found) < most
        if is_wanted and HEX.fullmatch(said) and len(said) == 2 * places.id_size:
            found[text] = bytes.fromhex(said.decode("ascii"))
    return found


def _loose(
    prefix: str, common: Path, boundary: Boundary, *, most: int
) -> Iterator[tuple[bytes, bytes]]:
    top = common / prefix
    seen = 0
    if top.is_symlink() or not boundary.holds(top):
        return
    for folder, _, files in os.walk(top):
        for name in sorted(files):
            seen += 1
            if seen > most:
                return
            place = Path(folder) / name
            said = _raw(place, boundary)
            if said is not None:
                yield os.fsencode(place.relative_to(common).as_posix()), said


def _named(name: str, places: Places, boundary: Boundary) -> bytes | None:
    for folder in dict.fromkeys((places.git, places.common)):
        said = _raw(folder / name, boundary)
        if said is not None:
            return said
    return _packed(places.common, boundary).get(name.encode("utf-8", "surrogateescape"))


def _raw(path: Path, boundary: Boundary) -> bytes | None:
    if path.is_symlink():  # how git once kept what HEAD points to
        return b"ref: " + os.fsencode(path.readlink())
    raw = boundary.read(path, NAME_LIMIT) if not path.is_dir() else None
    return raw.strip() if raw is not None else None


def _packed(common: Path, boundary: Boundary) -> dict[bytes, bytes]:
    raw = boundary.read(common / "packed-refs", PACKED_LIMIT) or b""
    found: dict[bytes, bytes] = {}
    for line in raw.splitlines():
        commit, _, name = line.partition(b" ")
        if name and HEX.fullmatch(commit):
            found[name] = commit
    return found


def _id(said: bytes, places: Places) -> bytes:
    if not HEX.fullmatch(said) or len(said) != 2 * places.id_size:
        raise damaged(places.git, "A reference holds no id of a commit")
    return bytes.fromhex(said.decode("ascii"))
