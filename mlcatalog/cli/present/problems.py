"""Findings as JSON, as text and as SARIF 2.1.0 (OASIS)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

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
    """The findings as a SARIF log with one run; paths below here are relative.

    Code scanning shows a result only where its path is one of the repository.
    """
    rules = sorted({finding.rule for finding in findings})
    driver = {
        "name": "mlcatalog",
        "version": __version__,
        "rules": [_rule(rule) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {"SRCROOT": {"uri": f"{Path.cwd().as_uri()}/"}},
        "columnKind": "utf16CodeUnits",
        "results": [_result(finding, rules) for finding in findings],
    }
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


RULE_SENTENCES = {
    "name.invalid": "A name does not keep the convention",
    "name.ambiguous": "A name can be read in more than one way",
    "name.contradicts": "A name says what the facts deny",
    "name.duplicate": "One name stands for several artifacts",
    "convention.unusable": "A convention's file cannot be used",
}


def _rule(rule: str) -> dict[str, Any]:
    described: dict[str, Any] = {"id": rule}
    if rule in RULE_SENTENCES:
        described["shortDescription"] = {"text": RULE_SENTENCES[rule]}
    return described


def _result(finding: Finding, rules: Sequence[str]) -> dict[str, Any]:
    subject = f"{finding.rule}|{finding.path}|{finding.detail}"
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": finding.severity.value,
        "message": {"text": _sentence(finding)},
        "partialFingerprints": {
            "mlcatalog/v1": hashlib.sha256(
                subject.encode("utf-8", "backslashreplace")
            ).hexdigest()
        },
    }
    if finding.path:
        place = {"physicalLocation": {"artifactLocation": _location(finding.path)}}
        result["locations"] = [place]
    said = {
        "field": finding.field,
        "found": finding.found,
        "expected": finding.expected,
        "suggestion": finding.suggestion,
    }
    if any(said.values()):
        result["properties"] = {key: text for key, text in said.items() if text}
    if finding.state == "waived":
        result["suppressions"] = [{"kind": "external"}]
    return result


def _location(path: str) -> dict[str, str]:
    place = Path(path).absolute()
    if place.is_relative_to(Path.cwd()):
        relative = quote(place.relative_to(Path.cwd()).as_posix())
        return {"uri": relative, "uriBaseId": "SRCROOT"}
    return {"uri": place.as_uri()}


def _sentence(finding: Finding) -> str:
    better = f" Better: {finding.suggestion}" if finding.suggestion else ""
    return f"{finding.message}.{better}" if better else finding.message
