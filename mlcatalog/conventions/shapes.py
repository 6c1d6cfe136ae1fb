"""The forms of right texts as regular expressions, and what breaks them."""

from __future__ import annotations

import re
from datetime import date, time

from mlcatalog.conventions.lookalikes import named
from mlcatalog.conventions.pattern import Pattern, PatternError
from mlcatalog.conventions.rules import CASES, FieldError, FieldRule

DATE_PARTS = {
    "YYYY": r"(?P<year>\d{4})",
    "MM": r"(?P<month>\d\d)",
    "DD": r"(?P<day>\d\d)",
    "HH": r"(?P<hour>\d\d)",
    "mm": r"(?P<minute>\d\d)",
    "SS": r"(?P<second>\d\d)",
}
_DATE_PART = re.compile("|".join(DATE_PARTS))
NUMBER = r"(?:0|[1-9]\d*)"
BEFORE = rf"(?:{NUMBER}(?![0-9A-Za-z-])|\d*[A-Za-z-][0-9A-Za-z-]*)"  # a release
SEMANTIC = (
    rf"{NUMBER}\.{NUMBER}\.{NUMBER}(?:-{BEFORE}(?:\.{BEFORE})*)?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
DIGIT = re.compile(r"\d", re.ASCII)
VERSIONED = r"[A-Za-z0-9][._]?[vV][0-9]+(?:\.[0-9]+)?"
LONE_VERSION = re.compile(r"[vV][0-9]+(?:\.[0-9]+)?", re.ASCII)
VERSION_END = re.compile(rf"{VERSIONED}\Z", re.ASCII)


def shapes_of(rule: FieldRule) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
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


def quick_of(
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


def pattern_of(rule: FieldRule) -> Pattern:
    if not rule.pattern:
        raise FieldError("pattern", "a regex field needs one")
    try:
        pattern = Pattern(rule.pattern)
    except PatternError as error:
        raise FieldError("pattern", f"{rule.pattern[:80]}: {error}") from error
    if not pattern.can_be(rule.least, rule.most):
        length = f"{rule.least} to {rule.most} characters"
        why = f"{rule.pattern[:80]} fits no text of {length}"
        raise FieldError("pattern", why)
    return pattern


def date_pattern_of(form: str) -> re.Pattern[str]:
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


def day_fault(text: str, pattern: re.Pattern[str], form: str) -> str:
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
        return f"it holds {named(odd)}, which is no ASCII letter or digit"
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
