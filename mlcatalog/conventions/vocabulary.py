"""The values of each field: those that are listed, and those that names and facts hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.domain.finding import Finding

Chooser = Callable[[NameSubject], Convention | None]


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a field, and how often it was met."""

    text: str
    is_listed: bool = False
    names: int = 0  # right names that hold it
    wrong: int = 0  # names that break the template because of it
    facts: int = 0  # names whose facts ask for it

    @property
    def met(self) -> int:
        """In how many names or facts it was met."""
        return self.names + self.wrong + self.facts


Found = Mapping[str, tuple[Value, ...]]


def values_of(
    names: Iterable[tuple[NameSubject, Iterable[Finding]]], of: Chooser
) -> Found:
    """The values of each field, the most frequent first.

    `names` come with what is wrong about them.
    """
    right: dict[str, Counter[str]] = defaultdict(Counter)
    wrong: dict[str, Counter[str]] = defaultdict(Counter)
    facts: dict[str, Counter[str]] = defaultdict(Counter)
    listed: dict[str, dict[str, None]] = defaultdict(dict)
    for subject, findings in names:
        convention = of(subject)
        if convention is None:
            continue
        if not listed:
            for name, checker in convention.checkers.items():
                listed[name] = dict.fromkeys(checker.rule.values)
        ways = convention.read(subject.name)
        for name, text in ways[0].items() if len(ways) == 1 else ():
            right[name][text] += 1
        for name, text in convention.told(subject).items():
            facts[name][text] += 1
        for finding in findings:
            if finding.field and finding.found:
                wrong[finding.field][finding.found] += 1
                right[finding.field][finding.found] -= bool(ways)
    return {
        name: _ranked(known, right[name], wrong[name], facts[name])
        for name, known in listed.items()
    }


def _ranked(
    listed: Mapping[str, None],
    right: Counter[str],
    wrong: Counter[str],
    facts: Counter[str],
) -> tuple[Value, ...]:
    texts = dict.fromkeys((*listed, *right, *wrong, *facts))
    found = [
        Value(text, text in listed, max(0, right[text]), wrong[text], facts[text])
        for text in texts
        if text
    ]
    return tuple(sorted(found, key=lambda one: (-one.met, one.text)))
