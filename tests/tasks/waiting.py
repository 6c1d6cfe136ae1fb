"""Waiting for something that has to come; only a hang fails."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

PATIENCE = 180.0  # seconds


def wait_for(is_so: Callable[[], bool], what: str) -> None:
    """Return as soon as something is so; after PATIENCE the test fails."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            pytest.fail(f"waited in vain: {what}")
        time.sleep(0.02)
