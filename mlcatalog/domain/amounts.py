"""Amounts in words: sizes and counts, the same in the window and on the command line."""

from __future__ import annotations

UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def size_text(size: int | None) -> str:
    """`438 MB`, `1.5 GB`: in powers of 1,000, as disks are sold; empty for none."""
    if size is None:
        return ""
    amount, step = float(size), 0
    while amount >= 999.5 and step < len(UNITS) - 1:
        amount, step = amount / 1_000, step + 1
    shown = f"{amount:.1f}" if step and amount < 9.95 else f"{amount:.0f}"
    return f"{shown} {UNITS[step]}"


def counted(count: int, one: str, many: str = "") -> str:
    """`1 model`, `2 models`, `1,200 entries`; many: where "s" does not make it."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
