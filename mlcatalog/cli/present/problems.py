"""Findings as JSON, as text and as SARIF 2.1.0 (OASIS)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mlcatalog import __version__
from mlcatalog.cli.output import bold, printable
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.words import Severity

BROKEN = (Severity.ERROR, Severity.WARNING)
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def is_broken(finding: Finding) -> bool:
    """Whether a finding makes `check` end with 1: not waived, more than a note."""
    return finding.state == "open" and finding.severity in BROKEN


def finding_document(finding: Finding) -> dict[str, Any]:
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
    }


def finding_lines(checked: int, findings: Sequence[Finding]) -> Iterator[str]:
    """What `check` prints for people, path by path."""
    last = None
    for finding in sorted(findings, key=lambda f: (f.path, f.rule, f.detail)):
        if finding.path != last:
            last = finding.path
            yield bold(printable(finding.path or "the catalogue"))
        waived = "  (waived)" if finding.state == "waived" else ""
        yield (
            f"  {finding.severity.value:<8}{finding.rule:<24}"
            f"{printable(finding.message)}{waived}"
        )
        if finding.suggestion:
            yield f"{'':34}better: {printable(finding.suggestion)}"
    broken = sum(map(is_broken, findings))
    if last is not None:
        yield ""
    notes = len(findings) - broken
    yield f"{checked} checked, {broken} to mend, {notes} only to know."


def sarif_document(findings: Sequence[Finding]) -> dict[str, Any]:
    """The findings as a SARIF log with one run."""
    rules = sorted({finding.rule for finding in findings})
    driver = {
        "name": "mlcatalog",
        "version": __version__,
        "rules": [{"id": rule} for rule in rules],
    }
    results = [_result(finding, rules) for finding in findings]
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def _result(finding: Finding, rules: Sequence[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": finding.severity.value,
        "message": {"text": finding.message},
    }
    if finding.path:
        uri = Path(finding.path).absolute().as_uri()
        place = {"physicalLocation": {"artifactLocation": {"uri": uri}}}
        result["locations"] = [place]
    if finding.state == "waived":
        result["suppressions"] = [{"kind": "external"}]
    return result
