"""One window per catalogue: a second start hands its paths to the first and leaves."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QDir, QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

WAIT = 3_000  # ms for the first window to answer
LONGEST = 1 << 20  # bytes of one message
ANSWER = b"ok\n"


class SingleInstance(QObject):
    """Claims a catalogue, or passes paths to the window that has it."""

    called = Signal(list)  # paths that a second start was given

    def __init__(self, catalog: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name_for(catalog)
        self._lock = QLockFile(QDir.temp().filePath(f"{self._name}.lock"))
        self._lock.setStaleLockTime(0)  # stale only when its process is gone
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._listen)

    def claim(self) -> bool:
        """Be the window of this catalogue; False when another one is."""
        if not self._lock.tryLock(0):
            return False
        QLocalServer.removeServer(self._name)  # left behind by a crash
        self._server.listen(self._name)
        return True

    def call(self, paths: Sequence[Path]) -> bool:
        """Raise the first window and pass it paths; False when it does not answer."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(WAIT):
            return False
        message = json.dumps([str(path) for path in paths]) + "\n"
        socket.write(message.encode())
        is_answered = socket.waitForReadyRead(WAIT)
        socket.disconnectFromServer()
        return is_answered

    def release(self) -> None:
        """Let the next start be the first."""
        self._server.close()
        self._lock.unlock()

    def _listen(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(socket.deleteLater)
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > LONGEST:
                socket.abort()
            return
        try:
            paths = json.loads(bytes(socket.readLine(LONGEST).data()))
        except ValueError:
            socket.abort()
            return
        socket.write(ANSWER)
        socket.flush()
        if isinstance(paths, list):
            self.called.emit([Path(path) for path in paths if isinstance(path, str)])


def name_for(catalog: Path) -> str:
    """The name of a catalogue's server; short, since sockets have short paths."""
    key = hashlib.sha256(os.fsencode(catalog.absolute())).hexdigest()[:16]
    return f"mlcatalog-{key}"
