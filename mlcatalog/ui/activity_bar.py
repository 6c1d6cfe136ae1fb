"""The bottom of the window: what is running, and the state of the projects."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from mlcatalog.domain.amounts import counted
from mlcatalog.domain.artifact import Project
from mlcatalog.ui.activity.log import ActivityLog, Followed, Job
from mlcatalog.ui.activity.panel import ActivityPanel
from mlcatalog.ui.activity.wording import figures, headline, reason, summary
from mlcatalog.ui.pieces import button, set_look, words

SHORT = 0.3  # seconds: what is over by then is not shown at all
EVERY = 250  # ms between two looks while something runs


class ActivityBar(QWidget):
    """Shows what the engine says; asks it to pause, go on, stop or start."""

    asked = Signal(object)  # a command for the engine

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.log = ActivityLog()
        self._broken = 0
        self._sentence = ""
        self._what = Elided()
        self._bar = QProgressBar()
        self._bar.setAccessibleName("Progress")
        self._bar.setTextVisible(False)
        self._bar.setFixedSize(180, 6)
        self._figures = words("", look="muted")
        self._pause = button("Pause", self._turn)
        self._cancel = button("Cancel", self._stop)
        self._restart = button(
            "Start again",
            lambda: self.asked.emit({"do": "rescan", "path": None}),
            hint="Start the indexing engine again",
            is_primary=True,
        )
        self._right = QPushButton()
        self._right.setFlat(True)
        set_look(self._right, "quiet")
        self._right.clicked.connect(self.open_panel)
        self.panel = ActivityPanel(self.log, self)
        self.panel.asked.connect(self.asked)
        self._timer = QTimer(self, interval=EVERY)
        self._timer.timeout.connect(self._show)
        self._arrange()
        self._show()

    @property
    def is_busy(self) -> bool:
        """Whether something is running that quitting would stop."""
        return bool(self.log.running)

    def show_engine(self, said: Mapping[str, Any]) -> None:
        """Follow one line of the engine."""
        self.log.hear(said)
        event, project = said.get("event"), said.get("project")
        if event == "registered":
            self._sentence = _registered(said)
        elif event == "error" and project:
            self._sentence = str(said["error"].get("what", ""))
        elif event in ("began", "obeyed"):
            self._sentence = ""
        self._show()

    def show_text(self, text: str) -> None:
        """Say one sentence on the left, until something else runs."""
        self._sentence = text
        self._show()

    def show_death(self, sentence: str, detail: str, is_final: bool) -> None:
        """The engine ended by itself; final: only a person starts it again."""
        self.log.engine_died(sentence, detail)
        self._sentence = sentence
        self._restart.setVisible(is_final)
        self._show()

    def show_projects(self, projects: Iterable[Project], *, broken: int) -> None:
        """Show what the catalogue says of its projects and their names."""
        self._broken = broken
        self.log.show_projects(
            {p.path: Followed(p.path, p.state.value, p.note) for p in projects}
        )
        self._show()

    def open_panel(self) -> None:
        """Open the list of projects and jobs, or close it."""
        self.panel.turn(self._right)

    def _show(self) -> None:
        job = self._worth_showing()
        self._show_job(job)
        if self.log.is_engine_up:
            self._restart.hide()
        self._show_states()
        if self.panel.isVisible():
            self.panel.show_now()
        if self.log.running and not self._timer.isActive():
            self._timer.start()
        elif not self.log.running:
            self._timer.stop()

    def _worth_showing(self) -> Job | None:
        job = self.log.current
        if job is None or time.time() - job.began < SHORT:
            return None
        return job

    def _show_job(self, job: Job | None) -> None:
        self._what.setText(headline(job) if job else self._sentence)
        for part in (self._bar, self._figures, self._pause, self._cancel):
            part.setVisible(job is not None)
        if job is None:
            return
        is_paused = self._is_paused(job)
        self._pause.setText("Resume" if is_paused else "Pause")
        self._pause.setAccessibleName(self._pause.text())
        self._pause.setVisible(job.stage not in ("link", "judge", "register"))
        self._bar.setRange(0, 1_000 if job.total else 0)
        if job.total:
            self._bar.setValue(min(1_000, job.done * 1_000 // job.total))
        self._figures.setText("paused" if is_paused else figures(job))

    def _show_states(self) -> None:
        projects = self.log.projects.values()
        parts = [summary(projects) if self.log.is_engine_up else "Nothing is watched"]
        if self._broken:
            one = self._broken == 1
            parts.append(
                f"{self._broken} name{'' if one else 's'} "
                f"break{'s' if one else ''} the convention"
            )
        text = " · ".join(filter(None, parts)) or "No folder is watched"
        self._right.setText(text)
        self._right.setAccessibleName(text)
        self._right.setToolTip(
            "\n".join(f"{p.name}: {p.state}. {reason(p)}" for p in projects)
            or "Projects and jobs"
        )

    def _is_paused(self, job: Job) -> bool:
        followed = self.log.projects.get(job.project)
        return followed is not None and followed.state == "paused"

    def _turn(self) -> None:
        job = self.log.current
        if job is not None:
            does = "resume" if self._is_paused(job) else "pause"
            self.asked.emit({"do": does, "path": job.project or None})

    def _stop(self) -> None:
        job = self.log.current
        if job is not None:
            is_shared = job.stage in ("link", "judge", "register")
            path = None if is_shared else job.project or None
            self.asked.emit({"do": "cancel", "path": path})

    def _arrange(self) -> None:
        box = QHBoxLayout(self)
        box.setContentsMargins(2, 2, 2, 2)
        box.addWidget(self._what, 1)
        for part in (
            self._bar,
            self._figures,
            self._pause,
            self._cancel,
            self._restart,
        ):
            box.addWidget(part)
        box.addWidget(self._right)
        self._restart.hide()
        self.setMinimumHeight(36)


class Elided(QLabel):
    """A quiet line that gives way: what does not fit ends in "…"."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        set_look(self, "muted")

    # Qt overrides

    def minimumSizeHint(self) -> QSize:
        return QSize(60, super().minimumSizeHint().height())

    def setText(self, text: str) -> None:
        shown = text.replace("\n", " ")
        self.setToolTip(shown)
        super().setText(shown)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.width()
        )
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(
            self.rect(),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            text,
        )


def _registered(said: Mapping[str, Any]) -> str:
    count = counted(len(said.get("artifacts") or ()), "artifact")
    text = f"Registered {count} in place."
    unknown = [str(path) for path in said.get("not_recognised") or ()]
    if unknown:
        text += f" Of no known kind: {', '.join(unknown[:3])}"
        text += f" and {len(unknown) - 3} more." if len(unknown) > 3 else "."
    return text
