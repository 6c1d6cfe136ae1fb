"""A convention: a template with the rules of its fields, which reads and judges."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from typing import Self

from mlcatalog.conventions.explaining import Explainer
from mlcatalog.conventions.fields import FieldChecker
from mlcatalog.conventions.limits import unfit
from mlcatalog.conventions.names import is_of_series
from mlcatalog.conventions.rules import (
    FACTS,
    USUAL,
    FieldError,
    FieldRule,
    RefusedError,
)
from mlcatalog.conventions.steps import Steps, Values
from mlcatalog.conventions.subjects import FieldVerdict, NameSubject, Verdict
from mlcatalog.conventions.suggesting import from_facts, several, written
from mlcatalog.conventions.template import (
    DEFAULT_TEMPLATE,
    Template,
    refusal,
    without_blanks,
)
from mlcatalog.conventions.truth import Agrees, Truth
from mlcatalog.domain.errors import SettingsError

MOST_LETTERS = 1_000  # of a name that is looked into
MOST_PLAIN = 200  # characters, below which a plain name fits every file system
Given = str | int | date
SAFE = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


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
        made.check_names()
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
                raise RefusedError.of(
                    ("fields", name, error.key),
                    f"The field {name} of the template cannot be used.",
                    where=self.source,
                    why=str(error),
                    remedy=f"Correct {error.key} of the field {name}.",
                ) from error
        return found

    def check_names(self) -> None:
        """Refuse a template whose names no file could have, whatever the values."""
        fields = self.template.fields
        least = {name: "x" * self.rules[name].least for name in fields}
        needed = {n: t for n, t in least.items() if n not in self.template.optional}
        why = unfit(self.template.format(needed or least))
        if why:
            raise refusal(self.template.text, f"no file could have its names: {why}")

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
            if len(parts) < len(self._faults) or not self.joint_inside:
                return []
        return self._steps.ways(name)

    def name(self, values: Mapping[str, Given] | None = None, **more: Given) -> str:
        """The name of these fields; raises SettingsError that names a wrong one.

        A `_` may stand for the `-` of a field: `run_id="r0a11"`. A day may be
        given as a date, and a number as it is.
        """
        given = {}
        for key, value in {**(values or {}), **more}.items():
            field = key if key in self.checkers else key.replace("_", "-")
            given[field] = self._text(field, value)
        for key, text in given.items():
            self.check(key, text)
        missing = self.blanks(given)
        if missing:
            raise SettingsError(
                f"The name has no {missing[0]}.",
                why=f"The template is {self.template.text}",
                remedy=f"Give also {', '.join(missing)}.",
            )
        made = self.template.format(given)
        self._check_made(made, given)
        return made

    def _text(self, field: str, value: Given) -> str:
        if isinstance(value, date) and field in self.checkers:
            if not isinstance(value, datetime):
                value = datetime.combine(value, time())
            return written(value, self.checkers[field].rule.format)
        return str(value)

    def blanks(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """The fields that a name needs and that have no value yet."""
        return tuple(
            one
            for one in self.template.fields
            if one not in self.template.optional and not values.get(one)
        )

    def check(self, key: str, text: str) -> None:
        """Refuse a field that is not of this template, or a wrong value of one."""
        if key not in self.checkers:
            raise SettingsError(
                f"There is no field {key}.",
                remedy=f"The fields are {', '.join(self.template.fields)}.",
            )
        fault = self.checkers[key].fault(text)
        if fault:
            near = self.checkers[key].nearest(text).text
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
        """Whether a name keeps the convention and agrees with the facts.

        The quick way through a million names; `judge` says why not.
        """
        if self.template.joint and not self.joint_inside:
            parts = subject.name.split(self.template.joint)
            if len(parts) != len(self._faults):
                return False
            for faults, part in zip(self._faults, parts, strict=True):
                if faults[part]:
                    return False
            values: Mapping[str, str] | None = None
        else:
            ways = self.read(subject.name)
            if len(ways) != 1:
                return False
            values, parts = ways[0], []
        for name, agrees, place in self.bound:
            text = parts[place] if values is None else values.get(name)
            if text and not agrees(text, subject):
                return False
        return self.can_be_a_file(subject.name)

    def can_be_a_file(self, name: str) -> bool:
        """Whether a name that was read can be a file's name everywhere."""
        if self._is_plain and len(name) < MOST_PLAIN and "." not in name[3:5]:
            return True
        return not unfit(name)

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
        return self._with_facts(self._said(subject.name)[0], subject)

    def _said(self, name: str) -> tuple[Values, Values]:
        """The fields that a name tells, and blanks for what it tells wrongly."""
        ways = self.read(name)
        if not ways:
            said = self._explainer.explain(name)
            return dict(said.known), _holes(said.fields)
        first = ways[0].items()
        return {n: t for n, t in first if all(w.get(n) == t for w in ways)}, {}

    def told(self, subject: NameSubject) -> Values:
        """The fields that the facts alone tell."""
        return self._with_facts({}, subject)

    def suggestion(
        self, subject: NameSubject, given: Mapping[str, str] | None = None
    ) -> str:
        """The right name as far as name, facts and what is given tell.

        What is unknown stands as a blank, `{task}`; "" where what is known
        makes no name that a file can have.
        """
        known, holes = self._said(subject.name)
        facts = self._with_facts(known, subject)
        return self._right({**holes, **facts, **(given or {})})

    def _right(self, values: Mapping[str, str]) -> str:
        made = self.template.format(values)
        is_fit = self.can_be_a_file(made) or not unfit(without_blanks(made))
        return made if is_fit else ""

    def fact_of(self, field: str) -> str:
        """The fact that a field is held against, "" for none."""
        return self._fact_of.get(field, "")

    def candidates(self, field: str, subject: NameSubject) -> tuple[str, ...]:
        """What the facts leave open for a field: several values, or none."""
        return several(self.fact_of(field), subject, self.project)

    def _with_facts(self, values: Mapping[str, str], subject: NameSubject) -> Values:
        return from_facts(
            values, subject, self.checkers, facts=self._fact_of, truth=self._truth
        )

    def _held(self, name: str, text: str, subject: NameSubject) -> FieldVerdict:
        return self._truth.held(self.fact_of(name), name, text, subject)

    def _ambiguous(self, ways: list[Values], subject: NameSubject) -> Verdict:
        names = [n for n in self.template.fields if len({w.get(n) for w in ways}) > 1]
        said = f"{' or '.join(names)} may hold the separator"
        if self.template.joint == "-":
            said = f"{' or '.join(names)} may hold the hyphen"
        agreed = {n: t for n, t in ways[0].items() if n not in names}
        right = self._right(self._with_facts(agreed, subject))
        return Verdict("ambiguous", message=said, suggestion=right)

    # names that do not fit

    def _broken(self, subject: NameSubject) -> Verdict:
        said = self._explainer.explain(subject.name)
        if said.ways:
            return self._ambiguous(list(said.ways), subject)
        known = self._with_facts(said.known, subject)
        right = self._right({**_holes(said.fields), **known})
        wrong = tuple(one for one in said.fields if one.state == "wrong")
        return Verdict("breaks", said.fields, said.message, right, wrong)

    # parts, made once

    @cached_property
    def bound(self) -> tuple[tuple[str, Agrees, int], ...]:
        """The fields that may lie: name, what tells whether it agrees, its place."""
        order = self.template.fields
        return tuple(
            (name, agrees, order.index(name))
            for name, fact in self._facts
            if (agrees := self._truth.check(fact)) is not None
        )

    @cached_property
    def _is_plain(self) -> bool:
        """Whether every name that fits can be a file's name, up to a length."""
        literals = "".join(
            part for part in self.template.parts if isinstance(part, str)
        )
        return (
            len(self.template.fields) > 1
            and bool(self.template.joint)
            and SAFE.fullmatch(literals) is not None
            and all(checker.is_plain for checker in self.checkers.values())
        )

    @cached_property
    def _steps(self) -> Steps:
        return Steps(self.template, self.checkers)

    @cached_property
    def _explainer(self) -> Explainer:
        return Explainer(self.template, self.checkers, self._steps)

    @cached_property
    def _faults(self) -> tuple[Mapping[str, str], ...]:
        return tuple(checker.faults for checker in self.checkers.values())

    @cached_property
    def joint_inside(self) -> bool:
        """Whether some field may hold what joins the fields."""
        joint = self.template.joint
        return any(checker.holds(joint) for checker in self.checkers.values())

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


def _holes(fields: Iterable[FieldVerdict]) -> Values:
    """Blanks in the place of what stands wrongly in a name, optional or not."""
    return {
        one.field: f"{{{one.field}}}"
        for one in fields
        if one.state == "wrong" and one.found and not one.is_sure
    }
