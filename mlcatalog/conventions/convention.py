"""A convention: a template with the rules of its fields, which reads and judges."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

from mlcatalog.conventions.aligning import Aligner, Alignment, Laid
from mlcatalog.conventions.fields import (
    FACTS,
    USUAL,
    FieldChecker,
    FieldError,
    FieldRule,
)
from mlcatalog.conventions.limits import unfit
from mlcatalog.conventions.names import is_of_series
from mlcatalog.conventions.steps import Steps, Values
from mlcatalog.conventions.subjects import FieldVerdict, NameSubject, Verdict
from mlcatalog.conventions.suggesting import from_facts
from mlcatalog.conventions.template import DEFAULT_TEMPLATE, Template
from mlcatalog.conventions.truth import Truth
from mlcatalog.domain.errors import SettingsError

MOST_LETTERS = 1_000  # of a name that is looked into
HYPHEN = "it holds a hyphen, which joins fields"


@dataclass(frozen=True)
class Convention:
    """How names of one kind are written in one place.

    `source` says where it comes from, for people.
    """

    template: Template
    rules: Mapping[str, FieldRule] = field(default_factory=lambda: dict(USUAL))
    project: tuple[str, ...] = ()
    exempt: tuple[str, ...] = ()
    source: str = "the default"

    @classmethod
    def parse(
        cls, text: str, rules: Mapping[str, FieldRule] | None = None, **rest: object
    ) -> Self:
        """The convention of a template's text.

        Raises SettingsError that names the part that cannot be used.
        """
        known = {**USUAL, **(rules or {})}
        made = cls(Template.parse(text, known), known, **rest)  # type: ignore[arg-type]
        made.checkers  # noqa: B018 - a rule that cannot work is told now
        return made

    @classmethod
    def default(cls) -> Self:
        """The convention of a project that says nothing."""
        return cls.parse(DEFAULT_TEMPLATE)

    @cached_property
    def checkers(self) -> Mapping[str, FieldChecker]:
        """What judges each field of the template."""
        found = {}
        for name in self.template.fields:
            try:
                found[name] = FieldChecker(name, self.rules[name])
            except FieldError as error:
                raise SettingsError(
                    f"The field {name} of the template cannot be used.",
                    where=self.source,
                    why=str(error),
                    remedy=f"Correct {error.key} of the field {name}.",
                ) from error
        return found

    # reading and writing

    def read(self, name: str) -> list[Values]:
        """Every way to read a name, at most a few; none where it does not fit."""
        if len(name) > MOST_LETTERS:
            return []
        joint = self.template.joint
        if joint:
            parts = name.split(joint)
            if len(parts) == len(self._faults):
                good = not any(
                    faults[part]
                    for faults, part in zip(self._faults, parts, strict=True)
                )
                return [dict(zip(self.template.fields, parts, strict=True))] * good
            if len(parts) < len(self._faults) or not self._joint_inside:
                return []
        return self._steps.ways(name)

    def name(self, values: Mapping[str, str] | None = None, **more: str) -> str:
        """The name of these fields; raises SettingsError that names a wrong one.

        A keyword's `_` stands for the `-` of a field: `run_id="r0a11"`.
        """
        given = {**(values or {})}
        for key, text in more.items():
            given[key if key in self.checkers else key.replace("_", "-")] = text
        for key, text in given.items():
            self._check_given(key, text)
        missing = [
            one
            for one in self.template.fields
            if one not in self.template.optional and not given.get(one)
        ]
        if missing:
            raise SettingsError(
                f"The name has no {missing[0]}.",
                why=f"The template is {self.template.text}",
                remedy=f"Give {' and '.join(missing)}.",
            )
        made = self.template.format(given)
        self._check_made(made, given)
        return made

    def _check_given(self, key: str, text: str) -> None:
        if key not in self.checkers:
            raise SettingsError(
                f"There is no field {key}.",
                remedy=f"The fields are {', '.join(self.template.fields)}.",
            )
        fault = self.checkers[key].fault(text)
        if fault:
            near = self.checkers[key].nearest(text)
            raise SettingsError(
                f"{text} cannot be the {key}.",
                why=fault,
                remedy=f"Did you mean {near}?"
                if near
                else f"It is {self.checkers[key].expected}.",
            )

    def _check_made(self, made: str, given: Mapping[str, str]) -> None:
        wanted = {key: text for key, text in given.items() if text}
        why = unfit(made)
        if not why and self.read(made) != [wanted]:
            why = "it could be read in another way"
        if why:
            raise SettingsError(
                f"The name {made[:80]} cannot be used.",
                why=why,
                remedy="Choose other values.",
            )

    # judging

    def keeps(self, subject: NameSubject) -> bool:
        """Whether a name keeps the convention and agrees with the facts."""
        ways = self.read(subject.name)
        if len(ways) != 1 or unfit(subject.name):
            return False
        return all(
            self._truth.agrees(fact, ways[0][name], subject)
            for name, fact in self._facts
            if name in ways[0]
        )

    def judge(self, subject: NameSubject) -> Verdict:
        """Read a name, then hold it against the facts.

        Names that frameworks dictate are exempt: their folder is judged.
        """
        if self.is_exempt(subject):
            return Verdict("exempt", message="a name that a framework dictates")
        ways = self.read(subject.name)
        if len(ways) > 1:
            return self._ambiguous(ways, subject)
        if not ways:
            return self._broken(subject)
        fields = tuple(
            self._held(name, text, subject) for name, text in ways[0].items()
        )
        wrong = tuple(one for one in fields if one.state == "contradicts")
        if wrong:
            said = "; ".join(f"{one.field}: {one.message}" for one in wrong)
            return Verdict("contradicts", fields, said, self.suggestion(subject), wrong)
        why = unfit(subject.name)
        if why:
            return Verdict("breaks", fields, why, self.suggestion(subject))
        return Verdict("keeps", fields)

    def is_exempt(self, subject: NameSubject) -> bool:
        """Whether a framework, or the convention, leaves this name alone."""
        if is_of_series(subject.name):
            return True
        return any(fnmatch.fnmatchcase(subject.name, one) for one in self.exempt)

    def known(self, subject: NameSubject) -> Values:
        """The fields that are known: from the name where it is right, and from facts."""
        return self._with_facts(self._readable(subject.name), subject)

    def suggestion(self, subject: NameSubject) -> str:
        """The right name as far as name and facts tell; `????` for what is unknown."""
        return self.template.format(self.known(subject))

    def _with_facts(self, values: Values, subject: NameSubject) -> Values:
        return from_facts(
            values, subject, self.checkers, dict(self._facts), self.project
        )

    def _held(self, name: str, text: str, subject: NameSubject) -> FieldVerdict:
        fact = self._fact_of.get(name, "")
        return self._truth.held(fact, name, text, subject)

    def _ambiguous(self, ways: list[Values], subject: NameSubject) -> Verdict:
        names = [n for n in self.template.fields if len({w.get(n) for w in ways}) > 1]
        said = f"{' or '.join(names)} may hold the separator"
        if self.template.joint == "-":
            said = f"{' or '.join(names)} may hold the hyphen"
        agreed = {n: t for n, t in ways[0].items() if n not in names}
        right = self.template.format(self._with_facts(agreed, subject))
        return Verdict("ambiguous", message=said, suggestion=right)

    # names that do not fit

    def _broken(self, subject: NameSubject) -> Verdict:
        name = subject.name
        right = self.suggestion(subject)
        if len(name) > MOST_LETTERS:
            said = f"it is longer than {MOST_LETTERS} characters"
            return Verdict("breaks", message=said, suggestion=right)
        laid = self._laid(name)
        if laid is not None and laid.is_ambiguous:
            ways = [self._joined(laid, number) for number in range(len(laid.ways))]
            return self._ambiguous(ways, subject)
        fields = self._fields(laid) if laid is not None else self._stuck(name)
        wrong = tuple(one for one in fields if one.state == "wrong")
        said = "; ".join(f"{one.field}: {one.message}" for one in wrong)
        if not wrong:
            said = self._unreadable(name, laid)
        return Verdict("breaks", fields, said, right, wrong)

    def _laid(self, name: str) -> Alignment | None:
        if not self.template.joint:
            return None
        parts = name.split(self.template.joint)
        if len(parts) == len(self._faults):
            return Alignment.straight(tuple(parts))
        return self._aligner.align(name)

    def _joined(self, laid: Alignment, number: int) -> Values:
        """The fields of one way, with `_` for a separator inside one."""
        names = self.template.fields
        return {
            names[part.field]: "_".join(laid.parts[part.start : part.end])
            for part in laid.ways[number]
            if part.field >= 0
        }

    def _fields(self, laid: Alignment) -> tuple[FieldVerdict, ...]:
        """The verdict on each field; none where too little can be told apart."""
        if len(laid.ways) != 1:
            return ()
        way = [part for part in laid.ways[0] if part.field >= 0]
        if len(way) < len(laid.ways[0]):
            return ()
        found = []
        for part in way:
            text = self.template.joint.join(laid.parts[part.start : part.end])
            found.append(self._fielded(self.template.fields[part.field], text, part))
        right = sum(one.state == "ok" for one in found)
        is_straight = len(laid.parts) == len(self._faults)
        is_near = right * 2 > len(found) or right == len(found) - 1 > 0
        return tuple(found) if is_straight or is_near else ()

    def _fielded(self, name: str, text: str, part: Laid) -> FieldVerdict:
        checker = self.checkers[name]
        if part.end == part.start:
            return FieldVerdict(name, "", "wrong", "it is missing", checker.expected)
        if part.end > part.start + 1:
            right = text.replace(self.template.joint, "_")
            return FieldVerdict(name, text, "wrong", HYPHEN, checker.expected, right)
        fault = checker.fault(text)
        if not fault:
            return FieldVerdict(name, text, "ok", "as it should be")
        near = checker.nearest(text)
        return FieldVerdict(name, text, "wrong", fault, checker.expected, near)

    def _stuck(self, name: str) -> tuple[FieldVerdict, ...]:
        """The field at which a name without one joint cannot be read on."""
        field, found = self._steps.stuck(name)
        if not field:
            return ()
        checker = self.checkers[field]
        fault = checker.fault(found) if found else "it is missing"
        said = fault or f"{found} is right, but what follows is not"
        near = checker.nearest(found) if found and fault else ""
        return (FieldVerdict(field, found, "wrong", said, checker.expected, near),)

    def _unreadable(self, name: str, laid: Alignment | None) -> str:
        parts = name.split(self.template.joint) if self.template.joint else [name]
        said = ["no field can be read"]
        if laid is not None and len(parts) > 1:
            fields = len(self._faults)
            said = [f"{min(len(parts), fields)} of {fields} fields can be told apart"]
            if len(parts) > fields:
                said = [f"{len(parts)} parts for {fields} fields"]
        if any(c.isupper() for c in name):
            said.append("upper case")
        if any(c.isspace() for c in name):
            said.append("white space")
        why = unfit(name)
        return "; ".join([*said, why] if why else said)

    def _readable(self, name: str) -> Values:
        """The fields of a name that are right where they surely stand."""
        if len(name) > MOST_LETTERS:
            return {}
        ways = self.read(name)
        if len(ways) == 1:
            return ways[0]
        laid = self._laid(name) if not ways else None
        if laid is None:
            return {}
        if len(laid.ways) == 1 and all(part.field >= 0 for part in laid.ways[0]):
            return {
                one.field: one.suggestion or one.found
                for one in self._fields(laid)
                if one.state == "ok" or one.message == HYPHEN
            }
        return {}

    # parts, made once

    @cached_property
    def _steps(self) -> Steps:
        return Steps(self.template, self.checkers)

    @cached_property
    def _aligner(self) -> Aligner:
        return Aligner(tuple(self.checkers.values()), self.template.joint)

    @cached_property
    def _faults(self) -> tuple[Mapping[str, str], ...]:
        return tuple(checker.faults for checker in self.checkers.values())

    @cached_property
    def _joint_inside(self) -> bool:
        """Whether some field may hold what joins the fields."""
        joint = self.template.joint
        return any(checker.may_hold(joint) for checker in self.checkers.values())

    @cached_property
    def _truth(self) -> Truth:
        return Truth(self.project)

    @cached_property
    def _fact_of(self) -> Mapping[str, str]:
        return dict(self._facts)

    @cached_property
    def _facts(self) -> tuple[tuple[str, str], ...]:
        """The fields that are bound to a fact, with it."""
        bound = (
            (name, self.rules[name].fact or FACTS.get(name, ""))
            for name in self.template.fields
        )
        return tuple((name, fact) for name, fact in bound if fact not in ("", "none"))


def with_tasks(convention: Convention, tasks: tuple[str, ...]) -> Convention:
    """The convention with more tasks than the usual ones."""
    rule = convention.rules["task"]
    more = replace(rule, values=(*rule.values, *tasks))
    return replace(convention, rules={**convention.rules, "task": more})
