"""What a tracker is, and what every tracker's reading shares."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

from mlcatalog.domain.growth import Followed
from mlcatalog.domain.reading import RunReading
from mlcatalog.domain.values import Value, ValueType, clipped


class Tracker(Protocol):
    """Reads the runs that one tool left in a file or folder."""

    tool: str  # short and stable: part of a run's identity
    title: str  # for people
    version: int  # raised whenever the reading changes

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """Names in one folder listing that are the tool's (subfolders end in "/")."""
        ...

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The runs at that file or folder; raises FormatError."""
        ...


@runtime_checkable
class Owner(Protocol):
    """A tracker that says itself what beside its source only tells of runs."""

    def owned(self, folder_names: frozenset[str]) -> frozenset[str]:
        """Names in a listing with a source that make no artifact of their own."""
        ...


@runtime_checkable
class Wide(Protocol):
    """A tracker whose runs are told by files anywhere below its source's folder."""

    is_wide: bool


@runtime_checkable
class Rooted(Protocol):
    """A tracker that looks above its source too, as far as the project reaches."""

    def read_in(self, place: Path, root: Path) -> tuple[RunReading, ...]:
        """The runs there, of a project with that folder; raises FormatError."""
        ...


@runtime_checkable
class Follower(Protocol):
    """A tracker whose logs grow: it reads on from where it stopped."""

    def follow(
        self, place: Path, mark: bytes | None
    ) -> Followed[tuple[RunReading, ...]]:
        """The runs there, with new points only where the mark still holds."""
        ...


def value_of_text(text: str) -> Value:
    """A value that a tool keeps as text, with its number where it is one."""
    for kind, number_of in ((ValueType.INTEGER, int), (ValueType.REAL, float)):
        try:
            number = float(number_of(text))
        except (ValueError, OverflowError):
            continue
        return Value(kind, clipped(text), Value.of(number).number)
    return Value.of(text)
