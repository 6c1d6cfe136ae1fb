"""The right name: what the name says rightly, overruled and filled by the facts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from mlcatalog.conventions.fields import FieldChecker
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.conventions.truth import Truth, families, is_run_id, task_word
from mlcatalog.conventions.words import FAMILIES
from mlcatalog.domain.moments import short_text

MOST_SHOWN = 16  # letters of a run's id that may stand in a name


def from_facts(
    known: Mapping[str, str],
    subject: NameSubject,
    checkers: Mapping[str, FieldChecker],
    *,
    facts: Mapping[str, str],
    truth: Truth,
) -> dict[str, str]:
    """The known fields, those that facts contradict replaced, blanks filled."""
    values = dict(known)
    check = truth.check
    for name, fact in facts.items():
        text = values.get(name, "")
        if text and ((agrees := check(fact)) is None or agrees(text, subject)):
            continue
        found = _usable(
            _of_fact(fact, subject, checkers[name], truth.project), checkers[name]
        )
        if found:
            values[name] = found
        elif text and fact == "dataset" and len(subject.datasets) > 1:
            del values[name]
    return values


def _of_fact(
    fact: str, subject: NameSubject, checker: FieldChecker, project: tuple[str, ...]
) -> str:
    match fact:
        case "date" if subject.recorded is not None:
            return _dated(subject.recorded, checker.rule.format)
        case "dataset" if len(subject.datasets) == 1:
            return subject.datasets[0]
        case "run":
            ids = [i for i in subject.run_ids if is_run_id(i) and len(i) <= MOST_SHOWN]
            return min(ids, key=lambda one: (len(one), one), default="")
        case "architecture" if subject.architecture:
            return _architecture(subject.architecture, checker)
        case "project" if project:
            return project[0]
        case "project":
            folder = subject.project
            return subject.called or (checker.plain(folder) if folder else "")
        case "task":
            return task_word(subject.task)
        case _:
            return ""


def several(
    fact: str, subject: NameSubject, project: tuple[str, ...]
) -> tuple[str, ...]:
    """The values between which a fact leaves the choice to a person."""
    match fact:
        case "dataset":
            return subject.datasets
        case "run":
            return tuple(one for one in subject.run_ids if is_run_id(one))
        case "architecture":
            return tuple(sorted(families(subject.architecture) & FAMILIES))
        case "project":
            return project
        case _:
            return ()


def _usable(text: str, checker: FieldChecker) -> str:
    if not text:
        return ""
    if not checker.fault(text):
        return text
    plain = checker.plain(text)
    return plain if plain and not checker.fault(plain) else ""


def _dated(recorded: int, form: str) -> str:
    text = short_text(recorded)
    if not text:
        return ""
    return written(datetime.fromisoformat(text), form)


def written(moment: datetime, form: str) -> str:
    """A moment as a field of dates writes it."""
    texts = {"YYYY": f"{moment.year:04d}", "MM": f"{moment.month:02d}"}
    texts |= {"DD": f"{moment.day:02d}", "HH": f"{moment.hour:02d}"}
    texts |= {"mm": f"{moment.minute:02d}", "SS": f"{moment.second:02d}"}
    return re.sub("YYYY|MM|DD|HH|mm|SS", lambda found: texts[found.group()], form)


def _architecture(header: str, checker: FieldChecker) -> str:
    """What a header's class names are called in a name: the listed value, or the family."""
    named = families(header)
    listed = [
        value
        for value in checker.rule.values
        if any(value.replace("-", "").lower().startswith(one) for one in named)
    ]
    if len(listed) == 1:
        return listed[0]
    return min(named) if len(named) == 1 else ""
