"""The list behind the activity bar: projects with their states, jobs with their outcome."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QUndoStack
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLayout,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from mlcatalog.ui.activity.log import ActivityLog, Followed, Job
from mlcatalog.ui.activity.wording import (
    LOOKS,
    clock,
    figures,
    headline,
    outcome,
    reason,
    told,
)
from mlcatalog.ui.pieces import button, emptied, scrolled, words

WIDTH, HIGHEST = 620, 520
SHOWN = 30
STEPS = 5  # of a person, that are listed


class ActivityPanel(QFrame):
    """Lies over its window; `asked` has a command for the engine.

    It is a part of the window and no popup of its own, because screen readers
    are not told of popups.
    """

    asked = Signal(object)

    def __init__(self, log: ActivityLog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self._opener: QWidget | None = None
        self._steps: QUndoStack | None = None
        self._shown: list[tuple[object, ...]] = []
        self.setObjectName("panel")
        self.setAccessibleName("Activity")
        self._inner = QWidget()
        self._lines = QVBoxLayout(self._inner)
        self._lines.setContentsMargins(14, 12, 14, 12)
        self._lines.setSpacing(4)
        self.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(2, 2, 2, 2)
        box.addWidget(scrolled(self._inner, "Projects and jobs"))

    def follow(self, steps: QUndoStack) -> None:
        """List what a person did too, with a way to take the last of it back."""
        self._steps = steps
        steps.indexChanged.connect(self._show_again)

    def turn(self, opener: QWidget) -> None:
        """Open it above the widget that was pressed, or close it."""
        if self.isVisible():
            self.close_down()
            return
        self._opener = opener
        self.setParent(opener.window())
        self.show_now()
        self._fit()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)
        if (application := QApplication.instance()) is not None:
            application.installEventFilter(self)

    def close_down(self) -> None:
        """Close it; the focus goes back where it came from."""
        if (application := QApplication.instance()) is not None:
            application.removeEventFilter(self)
        self.hide()
        if self._opener is not None:
            self._opener.setFocus(Qt.FocusReason.PopupFocusReason)

    def _fit(self) -> None:
        """As high as its lines need, as low as the window allows."""
        if self._opener is None:
            return
        window = self._opener.window()
        corner = self._opener.mapTo(window, QPoint(self._opener.width(), 0))
        width = min(WIDTH, corner.x() - 10)
        wanted = self._inner.heightForWidth(width - 16) + 28
        height = max(120, min(wanted, HIGHEST, corner.y() - 20))
        self.setGeometry(corner.x() - width, corner.y() - height - 6, width, height)

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
        self._add_steps()
        self._lines.addWidget(words("ACTIVITY", look="caption"))
        jobs = [*self._log.running.values(), *self._log.past][:SHOWN]
        if not jobs:
            self._lines.addWidget(words("Nothing has run yet.", look="muted"))
        for job in jobs:
            self._lines.addLayout(self._job(job))
        self._lines.addStretch(1)
        self._fit()

    def _show_again(self) -> None:
        if self.isVisible():
            self.show_now()

    def _add_steps(self) -> None:
        done = self._done()
        if not done or self._steps is None:
            return
        self._lines.addWidget(words("WHAT YOU DID", look="caption"))
        for number, text in enumerate(done):
            buttons: list[QWidget] = []
            if number == 0:
                buttons = [button("Undo", self._steps.undo, hint=f"Undo: {text}")]
            self._lines.addLayout(_line(text, "", "muted", "", buttons))
        self._lines.addSpacing(10)

    def _done(self) -> list[str]:
        """What can be taken back, the last first."""
        if self._steps is None or not isValid(self._steps):
            return []
        last = self._steps.index() - 1
        return [self._steps.text(at) for at in range(last, max(-1, last - STEPS), -1)]

    def _content(self) -> list[tuple[object, ...]]:
        jobs = [*self._log.running.values(), *self._log.past][:SHOWN]
        return [
            tuple(self._done()),
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
        return _line(title, outcome(job), look, told(job), buttons)

    def _button(self, text: str, does: str, path: str, *, of: str) -> QWidget:
        command: dict[str, object] = {"do": does, "path": path or None}
        hint = f"{text}: {of}" if of else text
        return button(text, self._asking(command), hint=hint)

    def _asking(self, command: dict[str, object]) -> Callable[[], None]:
        return lambda: self.asked.emit(command)

    # Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.MouseButtonPress
            and isinstance(event, QMouseEvent)
            and isinstance(watched, QWidget)
            and watched is not self._opener
            and not self.rect().contains(
                self.mapFromGlobal(event.globalPosition().toPoint())
            )
        ):
            self.close_down()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_down()
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
