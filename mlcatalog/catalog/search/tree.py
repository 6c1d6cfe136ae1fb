"""A query as a tree: frozen, and written back as text that means the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """Free text: found in names and paths."""

    text: str

    def __str__(self) -> str:
        return quoted(self.text)


@dataclass(frozen=True, slots=True)
class Clause:
    """A field held against a value; operator is one of : = ~ > < >= <= .."""

    field: str
    operator: str
    value: str
    upper: str = ""  # of a range

    def __str__(self) -> str:
        if self.operator == "..":
            return f"{self.field}:{quoted(self.value)}..{quoted(self.upper)}"
        colon = ":" if self.operator == ":" else f":{self.operator}"
        return f"{self.field}{colon}{quoted(self.value)}"


@dataclass(frozen=True, slots=True)
class Not:
    """What does not match."""

    part: Tree

    def __str__(self) -> str:
        return f"not {_grouped(self.part)}"


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts."""

    parts: tuple[Tree, ...]

    def __str__(self) -> str:
        return " ".join(_grouped(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the parts."""

    parts: tuple[Tree, ...]

    def __str__(self) -> str:
        return " or ".join(_grouped(part) for part in self.parts)


Tree = Text | Clause | Not | And | Or
EVERYTHING = And(())


def leaves(tree: Tree) -> Iterator[Text | Clause]:
    """The texts and clauses of a tree."""
    match tree:
        case Text() | Clause():
            yield tree
        case Not(part):
            yield from leaves(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)


@dataclass(frozen=True, slots=True)
class Hint:
    """What was taken as plain text, where, and why."""

    start: int
    end: int
    message: str

    def __str__(self) -> str:
        return self.message


def quoted(text: str) -> str:
    """The text as one word of a query."""
    plain = text.replace('"', "")
    special = not plain or any(c.isspace() or c in "():=<>~" for c in plain)
    if special or ".." in plain or plain.startswith("-") or plain.lower() in _WORDS:
        return f'"{plain}"'
    return plain


_WORDS = ("and", "or", "not")


def _grouped(part: Tree) -> str:
    return f"({part})" if isinstance(part, And | Or) else str(part)
