"""Edits of a person, each one undo step with a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtGui import QUndoCommand

from mlcatalog.ui.jobs import Jobs

Setter = Callable[[str, Any], None]


class Edit(QUndoCommand):
    """One value set on some artifacts; undoing puts the old values back."""

    def __init__(
        self, name: str, jobs: Jobs, setter: Setter, *, old: Mapping[str, Any], new: Any
    ) -> None:
        super().__init__(name)
        self._jobs = jobs
        self._setter = setter
        self._old = dict(old)
        self._new = dict.fromkeys(old, new)

    def _write(self, values: Mapping[str, Any]) -> None:
        def write(_: object) -> None:
            for identity, value in values.items():
                self._setter(identity, value)

        self._jobs.start(self.text(), write)

    # Qt overrides

    def redo(self) -> None:
        self._write(self._new)

    def undo(self) -> None:
        self._write(self._old)
