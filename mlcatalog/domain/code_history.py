"""What a repository told of code: a file's commits, and a commit's files since."""

from __future__ import annotations

import json
from dataclasses import dataclass

from mlcatalog.domain.moments import parse_moment

HISTORY = "git.history"  # a list of [commit, date, subject], newest first
STATE = "git.state"
SINCE = "code.commit.since"  # of a recorded commit: a FilesSince
COMMITTED = "committed"  # the state of a file that is as the last commit has it


@dataclass(frozen=True, slots=True)
class Revision:
    """One commit that changed a file."""

    commit: str  # the first characters of its id
    date: str  # of authoring, ISO 8601; "" when it has none
    subject: str = ""

    @property
    def moment(self) -> int | None:
        """UTC microseconds of the date."""
        return parse_moment(self.date)


@dataclass(frozen=True, slots=True)
class FilesSince:
    """What became of scripts and configs since a commit, up to what is checked out.

    Paths are relative to the project. What is in neither list is as it was, if
    all were looked at.
    """

    changed: frozenset[str]
    absent: frozenset[str]  # not in that commit
    is_whole: bool = True

    def written(self) -> str:
        """The text of the fact."""
        found = {
            "changed": sorted(self.changed),
            "absent": sorted(self.absent),
            "whole": self.is_whole,
        }
        return json.dumps(found, ensure_ascii=False)


def files_since(text: str) -> FilesSince | None:
    """What the text of a fact says; None when it is no such text."""
    try:
        found = json.loads(text)
        changed, absent = (
            frozenset(map(str, found[key])) for key in ("changed", "absent")
        )
        return FilesSince(changed, absent, bool(found["whole"]))
    except (ValueError, TypeError, KeyError):
        return None


def revisions(text: str) -> tuple[Revision, ...]:
    """The commits in the text of a fact, newest first; none when it is no such text."""
    try:
        rows = json.loads(text or "[]")
        return tuple(Revision(*(str(one) for one in row)) for row in rows)
    except (ValueError, TypeError):
        return ()
