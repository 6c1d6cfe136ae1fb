"""Why a name does not fit its template, field by field where that can be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlcatalog.conventions.aligning import Aligner, Alignment, Laid, straight
from mlcatalog.conventions.fields import FieldChecker
from mlcatalog.conventions.limits import unfit
from mlcatalog.conventions.steps import Steps, Values
from mlcatalog.conventions.subjects import FieldVerdict
from mlcatalog.conventions.template import Template

HYPHEN = "it holds a hyphen, which joins fields"
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
        return FieldVerdict(checker.name, text, "wrong", fault, checker.expected, near)


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
        self._straight = straight(len(checkers))
        self._aligner = Aligner(tuple(checkers.values()), self._joint)

    def explain(self, name: str) -> Explained:
        """Why a name does not fit; it is known that it does not."""
        if len(name) > MOST_LETTERS:
            return Explained(message=f"it is longer than {MOST_LETTERS} characters")
        laid = self._laid(name) if self._joint else None
        if laid is not None and laid.is_ambiguous:
            return Explained(ways=tuple(self._joined(laid, way) for way in laid.ways))
        fields: tuple[FieldVerdict, ...] = ()
        if laid is not None:
            fields = self._fields(laid)
        elif not self._joint:
            fields = self._stuck(name)
        said = [f"{one.field}: {one.message}" for one in fields if one.state == "wrong"]
        if self._joint and 0 < len(fields) < len(self._checkers):
            told = {one.field for one in fields}
            unclear = [n for n in self._template.fields if n not in told]
            said.append(f"{' or '.join(unclear)} cannot be told apart")
        known = {
            one.field: one.suggestion or one.found
            for one in fields
            if one.state == "ok" or one.message == HYPHEN
        }
        return Explained(fields, "; ".join(said) or self._unreadable(name), known=known)

    def _laid(self, name: str) -> Alignment | None:
        parts = tuple(name.split(self._joint))
        if len(parts) == len(self._checkers):
            return Alignment(self._straight, parts)
        return self._aligner.align(name)

    def _joined(self, laid: Alignment, way: tuple[Laid, ...]) -> Values:
        """The fields of one way, with `_` for a separator inside one."""
        names = self._template.fields
        return {
            names[part.field]: "_".join(laid.parts[part.start : part.end])
            for part in way
            if part.field >= 0
        }

    def _fields(self, laid: Alignment) -> tuple[FieldVerdict, ...]:
        """The verdict on each field that all likely ways agree on.

        None where too little can be told apart.
        """
        count = len(self._said)
        if len(laid.parts) == count:
            both = zip(self._said, laid.parts, strict=True)
            return tuple([said[part] for said, part in both])
        first, *others = [
            {
                part.field: self._fielded(part.field, laid, part)
                for part in way
                if part.field >= 0
            }
            for way in laid.ways
        ]
        found = tuple(first.values())
        if others:
            found = tuple(
                verdict
                for field, verdict in first.items()
                if all(way.get(field) == verdict for way in others)
            )
        right = sum([one.state == "ok" for one in found])
        is_near = right * 2 > count or right == count - 1 > 0
        return found if is_near else ()

    def _fielded(self, field: int, laid: Alignment, part: Laid) -> FieldVerdict:
        if part.end == part.start + 1:
            return self._said[field][laid.parts[part.start]]
        name = self._template.fields[field]
        checker = self._checkers[name]
        if part.end == part.start:
            return FieldVerdict(name, "", "wrong", "it is missing", checker.expected)
        parts = laid.parts[part.start : part.end]
        text, right = self._joint.join(parts), "_".join(parts)
        return FieldVerdict(name, text, "wrong", HYPHEN, checker.expected, right)

    def _stuck(self, name: str) -> tuple[FieldVerdict, ...]:
        """The field at which a name without one joint cannot be read on."""
        stuck, found = self._steps.stuck(name)
        if not stuck:
            return ()
        checker = self._checkers[stuck]
        fault = checker.fault(found) if found else "it is missing"
        said = fault or f"{found} is right, but what follows is not"
        near = checker.nearest(found) if found and fault else ""
        return (FieldVerdict(stuck, found, "wrong", said, checker.expected, near),)

    def _unreadable(self, name: str) -> str:
        parts = name.split(self._joint) if self._joint else [name]
        fields = len(self._checkers)
        said = ["no field can be read"]
        if len(parts) > fields:
            said = [f"{len(parts)} parts for {fields} fields"]
        elif len(parts) > 1:
            said = [f"{len(parts)} of {fields} fields can be told apart"]
        if name != name.lower():
            said.append("upper case")
        if len(name.split()) > 1 or name != name.strip():
            said.append("white space")
        why = unfit(name)
        return "; ".join([*said, why] if why else said)
