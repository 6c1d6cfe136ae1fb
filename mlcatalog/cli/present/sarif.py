"""Findings as SARIF 2.1.0 (OASIS), for code scanning and editors."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mlcatalog import __version__
from mlcatalog.cli.present.problems import (
    Blanks,
    blank_documents,
    blank_words,
    blanks_of_finding,
    waiver_document,
    waiver_words,
)
from mlcatalog.domain.finding import Finding

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
BASE = "SRCROOT"
LINE = re.compile(r"\bline ([1-9]\d{0,5})\b", re.ASCII)
SENTENCES = {
    "name.invalid": "A name does not keep the convention",
    "name.ambiguous": "A name can be read in more than one way",
    "name.contradicts": "A name says what the facts deny",
    "name.duplicate": "One name stands for several artifacts",
    "convention.unusable": "A convention's file cannot be used",
    "integrity.unreadable": "A file cannot be read as what it seems to be",
    "integrity.partly-read": "A part of a file could not be read",
    "integrity.unparsed": "A configuration could not be understood",
    "integrity.shard-missing": "A part of a model is missing",
    "integrity.bytes-elsewhere": "Only a pointer to the bytes is here",
    "integrity.encrypted": "A file is encrypted",
    "integrity.sparse": "A file is smaller on the disk than it says",
    "safety.pickle": "A file runs code when it is loaded",
    "safety.code": "A model brings code of its own",
    "safety.external-data": "A model refers to files outside its folder",
    "safety.refused": "A file was not opened, because that would run its code",
    "safety.secret": "A file holds a password or a key",
    "lineage.stale-export": "An export is older than the model it came from",
    "lineage.base-unpinned": "A base model is named without its revision",
    "lineage.orphan": "Nothing tells where a model came from",
    "lineage.dangling": "Something that is referred to is not there",
    "lineage.contradiction": "Two sources say different things of one artifact",
    "lineage.cycle": "An artifact is its own ancestor",
    "scan.unreadable": "A folder or file could not be listed",
    "scan.volume-away": "The volume of a folder is not there now",
    "code.repository-unread": "The history of a repository could not be read",
}


def sarif_document(
    findings: Sequence[Finding], blanks: Blanks, base: Path
) -> dict[str, Any]:
    """The findings as a SARIF log with one run; paths below `base` are relative.

    Code scanning shows a result only where its path is one of the repository.
    """
    rules = sorted({finding.rule for finding in findings})
    driver = {
        "name": "mlcatalog",
        "semanticVersion": __version__,
        "rules": [_rule(rule, findings) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "mlcatalog/check/"},
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {BASE: {"uri": f"{base.as_uri().rstrip('/')}/"}},
        "columnKind": "utf16CodeUnits",
        "results": [_result(finding, rules, blanks, base) for finding in findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def repository_of(folder: Path) -> Path:
    """The repository that a folder lies in; the folder itself where there is none."""
    for one in (folder, *folder.parents):
        if (one / ".git").exists():
            return one
    return folder


def _rule(rule: str, findings: Sequence[Finding]) -> dict[str, Any]:
    said = SENTENCES.get(rule, rule.partition(".")[2].replace("-", " ") or rule)
    level = next(one.severity.value for one in findings if one.rule == rule)
    return {
        "id": rule,
        "name": "".join(
            word.title() for word in rule.replace("-", ".").split(".") if word
        ),
        "shortDescription": {"text": said},
        "fullDescription": {"text": f"{said}."},
        "help": {"text": f"{said}. Each result says what would mend it."},
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["machine learning", rule.partition(".")[0]]},
    }


def _result(
    finding: Finding, rules: Sequence[str], blanks: Blanks, base: Path
) -> dict[str, Any]:
    place = _location(finding.path, base) if finding.path else {}
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": finding.severity.value,
        "message": {"text": _sentence(finding, blanks)},
        "partialFingerprints": _fingerprints(finding, place.get("uri", "")),
        # All results say whether they are suppressed, or none may (3.27.23).
        "suppressions": _suppressions(finding),
    }
    if place:
        physical: dict[str, Any] = {"artifactLocation": place}
        if Path(finding.path).is_file():
            physical["region"] = {"startLine": _line(finding)}
        result["locations"] = [{"physicalLocation": physical}]
    said = {
        "field": finding.field,
        "found": finding.found,
        "expected": finding.expected,
        "suggestion": finding.suggestion,
        "blanks": blank_documents(blanks_of_finding(finding, blanks)),
    }
    if any(said.values()):
        result["properties"] = {key: held for key, held in said.items() if held}
    return result


def _line(finding: Finding) -> int:
    """The line of a text that a finding is about; 1 of anything else."""
    if finding.rule != "convention.unusable":
        return 1
    found = LINE.search(finding.message)
    return int(found.group(1)) if found else 1


def _fingerprints(finding: Finding, uri: str) -> dict[str, str]:
    """What stays the same while a finding does, on whatever machine it is found."""
    subject = f"{finding.rule}|{uri}|{finding.detail}"
    digest = hashlib.sha256(subject.encode("utf-8", "backslashreplace")).hexdigest()
    # The one that code scanning compares; it could not hash lines of weights.
    return {"primaryLocationLineHash": f"{digest[:16]}:1", "mlcatalog/v1": digest}


def _suppressions(finding: Finding) -> list[dict[str, Any]]:
    if finding.state != "waived":
        return []
    said: dict[str, Any] = {"kind": "external", "status": "accepted"}
    if finding.waiver is not None:
        said["justification"] = waiver_words(finding.waiver)
        said["properties"] = waiver_document(finding.waiver)
    return [said]


def _location(path: str, base: Path) -> dict[str, str]:
    place = Path(path).absolute()
    if place.is_relative_to(base):
        relative = os.fsencode(place.relative_to(base).as_posix())
        return {"uri": quote(relative), "uriBaseId": BASE}
    return {"uri": place.as_uri()}


def _sentence(finding: Finding, blanks: Blanks) -> str:
    said = [finding.message.rstrip(".")]
    if finding.suggestion:
        said.append(f"Better: {finding.suggestion}")
    said += [blank_words(one) for one in blanks_of_finding(finding, blanks)]
    return f"{'. '.join(said)}."
