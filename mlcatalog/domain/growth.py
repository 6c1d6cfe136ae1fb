"""Logs that grow: how far one was read, and what reading on from there gives."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from typing import BinaryIO, Generic, TypeVar

Said = TypeVar("Said")
EDGE = 4_096  # bytes at the start and before the offset that must be as they were


@dataclass(frozen=True, slots=True)
class Position:
    """How far a file was read, and by what it is known to be the same still."""

    offset: int = 0
    inode: int = 0
    edges: int = 0  # CRC-32 of the first bytes and of those before the offset

    @classmethod
    def at(cls, file: BinaryIO, offset: int) -> Position:
        """The position of an offset in an open file."""
        return cls(offset, os.fstat(file.fileno()).st_ino, _edges(file, offset))

    def holds_in(self, file: BinaryIO) -> bool:
        """Whether all up to here is what it was: the file only grew.

        A file that was truncated, replaced, or written anew in its place is
        another; a change in its midst alone, by a program that keeps the file
        and both edges, goes unseen until it is read anew.
        """
        status = os.fstat(file.fileno())
        return (
            status.st_size >= self.offset
            and status.st_ino == self.inode
            and _edges(file, self.offset) == self.edges
        )

    def plain(self) -> list[int]:
        """As JSON has it."""
        return [self.offset, self.inode, self.edges]


def _edges(file: BinaryIO, offset: int) -> int:
    file.seek(0)
    check = zlib.crc32(file.read(min(EDGE, offset)))
    file.seek(max(0, offset - EDGE))
    return zlib.crc32(file.read(min(EDGE, offset)), check)


START = Position()


@dataclass(frozen=True, slots=True)
class Followed(Generic[Said]):
    """What was read of a log that may grow.

    `mark` is handed in next time; None: it has to be read from its start. Where
    it `continues`, its series hold new points only, and all else is complete.
    """

    said: Said
    mark: bytes | None = None
    continues: bool = False
    held_back: bool = False  # a half-written last line, which a later look takes
    start: int = 0  # the first byte that was read
    log: str = ""  # the name of the file that may grow, where a source has several
