"""Commits and trees: what a commit says, and what lies at a path in it."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from mlcatalog.domain.values import clipped
from mlcatalog.trackers.git.bounded import damaged
from mlcatalog.trackers.git.objects import COMMIT_LIMIT, TREE_LIMIT, Objects

PERSON = re.compile(rb"(.*?) ?<[^>]*>(?: (-?\d{1,12})(?: ([+-]\d{4}))?)?\s*$")
FOLDER, FILE, LINK, SUBMODULE = 0o040000, 0o100000, 0o120000, 0o160000
KIND = 0o170000
DEPTH_LIMIT = 128  # folders in one another
TREES_KEPT = 4_096


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit, as far as it concerns the catalogue."""

    id: bytes
    tree: bytes
    parents: tuple[bytes, ...]
    author: str
    date: str  # of authoring, ISO 8601 with the author's zone; "" when it has none
    moment: int  # seconds since 1970, of committing
    subject: str

    @property
    def text(self) -> str:
        """Its id as people write it."""
        return self.id.hex()


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a tree."""

    mode: int
    id: bytes

    @property
    def kind(self) -> int:
        """FOLDER, FILE, LINK or SUBMODULE."""
        return self.mode & KIND


class History:
    """Commits and trees of one repository, the latest trees kept."""

    def __init__(self, objects: Objects, place: Path, id_size: int) -> None:
        self.objects = objects
        self._place = place
        self._id_size = id_size
        self._trees: OrderedDict[bytes, dict[bytes, Entry]] = OrderedDict()

    def commit(self, wanted: bytes) -> Commit | None:
        """A commit; None when it is not here (a shallow clone); raises FormatError."""
        raw = self.objects.get(wanted, "commit", COMMIT_LIMIT)
        return None if raw is None else self._parsed(wanted, raw)

    def tree(self, wanted: bytes) -> dict[bytes, Entry] | None:
        """The names in a tree; None when it is not here; raises FormatError."""
        known = self._trees.get(wanted)
        if known is not None:
            self._trees.move_to_end(wanted)
            return known
        raw = self.objects.get(wanted, "tree", TREE_LIMIT)
        if raw is None:
            return None
        entries = self._entries(raw)
        self._trees[wanted] = entries
        if len(self._trees) > TREES_KEPT:
            self._trees.popitem(last=False)
        return entries

    def at(self, tree: bytes, path: bytes) -> Entry | None:
        """What lies at a path below a tree."""
        entry: Entry | None = Entry(FOLDER, tree)
        for name in path.split(b"/"):
            if entry is None or entry.kind != FOLDER:
                return None
            entry = (self.tree(entry.id) or {}).get(name)
        return entry

    def _parsed(self, wanted: bytes, raw: bytes) -> Commit:
        head, _, message = raw.partition(b"\n\n")
        tree = b""
        parents: list[bytes] = []
        people: dict[bytes, bytes] = {}
        for line in head.split(b"\n"):
            key, _, value = line.partition(b" ")
            if key == b"tree":
                tree = self._id(value)
            elif key == b"parent":
                parents.append(self._id(value))
            elif key in (b"author", b"committer"):
                people.setdefault(key, value)
        if not tree:
            raise damaged(self._place, f"The commit {wanted.hex()} has no tree")
        author, date, _ = _person(people.get(b"author", b""))
        return Commit(
            wanted,
            tree,
            tuple(parents),
            author,
            date,
            _person(people.get(b"committer", b""))[2],
            clipped(
                message.strip().partition(b"\n")[0].decode("utf-8", "replace"), 200
            ),
        )

    def _id(self, text: bytes) -> bytes:
        try:
            found = bytes.fromhex(text.decode("ascii"))
        except ValueError:
            found = b""
        if len(found) != self._id_size:
            raise damaged(self._place, "A commit names what is no id")
        return found

    def _entries(self, raw: bytes) -> dict[bytes, Entry]:
        entries: dict[bytes, Entry] = {}
        at, size = 0, self._id_size
        while at < len(raw):
            space = raw.find(b" ", at, at + 8)
            end = raw.find(b"\0", space + 1)
            if space < 0 or end < 0 or end + 1 + size > len(raw):
                raise damaged(self._place, "A tree ends too early")
            try:
                mode = int(raw[at:space], 8)
            except ValueError as error:
                raise damaged(self._place, "A tree has no mode") from error
            name = raw[space + 1 : end]
            at = end + 1 + size
            if name and b"/" not in name:
                entries[name] = Entry(mode, raw[end + 1 : at])
        return entries


def _person(raw: bytes) -> tuple[str, str, int]:
    """Name, time as text, and seconds; the address is nobody's concern here."""
    match = PERSON.match(raw)
    if match is None:
        return "", "", 0
    name = clipped(match[1].decode("utf-8", "replace").strip(), 200)
    seconds = int(match[2] or 0)
    zone = match[3] or b"+0000"
    minutes = int(zone[1:3]) * 60 + int(zone[3:5])
    shift = timedelta(minutes=-minutes if zone[:1] == b"-" else minutes)
    try:
        at = datetime.fromtimestamp(seconds, tz=UTC)
        date = at.astimezone(timezone(shift)).isoformat() if match[2] else ""
    except (ValueError, OverflowError, OSError):
        return name, "", 0
    return name, date, seconds
