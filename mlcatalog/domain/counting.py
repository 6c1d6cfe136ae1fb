"""Numbers with the word for what they count."""

from __future__ import annotations


def counted(number: int, one: str, several: str = "") -> str:
    """A number and its noun: `1 feature`, `12,000 features`, `2 entries`."""
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"
