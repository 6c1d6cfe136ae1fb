"""The engine as the window sees it: a child process that speaks JSON lines.

An engine that dies by itself is started again once, after a moment; when that
one dies too, a person starts the next. No command is lost meanwhile.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QObject, QProcess, QTimer, Signal

from mlcatalog import logs
from mlcatalog.ui.outbox import Command, Outbox

log = logging.getLogger(__name__)
QUIT_WAIT = 3_000  # ms
LONGEST = 1 << 20  # bytes of one line
BACK_OFF = 1_000  # ms before an engine is started again by itself
CALM = 60_000  # ms after which an engine counts as sound
TAIL = 4_000  # signs of the engine's last words
UNUSABLE = 3  # exit status: the engine has said why the catalogue cannot be used


class EngineLink(QObject):
    """Starts the engine, passes commands to it and tells what it says."""

    told = Signal(object)  # a mapping with "event"
    died = Signal(str, str, bool)  # sentence, detail, whether a person is needed

    def __init__(
        self,
        catalog: Path,
        parent: QObject | None = None,
        *,
        outbox: Outbox | None = None,
        back_off: int = BACK_OFF,
    ) -> None:
        super().__init__(parent)
        self._outbox = outbox or Outbox()
        self._is_quitting = False
        self._has_retried = False
        self._last_words = ""
        self._age = QElapsedTimer()
        self._again = QTimer(self, singleShot=True, interval=back_off)
        self._again.timeout.connect(self.start)
        self._process = QProcess(self)
        self._process.setProgram(sys.executable)
        prefix = [] if getattr(sys, "frozen", False) else ["-m", "mlcatalog"]
        self._process.setArguments(
            [*prefix, "engine", "--catalog", str(catalog), logs.OPTION, logs.level()]
        )
        self._process.started.connect(self._greet)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._keep_last_words)
        self._process.finished.connect(self._ended)
        self._process.errorOccurred.connect(self._not_started)

    @property
    def process_id(self) -> int:
        """The number of the engine's process; 0 while there is none."""
        return int(self._process.processId())

    def start(self) -> None:
        """Start the engine; it follows the projects the catalogue knows."""
        self._again.stop()
        if self._process.state() == QProcess.ProcessState.NotRunning:
            self._last_words = ""
            self._age.start()
            self._process.start()

    def send(self, command: Command) -> None:
        """Pass one command; while there is no engine it is kept, and one is started."""
        numbered = self._outbox.add(command)
        match self._process.state():
            case QProcess.ProcessState.Running:
                self._write(numbered)
            case QProcess.ProcessState.NotRunning if not self._again.isActive():
                self._has_retried = False
                self.start()

    def quit(self) -> None:
        """End the engine: asked first, killed when it does not listen."""
        self._is_quitting = True
        self._again.stop()
        if self._process.state() == QProcess.ProcessState.NotRunning:
            return
        self._write({"do": "quit"})
        self._process.closeWriteChannel()
        if not self._process.waitForFinished(QUIT_WAIT):
            self._process.kill()
            self._process.waitForFinished(QUIT_WAIT)

    def _greet(self) -> None:
        for command in self._outbox.waiting():
            self._write(command)

    def _write(self, command: Command) -> None:
        self._process.write((json.dumps(command) + "\n").encode())

    def _read(self) -> None:
        while self._process.canReadLine():
            line = self._process.readLine(LONGEST).toStdString()
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if not isinstance(said, dict):
                continue
            if said.get("event") == "obeyed":
                self._outbox.obeyed(said.get("id"))
            self.told.emit(said)

    def _keep_last_words(self) -> None:
        said = bytes(self._process.readAllStandardError().data()).decode(
            errors="replace"
        )
        self._last_words = (self._last_words + said)[-TAIL:]

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and not self._is_quitting:
            self._tell_death("could not be started", self._process.errorString(), True)

    def _ended(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        if self._is_quitting:
            return
        crashed = status == QProcess.ExitStatus.CrashExit
        how = f"ended by signal {code}" if crashed else f"ended with status {code}"
        if self._last_words:
            log.error("the engine %s: %s", how, self._last_words)
        given_up = self._outbox.engine_died()
        if self._age.elapsed() > CALM:
            self._has_retried = False
        is_final = self._has_retried or code == UNUSABLE
        lost = "".join(f" Not asked again: {json.dumps(c)}." for c in given_up)
        self._tell_death("stopped unexpectedly", f"It {how}.{lost}", is_final)
        if not is_final:
            self._has_retried = True
            self._again.start()

    def _tell_death(self, what: str, detail: str, is_final: bool) -> None:
        kept = "What it had finished is kept, and so is what you asked for."
        then = (
            "Start again, or F5, starts it."
            if is_final
            else "It is being started again."
        )
        words = self._last_words.strip().rpartition("\n")[2]
        self.died.emit(
            f"The indexing engine {what}. {kept} {then}",
            f"{detail} {words}".strip(),
            is_final,
        )
