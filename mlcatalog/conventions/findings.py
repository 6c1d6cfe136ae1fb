"""Broken, ambiguous, lying and doubled names as findings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from mlcatalog.conventions.template import Template
from mlcatalog.conventions.verdicts import (
    DEFAULT,
    FieldVerdict,
    NameSubject,
    Verdict,
    is_exempt,
    judge,
)
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.words import Severity

RULES = {
    "breaks": ("name.invalid", Severity.WARNING),
    "ambiguous": ("name.ambiguous", Severity.WARNING),
    "contradicts": ("name.contradicts", Severity.ERROR),
}


def naming_findings(
    subjects: Sequence[NameSubject], template: Template = DEFAULT
) -> list[Finding]:
    """All that is wrong with the names of models, one finding a field."""
    found: list[Finding] = []
    for subject in subjects:
        found += _of_one(subject, judge(subject, template))
    return found + _doubles(subjects)


def _of_one(subject: NameSubject, verdict: Verdict) -> list[Finding]:
    if verdict.state not in RULES:
        return []
    whole = FieldVerdict("", subject.name, "wrong", verdict.message)
    return [
        _finding(subject, verdict, problem) for problem in verdict.problems or (whole,)
    ]


def _finding(subject: NameSubject, verdict: Verdict, problem: FieldVerdict) -> Finding:
    rule, severity = RULES[verdict.state]
    where = f"{problem.field}: " if problem.field else ""
    return Finding(
        rule=rule,
        severity=severity,
        message=f"{subject.name}: {where}{problem.message}",
        artifact=subject.id,
        path=subject.path,
        detail=problem.field,
        field=problem.field,
        found=problem.found,
        expected=problem.expected,
        suggestion=verdict.suggestion,
        remedy=f"Name it {verdict.suggestion}." if verdict.suggestion else "",
    )


def _doubles(subjects: Sequence[NameSubject]) -> list[Finding]:
    """One name for different weights; an export beside its model may share it."""
    by_name: dict[tuple[str, str], list[NameSubject]] = defaultdict(list)
    for subject in subjects:
        if not is_exempt(subject):
            by_name[subject.name, subject.format].append(subject)
    found = []
    for (name, _), same in sorted(by_name.items()):
        if len({subject.digest or subject.id for subject in same}) < 2:
            continue
        for subject in same:
            others = sorted(s.path for s in same if s.id != subject.id)
            found.append(
                Finding(
                    rule="name.duplicate",
                    severity=Severity.WARNING,
                    message=f"{name} also names {others[0]}, which is another model",
                    artifact=subject.id,
                    path=subject.path,
                    found=name,
                    remedy="Give one of them another run id.",
                )
            )
    return found
