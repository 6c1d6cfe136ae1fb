"""What worker processes are asked: one file, one tracker's source, one log.

A worker imports this module and what it imports: readers and trackers, and
never the database, which takes five times as long.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from mlcatalog.catalog.packing import TEXT_LIMIT, packed_text
from mlcatalog.domain import secrets
from mlcatalog.domain.growth import Followed
from mlcatalog.domain.reading import Reading, RunReading
from mlcatalog.domain.words import Kind, is_pointer
from mlcatalog.formats import registry as formats
from mlcatalog.trackers import registry as trackers

TEXT_KINDS = frozenset({Kind.CONFIG, Kind.SCRIPT, Kind.ENVIRONMENT, Kind.DOCUMENT})
TOLD_KINDS = frozenset({Kind.CONFIG, Kind.SCRIPT, Kind.ENVIRONMENT})  # of secrets

Said = TypeVar("Said", Reading, RunReading)
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
    reading, hidden = _told(formats.read(place))
    found = [secrets.Found(key) for key in hidden]
    text = None
    has_text = reading.kind in TEXT_KINDS and not is_pointer(reading.format)
    if has_text and place.stat().st_size <= TEXT_LIMIT:
        with place.open("rb") as file:
            raw = file.read(TEXT_LIMIT).decode("utf-8", "surrogateescape")
        shown, stand = secrets.masked(raw, hidden)
        text = packed_text(shown.encode("utf-8", "surrogateescape"))
        found = stand or found
    said = secrets.notice(found) if reading.kind in TOLD_KINDS else None
    if said is not None:
        reading = replace(reading, notices=(*reading.notices, said))
    return ReadFile(reading, text)


def read_source(source: Source) -> Followed[tuple[RunReading, ...]]:
    """Read one tracker's source."""
    tool, path, root, mark = source
    place, project = (Path(os.fsdecode(one)) for one in (path, root))
    found = trackers.follow(tool, place, mark, project)
    runs = tuple(_told(run)[0] for run in found.said)
    return replace(found, said=runs)


def read_log(log: LogFile) -> Followed[Reading]:
    """Read one metrics file."""
    path, mark, is_growing = log
    return formats.follow(Path(os.fsdecode(path)), mark, is_growing=is_growing)


def _told(said: Said) -> tuple[Said, dict[str, str]]:
    """What was said without its secrets, and the values of those among its params."""
    params, hidden = secrets.without_secrets(said.params)
    told = replace(
        said,
        params=params,
        facts=secrets.facts_without(said.facts),
        claims=secrets.claims_without(said.claims),
    )
    return told, hidden
