"""Why a name does not fit its template, field by field where that can be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from mlcatalog.conventions.aligning import Aligner, Alignment, Laid, straight
from mlcatalog.conventions.fields import FieldChecker
from mlcatalog.conventions.limits import unfit
from mlcatalog.conventions.lookalikes import is_dash, named
from mlcatalog.conventions.nearest import Nearest, Taken
from mlcatalog.conventions.steps import Steps, Values
from mlcatalog.conventions.subjects import FieldVerdict
from mlcatalog.conventions.template import Template

MOST_KNOWN = 2_000  # verdicts on texts of one field that are remembered
MOST_LETTERS = 1_000  # of a name that is looked into


@dataclass(frozen=True, slots=True)
class Explained:
    """What can be said of a name that does not fit.

    `ways` are several readings with the separator inside a field; `known`
    are the fields that are right where they surely stand.
    """

    fields: tuple[FieldVerdict, ...] = ()
    message: str = ""
    ways: tuple[Values, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)


class _Said(dict[str, FieldVerdict]):
    """The verdicts on texts of one field, each given once."""

    def __init__(self, checker: FieldChecker) -> None:
        super().__init__()
        self._checker = checker

    def __missing__(self, text: str) -> FieldVerdict:
        if len(self) >= MOST_KNOWN:
            self.clear()
        self[text] = said = self._verdict(text)
        return said

    def _verdict(self, text: str) -> FieldVerdict:
        checker = self._checker
        fault = checker.faults[text]
        if not fault:
            return FieldVerdict(checker.name, text, "ok", "as it should be")
        near = checker.nearest(text)
        return FieldVerdict(
            checker.name,
            text,
            "wrong",
            fault,
            checker.expected,
            near.text,
            is_sure=near.is_sure,
        )


class Explainer:
    """Explains names that do not fit one template."""

    def __init__(
        self, template: Template, checkers: Mapping[str, FieldChecker], steps: Steps
    ) -> None:
        self._template = template
        self._joint = template.joint
        self._checkers = checkers
        self._steps = steps
        self._said = [_Said(checker) for checker in checkers.values()]
        self._is_inside = any(one.holds(self._joint) for one in checkers.values())
        self._straight = straight(len(checkers))
        self._aligner = Aligner(tuple(checkers.values()), self._joint)

    def explain(self, name: str) -> Explained:
        """Why a name does not fit; it is known that it does not."""
        if len(name) > MOST_LETTERS:
            return Explained(message=f"it is longer than {MOST_LETTERS} characters")
        laid = self._laid(name) if self._joint else None
        if laid is not None and laid.is_ambiguous:
            return Explained(ways=tuple(self._joined(laid, way) for way in laid.ways))
        if self._joint:
            fields = self._fields(laid) if laid is not None else ()
        else:
            fields = self._nearest(name)
        if self._joint and not fields and (meant := self._otherwise_joined(name)):
            return meant
        said = [f"{one.field}: {one.message}" for one in fields if one.state == "wrong"]
        if 0 < len(fields) < len(self._checkers):
            told = {one.field for one in fields} | self._template.optional
            unclear = [n for n in self._template.fields if n not in told]
            if unclear:
                said.append(f"{' or '.join(unclear)} cannot be told apart")
        if fields and not said and not self._joint:
            said.append("what is left of it fits no field")
        known = {
            one.field: one.suggestion if one.is_sure else one.found
            for one in fields
            if one.state == "ok" or one.is_sure
        }
        return Explained(fields, "; ".join(said) or self._unreadable(name), known=known)

    def _otherwise_joined(self, name: str) -> Explained | None:
        """A name that is right but for what joins its fields."""
        if self._joint in name:
            return None
        for mark in dict.fromkeys(m for m in name if m in " ._-+~" or is_dash(m)):
            count = name.count(mark) + 1
            if count != len(self._checkers) and not self._is_inside:
                continue
            (way, *others) = self._steps.ways(name.replace(mark, self._joint)) or [{}]
            if way and not others:
                fields = tuple(
                    said[text]
                    for said, text in zip(self._said, way.values(), strict=True)
                )
                message = f"its fields are joined by {named(mark)}, not {self._joint}"
                return Explained(fields, message, known=way)
        return None

    def _laid(self, name: str) -> Alignment | None:
        parts = tuple(name.split(self._joint))
        if len(parts) == len(self._checkers) and not self._is_inside:
            return Alignment(self._straight, parts)
        return self._aligner.align(name)

    def _joined(self, laid: Alignment, way: tuple[Laid, ...]) -> Values:
        """The fields of one way, with another mark for a separator inside one."""
        names = self._template.fields
        return {
            names[part.field]: self._meant(
                part.field, laid.parts[part.start : part.end]
            )
            for part in way
            if part.field >= 0
        }

    def _meant(self, field: int, parts: tuple[str, ...]) -> str:
        if len(parts) == 1:
            return parts[0]
        checker = self._checkers[self._template.fields[field]]
        return checker.joined(parts, self._joint)

    def _fields(self, laid: Alignment) -> tuple[FieldVerdict, ...]:
        """The verdict on each field that all likely ways agree on, if that is enough."""
        count = len(self._said)
        if laid.ways is self._straight:
            both = zip(self._said, laid.parts, strict=True)
            return tuple([said[part] for said, part in both])
        found = _agreed(
            [
                {
                    part.field: self._fielded(part.field, laid, part)
                    for part in way
                    if part.field >= 0
                }
                for way in laid.ways
            ]
        )
        return found if _is_near(found, count) else ()

    def _fielded(self, field: int, laid: Alignment, part: Laid) -> FieldVerdict:
        if part.end == part.start + 1:
            return self._said[field][laid.parts[part.start]]
        name = self._template.fields[field]
        checker = self._checkers[name]
        if part.end == part.start:
            return FieldVerdict(name, "", "wrong", "it is missing", checker.expected)
        parts = laid.parts[part.start : part.end]
        text, right = self._joint.join(parts), self._meant(field, parts)
        if text == right:
            return self._said[field][text]
        if right.casefold() == text.casefold():
            said = self._said[field][text]  # a listed value that holds the separator
            return replace(said, suggestion=right, is_sure=True)
        joint = "a hyphen" if self._joint == "-" else self._joint
        message = f"it holds {joint}, which joins fields"
        said = FieldVerdict(name, text, "wrong", message, checker.expected, right)
        return replace(said, is_sure=True)

    def _nearest(self, name: str) -> tuple[FieldVerdict, ...]:
        """The verdict on each field that all likely ways agree on, without one joint."""
        found = _agreed(
            [
                {taken.field: self._taken(taken) for taken in way}
                for way in Nearest(self._steps, name).ways()
            ]
        )
        optional = self._template.optional
        needed = tuple(one for one in found if one.field not in optional)
        if _is_near(needed, len(self._checkers) - len(optional)):
            return found
        return tuple(one for one in found if one.state == "wrong" and one.found)

    def _taken(self, taken: Taken) -> FieldVerdict:
        checker = self._checkers[taken.field]
        if not taken.text:
            said = "it is missing"
            return FieldVerdict(taken.field, "", "wrong", said, checker.expected)
        place = self._template.fields.index(taken.field)
        return self._said[place][taken.text]

    def _unreadable(self, name: str) -> str:
        parts = name.split(self._joint) if self._joint else [name]
        fields = len(self._checkers)
        said = ["no field can be read"]
        if len(parts) > 1:
            said = [f"{len(parts)} parts for {fields} fields"]
        if len(parts) > 1 and "" in parts and any(parts):
            said.append(f"a {self._joint} stands at an end or twice in a row")
        if name != name.lower():
            said.append("upper case")
        if len(name.split()) > 1 or name != name.strip():
            said.append("white space")
        why = unfit(name)
        return "; ".join([*said, why] if why else said)


Key = TypeVar("Key")


def _agreed(ways: Sequence[Mapping[Key, FieldVerdict]]) -> tuple[FieldVerdict, ...]:
    """What all ways say alike of a field."""
    first, *others = ways or ({},)
    return tuple(
        verdict
        for field, verdict in first.items()
        if all(way.get(field) == verdict for way in others)
    )


def _is_near(found: tuple[FieldVerdict, ...], count: int) -> bool:
    """Whether enough fields are right to say which of them are wrong."""
    right = sum([one.state == "ok" for one in found])
    return right * 2 > count or right == count - 1 > 0
