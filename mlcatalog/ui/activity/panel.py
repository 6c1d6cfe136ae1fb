"""The list behind the activity bar: projects with their states, jobs with their outcome."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from mlcatalog.ui.activity.log import ActivityLog, Followed, Job
from mlcatalog.ui.activity.wording import (
    LOOKS,
    clock,
    figures,
    headline,
    reason,
    told,
)
from mlcatalog.ui.pieces import button, emptied, scrolled, words

WIDTH, HEIGHT = 620, 460
SHOWN = 30


class ActivityPanel(QFrame):
    """Opens above the bar; `asked` has a command for the engine."""

    asked = Signal(object)

    def __init__(self, log: ActivityLog, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._log = log
        self._shown: list[tuple[object, ...]] = []
        self.setObjectName("panel")
        self.setWindowTitle("Activity")
        self.setAccessibleName("Activity")
        self.setFixedSize(WIDTH, HEIGHT)
        inner = QWidget()
        self._lines = QVBoxLayout(inner)
        self._lines.setContentsMargins(14, 12, 14, 12)
        self._lines.setSpacing(4)
        box = QVBoxLayout(self)
        box.setContentsMargins(2, 2, 2, 2)
        box.addWidget(scrolled(inner, "Projects and jobs"))

    def open_above(self, widget: QWidget) -> None:
        """Show it with its lower right corner at the widget's upper right."""
        self.show_now()
        corner = widget.mapToGlobal(QPoint(widget.width(), 0))
        self.move(corner - QPoint(self.width(), self.height() + 6))
        self.show()

    def show_now(self) -> None:
        """Show what the log holds; nothing moves when nothing changed."""
        now = self._content()
        if now == self._shown:
            return
        self._shown = now
        emptied(self._lines)
        self._lines.addWidget(words("PROJECTS", look="caption"))
        if not self._log.projects:
            self._lines.addWidget(words("No folder is watched yet.", look="muted"))
        for project in self._log.projects.values():
            self._lines.addLayout(self._project(project))
        self._lines.addSpacing(10)
        self._lines.addWidget(words("ACTIVITY", look="caption"))
        jobs = [*self._log.running.values(), *self._log.past][:SHOWN]
        if not jobs:
            self._lines.addWidget(words("Nothing has run yet.", look="muted"))
        for job in jobs:
            self._lines.addLayout(self._job(job))
        self._lines.addStretch(1)

    def _content(self) -> list[tuple[object, ...]]:
        jobs = [*self._log.running.values(), *self._log.past][:SHOWN]
        return [
            *((p.path, p.state, p.note) for p in self._log.projects.values()),
            *((j.project, j.began, j.stage, j.done, j.outcome, j.times) for j in jobs),
        ]

    def _project(self, project: Followed) -> QLayout:
        state = project.state
        buttons = [self._button("Rescan", "rescan", project.path, of=project.name)]
        if state == "paused":
            buttons.insert(
                0, self._button("Resume", "resume", project.path, of=project.name)
            )
        elif state == "scanning":
            buttons = [
                self._button("Pause", "pause", project.path, of=project.name),
                self._button("Cancel", "cancel", project.path, of=project.name),
            ]
        elif state in ("watching", "polling", "limited"):
            buttons.insert(
                0, self._button("Pause", "pause", project.path, of=project.name)
            )
        return _line(
            project.name,
            state.capitalize() if state != "idle" else "Not watched",
            LOOKS.get(state, "muted"),
            reason(project),
            buttons,
        )

    def _job(self, job: Job) -> QLayout:
        if job.outcome == "running":
            return _line(headline(job), figures(job), "muted", job.note, [])
        title = f"{clock(job)}   {job.name}".strip()
        buttons = []
        if job.outcome != "done":
            buttons.append(
                self._button("Try again", "rescan", job.project, of=job.name)
            )
        look = {"failed": "bad", "cancelled": "warning"}.get(job.outcome, "muted")
        return _line(title, job.outcome.capitalize(), look, told(job), buttons)

    def _button(self, text: str, does: str, path: str, *, of: str) -> QWidget:
        command: dict[str, object] = {"do": does, "path": path or None}
        hint = f"{text}: {of}" if of else text
        return button(text, self._asking(command), hint=hint)

    def _asking(self, command: dict[str, object]) -> Callable[[], None]:
        return lambda: self.asked.emit(command)

    # Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)


def _line(
    title: str, state: str, look: str, text: str, buttons: list[QWidget]
) -> QLayout:
    """Title and state over a quiet sentence, with buttons at the right."""
    left = QVBoxLayout()
    left.setSpacing(1)
    top = QHBoxLayout()
    top.setSpacing(10)
    top.addWidget(words(title, look="strong"))
    top.addWidget(words(state, look=look))
    top.addStretch(1)
    left.addLayout(top)
    if text:
        left.addWidget(words(text, look="muted", wraps=True))
    row = QHBoxLayout()
    row.setContentsMargins(0, 3, 0, 3)
    row.addLayout(left, 1)
    for part in buttons:
        row.addWidget(part, 0, Qt.AlignmentFlag.AlignTop)
    return row
