"""What may be said of a field: its rule, what is wrong with one, and the usual ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from mlcatalog.conventions.limits import FORBIDDEN
from mlcatalog.conventions.words import TASKS
from mlcatalog.domain.errors import SettingsError

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


class FieldError(ValueError):
    """A rule of a field that cannot be used: the key that is wrong, and why."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key
        self.why = why


class RefusedError(SettingsError):
    """A convention that cannot be used; `key` is what is to be mended, in its table."""

    key: tuple[str, ...] = ()

    @classmethod
    def of(cls, key: tuple[str, ...], what: str, **said: str) -> Self:
        """The error about one key."""
        made = cls(what, **said)
        made.key = key
        return made


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


def check_rule(rule: FieldRule) -> None:
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
    for key, text in (
        ("inside", rule.inside),
        ("prefix", rule.prefix),
        ("format", rule.format),
    ):
        odd = next((c for c in text if c in FORBIDDEN or not c.isprintable()), "")
        if odd:
            raise FieldError(key, f"no file's name may hold {odd!r}")
    _check_lengths(rule)
    _check_values(rule)


def _check_lengths(rule: FieldRule) -> None:
    """Refuse lengths that no text of the type can have."""
    match rule.type:
        case "date":
            least = most = len(rule.format)
        case "version":
            least, most = len(rule.prefix) + len("0.0.0"), MOST_LETTERS
        case "integer":
            least, most = len(rule.prefix) + 1, MOST_LETTERS
        case "versioned":
            least, most = len("av1"), MOST_LETTERS
        case _:
            return
    if rule.most < least or rule.least > most:
        more = "" if least == most else " or more"
        length = f"{least} characters{more}"
        key = "max" if rule.most < least else "min"
        why = f"a {rule.type} has {length}, not {rule.least} to {rule.most}"
        raise FieldError(key, why)


def _check_values(rule: FieldRule) -> None:
    if len(rule.values) > MOST_VALUES:
        raise FieldError("values", f"there are more than {MOST_VALUES}")
    if rule.type == "vocabulary" and not rule.values:
        raise FieldError("values", "a vocabulary holds no value")
    for value in rule.values:
        if not value or len(value) > MOST_LETTERS or not value.isprintable():
            raise FieldError("values", f"{value[:40]!r} cannot be a value")
        odd = next((letter for letter in value if letter in FORBIDDEN), "")
        if odd:
            said = "a slash" if odd in "/\\" else f"{odd}, which no file's name may"
            raise FieldError("values", f"{value[:40]} holds {said}")


def expected_of(rule: FieldRule) -> str:
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
            return f"{rule.prefix} and a number" if rule.prefix else "a number"
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
