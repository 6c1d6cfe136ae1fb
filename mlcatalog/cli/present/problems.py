"""Findings as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from mlcatalog.cli.output import bold, printable
from mlcatalog.conventions.offering import Blank
from mlcatalog.domain.finding import Finding, Waiver
from mlcatalog.domain.moments import utc_text
from mlcatalog.domain.words import Severity

BROKEN = (Severity.ERROR, Severity.WARNING)
INDENT = " " * 34
Blanks = Mapping[str, Sequence[Blank]]  # by artifact, or by path


def is_broken(finding: Finding) -> bool:
    """Whether a finding makes `check` end with 1: not waived, more than a note."""
    return finding.state == "open" and finding.severity in BROKEN


def blanks_of_finding(finding: Finding, blanks: Blanks) -> Sequence[Blank]:
    """The blanks of the name that a finding suggests."""
    if not finding.suggestion:
        return ()
    return blanks.get(finding.artifact or finding.path, ())


def finding_document(finding: Finding, blanks: Blanks) -> dict[str, Any]:
    """One finding of `check`."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "artifact": finding.artifact or None,
        "path": finding.path or None,
        "message": finding.message,
        "field": finding.field or None,
        "found": finding.found or None,
        "expected": finding.expected or None,
        "suggestion": finding.suggestion or None,
        "blanks": blank_documents(blanks_of_finding(finding, blanks)),
        "state": finding.state,
        "waiver": waiver_document(finding.waiver) if finding.waiver else None,
    }


def blank_documents(blanks: Sequence[Blank]) -> list[dict[str, Any]]:
    """What may be put in the blanks of a suggested name."""
    return [
        {"field": one.field, "expected": one.expected, "offered": list(one.offered)}
        for one in blanks
    ]


def waiver_document(waiver: Waiver) -> dict[str, Any]:
    """Who accepted a finding, why and until when; also where that is over."""
    return {
        "who": waiver.who,
        "why": waiver.why,
        "until": utc_text(waiver.until) or None,
        "at": utc_text(waiver.at),
        "is_over": waiver.is_over,
    }


def waiver_words(waiver: Waiver) -> str:
    """A waiver for people: until when, by whom and why."""
    day = utc_text(waiver.until)[:10]
    until = f"until {day}" if day else "for good"
    said = f"was waived {until}" if waiver.is_over else f"waived {until}"
    return f"{said} by {waiver.who or 'nobody'}: {waiver.why or 'no reason given'}"


def blank_words(blank: Blank) -> str:
    """A blank for people: what may stand there."""
    if not blank.offered:
        return f"{{{blank.field}}} is {blank.expected}"
    return f"{{{blank.field}}} may be {', '.join(blank.offered)}"


def finding_lines(
    checked: int, findings: Sequence[Finding], blanks: Blanks
) -> Iterator[str]:
    """What `check` prints for people, path by path."""
    ordered = sorted(findings, key=lambda f: (f.path, f.rule, f.detail))
    for path, about in groupby(ordered, key=lambda f: f.path):
        yield bold(printable(path or "the catalogue"))
        yield from _about_path(tuple(about), blanks)
    if findings:
        yield ""
    broken = sum(map(is_broken, findings))
    waived = sum(finding.state == "waived" for finding in findings)
    said = [f"{checked} checked", f"{broken} to mend"]
    said += [f"{waived} waived"] * bool(waived)
    yield f"{', '.join(said)}, {len(findings) - broken - waived} only to know."


def _about_path(findings: Sequence[Finding], blanks: Blanks) -> Iterator[str]:
    for finding in findings:
        yield (
            f"  {finding.severity.value:<8}{finding.rule:<24}"
            f"{printable(finding.message)}"
        )
        if finding.waiver is not None:
            yield f"{INDENT}{printable(waiver_words(finding.waiver))}"
    better = {one.suggestion: one for one in findings if one.suggestion}
    for suggestion, finding in better.items():
        yield f"{INDENT}better: {printable(suggestion)}"
        for blank in blanks_of_finding(finding, blanks):
            yield f"{INDENT}  {printable(blank_words(blank))}"
