"""The bottom of the window: what is running, and the state of the projects."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from mlcatalog.ui.pieces import button, words


class ActivityBar(QWidget):
    """Shows what the engine says; asks it to pause, go on or stop."""

    asked = Signal(str)  # pause, resume or cancel

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._began: tuple[float, int] | None = None
        self._states: dict[str, str] = {}
        self._what = words("", look="muted")
        self._bar = QProgressBar()
        self._bar.setAccessibleName("Progress")
        self._bar.setTextVisible(False)
        self._bar.setFixedSize(220, 6)
        self._figures = words("", look="muted")
        self._pause = button("Pause", self._turn)
        self._cancel = button("Cancel", lambda: self.asked.emit("cancel"))
        self._right = words("", look="muted")
        box = QHBoxLayout(self)
        box.setContentsMargins(2, 2, 2, 2)
        for part in (self._what, self._bar, self._figures, self._pause, self._cancel):
            box.addWidget(part)
        box.addStretch(1)
        box.addWidget(self._right)
        self.setMinimumHeight(36)
        self.show_idle()

    def show_idle(self) -> None:
        """Nothing is running."""
        self._began = None
        self._what.setText("")
        for part in (self._bar, self._figures, self._pause, self._cancel):
            part.hide()

    def show_progress(self, done: int, total: int | None, note: str) -> None:
        """Show how far the running task is; note is untrusted plain text."""
        if self._began is None or done < self._began[1]:
            self._began = (time.monotonic(), done)
        for part in (self._bar, self._figures, self._pause, self._cancel):
            part.show()
        shown = note.replace("\n", " ")
        self._what.setText(shown if len(shown) <= 60 else f"…{shown[-59:]}")
        self._bar.setRange(0, 1_000 if total else 0)
        if total:
            self._bar.setValue(min(1_000, done * 1_000 // total))
        self._figures.setText(self._pace(done, total))

    def show_engine(self, said: Mapping[str, Any]) -> None:
        """Follow one line of the engine."""
        match said.get("event"):
            case "progress":
                total = said.get("total")
                self.show_progress(
                    int(said.get("done") or 0), total, str(said.get("note", ""))
                )
            case "state":
                self._states[str(said.get("project"))] = str(said.get("state"))
                if "scanning" not in self._states.values():
                    self.show_idle()
                self._say_states(str(said.get("note") or ""))
            case "done" | "cancelled":
                self.show_idle()

    def show_text(self, text: str) -> None:
        """Say one sentence on the left."""
        self.show_idle()
        self._what.setText(text)

    def show_states(self, states: Mapping[str, str], *, broken: int) -> None:
        """Show what the catalogue says of its projects and their names."""
        self._states = dict(states)
        self._broken = broken
        self._say_states("")

    _broken = 0

    def _say_states(self, note: str) -> None:
        parts = [
            f"{state.capitalize()} {count} project{'' if count == 1 else 's'}"
            for state, count in Counter(self._states.values()).items()
        ]
        if self._broken:
            one = self._broken == 1
            parts.append(
                f"{self._broken} name{'' if one else 's'} break{'s' if one else ''} the convention"
            )
        self._right.setText(" · ".join(parts))
        self._right.setToolTip(note)

    def _pace(self, done: int, total: int | None) -> str:
        assert self._began is not None
        spent = time.monotonic() - self._began[0]
        of = f"{done:,} of {total:,}" if total else f"{done:,}"
        if spent < 0.5 or done <= self._began[1]:
            return of
        pace = (done - self._began[1]) / spent
        left = f" · {(total - done) / pace:,.0f} s left" if total else ""
        return f"{of} · {pace:,.0f}/s{left}"

    def _turn(self) -> None:
        is_paused = self._pause.text() == "Pause"
        self._pause.setText("Resume" if is_paused else "Pause")
        self.asked.emit("pause" if is_paused else "resume")
