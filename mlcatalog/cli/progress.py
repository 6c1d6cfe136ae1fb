"""Progress on standard error: one line that changes, on a terminal only."""

from __future__ import annotations

import shutil
import sys
import time
from types import TracebackType
from typing import Self

from mlcatalog.cli.output import printable

EVERY = 0.1  # seconds between two changes


class ProgressLine:
    """Shows what a task is doing; silent where nobody watches."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._last = 0.0
        self._width = 0

    def __call__(self, done: int, total: int | None, note: str) -> None:
        moment = time.monotonic()
        if not self._shown or moment - self._last < EVERY:
            return
        self._last = moment
        room = max(20, shutil.get_terminal_size().columns - 1)
        count = f"{done}/{total}" if total else str(done) if done else ""
        self._write(f"{count} {printable(note)}".strip()[:room])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._width:
            self._write("")
            sys.stderr.write("\r")
            sys.stderr.flush()

    def _write(self, line: str) -> None:
        sys.stderr.write(f"\r{line.ljust(self._width)}")
        sys.stderr.flush()
        self._width = len(line)
