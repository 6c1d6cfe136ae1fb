"""The commits that changed a file, as a repository told them: the fact `git.history`."""

from __future__ import annotations

import json
from dataclasses import dataclass

from mlcatalog.domain.moments import parse_moment

HISTORY = "git.history"  # a list of [commit, date, subject], newest first
STATE = "git.state"
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


def revisions(text: str) -> tuple[Revision, ...]:
    """The commits in the text of a fact, newest first; none when it is no such text."""
    try:
        rows = json.loads(text or "[]")
        return tuple(Revision(*(str(one) for one in row)) for row in rows)
    except (ValueError, TypeError):
        return ()
