"""What a cell of the sheet says: text, change against the baseline, and its meaning."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from mlcatalog.comparing.sheet import Row

MINUS = "\u2212"
WHOLE = 1e15  # beyond it a float has no units
MISSING, EMPTY, NULL = "—", "(empty)", "null"


class Meaning(StrEnum):
    """Why a cell is tinted; the word stands beside the colour."""

    SAME = ""
    BASELINE = "baseline"
    BETTER = "better"
    WORSE = "worse"
    OTHER = "differs"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, the change in words, and what that means."""

    text: str
    change: str
    meaning: Meaning
    quiet: bool = False  # missing, null or empty: shown, but not as a value

    @property
    def spoken(self) -> str:
        """The cell for a screen reader and for a tool tip."""
        text = "missing" if self.meaning is Meaning.MISSING else self.text
        word = (
            ""
            if self.meaning in (Meaning.SAME, Meaning.MISSING)
            else self.meaning.value
        )
        return ", ".join(part for part in (text, self.change, word) if part)


def cell(row: Row, place: int, baseline: int) -> Cell:
    """The cell of one item in one row."""
    value = row.values[place]
    if value is None:
        return Cell(MISSING, "", Meaning.MISSING, quiet=True)
    return Cell(
        text=EMPTY if value == "" else " ".join(value.split()) or EMPTY,
        change="" if place == baseline else change_text(row, place, baseline),
        meaning=_meaning(row, place, baseline),
        quiet=value in ("", NULL),
    )


def change_text(row: Row, place: int, baseline: int) -> str:
    """`▼ -0.007 (-0.7 %)`; nothing where there is no number or no change."""
    delta = row.deltas[place] if place < len(row.deltas) else None
    if delta is None or delta == 0 or not math.isfinite(delta):
        return ""
    arrow = "▲" if delta > 0 else "▼"
    return f"{arrow} {signed(delta)}{_percent(delta, row.values[baseline])}"


def signed(number: float) -> str:
    """A number with its sign: whole numbers in full, others to three digits."""
    is_whole = number == round(number) and abs(number) < WHOLE
    return (f"{number:+,.0f}" if is_whole else f"{number:+.3g}").replace("-", MINUS)


def _percent(delta: float, base: str | None) -> str:
    try:
        start = float(base or "")
    except ValueError:
        return ""
    if start == 0 or not math.isfinite(start):
        return ""
    return f" ({signed(100 * delta / abs(start))} %)"


def _meaning(row: Row, place: int, baseline: int) -> Meaning:
    if place == baseline:
        return Meaning.BASELINE
    if row.values[place] == row.values[baseline]:
        return Meaning.SAME
    better = row.better[place] if place < len(row.better) else None
    if better is None:
        return Meaning.OTHER
    return Meaning.BETTER if better else Meaning.WORSE
