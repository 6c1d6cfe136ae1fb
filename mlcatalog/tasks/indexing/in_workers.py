"""What worker processes are asked: one file, one tracker's source, one log.

A worker imports this module and what it imports: readers and trackers, and
never the database, which takes five times as long.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.catalog.packing import TEXT_LIMIT, packed_text
from mlcatalog.domain.growth import Followed
from mlcatalog.domain.reading import Reading, RunReading
from mlcatalog.domain.words import Kind, is_pointer
from mlcatalog.formats import registry as formats
from mlcatalog.trackers import registry as trackers

TEXT_KINDS = frozenset({Kind.CONFIG, Kind.SCRIPT, Kind.ENVIRONMENT, Kind.DOCUMENT})

# Tool, absolute path, the project's folder, mark.
Source = tuple[str, bytes, bytes, bytes | None]
LogFile = tuple[bytes, bytes | None, bool]  # absolute path, mark, is it growing


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file's reading, and its text where that is kept."""

    reading: Reading
    text: bytes | None


def read_file(path: bytes) -> ReadFile:
    """Read one file's header."""
    place = Path(os.fsdecode(path))
    reading = formats.read(place)
    text = None
    has_text = reading.kind in TEXT_KINDS and not is_pointer(reading.format)
    if has_text and place.stat().st_size <= TEXT_LIMIT:
        with place.open("rb") as file:
            text = packed_text(file.read(TEXT_LIMIT))
    return ReadFile(reading, text)


def read_source(source: Source) -> Followed[tuple[RunReading, ...]]:
    """Read one tracker's source."""
    tool, path, root, mark = source
    place, project = (Path(os.fsdecode(one)) for one in (path, root))
    return trackers.follow(tool, place, mark, project)


def read_log(log: LogFile) -> Followed[Reading]:
    """Read one metrics file."""
    path, mark, is_growing = log
    return formats.follow(Path(os.fsdecode(path)), mark, is_growing=is_growing)
