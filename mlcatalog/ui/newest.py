"""One kind of question, asked again and again: only the newest one is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from mlcatalog.ui.jobs import Job, Jobs, Task


class Newest(QObject):
    """Runs one job at a time; what is asked meanwhile replaces what still waits.

    So a catalogue that changes all the time is read as fast as it can be, and
    no faster. `hurries` stops a job whose answer nobody waits for any more.
    """

    def __init__(
        self,
        jobs: Jobs,
        title: str,
        then: Callable[[Any], object],
        *,
        hurries: bool = False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._title, self._then = jobs, title, then
        self._hurries = hurries
        self._job: Job | None = None
        self._waiting: Task | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._job is not None

    def ask(self, task: Task) -> None:
        """Run a task, at once or after the one that runs."""
        if self._job is not None:
            self._waiting = task
            if self._hurries:
                self._job.cancel()
            return
        self._job = self._jobs.start(self._title, task, self._take, ended=self._go_on)

    def drop(self) -> None:
        """Forget what was asked."""
        self._waiting = None
        if self._job is not None:
            self._job.cancel()

    def _take(self, answer: Any) -> None:
        if not (self._hurries and self._waiting is not None):
            self._then(answer)

    def _go_on(self) -> None:
        self._job = None
        task, self._waiting = self._waiting, None
        if task is not None:
            self.ask(task)
