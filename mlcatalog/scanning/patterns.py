"""The gitignore pattern language: one line of text becomes one rule.

Written from the description in gitignore(5). Paths are bytes, so that names
which are not UTF-8 are matched like any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

SPECIAL = re.compile(rb"[*?\[\\]")
LINE_LIMIT = 1_024  # bytes of one pattern; longer lines are ignored


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern. Exactly one of literal, suffix, prefix and name is set.

    literal, suffix and prefix are the fast forms of a name pattern. With a
    path they speak of its last part, and path must match as well: it holds
    for the path relative to the folder that the rule was written in.
    """

    negated: bool
    folders_only: bool
    literal: bytes = b""
    suffix: bytes = b""
    prefix: bytes = b""
    name: bytes = b""  # a regular expression for the name alone
    path: bytes = b""  # a regular expression for the relative path


def parse_rules(text: bytes) -> tuple[Rule, ...]:
    """All rules of an ignore file; blank lines and comments give none."""
    lines = text.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    rules = (parse_rule(line.removesuffix(b"\r")) for line in lines)
    return tuple(rule for rule in rules if rule is not None)


def parse_rule(line: bytes) -> Rule | None:
    """The rule that a line stands for, None for a blank, a comment or nonsense."""
    pattern = _without_trailing_spaces(line)
    if not pattern or pattern.startswith(b"#") or len(pattern) > LINE_LIMIT:
        return None
    negated = pattern.startswith(b"!")
    pattern = pattern[1:] if negated else pattern
    folders_only = pattern.endswith(b"/")
    pattern = pattern.removesuffix(b"/")
    if not pattern.strip(b"/"):
        return None
    if b"/" in pattern:
        last = pattern.rpartition(b"/")[2]
        rule = _name_rule(last, negated=negated, folders_only=folders_only)
        return replace(rule, path=_path_expression(pattern))
    return _name_rule(pattern, negated=negated, folders_only=folders_only)


def _name_rule(pattern: bytes, *, negated: bool, folders_only: bool) -> Rule:
    if not SPECIAL.search(pattern):
        return Rule(negated, folders_only, literal=pattern)
    if pattern.startswith(b"*") and not SPECIAL.search(pattern[1:]) and pattern[1:]:
        return Rule(negated, folders_only, suffix=pattern[1:])
    if pattern.endswith(b"*") and not SPECIAL.search(pattern[:-1]) and pattern[:-1]:
        return Rule(negated, folders_only, prefix=pattern[:-1])
    return Rule(negated, folders_only, name=_expression(pattern))


def _path_expression(pattern: bytes) -> bytes:
    parts = [part for part in pattern.split(b"/") if part]
    pieces: list[bytes] = []
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        if part == b"**":
            pieces.append(rb".+" if last else rb"(?:[^/]+/)*")
        else:
            pieces.append(_expression(part) + (b"" if last else b"/"))
    return b"".join(pieces)


def _expression(glob: bytes) -> bytes:
    """A regular expression for one path component."""
    out: list[bytes] = []
    place = 0
    while place < len(glob):
        step, piece = _piece(glob, place)
        if not (piece == rb"[^/]*" and out and out[-1] == piece):
            out.append(piece)  # runs of stars are one star: no blow-up
        place += step
    return b"".join(out)


def _piece(glob: bytes, place: int) -> tuple[int, bytes]:
    char = glob[place : place + 1]
    if char == b"*":
        return 1, rb"[^/]*"
    if char == b"?":
        return 1, rb"[^/]"
    if char == b"\\" and place + 1 < len(glob):
        return 2, re.escape(glob[place + 1 : place + 2])
    if char == b"[":
        return _bracket(glob, place)
    return 1, re.escape(char)


def _bracket(glob: bytes, place: int) -> tuple[int, bytes]:
    start = place + 1
    inverted = glob[start : start + 1] in {b"!", b"^"}
    start += inverted
    end = glob.find(b"]", start + 1)
    if end < 0:
        return 1, rb"\["
    inside = re.sub(rb"([\\\[\]^&~|])", rb"\\\1", glob[start:end].replace(b"\\", b""))
    expression = b"[" + (b"^/" if inverted else b"") + inside + b"]"
    try:
        re.compile(expression)
    except re.error:  # "[z-a]" matches nothing
        expression = rb"(?!)"
    return end + 1 - place, expression


def _without_trailing_spaces(line: bytes) -> bytes:
    stripped = line.rstrip(b" \t")
    if stripped.endswith(b"\\") and stripped != line:
        return stripped + b" "
    return stripped
