"""What a template writes it reads back, or it says that it cannot tell."""

from __future__ import annotations

import contextlib
import re
import string
from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.limits import unfit
from mlcatalog.conventions.pattern import MOST_LOOKS, Pattern, PatternError
from mlcatalog.conventions.presets import PRESETS
from mlcatalog.conventions.rules import FieldRule
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.conventions.template import fields_of, without_blanks
from mlcatalog.domain.errors import SettingsError
from mlcatalog.domain.words import Kind

LETTERS = string.ascii_lowercase + string.digits
WORD = st.from_regex(r"[a-z0-9]{1,4}([._][a-z0-9]{1,3})?", fullmatch=True)
JOINTS = st.sampled_from(["-", "_", ".", "--", "v", "-v", "+", "a"])
VALUES = st.lists(
    st.text("ab-_.v1", min_size=1, max_size=5), min_size=1, max_size=4, unique=True
)
DAYS = st.dates().map(lambda day: f"{day.year:04d}{day.month:02d}{day.day:02d}")
ISO_DAYS = st.dates().map(lambda day: f"{day.year:04d}-{day.month:02d}-{day.day:02d}")
NUMBERS = st.integers(0, 9_999).map(str)


@st.composite
def a_field(draw: st.DrawFn) -> tuple[FieldRule, st.SearchStrategy[str]]:
    """A field's rule, and its right values."""
    kind = draw(
        st.sampled_from(
            ["word", "vocabulary", "date", "iso", "integer", "hex", "regex", "id"]
        )
    )
    match kind:
        case "word":
            values = tuple(draw(st.just([]) | VALUES))
            more = st.sampled_from(values) if values else st.nothing()
            return FieldRule(values=values), WORD | more
        case "vocabulary":
            values = tuple(draw(VALUES))
            return FieldRule("vocabulary", values=values), st.sampled_from(values)
        case "date":
            return FieldRule("date"), DAYS
        case "iso":
            return FieldRule("date", format="YYYY-MM-DD"), ISO_DAYS
        case "integer":
            return FieldRule("integer"), NUMBERS
        case "hex":
            return FieldRule("hex", most=6), st.text("0af9", min_size=1, max_size=6)
        case "id":
            return FieldRule("id"), WORD.map(lambda word: f"{word}7")
        case _:
            rule = FieldRule("regex", pattern=r"[a-c]+(-[0-9]{1,2})?")
            return rule, st.from_regex(r"[a-c]{1,3}(-[0-9]{1,2})?", fullmatch=True)


@st.composite
def a_case(draw: st.DrawFn) -> tuple[Convention, Mapping[str, str]]:
    """A valid template with the rules of its fields, and right values of them."""
    names = [f"f{number}" for number in range(draw(st.integers(1, 5)))]
    rules, values, text = {}, {}, draw(st.sampled_from(["", "m-", "x"]))
    for number, name in enumerate(names):
        rules[name], right = draw(a_field())
        joint = draw(JOINTS) if number else ""
        is_optional = number > 0 and draw(st.booleans())
        text += f"[{joint}{{{name}}}]" if is_optional else f"{joint}{{{name}}}"
        if not is_optional or draw(st.booleans()):
            values[name] = draw(right)
    text += draw(st.sampled_from(["", "-end", ".v"]))
    try:
        convention = Convention.parse(text, rules)
    except SettingsError:
        assume(False)
    return convention, values


@settings(max_examples=600)
@given(a_case())
def test_what_is_written_is_read_back_or_told_ambiguous(
    case: tuple[Convention, Mapping[str, str]],
) -> None:
    convention, values = case
    name = convention.template.format(values)
    ways = convention.read(name)
    assert values in ways or len(ways) >= 8
    verdict = convention.judge(NameSubject("1", f"/p/{name}", name, Kind.MODEL))
    if len(ways) > 1:
        assert verdict.state in ("ambiguous", "exempt")
    for way in ways:
        assert convention.template.format(way) == name
    assert len({tuple(sorted(way.items())) for way in ways}) == len(ways)


@settings(max_examples=300)
@given(a_case(), st.text(LETTERS + "-_.+v\u0430\u200f \n/", max_size=60))
def test_no_name_breaks_the_judge_and_what_is_read_is_written_back(
    case: tuple[Convention, Mapping[str, str]], name: str
) -> None:
    convention, _ = case
    for way in convention.read(name):
        assert convention.template.format(way) == name
    subject = NameSubject("1", f"/p/{name}", name, Kind.MODEL)
    verdict = convention.judge(subject)
    assert convention.keeps(subject) <= (verdict.state in ("keeps", "exempt"))
    right = convention.suggestion(subject)
    assert not right or not unfit(without_blanks(right))


@settings(max_examples=300)
@given(st.text("{}[]-ab1\u00e9/ ", max_size=30))
def test_any_text_is_a_template_or_is_refused_in_words(text: str) -> None:
    rules = {name: FieldRule() for name in ("a", "b", "ab")}
    with contextlib.suppress(SettingsError):
        convention = Convention.parse(text, rules)
        assert set(fields_of(convention.template.parts)) <= {"a", "b", "ab"}


@given(st.sampled_from(sorted(PRESETS)))
def test_the_example_of_a_preset_keeps_it(key: str) -> None:
    preset = PRESETS[key]
    convention = Convention.parse(preset.template, preset.rules)
    assert len(convention.read(preset.example)) == 1


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("Mixtral-8x7B-v0.1-KQ2", "Mixtral|8x7B||v0.1|KQ2||"),
        (
            "Grok-100B-v1.0-Q4_0-00003-of-00009",
            "Grok|100B||v1.0|Q4_0||00003-of-00009",
        ),
        ("Hermes-2-Pro-Llama-3-8B-v1.0-F16", "Hermes-2-Pro-Llama-3|8B||v1.0|F16||"),
        (
            "Phi-3-mini-3.8B-ContextLength4k-instruct-v1.0",
            "Phi-3-mini|3.8B-ContextLength4k|instruct|v1.0|||",
        ),
        ("Llama-3-8B-Chat-v1.1-Q4_K_M-LoRA", "Llama-3|8B|Chat|v1.1|Q4_K_M|LoRA|"),
        ("Llama-3-8B-v1.0-vocab", "Llama-3|8B||v1.0||vocab|"),
        ("not-a-known-arrangement", None),
        ("Llama-3-8B-Q4_K_M", None),
    ],
)
def test_names_of_gguf_files_are_read_as_its_convention_says(
    name: str, fields: str | None
) -> None:
    preset = PRESETS["gguf"]
    convention = Convention.parse(preset.template, preset.rules)
    ways = convention.read(name)
    order = convention.template.fields
    assert [[way.get(one, "") for one in order] for way in ways] == (
        [fields.split("|")] if fields is not None else []
    )


def test_a_vocabulary_decides_where_a_field_may_hold_the_separator() -> None:
    default = Convention.default()
    listed = replace(default.rules["architecture"], values=("bert-base",))
    told = Convention.parse(default.template.text, {"architecture": listed})
    name = "intent-cls-bert-base-intents_v4-20260502-r0a12"
    assert default.read(name) == []
    assert told.read(name)[0]["architecture"] == "bert-base"


def test_two_vocabularies_that_overlap_make_a_name_ambiguous() -> None:
    rules = {
        "project": FieldRule(values=("x-cls",)),
        "task": FieldRule("vocabulary", values=("cls", "cls-b")),
        "architecture": FieldRule(values=("b-c", "cls-b")),
    }
    convention = Convention.parse("{project}-{task}-{architecture}", rules)
    verdict = convention.judge(NameSubject("1", "/x-cls-b-c", "x-cls-b-c", Kind.MODEL))
    assert verdict.state == "ambiguous"
    assert "task or architecture" in verdict.message


@settings(max_examples=400)
@given(
    st.sampled_from(
        [
            r"[a-z0-9]+([._][a-z0-9]+)*",
            r"(a|b)*abb",
            r"\d{2,4}",
            r"(a+)+",
            r"x?y{0,2}z",
            r"[^a-c]+\.",
            r"(ab|cd){2}",
            r"a{3,}",
            r"(?:a|)b",
            r"[\d_-]+",
            r"((a*)*)*b",
            r".[a-b]",
        ]
    ),
    st.text("abcdxyz019._-", max_size=8),
)
def test_a_pattern_means_what_it_means_elsewhere(pattern: str, text: str) -> None:
    assert Pattern(pattern).matches(text) == bool(re.fullmatch(pattern, text, re.ASCII))


HOSTILE = [
    "(a+)+b",
    "((a*)*)*b",
    "(a|a)*b",
    "(a|aa)+b",
    "(.*)*b",
    "(x+x+)+y",
    "([a-z]+)*[0-9]",
    "(a?){50}a{50}",
    ".{1,90}.{1,90}",
    "(.*a){20}",
    "([a-z]+\\d?){1,30}",
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_pattern_takes_one_step_a_letter_or_is_refused_when_it_is_read(
    pattern: str,
) -> None:
    """The work is counted, not the clock: all of it is done before a name is judged."""
    read = Pattern(pattern)
    assert read.effort <= MOST_LOOKS
    before = read.effort
    for text in ("a" * 5_000, "ab" * 2_000, "x" * 5_000 + "y", "\u0430" * 5_000):
        read.matches(text)
    assert read.effort == before


@given(
    st.recursive(
        st.sampled_from(["a", "b", ".", "[a-c]", "[^b]", "\\d"]),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["*", "+", "?", "{2,9}", "{90}"])).map(
                lambda pair: f"({pair[0]}){pair[1]}"
            ),
            st.tuples(inner, inner).map("|".join).map(lambda text: f"({text})"),
            st.tuples(inner, inner).map("".join),
        ),
        max_leaves=12,
    )
)
@settings(max_examples=150)
def test_reading_any_pattern_has_an_end(pattern: str) -> None:
    with contextlib.suppress(PatternError):
        assert Pattern(pattern).effort <= MOST_LOOKS


@given(st.integers(1, 4), st.integers(0, 4), st.sampled_from(
    ["a{3}", "a{2,4}", "(ab)+", "a|bcd", "a{5}", "[ab]*", "(a|b){2}c?"]
))  # fmt: skip
def test_a_pattern_knows_the_lengths_of_its_texts(
    least: int, more: int, pattern: str
) -> None:
    texts = (
        "".join(letters)
        for length in range(least, least + more + 1)
        for letters in product("abcd", repeat=length)
        if length <= 4
    )
    can = any(re.fullmatch(pattern, text) for text in texts)
    assert Pattern(pattern).can_be(least, min(4, least + more)) == can


@given(st.text("ab01()[]{}|*+?.^$\\-,d", max_size=25))
def test_any_text_is_a_pattern_or_is_refused_in_words(text: str) -> None:
    with contextlib.suppress(PatternError):
        Pattern(text).matches("ab01")


@pytest.mark.parametrize("letters", [200, 400, 800])
def test_the_time_of_a_hostile_name_does_not_explode(letters: int) -> None:
    """The work is counted, not the clock: what is looked at grows with the name."""
    rules = {name: FieldRule() for name in ("a", "b", "c")}
    convention = Convention.parse("{a}_{b}_{c}", rules)
    name = "_".join("x" * (letters // 2))
    assert len(convention.read(name)) <= 8
    looked = sum(len(one.faults) for one in convention.checkers.values())
    assert looked < 40 * letters
