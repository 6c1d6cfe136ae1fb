"""Models that Git-Theta tracks: what became of their parameters, commit by commit.

All is said by what its filter committed in place of the model; no filter is run,
and no parameter's bytes are read.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.parameter_versions import (
    NAMED,
    Descent,
    Parameter,
    ParameterVersion,
    difference,
    parameters,
)
from mlcatalog.domain.words import Relation
from mlcatalog.trackers.git import changes as walking
from mlcatalog.trackers.git.bounded import Boundary
from mlcatalog.trackers.git.changes import Change
from mlcatalog.trackers.git.commits import FILE, History

FILTER = "theta"
LIMIT = 32 * 2**20  # bytes of what is committed in place of a model
MOST = 60  # versions of one model
SECONDS = 8.0  # for all models of a repository
Named = Mapping[str, Parameter]


@dataclass(slots=True)
class ThetaHistory:
    """Reads the versions of models in one repository."""

    history: History
    boundary: Boundary
    payloads: Path  # where git-lfs keeps what is stored of parameters
    limit: int = LIMIT
    notes: list[str] = field(default_factory=list)
    _end: float = field(default_factory=lambda: time.monotonic() + SECONDS)
    _read: dict[bytes, Named | None] = field(default_factory=dict)
    _here: dict[str, bool] = field(default_factory=dict)

    def versions(
        self, path: bytes, changes: Sequence[Change]
    ) -> tuple[ParameterVersion, ...]:
        """The versions of a model, newest first, as far back as Git-Theta kept them.

        Those of a branch that was merged are among them.
        """
        found: dict[bytes, tuple[Change, ParameterVersion]] = {}
        lines: list[Sequence[Change]] = [changes]
        while lines and len(found) < MOST:
            line = lines.pop()
            for place, change in enumerate(line):
                now = self._parameters(change)
                is_over = time.monotonic() > self._end
                if now is None or change.commit.id in found or is_over:
                    break
                merged = self._merged(path, change, line[place : place + 2])
                lines += merged
                before = [*line[place + 1 : place + 2], *(one[0] for one in merged)]
                found[change.commit.id] = change, self._version(change, now, before)
        return tuple(one for _, one in sorted(found.values(), key=_newest))

    def _version(
        self, change: Change, now: Named, before: Sequence[Change]
    ) -> ParameterVersion:
        changed: dict[str, None] = {}
        parents: list[Descent] = []
        for one in before:
            known = self._parameters(one)
            if known is None:
                continue
            found = difference(known, now)
            changed |= dict.fromkeys(found.changed)
            is_merge = len(before) > 1
            relation = Relation.MERGED_FROM if is_merge else found.relation
            parents.append(Descent(one.commit.text, relation, found.words))
        return ParameterVersion(
            commit=change.commit.text,
            date=change.commit.date,
            subject=change.commit.subject,
            parameters=len(now),
            elements=sum(one.elements for one in now.values()),
            absent=sum(not self._is_here(one.oid) for one in now.values()),
            changed=tuple(changed)[:NAMED],
            parents=tuple(parents),
        )

    def _merged(
        self, path: bytes, change: Change, near: Sequence[Change]
    ) -> list[Sequence[Change]]:
        """The lines of versions that a merge joined to the one that is followed."""
        if len(change.commit.parents) < 2:
            return []
        known = {one.entry.id for one in near}
        lines: list[Sequence[Change]] = []
        for parent in change.commit.parents:
            line = walking.changes(self.history, parent, [path]).of.get(path)
            if line and line[0].entry.id not in known:
                known.add(line[0].entry.id)
                lines.append(line)
        return lines

    def _parameters(self, change: Change) -> Named | None:
        wanted = change.entry.id
        if wanted not in self._read:
            self._read[wanted] = self._parsed(change)
        return self._read[wanted]

    def _parsed(self, change: Change) -> Named | None:
        if change.entry.kind != FILE:
            return None
        try:
            raw = self.history.objects.get(change.entry.id, "blob", self.limit)
        except FormatError as error:
            self.notes.append(str(error))
            return None
        return parameters(raw) if raw is not None else None

    def _is_here(self, oid: str) -> bool:
        known = self._here.get(oid)
        if known is None:
            place = self.payloads / oid[:2] / oid[2:4] / oid
            known = self._here[oid] = self._is_file(place)
        return known

    def _is_file(self, place: Path) -> bool:
        try:
            mode = place.lstat().st_mode
        except OSError:
            return False
        return stat.S_ISREG(mode) and self.boundary.holds(place.parent)


def _newest(one: tuple[Change, ParameterVersion]) -> tuple[int, bytes]:
    return -one[0].commit.moment, one[0].commit.id
