"""What a text is as the value of one field: right, wrong and why, or nearly right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property

from rapidfuzz import fuzz, process

from mlcatalog.conventions.lookalikes import latin
from mlcatalog.conventions.rules import FieldRule, check_rule, expected_of
from mlcatalog.conventions.shapes import (
    DIGIT,
    LONE_VERSION,
    VERSION_END,
    characters,
    date_pattern_of,
    day_fault,
    pattern_of,
    quick_of,
    shapes_of,
)

MOST_KNOWN = 50_000  # texts of one field whose verdict is remembered
NEAR = 60  # of 100: how like a right value a wrong one must be to be named
PLAIN_VALUE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Near:
    """The right value nearest to a wrong one, "" for none.

    It is sure where the wrong one is that value in another spelling: other
    case, marks too many, letters that only look like those of ASCII.
    """

    text: str = ""
    is_sure: bool = False


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
        check_rule(rule)
        self._values = frozenset(rule.values)
        self._longest = max(map(len, rule.values), default=0)
        self._shape, self._run = shapes_of(rule)
        self._pattern = pattern_of(rule) if rule.type == "regex" else None
        self.quick, self._wrong_line = quick_of(rule, self._shape)
        self._dates = date_pattern_of(rule.format) if rule.type == "date" else None
        self.faults = _Known(self)
        self._near: dict[str, Near] = {}
        self._held: dict[str, bool] = {}

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
        rest = frozenset(texts)
        if not self._values.isdisjoint(rest):
            rest -= self._values
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

    def holds(self, joint: str) -> bool:
        """Whether a right value may hold what joins the fields."""
        if joint not in self._held:
            self._held[joint] = self._may_hold(joint)
        return self._held[joint]

    def _may_hold(self, joint: str) -> bool:
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
        return self.rule.said or expected_of(self.rule)

    def nearest(self, text: str) -> Near:
        """The right value that is most like a wrong one."""
        if text not in self._near:
            if len(self._near) >= MOST_KNOWN:
                self._near.clear()
            self._near[text] = self._nearest(text)
        return self._near[text]

    def _nearest(self, text: str) -> Near:
        meant = self.mended(text)
        if meant or not self._values:
            return Near(meant, is_sure=bool(meant))
        found = process.extractOne(
            text.lower(), self.rule.values, scorer=fuzz.ratio, score_cutoff=NEAR
        )
        return Near(str(found[0]) if found else "")

    def mended(self, text: str) -> str:
        """What a wrong text was surely meant as: only its spelling differs; else ""."""
        if listed := self._folded.get(latin(text).casefold()):
            return listed
        if self.rule.type == "date" and not re.search(r"[^\W\d_]", text):
            meant = re.sub(r"[^0-9]", "", latin(text))
        else:
            meant = self.plain(text)
        return meant if meant and meant != text and not self.fault(meant) else ""

    def joined(self, parts: Sequence[str], joint: str) -> str:
        """The right value that several parts are, or were meant as; else ""."""
        whole = joint.join(parts)
        if self.holds(joint):
            if self.fits(whole):
                return whole
            if listed := self._folded.get(whole.casefold()):
                return listed
        if self.mark is None or joint in self.rule.inside or "" in parts:
            return ""
        text = self.mark.join(parts)
        return text if self.fits(text) else ""

    def plain(self, text: str) -> str:
        """A text as a word of this field, "" when letters of it would be lost."""
        kept = latin(text)
        if self.rule.case != "any" and self.rule.type != "regex":
            kept = kept.lower() if self.rule.case == "lower" else kept.upper()
        inside = self.rule.inside
        spaced = re.sub(rf"[^A-Za-z0-9{re.escape(inside)}]+", self._mark, kept)
        if inside:
            marks = re.escape(inside)
            spaced = re.sub(rf"([{marks}])[{marks}]+", r"\1", spaced).strip(inside)
        return spaced

    @cached_property
    def _folded(self) -> Mapping[str, str]:
        """The listed values by what is left of them without case, where that is one."""
        folded = [value.casefold() for value in self.rule.values]
        return {
            key: value
            for key, value in zip(folded, self.rule.values, strict=True)
            if folded.count(key) == 1
        }

    @cached_property
    def mark(self) -> str | None:
        """What may join words into one value; None where nothing may."""
        if self.rule.type == "date":
            return ""
        return self._mark or None

    @property
    def _mark(self) -> str:
        return "_" if "_" in self.rule.inside else self.rule.inside[:1]

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
            return "" if fits else f"it does not fit; expected: {self.expected}"
        if self._dates is not None:
            return day_fault(text, self._dates, self.rule.format)
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
            if LONE_VERSION.fullmatch(text):
                return "no dataset is named before the version"
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
