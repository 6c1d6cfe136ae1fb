from __future__ import annotations

import numpy as np
import pytest

from mlcatalog.comparing.sheet import Row
from mlcatalog.ui.compare.cells import Meaning, cell, change_text, signed
from mlcatalog.ui.compare.series import smoothed
from mlcatalog.ui.compare.strokes import slots


def row(*values: str | None, better: tuple[bool | None, ...] = (None, None)) -> Row:
    numbers = [float(v) if v and v.replace(".", "").isdigit() else None for v in values]
    deltas = tuple(
        n - numbers[0] if n is not None and numbers[0] is not None else None
        for n in numbers
    )
    return Row(
        section="metrics",
        key="f1",
        values=values,
        differs=True,
        deltas=deltas,
        better=better,
        direction="max",
    )


@pytest.mark.parametrize(
    ("value", "text", "meaning"),
    [
        (None, "—", Meaning.MISSING),
        ("", "(empty)", Meaning.OTHER),
        ("null", "null", Meaning.OTHER),
        ("0.5", "0.5", Meaning.SAME),
        ("<b>x</b>", "<b>x</b>", Meaning.OTHER),
        ("two\nlines", "two lines", Meaning.OTHER),
    ],
)
def test_missing_null_and_empty_are_told_apart(
    value: str | None, text: str, meaning: Meaning
) -> None:
    shown = cell(row("0.5", value), 1, 0)
    assert (shown.text, shown.meaning) == (text, meaning)


def test_a_change_has_an_arrow_a_sign_and_percent() -> None:
    assert change_text(row("0.5", "0.25"), 1, 0) == "▼ \u22120.25 (\u221250 %)"


def test_better_is_said_in_words_too() -> None:
    shown = cell(row("0.5", "0.75", better=(None, True)), 1, 0)
    assert shown.meaning is Meaning.BETTER
    assert shown.spoken.endswith("better")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (-7133.0, "\u22127,133"),
        (3e-5, "+3e\u221205"),
        (0.0123456, "+0.0123"),
        (1e300, "+1e+300"),
    ],
)
def test_numbers_are_written_with_their_sign(number: float, text: str) -> None:
    assert signed(number) == text


def test_smoothing_keeps_a_constant_and_starts_without_bias() -> None:
    assert np.allclose(smoothed(np.full(20, 0.7), 0.9), 0.7)
    values = np.array([1.0, 0.0])
    assert smoothed(values, 0.0) is values


def test_slots_are_stable_and_never_shared() -> None:
    ids = [f"artifact-{number}" for number in range(12)]
    assert slots(ids) == slots(ids[::-1])
    assert len(set(slots(ids).values())) == 12
