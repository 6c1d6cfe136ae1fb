"""Names that are to be mended: what is known of each, and what can be filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mlcatalog.catalog.store import Catalog
from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.template import Piece
from mlcatalog.conventions.vocabulary import Found, values_of
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.tasks.rename_plan import RenamePlan, Wanted, place_of, planned
from mlcatalog.ui.naming.judged import Judged, Scope
from mlcatalog.ui.naming.judging import NameLine

MOST_OFFERED = 60  # values of one field that are offered


@dataclass(frozen=True)
class Fix:
    """One name that is to be mended."""

    line: NameLine
    place: str  # the file or folder that carries the name
    convention: Convention
    values: Mapping[str, str]
    is_wanted: bool = True

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The new name, with what is still to be filled in."""
        return self.convention.template.pieces(self.values)

    @property
    def name(self) -> str:
        """The new name; blanks are `{field}`."""
        return self.convention.template.format(self.values)

    @property
    def blanks(self) -> tuple[str, ...]:
        """The fields that are still to be filled in."""
        return self.convention.blanks(self.values)

    @property
    def wanted(self) -> Wanted:
        """The rename that it asks for."""
        return Wanted(self.place, self.name, _artifact(self.line))

    def filled(self, name: str, text: str) -> Fix:
        """With a field filled in, or emptied."""
        return replace(self, values={**self.values, name: text.strip()})

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with the values."""
        checkers = self.convention.checkers
        return tuple(
            f"{name}: {why}"
            for name, text in self.values.items()
            if text and (why := checkers[name].fault(text))
        )


@dataclass(frozen=True)
class Occasion:
    """Why names are asked for, where a person did not ask for that."""

    said: str = ""
    refuse: str = "Cancel"  # what the button says that changes nothing


ASKED_FOR = Occasion()


@dataclass(frozen=True)
class Fixes:
    """The names to mend, the values that are offered, and what a rename would do."""

    fixes: tuple[Fix, ...]
    offers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    plan: RenamePlan = field(default_factory=lambda: RenamePlan(()))


def prepared(
    catalog: Catalog,
    judged: Judged,
    positions: Sequence[int],
    progress: Progress = no_progress,
    *,
    given: Mapping[str, str] | None = None,
    merged: Mapping[tuple[str, str], str] | None = None,
) -> Fixes:
    """The names at some positions with their right names, and what a rename would do.

    `given` are fields that a person said, `merged` new values by field and old one.
    """
    found = []
    for done, at in enumerate(positions):
        progress(done, len(positions), "Looking for the right names")
        subject, line = judged.subject(at), judged.line(at)
        convention = judged.rules.of(subject)
        if convention is None:
            continue
        place = subject.path
        if subject.id:
            place = place_of(catalog.find(f"id:{subject.id}"))
        values = {**convention.known(subject)}
        if line.verdict == "duplicate":
            _empty_last(convention, values)
        for one in line.fields:
            if (one.field, one.text) in (merged or {}):
                values[one.field] = (merged or {})[one.field, one.text]
        said = {k: v for k, v in (given or {}).items() if k in convention.checkers}
        found.append(Fix(line, place, convention, {**values, **said}))
    offers = offered(judged, positions, found)
    plan = planned_for(catalog, found, progress)
    return Fixes(tuple(found), offers, plan)


def planned_for(
    catalog: Catalog, fixes: Sequence[Fix], progress: Progress = no_progress
) -> RenamePlan:
    """What the wanted renames would do; nothing is written."""
    wanted = [one.wanted for one in fixes if one.is_wanted and not one.faults]
    return planned(catalog, wanted, progress)


def offered(
    judged: Judged, positions: Sequence[int], fixes: Sequence[Fix]
) -> dict[str, tuple[str, ...]]:
    """Values that may be filled in: met in names and facts, then those of the template."""
    if not positions:
        return {}
    kinds = {judged.kind(at) for at in positions}
    found: dict[str, list[str]] = {}
    for kind in kinds:
        for name, values in vocabulary(judged, Scope("", kind)).items():
            known = [
                one.text for one in values if one.is_listed or one.names or one.facts
            ]
            found.setdefault(name, []).extend(known)
    return {
        name: tuple(dict.fromkeys(texts))[:MOST_OFFERED]
        for name, texts in found.items()
    }


def holding(
    judged: Judged, scope: Scope, merged: Mapping[tuple[str, str], str]
) -> list[int]:
    """Where the names are that hold one of some values of fields."""
    found = []
    for at, one in enumerate(judged.names.named):
        if not scope.holds(one):
            continue
        convention = judged.rules.of(one.subject)
        ways = convention.read(one.subject.name) if convention else []
        fields = set(ways[0].items()) if len(ways) == 1 else set()
        fields |= {(f.field, f.found) for f in judged.findings.get(at, ())}
        if fields & set(merged):
            found.append(at)
    return found


def vocabulary(judged: Judged, scope: Scope) -> Found:
    """The values of each field in the names of a scope."""
    named = judged.names.named
    return values_of(
        (
            (one.subject, judged.findings.get(at, ()))
            for at, one in enumerate(named)
            if scope.holds(one)
        ),
        judged.rules.of,
    )


def _empty_last(convention: Convention, values: dict[str, str]) -> None:
    """Ask for another id, or whatever ends the name, of what shares its name."""
    order = convention.template.fields
    ids = [
        one for one in order if convention.rules[one].type in ("id", "hex", "integer")
    ]
    values.pop((ids or list(order))[-1], None)


def _artifact(line: NameLine) -> str:
    return "" if line.key.startswith("/") else line.key
