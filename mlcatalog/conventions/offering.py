"""What may be put in the blanks of a name that was suggested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.conventions.template import blanks_of

MOST_OFFERED = 6
SHORT = 12  # values of a list that is worth being shown
OWN = ("date", "run")  # facts that each name has for itself


@dataclass(frozen=True, slots=True)
class Blank:
    """A field that is still to be filled in, and what is known of it."""

    field: str
    expected: str
    offered: tuple[str, ...] = ()


class Met:
    """The values that right names hold, by field: the usual ones are offered first."""

    def __init__(self) -> None:
        self._counted: dict[str, Counter[str]] = {}

    def note(self, convention: Convention, name: str) -> None:
        """Count what a name holds, where it can be read in one way."""
        ways = convention.read(name)
        for field, text in ways[0].items() if len(ways) == 1 else ():
            if convention.fact_of(field) not in OWN:
                self._counted.setdefault(field, Counter())[text] += 1

    def usual(self, field: str) -> tuple[str, ...]:
        """The values of a field, the most frequent first."""
        counted = self._counted.get(field, Counter[str]())
        return tuple(text for text, _ in counted.most_common(MOST_OFFERED))


def open_fields(
    convention: Convention,
    subject: NameSubject,
    met: Met | None = None,
    given: Mapping[str, str] | None = None,
) -> tuple[Blank, ...]:
    """The blanks of the name that is suggested, each with what is known of it.

    What stands nearest to the name itself comes first, then what the facts
    leave open, then what other names hold, then what the convention lists.
    """
    blanks = blanks_of(convention.suggestion(subject, given))
    near = {one.field: one.suggestion for one in convention.judge(subject).fields}
    found = []
    for field in blanks:
        checker = convention.checkers[field]
        texts = (
            near.get(field, ""),
            *convention.candidates(field, subject),
            *(met.usual(field) if met else ()),
            *(checker.rule.values if len(checker.rule.values) <= SHORT else ()),
        )
        right = [text for text in dict.fromkeys(texts) if checker.fits(text)]
        offered = tuple(right[:MOST_OFFERED])
        found.append(Blank(field, checker.expected, offered))
    return tuple(found)
