"""How a task reports progress, and how it is stopped."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called by a task once per step; raises Cancelled to stop it.

    done and total count steps (total is None while unknown); note says what
    is being worked on, for people.
    """

    def __call__(self, done: int, total: int | None, note: str) -> None: ...


class Began(Protocol):
    """Called when a stage begins; an empty project stands for the whole catalogue."""

    def __call__(self, project: str, stage: str) -> None: ...


def no_began(project: str, stage: str) -> None:
    """Tell nobody."""


def no_progress(done: int, total: int | None, note: str) -> None:
    """Report to nobody."""
