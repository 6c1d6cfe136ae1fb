"""A colour and a line style per artifact, the same in every session."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from PySide6.QtCore import Qt

# Okabe and Ito's set, which colour-blind people can tell apart; a darker and a
# lighter ink of each, for light and dark ground.
LIGHT_GROUND = (
    "#0072b2",
    "#b85000",
    "#007a58",
    "#a8487f",
    "#8a6d00",
    "#6a4fb3",
    "#444a54",
)
DARK_GROUND = (
    "#56b4e9",
    "#f0903c",
    "#1fc49a",
    "#e19cc4",
    "#f0e442",
    "#b9a3ff",
    "#c3c8d0",
)
STYLES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)


def slots(ids: Sequence[str]) -> dict[str, int]:
    """A slot for each artifact: by its id, and the next free one where two collide."""
    taken: dict[int, str] = {}
    for artifact_id in sorted(set(ids)):
        first = int(hashlib.sha256(artifact_id.encode()).digest()[0]) % len(
            LIGHT_GROUND
        )
        taken[_next_free(first, taken)] = artifact_id
    return {artifact_id: slot for slot, artifact_id in taken.items()}


def color(slot: int, *, dark: bool) -> str:
    """The colour of a slot on this ground."""
    inks = DARK_GROUND if dark else LIGHT_GROUND
    return inks[slot % len(inks)]


def style(place: int) -> Qt.PenStyle:
    """The line style of the nth artifact shown, so that colour is never alone."""
    return STYLES[place % len(STYLES)]


def _next_free(first: int, taken: dict[int, str]) -> int:
    count = len(LIGHT_GROUND)
    within = [(first + step) % count for step in range(count)]
    beyond = range(count, count + len(taken) + 1)
    free: int = next(slot for slot in (*within, *beyond) if slot not in taken)
    return free
