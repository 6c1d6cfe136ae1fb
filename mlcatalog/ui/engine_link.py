"""The engine as the window sees it: a child process that speaks JSON lines."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal

QUIT_WAIT = 3_000  # ms
LONGEST = 1 << 20  # bytes of one line


class EngineLink(QObject):
    """Starts the engine, passes commands to it and tells what it says."""

    told = Signal(object)  # a mapping with "event"
    stopped = Signal(str)  # why; only when nobody asked it to stop

    def __init__(self, catalog: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_quitting = False
        self._process = QProcess(self)
        self._process.setProgram(sys.executable)
        prefix = [] if getattr(sys, "frozen", False) else ["-m", "mlcatalog"]
        self._process.setArguments([*prefix, "engine", "--catalog", str(catalog)])
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._process.readAllStandardError)
        self._process.finished.connect(self._ended)

    def start(self) -> None:
        """Start the engine; it follows the projects the catalogue knows."""
        self._process.start()

    def send(self, command: dict[str, object]) -> None:
        """Pass one command."""
        self._process.write((json.dumps(command) + "\n").encode())

    def quit(self) -> None:
        """End the engine: asked first, killed when it does not listen."""
        self._is_quitting = True
        if self._process.state() == QProcess.ProcessState.NotRunning:
            return
        self.send({"do": "quit"})
        self._process.closeWriteChannel()
        if not self._process.waitForFinished(QUIT_WAIT):
            self._process.kill()
            self._process.waitForFinished(QUIT_WAIT)

    def _read(self) -> None:
        while self._process.canReadLine():
            line = self._process.readLine(LONGEST).toStdString()
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if isinstance(said, dict):
                self.told.emit(said)

    def _ended(self) -> None:
        if not self._is_quitting:
            self.stopped.emit("The engine ended by itself; F5 starts it again.")
