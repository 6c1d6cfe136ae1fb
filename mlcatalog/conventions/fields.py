"""What each field of a name may hold, and why a text is not that."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import date, time
from functools import cached_property

from rapidfuzz import fuzz, process

from mlcatalog.conventions.pattern import Pattern, PatternError
from mlcatalog.conventions.words import TASKS

TYPES = (
    "word",
    "vocabulary",
    "versioned",
    "version",
    "date",
    "id",
    "hex",
    "integer",
    "regex",
)
CASES = {"lower": "a-z", "upper": "A-Z", "any": "A-Za-z"}
MOST_LETTERS = 200
MOST_VALUES = 10_000
MOST_KNOWN = 50_000  # texts of one field whose verdict is remembered
NEAR = 60  # of 100: how like a right value a wrong one must be to be named
DATE_PARTS = {
    "YYYY": r"(?P<year>\d{4})",
    "MM": r"(?P<month>\d\d)",
    "DD": r"(?P<day>\d\d)",
    "HH": r"(?P<hour>\d\d)",
    "mm": r"(?P<minute>\d\d)",
    "SS": r"(?P<second>\d\d)",
}
_DATE_PART = re.compile("|".join(DATE_PARTS))
SEMANTIC = (
    r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)"
    r"(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
PLAIN_VALUE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
DIGIT = re.compile(r"\d", re.ASCII)
VERSIONED = r"[A-Za-z0-9]_?[vV][0-9]+(?:\.[0-9]+)?"
VERSION_END = re.compile(rf"{VERSIONED}\Z", re.ASCII)


class FieldError(ValueError):
    """A rule of a field that cannot be used: the key that is wrong, and why."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key
        self.why = why


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one field is written, as a convention's file says it."""

    type: str = "word"
    values: tuple[str, ...] = ()
    case: str = "lower"
    least: int = 1  # letters
    most: int = 64
    inside: str = "._"  # characters that may stand singly inside a word
    format: str = "YYYYMMDD"
    pattern: str = ""
    prefix: str = ""  # of a version or an integer
    fact: str = ""  # what it is held against; "" by the field's name
    said: str = ""  # how people are told what is expected


class _Known(dict[str, str]):
    """Texts that were judged, so that each is judged once."""

    def __init__(self, checker: FieldChecker) -> None:
        super().__init__()
        self._checker = checker

    def __missing__(self, text: str) -> str:
        quick = self._checker.quick
        if quick is not None and quick.match(text):
            return ""  # ids are many, and each is met once: they are not kept
        if len(self) >= MOST_KNOWN:
            self.clear()
        self[text] = found = self._checker.fault_of(text)
        return found


class FieldChecker:
    """A field's rule, ready to judge texts. Raises FieldError for a bad rule."""

    def __init__(self, name: str, rule: FieldRule) -> None:
        self.name = name
        self.rule = rule
        _check_rule(rule)
        self._values = frozenset(rule.values)
        self._longest = max(map(len, rule.values), default=0)
        self._shape, self._run = _shapes(rule)
        self._pattern = _pattern(rule) if rule.type == "regex" else None
        self.quick, self._wrong_line = _quick(rule, self._shape)
        self._dates = _date_pattern(rule.format) if rule.type == "date" else None
        self.faults = _Known(self)
        self._near: dict[str, str] = {}

    def fault(self, text: str) -> str:
        """What is wrong with a text, "" when nothing is."""
        return self.faults[text]

    def fits(self, text: str) -> bool:
        """Whether a text is a right value; why not, `fault` tells."""
        if self.quick is not None:
            return self.quick.match(text) is not None or text in self._values
        if self.rule.type == "vocabulary":
            return text in self._values
        if self._dates is not None and not self._dates.fullmatch(text):
            return text in self._values
        return not self.faults[text]

    def misfits(self, texts: Set[str]) -> frozenset[str]:
        """Those of many texts that are no right values."""
        rest = frozenset(texts - self._values)
        joined = "\n".join(rest)
        is_lines = joined.count("\n") == len(rest) - 1
        if self._wrong_line is None or not is_lines:
            return frozenset(text for text in rest if not self.fits(text))
        # The empty line at the end is wrong, so that the search ends there.
        return rest & frozenset(self._wrong_line.findall(f"{joined}\n\n"))

    def reach(self, name: str, start: int) -> int:
        """Where a value that starts there must have ended, at the latest."""
        if self.rule.type == "vocabulary":
            return start + self._longest
        if self._run is None:
            return start + self.rule.most
        run = self._run.match(name, start)
        end = run.end() if run else start
        if self._longest and end < start + self._longest:
            end = start + self._longest
        return min(end, start + max(self.rule.most, self._longest))

    def may_hold(self, joint: str) -> bool:
        """Whether a right value may hold what joins the fields."""
        if any(joint in value for value in self.rule.values):
            return True
        match self.rule.type:
            case "vocabulary":
                return False
            case "hex":
                return joint.isalnum()
            case "integer":
                return joint.isalnum() or joint in self.rule.prefix
            case "word" | "versioned" | "id":
                return joint in self.rule.inside or joint.isalnum()
            case "date":
                return joint in self.rule.format or joint.isalnum()
            case _:
                return True

    @cached_property
    def is_plain(self) -> bool:
        """Whether every right value is of letters, digits and marks inside."""
        marked = all(PLAIN_VALUE.fullmatch(value) for value in self.rule.values)
        kinds = ("word", "versioned", "id", "hex", "integer", "vocabulary")
        is_date = self.rule.type == "date" and self.rule.format.isalnum()
        return (
            marked
            and (self.rule.type in kinds or is_date)
            and set(self.rule.inside) <= set("._")
            and PLAIN_VALUE.fullmatch(self.rule.prefix or "a") is not None
        )

    @cached_property
    def expected(self) -> str:
        """What is expected, for people."""
        return self.rule.said or _expected(self.rule)

    def nearest(self, text: str) -> str:
        """The right value that is most like a wrong one, "" when none is."""
        if text not in self._near:
            if len(self._near) >= MOST_KNOWN:
                self._near.clear()
            self._near[text] = self._nearest(text)
        return self._near[text]

    def _nearest(self, text: str) -> str:
        if self._values:
            found = process.extractOne(
                text.lower(), self.rule.values, scorer=fuzz.ratio, score_cutoff=NEAR
            )
            if found:
                return str(found[0])
        plain = self.plain(text)
        return plain if plain and plain != text and not self.fault(plain) else ""

    def plain(self, text: str) -> str:
        """A text as a word of this field, "" when nothing is left of it."""
        kept = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
        if self.rule.case != "any":
            kept = kept.lower() if self.rule.case == "lower" else kept.upper()
        inside = self.rule.inside
        joint = "_" if "_" in inside else inside[:1]
        spaced = re.sub(rf"[^A-Za-z0-9{re.escape(inside)}]+", joint, kept)
        if inside:
            marks = re.escape(inside)
            spaced = re.sub(rf"([{marks}])[{marks}]+", r"\1", spaced).strip(inside)
        return spaced

    def fault_of(self, text: str) -> str:
        """What is wrong with a text, worked out anew."""
        if not text:
            return "it is empty"
        if text in self._values:
            return ""
        if len(text) > self.rule.most or len(text) < self.rule.least:
            return self._length(text)
        if self.rule.type == "vocabulary":
            return self._unlisted(text)
        if self._pattern is not None:
            fits = self._pattern.matches(text)
            return "" if fits else f"it is not {self.expected}"
        if self._dates is not None:
            return _day(text, self._dates, self.rule.format)
        if self._shape is not None and not self._shape.fullmatch(text):
            return characters(text, self.rule) or f"it is not {self.expected}"
        return self._meaning(text)

    def _unlisted(self, text: str) -> str:
        odd = characters(text, replace(self.rule, case="any", inside="._-+ "))
        if odd:
            return odd
        if text.lower() in self._values or text.upper() in self._values:
            return "upper case" if text.lower() in self._values else "lower case"
        return f"{text} is no known {self.name}"

    def _meaning(self, text: str) -> str:
        if self.rule.type == "versioned" and not VERSION_END.search(text):
            return "it does not end in v and a number"
        if self.rule.type == "id" and not DIGIT.search(text):
            return "it holds no digit"
        return ""

    def _length(self, text: str) -> str:
        least, most = self.rule.least, self.rule.most
        if least == most:
            return f"it has {len(text)} characters, not {most}"
        if len(text) > most:
            return f"it is longer than {most} characters"
        return f"it is shorter than {least} characters"


def _check_rule(rule: FieldRule) -> None:
    if rule.type not in TYPES:
        raise FieldError("type", f"{rule.type} is none of {', '.join(TYPES)}")
    if rule.case not in CASES:
        raise FieldError("case", f"{rule.case} is none of {', '.join(CASES)}")
    if rule.fact and rule.fact not in FACT_NAMES:
        raise FieldError("fact", f"{rule.fact} is none of {', '.join(FACT_NAMES)}")
    if not 1 <= rule.least <= rule.most <= MOST_LETTERS:
        why = (
            f"{rule.least} to {rule.most} characters is no length up to {MOST_LETTERS}"
        )
        raise FieldError("max", why)
    if any(mark.isalnum() or mark in "/\\\0" for mark in rule.inside):
        raise FieldError("inside", f"{rule.inside} holds more than punctuation")
    _check_values(rule)


def _check_values(rule: FieldRule) -> None:
    if len(rule.values) > MOST_VALUES:
        raise FieldError("values", f"there are more than {MOST_VALUES}")
    if rule.type == "vocabulary" and not rule.values:
        raise FieldError("values", "a vocabulary holds no value")
    for value in rule.values:
        if not value or len(value) > MOST_LETTERS or not value.isprintable():
            raise FieldError("values", f"{value[:40]!r} cannot be a value")
        if "/" in value or "\\" in value:
            raise FieldError("values", f"{value[:40]} holds a slash")


def _shapes(rule: FieldRule) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """The shape of a right text, and of the characters that it may be made of."""
    letters = CASES[rule.case]
    marks = re.escape(rule.inside)
    start = re.escape(rule.prefix)
    match rule.type:
        case "word" | "versioned" | "id":
            more = rf"(?:[{marks}][{letters}0-9]+)*" if marks else ""
            shape = rf"[{letters}0-9]+{more}"
            run = rf"[{letters}0-9{marks}]*"
        case "version":
            shape, run = rf"{start}{SEMANTIC}", rf"{start}[0-9A-Za-z.+-]*"
        case "hex":
            hexes = {"lower": "0-9a-f", "upper": "0-9A-F", "any": "0-9a-fA-F"}
            shape, run = f"[{hexes[rule.case]}]+", f"[{hexes[rule.case]}]*"
        case "integer":
            shape, run = rf"{start}[0-9]+", rf"{start}[0-9]*"
        case _:
            return None, None
    return re.compile(shape, re.ASCII), re.compile(run, re.ASCII)


def _quick(
    rule: FieldRule, shape: re.Pattern[str] | None
) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """What tells at once that a text has its shape, and what finds wrong lines."""
    if shape is None:
        return None, None
    length = rf"(?=.{{{rule.least},{rule.most}}}\Z)"
    more = {"id": r"(?=[^0-9\n]*[0-9])", "versioned": rf"(?=.*{VERSIONED}\Z)"}
    right = rf"{length}{more.get(rule.type, '')}(?:{shape.pattern})\Z"
    line = right.replace(r"\Z", "$")
    return (
        re.compile(right, re.ASCII),
        re.compile(rf"(?:{line}\n)*+(.*)\n", re.ASCII | re.MULTILINE),
    )


def _pattern(rule: FieldRule) -> Pattern:
    if not rule.pattern:
        raise FieldError("pattern", "a regex field needs one")
    try:
        return Pattern(rule.pattern)
    except PatternError as error:
        raise FieldError("pattern", f"{rule.pattern[:80]}: {error}") from error


def _date_pattern(form: str) -> re.Pattern[str]:
    parts = _DATE_PART.findall(form)
    if "YYYY" not in parts or len(set(parts)) != len(parts):
        raise FieldError("format", f"{form} is not made of YYYY, MM, DD, HH, mm, SS")
    rest = _DATE_PART.sub("", form)
    if any(mark.isalnum() and mark != "T" for mark in rest) or "/" in rest:
        raise FieldError("format", f"{form} holds more than the parts of a date")
    if "DD" in parts and "MM" not in parts:
        raise FieldError("format", f"{form} has a day without a month")
    pieces, at = [], 0
    for found in _DATE_PART.finditer(form):
        pieces += [re.escape(form[at : found.start()]), DATE_PARTS[found.group()]]
        at = found.end()
    return re.compile("".join(pieces) + re.escape(form[at:]), re.ASCII)


def _day(text: str, pattern: re.Pattern[str], form: str) -> str:
    found = pattern.fullmatch(text)
    if found is None:
        return characters(text, FieldRule(case="any", inside="._-: ")) or (
            f"it is not a date as {form}"
        )
    parts = {key: int(value) for key, value in found.groupdict().items()}
    year, month, day = parts["year"], parts.get("month", 1), parts.get("day", 1)
    try:
        date(year, month, day)
        time(parts.get("hour", 0), parts.get("minute", 0), parts.get("second", 0))
    except ValueError:
        return f"{year:04d}-{month:02d}-{day:02d} does not exist"
    return ""


def characters(text: str, rule: FieldRule) -> str:
    """The first thing about a text's characters that no word may have, or ""."""
    odd = next((c for c in text if not c.isascii()), "")
    if odd:
        name = unicodedata.name(odd, f"U+{ord(odd):04X}").lower()
        return f"it holds {odd} ({name}), which is no ASCII letter or digit"
    if rule.case == "lower" and any(c.isupper() for c in text):
        return "upper case"
    if rule.case == "upper" and any(c.islower() for c in text):
        return "lower case"
    if " " not in rule.inside and any(c.isspace() for c in text):
        return "white space"
    odd = next((c for c in text if not (c.isalnum() or c in rule.inside)), "")
    if odd:
        return f"it holds {odd if odd.isprintable() else repr(odd)}"
    if (
        rule.type in ("word", "versioned", "id")
        and rule.inside
        and "-" not in rule.inside
    ):
        marks = re.escape(rule.inside)
        if re.search(rf"\A[{marks}]|[{marks}]\Z|[{marks}][{marks}]", text):
            said = " or ".join(rule.inside)
            return f"a {said} stands at an end or twice in a row"
    return ""


def _expected(rule: FieldRule) -> str:
    letters = {"lower": "lower-case letters", "upper": "capitals", "any": "letters"}
    word = f"{letters[rule.case]} and digits"
    match rule.type:
        case "vocabulary":
            shown = ", ".join(rule.values[:4])
            return f"one of {shown}" + (" and more" if len(rule.values) > 4 else "")
        case "versioned":
            return "a name and its version, such as telco_v3"
        case "version":
            return f"a semantic version such as {rule.prefix}1.2.0"
        case "date":
            return f"a day that exists, as {rule.format}"
        case "id":
            return "an id with a digit, such as r0a11"
        case "hex":
            return "a hexadecimal id"
        case "integer":
            return f"{rule.prefix}a number".strip()
        case "regex":
            return f"as {rule.pattern}"
        case _:
            marks = " or ".join(rule.inside)
            return f"{word}, with single {marks} inside" if marks else word


# The fields of the default template, and the facts that usual fields speak of.
USUAL: dict[str, FieldRule] = {
    "project": FieldRule(said="lower-case letters and digits"),
    "task": FieldRule(
        "vocabulary", values=TASKS, said="a task such as cls, reg, ner or seg"
    ),
    "architecture": FieldRule(),
    "dataset-version": FieldRule(
        "versioned", said="a dataset and its version, such as telco_v3"
    ),
    "date": FieldRule("date"),
    "run-id": FieldRule("id", said="a run id with a digit, such as r0a11"),
    "name": FieldRule(inside="._-"),
    "version": FieldRule("version"),
}
FACTS = {
    "project": "project",
    "architecture": "architecture",
    "dataset-version": "dataset",
    "dataset": "dataset",
    "date": "date",
    "run-id": "run",
    "run": "run",
    "task": "task",
}
FACT_NAMES = ("none", "project", "architecture", "dataset", "date", "run", "task")
