"""Steps that can fail: they come on the undo stack only when they went well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QUndoCommand, QUndoStack
from shiboken6 import isValid

from mlcatalog.ui.jobs import Jobs

Does = Callable[[], Any]
Then = Callable[[Any], object]


class Done(QUndoCommand):
    """Something that was done already, and can be taken back and done again.

    A failure of either is told, and the step leaves the stack the next time:
    what it would take back is not there any more.
    """

    def __init__(
        self, name: str, jobs: Jobs, *, does: Does, undoes: Does, then: Then
    ) -> None:
        super().__init__(name)
        self._jobs, self._does, self._undoes, self._then = jobs, does, undoes, then
        self._is_first = True

    @classmethod
    def run(
        cls,
        stack: QUndoStack,
        jobs: Jobs,
        name: str,
        *,
        does: Does,
        undoes: Does,
        then: Then,
    ) -> None:
        """Do it in a job, then put it on the stack."""

        def push(answer: Any) -> None:
            stack.push(cls(name, jobs, does=does, undoes=undoes, then=then))
            then(answer)

        jobs.start(name, lambda _: does(), push)

    # Qt overrides

    def redo(self) -> None:
        if self._is_first:
            self._is_first = False
            return
        self._start(self.text(), self._does)

    def undo(self) -> None:
        self._start(f"Undo {self.text()}", self._undoes)

    def _start(self, title: str, does: Does) -> None:
        answers: list[Any] = []

        def end() -> None:
            if answers:
                self._then(answers[0])
            elif isValid(self):
                self.setObsolete(True)

        self._jobs.start(title, lambda _: does(), answers.append, ended=end)
