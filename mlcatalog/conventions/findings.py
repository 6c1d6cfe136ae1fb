"""Broken, ambiguous, lying and doubled names as findings."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from mlcatalog.conventions.columns import broken
from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.subjects import FieldVerdict, NameSubject, Verdict
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.words import Severity

RULES = {
    "breaks": ("name.invalid", Severity.WARNING),
    "ambiguous": ("name.ambiguous", Severity.WARNING),
    "contradicts": ("name.contradicts", Severity.ERROR),
}
Chooser = Callable[[NameSubject], Convention | None]


def naming_findings(subjects: Iterable[NameSubject], of: Chooser) -> list[Finding]:
    """All that is wrong with names, one finding a field.

    `of` gives the convention of a name; names without one are free.
    """
    grouped = _by_convention(subjects, of)
    found = list(_own(grouped))
    first: dict[str, NameSubject] = {}
    same: dict[str, list[NameSubject]] = defaultdict(list)
    for _, judged in grouped:
        for subject in judged:
            key = name_key(subject)
            other = first.setdefault(key, subject)
            if other is not subject:
                same[key].append(subject)
    for key in sorted(same):
        found += duplicates([first[key], *same[key]], of)
    return found


def own_findings(subjects: Iterable[NameSubject], of: Chooser) -> list[Finding]:
    """What is wrong with each of some names, whatever the others are."""
    return list(_own(_by_convention(subjects, of)))


def _own(
    grouped: Iterable[tuple[Convention, Sequence[NameSubject]]],
) -> Iterator[Finding]:
    for convention, judged in grouped:
        for row in broken(convention, judged):
            yield from findings_of(judged[row], convention.judge(judged[row]))


def _by_convention(
    subjects: Iterable[NameSubject], of: Chooser
) -> list[tuple[Convention, list[NameSubject]]]:
    found: dict[int, tuple[Convention, list[NameSubject]]] = {}
    for subject in subjects:
        convention = of(subject)
        if convention is None:
            continue
        known = found.get(id(convention))
        if known is None:
            known = found[id(convention)] = (convention, [])
        known[1].append(subject)
    return list(found.values())


def name_key(subject: NameSubject) -> str:
    """What names have in common that differ only by case, or by how é is encoded."""
    name = subject.name
    if name.isascii() and name.islower():
        return name
    return unicodedata.normalize("NFC", name).casefold()


def findings_of(subject: NameSubject, verdict: Verdict) -> list[Finding]:
    """What is wrong with one name, by its verdict."""
    if verdict.state not in RULES:
        return []
    whole = FieldVerdict("", subject.name, "wrong", verdict.message)
    return [
        _finding(subject, verdict, problem) for problem in verdict.problems or (whole,)
    ]


def _finding(subject: NameSubject, verdict: Verdict, problem: FieldVerdict) -> Finding:
    rule, severity = RULES[verdict.state]
    where = f"{problem.field}: " if problem.field else ""
    near = f" (did you mean {problem.suggestion}?)" if problem.suggestion else ""
    if problem.state == "contradicts":
        near = ""
    return Finding(
        rule=rule,
        severity=severity,
        message=f"{subject.name}: {where}{problem.message}{near}",
        artifact=subject.id,
        path=subject.path,
        detail=problem.field,
        field=problem.field,
        found=problem.found,
        expected=problem.expected,
        suggestion=verdict.suggestion,
        remedy=f"Name it {verdict.suggestion}." if verdict.suggestion else "",
    )


def duplicates(same: Sequence[NameSubject], of: Chooser) -> list[Finding]:
    """One name for different bytes; an export beside its model may share it."""
    alike: dict[tuple[str, str], list[NameSubject]] = defaultdict(list)
    for subject in same:
        convention = of(subject)
        is_free = convention is None or convention.is_exempt(subject)
        if not is_free and not subject.is_folder:
            alike[subject.kind, subject.format].append(subject)
    return [
        _duplicate(subject, firsts)
        for named in alike.values()
        if len({one.digest or one.id for one in named}) > 1
        for firsts in [_firsts(named)]
        for subject in named
    ]


Firsts = dict[str, list[NameSubject]]


def _firsts(named: Sequence[NameSubject]) -> Firsts:
    """The first two of each spelling and, under "", of all, by their paths."""
    firsts: Firsts = defaultdict(list)
    for subject in sorted(named, key=lambda one: one.path):
        for spelling in ("", subject.name):
            if len(firsts[spelling]) < 2:
                firsts[spelling].append(subject)
    return firsts


def _duplicate(subject: NameSubject, firsts: Firsts) -> Finding:
    alike = [one for one in firsts[subject.name] if one is not subject]
    other = (alike or [one for one in firsts[""] if one is not subject])[0]
    said = f"{subject.name} also names {other.path}, which is another {subject.kind}"
    if not alike:
        said = f"{subject.name} differs only by case from {other.path}"
    return Finding(
        rule="name.duplicate",
        severity=Severity.WARNING,
        message=said,
        artifact=subject.id,
        path=subject.path,
        found=subject.name,
        remedy="Give one of them another run id.",
    )
