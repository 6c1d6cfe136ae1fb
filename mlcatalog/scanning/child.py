"""One guarded child as its parent sees it: start, ask, kill."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from mlcatalog import ONE_THREAD
from mlcatalog.domain.errors import ReaderFailedError
from mlcatalog.scanning.worker import FLAG, read_frame, write_frame

SOURCE = Path(__file__).resolve().parents[2]  # the folder that holds the package


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may take: bytes of memory and seconds; 0 is no limit."""

    memory: int = 2 << 30
    seconds: float = 30.0
    nice: int = 5


class Child:
    """A process that is started when first asked, and again after it died."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()  # held while starting, stopping and judging
        self._process: subprocess.Popen[bytes] | None = None
        self._deadline: float | None = None
        self._reason = ""  # why we killed it, "" if we did not
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process id, None while none runs."""
        process = self._process
        return process.pid if process else None

    def ask(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """The answer of function(*arguments), or its exception raised here.

        Raises ReaderFailedError if the child died, hung or was closed.
        """
        request = pickle.dumps((function, arguments), protocol=5)
        process = self._begin()
        answer = self._exchange(process, request)
        if answer is None:
            raise self._failure(process)
        self._end()
        succeeded, result = pickle.loads(answer)
        if succeeded:
            return result
        raise result

    def kill_if_late(self, now: float) -> None:
        """End a call that has had its time; the pool's monitor asks regularly."""
        with self._lock:
            if self._deadline is not None and now > self._deadline:
                self._kill(f"it took longer than {self._limits.seconds:g} seconds")

    def close(self) -> None:
        """End the process, in the midst of a call too; no call starts after."""
        with self._lock:
            self._closed = True
            self._kill("it was no longer wanted")
        self._reap()

    def _begin(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise _failed("it was no longer wanted")
            if self._process is None:
                self._process = _start(self._limits)
                self._reason = ""
            seconds = self._limits.seconds
            self._deadline = monotonic() + seconds if seconds else None
            return self._process

    def _end(self) -> None:
        with self._lock:
            self._deadline = None
            killed = bool(self._reason)
        if killed:  # the answer and the end of its time crossed
            self._reap()

    @staticmethod
    def _exchange(process: subprocess.Popen[bytes], request: bytes) -> bytes | None:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            write_frame(process.stdin, request)
            return read_frame(process.stdout)
        except (OSError, ValueError, MemoryError):  # a broken or closed pipe
            return None

    def _failure(self, process: subprocess.Popen[bytes]) -> ReaderFailedError:
        with self._lock:
            self._deadline = None
            reason = self._reason
        _wait_or_kill(process)
        self._reap()
        return _failed(reason or _cause_of_death(process.returncode))

    def _kill(self, reason: str) -> None:
        if self._process is not None:
            self._reason = self._reason or reason
            self._deadline = None
            self._process.kill()

    def _reap(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        process.wait()
        for pipe in (process.stdin, process.stdout):
            try:
                assert pipe is not None
                pipe.close()
            except OSError:  # what was still to be written has no reader
                continue


def _start(limits: Limits) -> subprocess.Popen[bytes]:
    options: dict[str, Any] = (
        {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}
        if sys.platform == "win32"
        else {"start_new_session": True}  # Ctrl+C in the terminal is the parent's
    )
    return subprocess.Popen(
        [*_program(), *_arguments(limits)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **ONE_THREAD},  # each thread takes address space
        **options,
    )


def _program() -> list[str]:
    """What runs `worker.serve`: a frozen program is its own interpreter.

    Without `site` and with the parent's own path, a child is up in a few
    hundredths of a second and finds exactly what the parent finds.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, FLAG]
    places = [str(Path(place).absolute()) for place in sys.path if place]
    if str(SOURCE) not in places:
        places.append(str(SOURCE))
    code = (
        f"import sys; sys.path[:] = {places!r}; "
        "from mlcatalog.scanning.worker import serve; serve(sys.argv[1:])"
    )
    return [sys.executable, "-I", "-S", "-c", code]


def _arguments(limits: Limits) -> list[str]:
    seconds = int(limits.seconds) + 1 if limits.seconds else 0
    return [str(limits.memory), str(limits.nice), str(seconds)]


def _wait_or_kill(process: subprocess.Popen[bytes]) -> None:
    """Its own status tells more than that of our kill, so that it goes first."""
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        process.kill()


def _cause_of_death(status: int | None) -> str:
    if status is not None and status < 0:
        return f"it crashed (signal {-status})"
    return f"its process ended (status {status})"


def _failed(why: str) -> ReaderFailedError:
    return ReaderFailedError(
        "Reading was stopped",
        why=why,
        remedy="The file may be damaged; the rest was read.",
    )
