"""Name templates: fields in braces, literals between them, optional parts in brackets.

`{project}-{task}[-{note}]-{date}` reads and writes `churn-cls-20260502` and
`churn-cls-v2-20260502`. A doubled `{{`, `}}`, `[[` or `]]` stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz import process

from mlcatalog.conventions.rules import USUAL, RefusedError

DEFAULT_TEMPLATE = "{project}-{task}-{architecture}-{dataset-version}-{date}-{run-id}"
FIELDS = ("project", "task", "architecture", "dataset-version", "date", "run-id")
MOST_LETTERS, MOST_FIELDS, MOST_DEPTH = 500, 24, 4
FIELD_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*", re.ASCII)
_TOKEN = re.compile(r"\{\{|\}\}|\[\[|\]\]|\{[^{}]*\}|[\[\]{}]|[^\[\]{}]+")
BLANK = re.compile(rf"\{{{FIELD_NAME.pattern}\}}", re.ASCII)
UNFIT = '/\\\0<>:"|?*'  # no file name may hold these everywhere


@dataclass(frozen=True, slots=True)
class Field:
    """A field's place in a template."""

    name: str


@dataclass(frozen=True, slots=True)
class Group:
    """A part that may be left out; the number is where it ends."""

    parts: tuple[Part, ...]


Part = str | Field | Group


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a name that a template writes; a field's text is "" where unknown."""

    text: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A template's text and what it is made of."""

    text: str
    parts: tuple[Part, ...]
    fields: tuple[str, ...]  # in order, optional ones too
    optional: frozenset[str]
    joint: str  # the character that joins all fields, where it is one

    @classmethod
    def parse(cls, text: str, known: Collection[str] = USUAL) -> Template:
        """The template of a text; raises SettingsError that names what is wrong."""
        parts = _Parser(text).parse()
        fields = tuple(fields_of(parts))
        _check(text, parts, fields, known)
        needed = {part.name for part in parts if isinstance(part, Field)}
        return cls(text, parts, fields, frozenset(fields) - needed, _joint(parts))

    def format(self, values: Mapping[str, str]) -> str:
        """The name that these values make; a needed field without one is `{field}`.

        An optional part is written when any of its own fields has a value.
        """
        if self.joint:
            return self.joint.join(
                values.get(one) or f"{{{one}}}" for one in self.fields
            )
        return "".join(
            one.text or (f"{{{one.field}}}" if one.field else "")
            for one in self.pieces(values)
        )

    def pieces(self, values: Mapping[str, str]) -> tuple[Piece, ...]:
        """The name that these values make, a piece for each literal and field."""
        return tuple(_written(self.parts, values))


def blanks_of(name: str) -> tuple[str, ...]:
    """The fields that are still to be filled in a name that was suggested."""
    return tuple(found[1:-1] for found in BLANK.findall(name))


def without_blanks(name: str) -> str:
    """A name that was suggested, as if its blanks were filled."""
    return BLANK.sub("x", name)


def fields_of(parts: tuple[Part, ...]) -> Iterator[str]:
    """The names of fields in order."""
    for part in parts:
        if isinstance(part, Field):
            yield part.name
        elif isinstance(part, Group):
            yield from fields_of(part.parts)


def _written(parts: tuple[Part, ...], values: Mapping[str, str]) -> Iterator[Piece]:
    for part in parts:
        if isinstance(part, str):
            yield Piece(part)
        elif isinstance(part, Field):
            yield Piece(values.get(part.name, ""), part.name)
        elif any(values.get(name) for name in fields_of(part.parts)):
            yield from _written(part.parts, values)


class _Parser:
    """Reads a template's text into parts."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _TOKEN.findall(text)
        self._at = 0

    def parse(self) -> tuple[Part, ...]:
        if not self._text or len(self._text) > MOST_LETTERS:
            raise refusal(self._text, f"it is empty or over {MOST_LETTERS} characters")
        parts = self._sequence(0)
        if self._at < len(self._tokens):
            raise refusal(self._text, "a ] closes nothing; write ]] for the character")
        return parts

    def _sequence(self, depth: int) -> tuple[Part, ...]:
        if depth > MOST_DEPTH:
            raise refusal(self._text, "optional parts are nested too deeply")
        parts: list[Part] = []
        while self._at < len(self._tokens) and self._tokens[self._at] != "]":
            token = self._tokens[self._at]
            self._at += 1
            if token == "[":
                parts.append(self._group(depth))
            elif token in ("{", "}"):
                raise refusal(self._text, "a brace is not closed or never opened")
            elif token.startswith("{") and token != "{{":
                parts.append(Field(token[1:-1]))
            else:
                _add_literal(parts, token[0] if token in _DOUBLED else token)
        return tuple(parts)

    def _group(self, depth: int) -> Group:
        inner = self._sequence(depth + 1)
        if self._at >= len(self._tokens):
            raise refusal(self._text, "a [ is not closed")
        self._at += 1
        if not any(isinstance(part, Field) for part in inner):
            raise refusal(self._text, "an optional part holds no field of its own")
        return Group(inner)


_DOUBLED = ("{{", "}}", "[[", "]]")


def _add_literal(parts: list[Part], text: str) -> None:
    if parts and isinstance(parts[-1], str):
        parts[-1] += text
    else:
        parts.append(text)


def _check(
    text: str,
    parts: tuple[Part, ...],
    fields: tuple[str, ...],
    known: Collection[str],
) -> None:
    unknown = [field for field in fields if field not in known]
    if not fields:
        raise refusal(text, "it has no field in braces")
    if len(fields) > MOST_FIELDS:
        raise refusal(text, f"it has more than {MOST_FIELDS} fields")
    if unknown:
        near = process.extractOne(unknown[0], list(known), score_cutoff=60)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise refusal(text, f"there is no field {unknown[0] or '{}'}{hint}", known)
    if len(set(fields)) != len(fields):
        twice = next(field for field in fields if fields.count(field) > 1)
        raise refusal(text, f"the field {twice} stands in it twice")
    odd = next((c for c in _literals(parts) if c in UNFIT or not c.isprintable()), "")
    if odd:
        raise refusal(text, f"{odd!r} cannot stand in a file's name")
    touching, _ = _touching(parts, frozenset({""}))
    if touching:
        pair = " and ".join(touching[0])
        raise refusal(text, f"two fields touch without a separator: {pair}")


def refusal(text: str, why: str, known: Collection[str] = ()) -> RefusedError:
    """The error for a template that cannot be used."""
    return RefusedError.of(
        ("template",),
        f"The template {text[:80]} cannot be used.",
        why=why,
        remedy=f"The fields are {', '.join(known)}." if known else "",
    )


def _literals(parts: tuple[Part, ...]) -> str:
    texts = (
        _literals(part.parts) if isinstance(part, Group) else part
        for part in parts
        if not isinstance(part, Field)
    )
    return "".join(texts)


def _touching(
    parts: tuple[Part, ...], last: frozenset[str]
) -> tuple[list[tuple[str, str]], frozenset[str]]:
    """Pairs of fields that nothing parts, in any way of leaving parts out.

    `last` are the fields that may stand just before, "" for none.
    """
    pairs: list[tuple[str, str]] = []
    for part in parts:
        if isinstance(part, str):
            last = frozenset({""})
        elif isinstance(part, Field):
            pairs += [(one, part.name) for one in sorted(last) if one]
            last = frozenset({part.name})
        else:
            found, inside = _touching(part.parts, last)
            pairs += found
            last |= inside
    return pairs, last


def _joint(parts: tuple[Part, ...]) -> str:
    """The one character that stands between all fields, "" where there is none."""
    if len(parts) % 2 == 0 or len(parts) < 3:
        return ""
    fields, joints = parts[::2], set(parts[1::2])
    plain = all(isinstance(part, Field) for part in fields)
    joint = joints.pop()
    is_one = not joints and isinstance(joint, str) and len(joint) == 1
    return str(joint) if plain and is_one else ""
