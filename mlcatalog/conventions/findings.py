"""Broken, ambiguous, lying and doubled names as findings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

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


def naming_findings(subjects: Sequence[NameSubject], of: Chooser) -> list[Finding]:
    """All that is wrong with names, one finding a field.

    `of` gives the convention of a name; names without one are free.
    """
    found: list[Finding] = []
    judged: list[tuple[NameSubject, Convention]] = []
    for subject in subjects:
        convention = of(subject)
        if convention is not None:
            judged.append((subject, convention))
            if not convention.keeps(subject):
                found += findings_of(subject, convention.judge(subject))
    return found + duplicates(judged)


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


def duplicates(judged: Iterable[tuple[NameSubject, Convention]]) -> list[Finding]:
    """One name for different bytes; an export beside its model may share it."""
    by_name: dict[tuple[str, str, str], list[NameSubject]] = defaultdict(list)
    exempt: dict[str, bool] = {}
    for subject, convention in judged:
        key = (subject.name.casefold(), subject.kind, subject.format)
        by_name[key].append(subject)
        if len(by_name[key]) > 1:
            for one in by_name[key]:
                exempt[one.id or one.path] = convention.is_exempt(one)
    found = []
    for _, same in sorted(by_name.items()):
        if len(same) < 2:
            continue
        named = [s for s in same if not exempt[s.id or s.path] and not s.is_folder]
        if len({subject.digest or subject.id for subject in named}) > 1:
            found += [_duplicate(subject, named) for subject in named]
    return found


def _duplicate(subject: NameSubject, same: Sequence[NameSubject]) -> Finding:
    others = sorted((s.name != subject.name, s.path) for s in same if s is not subject)
    only_case, path = others[0]
    kind = subject.kind.value
    said = f"{subject.name} also names {path}, which is another {kind}"
    if only_case:
        said = f"{subject.name} differs only by case from {path}"
    return Finding(
        rule="name.duplicate",
        severity=Severity.WARNING,
        message=said,
        artifact=subject.id,
        path=subject.path,
        found=subject.name,
        remedy="Give one of them another run id.",
    )
