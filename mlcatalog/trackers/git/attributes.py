"""Which filter a .gitattributes names for a file; no filter is ever run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from mlcatalog.domain.errors import FormatError
from mlcatalog.trackers.git.bounded import Boundary, OutsideError

LIMIT = 2**18  # bytes
LINES = 2_000


@dataclass(frozen=True, slots=True)
class Filters:
    """The lines that name a filter, or take it away, in their order."""

    lines: tuple[tuple[str, str], ...]  # pattern, filter ("" for none)

    @classmethod
    def of(cls, work_tree: Path, boundary: Boundary, committed: bytes = b"") -> Filters:
        """Those of a work tree's own file, or of the one that was committed.

        Of a work tree around the project the file itself is not looked at.
        """
        try:
            raw = boundary.read(work_tree / ".gitattributes", LIMIT) or b""
        except OutsideError:
            raw = committed[:LIMIT]
        except FormatError:
            return cls(())
        found: list[tuple[str, str]] = []
        for line in raw.decode("utf-8", "surrogateescape").splitlines()[:LINES]:
            words = line.split()
            if len(words) < 2 or words[0].startswith("#"):
                continue
            for word in words[1:]:
                if word.startswith("filter="):
                    found.append((words[0], word[len("filter=") :]))
                elif word in ("-filter", "!filter"):
                    found.append((words[0], ""))
        return cls(tuple(found))

    def of_path(self, path: bytes) -> str:
        """The filter of a file, "" for none: the last line that fits decides."""
        text = os.fsdecode(path)
        name = text.rpartition("/")[2]
        for pattern, found in reversed(self.lines):
            whole = "/" in pattern.rstrip("/")
            if fnmatchcase(text if whole else name, pattern.lstrip("/")):
                return found
        return ""
