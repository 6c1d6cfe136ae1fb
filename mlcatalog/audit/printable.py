"""Text of others made fit for paper: what cannot be shown is spelled out."""

from __future__ import annotations

import unicodedata
from typing import Any

# Controls, direction marks and other formats, surrogates, private and unassigned
# characters, line and paragraph separators: invisible, or able to mislead.
SPELLED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
REACH = (  # of the shipped fonts: Latin, Greek, Cyrillic, Hebrew, Arabic
    range(0x250),
    range(0x384, 0x530),
    range(0x5D0, 0x5EB),
    range(0x621, 0x6D4),
)
SURE = "\u2026\u2013\u2014\u2019\u2212"  # ellipsis, dashes, apostrophe, minus
LONGEST = 20_000  # characters of one text on paper; the evidence has it all


def printable(text: str, *, keep_lines: bool = False) -> str:
    """The text with every invisible or misleading character spelled out."""
    shown = "".join(_shown(character, keep_lines) for character in text[:LONGEST])
    return shown if len(text) <= LONGEST else f"{shown}… (cut; in full in the evidence)"


def printable_values(value: Any, *, key: str = "") -> Any:
    """The same for every text in nested lists and tables; `text` keeps its lines."""
    match value:
        case str():
            return printable(value, keep_lines=key == "text")
        case dict():
            return {k: printable_values(inner, key=k) for k, inner in value.items()}
        case list() | tuple():
            return [printable_values(inner, key=key) for inner in value]
        case _:
            return value


def in_reach(value: Any) -> Any:
    """Every character of a script that no shipped font has spelled out."""
    return _spelled(value, REACH)


def plain_latin(value: Any) -> Any:
    """Every character outside the shipped fonts' sure reach spelled out."""
    return _spelled(value, (range(0x180),))


def _spelled(value: Any, kept: tuple[range, ...]) -> Any:
    match value:
        case str():
            return "".join(
                c if c in SURE or any(ord(c) in part for part in kept) else _code(c)
                for c in value
            )
        case dict():
            return {key: _spelled(inner, kept) for key, inner in value.items()}
        case list():
            return [_spelled(inner, kept) for inner in value]
        case _:
            return value


def _shown(character: str, keep_lines: bool) -> str:
    if keep_lines and character in "\n\t":
        return character if character == "\n" else "    "
    if character in NAMED:
        return NAMED[character]
    if unicodedata.category(character) in SPELLED:
        return _code(character)
    return character


def _code(character: str) -> str:
    return f"\\u{{{ord(character):x}}}"
