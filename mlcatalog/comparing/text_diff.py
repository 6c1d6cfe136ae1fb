"""Two texts line by line: what was taken out, put in, and left alone."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

AROUND = 3  # equal lines shown before and after a change
MOST_LINES = 20_000  # of both texts; more are compared to there only


class Change(StrEnum):
    """What became of a line; the value is the sign that stands before it."""

    SAME = " "
    OUT = "\u2212"
    IN = "+"
    FOLD = "\u22ef"  # equal lines that are not shown


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the result; of a FOLD the text says how many lines it hides."""

    change: Change
    text: str


def text_diff(old: str, new: str) -> tuple[Line, ...]:
    """The lines from old to new; equal ones far from any change are folded."""
    before, after = old.splitlines(), new.splitlines()
    half = MOST_LINES // 2
    cut = len(before) > half or len(after) > half
    lines = list(_lines(before[:half], after[:half]))
    if cut:
        lines.append(Line(Change.FOLD, f"only the first {half:,} lines are compared"))
    return tuple(lines)


def _lines(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    blocks = matcher.get_opcodes()
    for number, (kind, b1, b2, a1, a2) in enumerate(blocks):
        if kind == "equal":
            is_first, is_last = number == 0, number == len(blocks) - 1
            yield from _folded(before[b1:b2], is_first=is_first, is_last=is_last)
            continue
        yield from (Line(Change.OUT, text) for text in before[b1:b2])
        yield from (Line(Change.IN, text) for text in after[a1:a2])


def _folded(equal: Sequence[str], *, is_first: bool, is_last: bool) -> Iterator[Line]:
    head = 0 if is_first else AROUND
    tail = 0 if is_last else AROUND
    hidden = len(equal) - head - tail
    if hidden <= 1:
        yield from (Line(Change.SAME, text) for text in equal)
        return
    yield from (Line(Change.SAME, text) for text in equal[:head])
    yield Line(Change.FOLD, f"{hidden:,} equal lines")
    yield from (Line(Change.SAME, text) for text in equal[len(equal) - tail :])
