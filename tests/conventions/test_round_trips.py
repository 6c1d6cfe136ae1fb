"""Templates whose parts can be told apart read back exactly what they write.

Templates are drawn with every type of field, case, length, separator, literal
and optional part; no value can hold what stands between two fields, and each
optional part begins with a mark of its own, so that nothing can be ambiguous
and nothing is forgiven.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mlcatalog.conventions import Convention
from mlcatalog.conventions.columns import Names, broken, misfits
from mlcatalog.conventions.limits import unfit
from mlcatalog.conventions.rules import TYPES, FieldRule
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.domain.errors import SettingsError
from mlcatalog.domain.words import Kind

MARKS = "-_.+~=@#%,!^&;' ()"
CASED = {
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "any": string.ascii_letters,
}
FORMATS = ("YYYYMMDD", "YYYYMM", "YYYY", "YYYYMMDDTHHmmSS")
PATTERNS = {
    r"[a-c]+[0-9]?": r"[a-c]{1,5}[0-9]?",
    r"x(yz|[0-9]{2})*": r"x(yz|[0-9]{2}){0,3}",
    r"(q|w){2,4}": r"[qw]{2,4}",
}


@dataclass(frozen=True)
class Drawn:
    """A field's rule, a strategy of its right values, and marks these may hold."""

    rule: FieldRule
    values: st.SearchStrategy[str]


@st.composite
def a_word(draw: st.DrawFn, rule: FieldRule) -> str:
    """Words of letters and digits with single marks inside, within the lengths."""
    letters = CASED[rule.case] + string.digits
    length = draw(st.integers(rule.least, min(rule.most, rule.least + 6)))
    text = draw(st.text(letters, min_size=length, max_size=length))
    if rule.inside and length > 2 and draw(st.booleans()):
        at = draw(st.integers(1, length - 2))
        text = text[:at] + draw(st.sampled_from(rule.inside)) + text[at + 1 :]
    return text


@st.composite
def a_field(draw: st.DrawFn, kind: str, free: str) -> Drawn:
    """A field of a type; its values hold marks only of `free`."""
    case = draw(st.sampled_from(sorted(CASED)))
    inside = "".join(draw(st.lists(st.sampled_from(free), max_size=3, unique=True)))
    least = draw(st.integers(1, 5))
    most = draw(st.integers(least + 3, 40))
    word = FieldRule(case=case, inside=inside, least=least, most=most)
    match kind:
        case "word":
            return Drawn(word, a_word(word))
        case "vocabulary":
            values = draw(st.lists(a_word(word), min_size=1, max_size=5, unique=True))
            rule = FieldRule("vocabulary", values=tuple(values), case=case)
            return Drawn(rule, st.sampled_from(values))
        case "versioned":
            ends = st.sampled_from("vV" if case == "any" else CASED[case][21])
            number = st.integers(0, 99).map(str)
            rule = FieldRule("versioned", case=case, inside=inside, most=60)
            parts = st.tuples(a_word(word), ends, number)
            return Drawn(rule, parts.map("".join))
        case "id":
            rule = FieldRule("id", case=case, inside=inside, least=least, most=most + 1)
            return Drawn(rule, a_word(word).map(lambda text: f"{text}7"))
        case "version":
            number = st.integers(0, 30).map(str)
            prefix = draw(st.sampled_from(["", "v", "rel"]))
            rule = FieldRule("version", prefix=prefix)
            parts = st.tuples(number, number, number).map(".".join)
            return Drawn(rule, parts.map(lambda text: prefix + text))
        case "date":
            form = draw(st.sampled_from(FORMATS))
            days = st.datetimes().map(lambda when: dated(when.timetuple()[:6], form))
            return Drawn(FieldRule("date", format=form), days)
        case "hex":
            letters = {"lower": "0af9", "upper": "0AF9", "any": "0aF9"}[case]
            rule = FieldRule("hex", case=case, least=least, most=least + 4)
            return Drawn(rule, st.text(letters, min_size=least, max_size=least + 4))
        case "integer":
            prefix = draw(st.sampled_from(["", "n", "run"]))
            numbers = st.integers(0, 10**8).map(lambda number: f"{prefix}{number}")
            return Drawn(FieldRule("integer", prefix=prefix, most=12), numbers)
        case _:
            pattern = draw(st.sampled_from(sorted(PATTERNS)))
            right = st.from_regex(PATTERNS[pattern], fullmatch=True)
            return Drawn(FieldRule("regex", pattern=pattern), right)


def dated(parts: tuple[int, ...], form: str) -> str:
    for name, value in zip(("MM", "DD", "HH", "mm", "SS"), parts[1:], strict=True):
        form = form.replace(name, f"{value:02d}")
    return form.replace("YYYY", f"{parts[0]:04d}")


@st.composite
def a_case(draw: st.DrawFn) -> tuple[Convention, Mapping[str, str]]:
    """A template that nothing can be ambiguous in, and right values for it."""
    kinds = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=7))
    taken = ".+-" if "version" in kinds else ""
    marks = draw(st.permutations([mark for mark in MARKS if mark not in taken]))
    joint, own = marks[0], marks[1 : len(kinds)]
    free = "".join(m for m in "-_.+~" if m not in (joint, *own))
    free = free or "$"
    text = draw(st.sampled_from(["", "m", "M2"]))
    text += joint if text else ""
    rules, values = {}, {}
    is_first = True
    for number, kind in enumerate(kinds):
        name = f"f{number}"
        drawn = draw(a_field(kind, free))
        rules[name] = drawn.rule
        is_optional = not is_first and draw(st.booleans())
        if is_optional:
            literal = own[number - 1] + draw(st.sampled_from(["", "x", "is"]))
            text += f"[{literal}{{{name}}}]"
        else:
            text += f"{{{name}}}" if is_first else f"{joint}{{{name}}}"
        is_first = False
        if not is_optional or draw(st.booleans()):
            values[name] = draw(drawn.values)
    text += draw(st.sampled_from(["", f"{joint}end", f"{joint}9"]))
    return Convention.parse(text, rules), values


@settings(max_examples=250)
@given(a_case())
def test_what_is_written_is_read_back_exactly(
    case: tuple[Convention, Mapping[str, str]],
) -> None:
    convention, values = case
    name = convention.template.format(values)
    assert convention.read(name) == [values]
    assert convention.template.format(convention.read(name)[0]) == name
    subject = NameSubject("1", f"/p/{name}", name, Kind.MODEL)
    if why := unfit(name):
        with pytest.raises(SettingsError, match=r".") as refused:
            convention.name(values)
        assert refused.value.why == why
        assert not convention.keeps(subject)
        return
    assert convention.name(values) == name
    verdict = convention.judge(subject)
    if not convention.is_exempt(subject):
        assert verdict.state == "keeps"
        assert {one.field: one.found for one in verdict.fields} == values
    assert convention.keeps(subject)
    assert convention.suggestion(subject) == name
    assert misfits(convention, Names([name])) == []
    assert broken(convention, [subject]) == []


@settings(max_examples=150)
@given(a_case(), st.data())
def test_a_name_with_one_letter_changed_is_read_back_or_said_to_be_wrong(
    case: tuple[Convention, Mapping[str, str]], data: st.DataObject
) -> None:
    convention, values = case
    name = convention.template.format(values)
    assume(name)
    at = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from("aZ0-_.+ \u0430\u0663"))
    changed = name[:at] + letter + name[at + 1 :]
    subject = NameSubject("1", f"/p/{changed}", changed, Kind.MODEL)
    ways = convention.read(changed)
    for way in ways:
        assert convention.template.format(way) == changed
    verdict = convention.judge(subject)
    right = len(ways) == 1 and not unfit(changed)
    assert (verdict.state in ("keeps", "exempt")) == (
        right or convention.is_exempt(subject)
    )
    assert convention.keeps(subject) == right
    assert misfits(convention, Names([changed])) == ([] if len(ways) == 1 else [0])
    if verdict.state == "breaks" and verdict.suggestion == changed:
        raise AssertionError(f"{changed} is wrong, and is what is suggested")


@settings(max_examples=100)
@given(a_case(), st.data())
def test_a_wrong_value_is_refused_by_the_field_that_it_is_for(
    case: tuple[Convention, Mapping[str, str]], data: st.DataObject
) -> None:
    convention, values = case
    field = data.draw(st.sampled_from(sorted(values)))
    text = data.draw(st.text(max_size=12))
    checker = convention.checkers[field]
    assert checker.fits(text) == (checker.fault(text) == "")
    if text and not checker.fits(text):
        with pytest.raises(SettingsError) as refused:
            convention.name({**values, field: text})
        assert field in refused.value.what
    near = checker.nearest(text).text
    assert not near or checker.fits(near)
