"""What a reader is, and what a name alone says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mlcatalog.domain.reading import Reading
from mlcatalog.domain.words import Kind

HEAD_BYTES = 4_096  # what a reader sees of a file before it claims it


@dataclass(frozen=True, slots=True)
class Guess:
    """What a file is by its name alone; kind None for companions and evidence."""

    format: str
    kind: Kind | None


class Reader(Protocol):
    """Reads the header of one format.

    A file is offered by name: `names` are patterns of whole lower-case file
    names, `suffixes` their endings; then `claims` looks at the first bytes. A
    reader with an attribute `by_content` that is true shares its suffix with
    others (a kind of .json): it is asked like all, but its names say nothing.
    """

    @property
    def format(self) -> str:
        """The format's name as the catalogue shows it."""

    @property
    def title(self) -> str:
        """The format in words for people."""

    @property
    def version(self) -> int:
        """Raised when the reader reads more or otherwise than before."""

    @property
    def kind(self) -> Kind | None:
        """What such a file usually is; None for companions."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Endings such as ".csv"."""

    @property
    def names(self) -> tuple[str, ...]:
        """Patterns of whole names such as "metrics*.json"."""

    def claims(self, head: bytes) -> bool:
        """Whether the first bytes are those of this format."""

    def read(self, path: Path) -> Reading:
        """What the file says; raises FormatError."""
