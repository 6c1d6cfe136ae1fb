"""Regular expressions of a safe subset: judged in one pass, whatever the text.

A convention's file is shared and may be hostile, and Python's own matcher can
be made to run for years. This one works out, when the pattern is read, every
set of states that a text can be in: it takes one step a letter, or is refused.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

MOST_STATES = 1_000
MOST_DEPTH = 20
MOST_REPEATS = 100
MOST_ROWS = 2_000  # sets of states of one pattern
MOST_LOOKS = 500_000  # at states while these are worked out: a part of a second
CLASSES = {
    "d": frozenset(string.digits),
    "w": frozenset(string.ascii_letters + string.digits + "_"),
    "s": frozenset(" \t\n\r\f\v"),
}
QUANTIFIERS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class PatternError(ValueError):
    """A regular expression that cannot be used: what is wrong, and where."""


@dataclass(frozen=True, slots=True)
class _Letters:
    """The characters of one step; all others where `excludes`."""

    letters: frozenset[str]
    excludes: bool = False

    def hold(self, letter: str) -> bool:
        return (letter in self.letters) != self.excludes


@dataclass(slots=True)
class _State:
    """One state: what it reads, or where it goes without reading."""

    letters: _Letters | None = None
    onward: list[int] = field(default_factory=list)


class Pattern:
    """A compiled pattern. Raises PatternError for what is not in the subset.

    The subset: characters, `.`, classes, `\\d \\w \\s`, groups, `|`, `* + ?`
    and `{m,n}`; all of ASCII, and always about the whole text.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        builder = _Builder(text)
        start, end = builder.build()
        self._table = _Table(builder.states, start, end)

    @property
    def effort(self) -> int:
        """How many states were looked at when the pattern was read."""
        return self._table.looked

    def matches(self, text: str) -> bool:
        """Whether the whole text is of this pattern; one look-up a letter."""
        return self._table.takes(text)

    def can_be(self, least: int, most: int) -> bool:
        """Whether any text of so many letters is of this pattern."""
        return self._table.can_be(least, most)


class _Table:
    """All that a pattern can come to, worked out when it is read.

    Each row is a set of states in which the reading can be at once. A pattern
    that has too many of them is refused, so that whatever is judged later takes
    one step a letter and no more.
    """

    def __init__(self, states: list[_State], start: int, end: int) -> None:
        self._states = states
        self.looked = 0
        self._kinds = _kinds(states)
        # One kind more: the letters that no class names.
        self._other = len(set(self._kinds.values()))
        letters = {kind: letter for letter, kind in self._kinds.items()}
        first = self._closed({start})
        numbers = {first: 0}
        self._rows: list[list[int]] = []
        open_ = [first]
        for now in open_:  # grows meanwhile
            row = []
            for kind in range(self._other + 1):
                after = self._after(now, letters.get(kind))
                if after and after not in numbers:
                    if len(numbers) >= MOST_ROWS:
                        raise self._refusal()
                    numbers[after] = len(numbers)
                    open_.append(after)
                row.append(numbers[after] if after else -1)
            self._rows.append(row)
        self._ends = frozenset(n for now, n in numbers.items() if end in now)

    def takes(self, text: str) -> bool:
        rows, kinds, other = self._rows, self._kinds, self._other
        at = 0
        for letter in text:
            at = rows[at][kinds.get(letter, other)]
            if at < 0:
                return False
        return at in self._ends

    def can_be(self, least: int, most: int) -> bool:
        now = {0}
        for length in range(most + 1):
            if length >= least and not now.isdisjoint(self._ends):
                return True
            now = {after for at in now for after in self._rows[at] if after >= 0}
        return False

    def _after(self, now: frozenset[int], letter: str | None) -> frozenset[int]:
        """The states after one letter; None is one that no class names."""
        self._look(len(now))
        return self._closed(
            {
                after
                for number in now
                if (read := self._states[number].letters) is not None
                and (read.excludes if letter is None else read.hold(letter))
                for after in self._states[number].onward
            }
        )

    def _closed(self, numbers: set[int]) -> frozenset[int]:
        """The states and all that are reached from them without reading."""
        open_, closed = list(numbers), set(numbers)
        while open_:
            state = self._states[open_.pop()]
            if state.letters is None:
                fresh = [n for n in state.onward if n not in closed]
                closed.update(fresh)
                open_.extend(fresh)
        self._look(len(closed))
        return frozenset(closed)

    def _look(self, count: int) -> None:
        self.looked += count
        if self.looked > MOST_LOOKS:
            raise self._refusal()

    def _refusal(self) -> PatternError:
        return PatternError(
            "it explodes: too much has to be kept in mind while a text is read; "
            "repeat less inside what is repeated"
        )


def _kinds(states: Iterable[_State]) -> dict[str, int]:
    """The letters that some class names, those that no class tells apart alike."""
    classes = {state.letters for state in states if state.letters is not None}
    ordered = sorted(classes, key=lambda one: (one.excludes, sorted(one.letters)))
    named = sorted(frozenset().union(*(one.letters for one in ordered)))
    kinds: dict[tuple[bool, ...], int] = {}
    found = {}
    for letter in named:
        held = tuple(one.hold(letter) for one in ordered)
        found[letter] = kinds.setdefault(held, len(kinds))
    return found


class _Builder:
    """Makes the states of a pattern's text, by recursive descent."""

    def __init__(self, text: str) -> None:
        self.states: list[_State] = []
        self._text = text
        self._at = 0
        self._depth = 0

    def build(self) -> tuple[int, int]:
        made = self._either()
        if self._at < len(self._text):
            raise self._refusal("there is no ( for this )")
        return made

    def _either(self) -> tuple[int, int]:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise self._refusal("it is nested too deeply")
        start, end = self._new(), self._new()
        while True:
            first, last = self._sequence()
            self.states[start].onward.append(first)
            self.states[last].onward.append(end)
            if not self._taken("|"):
                break
        self._depth -= 1
        return start, end

    def _sequence(self) -> tuple[int, int]:
        start = end = self._new()
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            first, last = self._repeated()
            self.states[end].onward.append(first)
            end = last
        return start, end

    def _repeated(self) -> tuple[int, int]:
        begin, depth = self._at, self._depth
        start, end = self._one()
        stop = self._at
        count = self._quantifier()
        if count is None:
            return start, end
        if self._at < len(self._text) and self._text[self._at] in "*+?{":
            raise self._refusal("two repeats follow each other")
        after = self._at
        least, most = count

        def again() -> tuple[int, int]:
            self._at, self._depth = begin, depth
            made = self._one()
            if self._at != stop:
                raise self._refusal("it cannot be repeated")
            return made

        chained = self._chained((start, end), again, least, most)
        self._at = after
        return chained

    def _chained(
        self,
        first: tuple[int, int],
        again: Callable[[], tuple[int, int]],
        least: int,
        most: int | None,
    ) -> tuple[int, int]:
        start = end = self._new()
        exits: list[int] = []
        for number in range(most if most is not None else max(least, 1)):
            if number >= least:
                exits.append(end)
            one = first if number == 0 else again()
            self.states[end].onward.append(one[0])
            end = one[1]
            if most is None and number == max(least, 1) - 1:
                self.states[end].onward.append(one[0])
        last = self._new()
        for number in (*exits, end):
            self.states[number].onward.append(last)
        return start, last

    def _quantifier(self) -> tuple[int, int | None] | None:
        if self._at >= len(self._text):
            return None
        letter = self._text[self._at]
        if letter in QUANTIFIERS:
            self._at += 1
            return QUANTIFIERS[letter]
        if letter != "{":
            return None
        close = self._text.find("}", self._at)
        inner = self._text[self._at + 1 : close] if close > 0 else ""
        low, comma, high = inner.partition(",")
        digits = low.isascii() and low.isdigit() and (high == "" or high.isdigit())
        if not digits or len(low) > 3 or len(high) > 3:
            raise self._refusal("a repeat is written {2}, {2,} or {2,5}")
        least = int(low)
        most = (int(high) if high else None) if comma else least
        if least > MOST_REPEATS or (most or 0) > MOST_REPEATS:
            raise self._refusal(f"nothing repeats more than {MOST_REPEATS} times")
        if most is not None and most < max(least, 1):
            raise self._refusal("a repeat ends before it begins")
        self._at = close + 1
        return least, most

    def _one(self) -> tuple[int, int]:
        letter = self._text[self._at]
        self._at += 1
        match letter:
            case "(":
                return self._group()
            case "[":
                return self._letters(self._class())
            case ".":
                return self._letters(_Letters(frozenset("\n"), excludes=True))
            case "\\":
                return self._letters(_Letters(self._escaped()))
            case "*" | "+" | "?" | "{":
                raise self._refusal("nothing stands before this repeat")
            case "^" | "$":
                raise self._refusal(f"{letter} is not needed: all of a field is read")
            case _:
                return self._letters(_Letters(frozenset(letter)))

    def _group(self) -> tuple[int, int]:
        if self._text.startswith("?", self._at):
            if not self._text.startswith("?:", self._at):
                raise self._refusal("looking ahead or back is not offered")
            self._at += 2
        made = self._either()
        if not self._taken(")"):
            raise self._refusal("a ( is not closed")
        return made

    def _class(self) -> _Letters:
        excludes = self._taken("^")
        letters: set[str] = set()
        while not self._taken("]"):
            if self._at >= len(self._text):
                raise self._refusal("a [ is not closed")
            letters |= self._range()
        if not letters:
            raise self._refusal("a class is empty")
        return _Letters(frozenset(letters), excludes)

    def _range(self) -> frozenset[str]:
        first = self._class_letter()
        is_range = (
            len(first) == 1
            and self._text.startswith("-", self._at)
            and not self._text.startswith("-]", self._at)
        )
        if not is_range:
            return first
        self._at += 1
        if self._at >= len(self._text):
            raise self._refusal("a [ is not closed")
        low, high = ord(min(first)), ord(min(self._class_letter()))
        if high < low or high - low > 256:
            raise self._refusal("a range of a class cannot be used")
        return frozenset(map(chr, range(low, high + 1)))

    def _class_letter(self) -> frozenset[str]:
        letter = self._text[self._at]
        self._at += 1
        return self._escaped() if letter == "\\" else frozenset(letter)

    def _escaped(self) -> frozenset[str]:
        if self._at >= len(self._text):
            raise self._refusal("nothing follows \\")
        letter = self._text[self._at]
        self._at += 1
        if letter in CLASSES:
            return CLASSES[letter]
        if letter.isalnum():
            raise self._refusal(f"\\{letter} is not offered")
        return frozenset(letter)

    def _letters(self, letters: _Letters) -> tuple[int, int]:
        start, end = self._new(), self._new()
        self.states[start].letters = letters
        self.states[start].onward.append(end)
        return start, end

    def _new(self) -> int:
        if len(self.states) >= MOST_STATES:
            raise self._refusal("it is too large once its repeats are written out")
        self.states.append(_State())
        return len(self.states) - 1

    def _taken(self, letter: str) -> bool:
        found = self._text.startswith(letter, self._at)
        self._at += found
        return found

    def _refusal(self, why: str) -> PatternError:
        return PatternError(f"{why} (character {self._at})")
