"""The objects of a repository by their ids: loose ones, and those in packs."""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from mlcatalog.domain.errors import FormatError
from mlcatalog.trackers.git.bounded import Boundary, TooLargeError, damaged, read_at
from mlcatalog.trackers.git.packs import CHUNK, Pack, inflated

COMMIT_LIMIT = 2**20  # bytes
TREE_LIMIT = 16 * 2**20
PACK_LIMIT = 2_000  # packs that are opened
ALTERNATES_LIMIT = 8
HEADER = re.compile(rb"(commit|tree|blob|tag) (0|[1-9]\d{0,17})\0")
CACHED = 2_048  # small objects that are kept


class Objects:
    """Finds objects, and proves each by its own id."""

    def __init__(self, folder: Path, boundary: Boundary, id_size: int) -> None:
        self._boundary = boundary
        self._id_size = id_size
        self.notes: list[str] = []  # what was not looked at, and why
        self._stores = [folder, *self._alternates(folder)]
        self._packs: list[Pack] | None = None
        self._cache: OrderedDict[bytes, tuple[str, bytes]] = OrderedDict()

    def close(self) -> None:
        """Close the packs."""
        for pack in self._packs or ():
            pack.close()
        self._packs = None

    def get(self, wanted: bytes, kind: str, limit: int) -> bytes | None:
        """The content of an object of a kind; None when it is not here.

        It may be absent from a shallow or partial clone. Raises FormatError.
        """
        found = self._cache.get(wanted)
        if found is None:
            found = self._loose(wanted, limit) or self._packed(wanted, limit)
            if found is None:
                return None
            self._check(wanted, found)
            if len(found[1]) <= CHUNK:
                self._cache[wanted] = found
                if len(self._cache) > CACHED:
                    self._cache.popitem(last=False)
        if found[0] != kind:
            raise damaged(
                self._stores[0], f"{wanted.hex()} is a {found[0]}, not a {kind}"
            )
        if len(found[1]) > limit:
            raise TooLargeError(
                "An object of this git repository is too large to be read",
                where=str(self._stores[0]),
                why=f"{wanted.hex()} has {len(found[1]):,} bytes",
            )
        return found[1]

    def _check(self, wanted: bytes, found: tuple[str, bytes]) -> None:
        kind, content = found
        if object_id(kind, content, self._id_size) != wanted:
            raise damaged(
                self._stores[0], f"What lies at {wanted.hex()} is something else"
            )

    def _loose(self, wanted: bytes, limit: int) -> tuple[str, bytes] | None:
        text = wanted.hex()
        for store in self._stores:
            path = store / text[:2] / text[2:]
            try:
                file = self._boundary.open(path)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise damaged(path, f"It cannot be opened: {error}") from error
            with file:
                return _unpacked(file, path, limit)
        return None

    def _packed(self, wanted: bytes, limit: int) -> tuple[str, bytes] | None:
        if self._packs is None:
            self._packs = list(self._opened())
        for pack in self._packs:
            offset = pack.find(wanted)
            if offset is not None:
                found = pack.read(offset, limit)
                self._packs.remove(pack)  # the next one is likely in the same
                self._packs.insert(0, pack)
                return found
        return None

    def _opened(self) -> Iterator[Pack]:
        opened = 0
        for store in self._stores:
            folder = store / "pack"
            if not self._boundary.holds(folder) or not folder.is_dir():
                continue
            names = sorted(path.name for path in folder.glob("*.idx"))
            for name in names:
                if opened >= PACK_LIMIT:
                    self.notes.append(f"more than {PACK_LIMIT:,} packs")
                    return
                try:
                    pack = Pack(folder / name, self._boundary, self._id_size)
                except FileNotFoundError:
                    continue  # an index whose pack was just replaced
                except (FormatError, OSError) as error:
                    self.notes.append(str(error))
                    continue
                opened += 1
                yield pack

    def _alternates(self, folder: Path) -> list[Path]:
        """Other folders of objects, those in the project alone."""
        raw = self._boundary.read(folder / "info" / "alternates", CHUNK) or b""
        found: list[Path] = []
        for line in raw.splitlines()[:ALTERNATES_LIMIT]:
            if not line or line.startswith(b"#"):
                continue
            other = folder / os.fsdecode(line)
            if self._boundary.holds(other):
                found.append(other)
            else:
                self.notes.append("some objects are kept out of the project")
        return found


def object_id(kind: str, content: bytes, id_size: int = 20) -> bytes:
    """The id that git gives a content."""
    made = new_hash(id_size)
    made.update(b"%s %d\0" % (kind.encode(), len(content)))
    made.update(content)
    return made.digest()


def new_hash(id_size: int) -> hashlib._Hash:
    """The hash that ids of a size are made with."""
    if id_size == 32:
        return hashlib.sha256()
    return hashlib.sha1(usedforsecurity=False)


def _unpacked(file: FileIO, path: Path, limit: int) -> tuple[str, bytes]:
    stream = zlib.decompressobj()
    try:
        head = stream.decompress(read_at(file, CHUNK, 0), 32)
    except zlib.error as error:
        raise damaged(path, f"An object cannot be unpacked: {error}") from error
    match = HEADER.match(head)
    if match is None:
        raise damaged(path, "An object has no header")
    kind, size = match[1].decode(), int(match[2])
    if size > limit:
        raise TooLargeError(
            "An object of this git repository is too large to be read",
            where=str(path),
            why=f"It has {size:,} bytes",
        )
    whole = inflated(lambda at: read_at(file, CHUNK, at), match.end() + size, path)
    return kind, whole[match.end() :]


__all__ = ["COMMIT_LIMIT", "TREE_LIMIT", "Objects", "object_id"]
