"""The guarded child process: answers one call after the other over two pipes.

Started by `workers.GuardedPool` with nothing imported but this module; it
ends when its standard input does, so that it never outlives its parent.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import IO, Any

from mlcatalog.domain.errors import MlcatalogError, ReaderFailedError

FLAG = "--mlcatalog-worker"  # first argument of a frozen program's child
LENGTH = struct.Struct("<Q")
GRACE = 5  # seconds that a child waits for its parent to kill it


def serve(arguments: list[str]) -> None:
    """Answer calls until standard input ends; never returns.

    arguments: memory limit in bytes, niceness and time limit in seconds, each
    0 for none. A frozen program's entry point calls this when its first
    argument is FLAG, before it imports anything heavy.
    """
    memory, niceness, seconds = (int(text) for text in arguments[:3])
    requests, answers = _take_pipes()
    _restrict(memory, niceness)
    calls: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests, calls), daemon=True).start()
    while True:
        _alarm(seconds + GRACE if seconds else 0)
        frame = _answer(calls.get())
        _alarm(0)
        write_frame(answers, frame)


def read_frame(pipe: IO[bytes]) -> bytes | None:
    """The next frame, None at the end of the pipe or in the midst of a frame."""
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    length = LENGTH.unpack(head)[0]
    frame = pipe.read(length)
    return frame if len(frame) == length else None


def write_frame(pipe: IO[bytes], frame: bytes) -> None:
    """Send one frame: its length in 8 bytes, then itself."""
    pipe.write(LENGTH.pack(len(frame)) + frame)
    pipe.flush()


def run_chunk(
    function: Callable[[Any], Any], arguments: tuple[Any, ...]
) -> list[tuple[bool, Any]]:
    """Call a function on each argument; (True, answer) or (False, exception)."""
    return [_outcome(function, (argument,)) for argument in arguments]


def _take_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Move the pipes away from 0 and 1, where a reader's print would land."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    return requests, answers


def _restrict(memory: int, niceness: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if niceness and hasattr(os, "nice"):
        os.nice(niceness)
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if memory:
            _limit_memory(resource.RLIMIT_AS, memory)


def _limit_memory(kind: int, memory: int) -> None:
    if sys.platform == "win32":
        return
    import contextlib
    import resource

    with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(kind, (memory, memory))


def _listen(requests: IO[bytes], calls: SimpleQueue[bytes]) -> None:
    """Pass frames on; the end of the pipe ends the process, whatever it does."""
    while (frame := read_frame(requests)) is not None:
        calls.put(frame)
    os._exit(0)


def _alarm(seconds: int) -> None:
    """The system's own time limit, for a call that never lets go of the lock."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def _answer(request: bytes) -> bytes:
    try:
        function, arguments = pickle.loads(request)
    except Exception as error:  # noqa: BLE001 - told to the caller
        return pickle.dumps((False, _portable(error)))
    outcome = _outcome(function, arguments)
    try:
        return pickle.dumps(outcome, protocol=5)
    except Exception as error:  # noqa: BLE001 - told to the caller
        return pickle.dumps((False, _portable(error)))


def _outcome(
    function: Callable[..., Any], arguments: tuple[Any, ...]
) -> tuple[bool, Any]:
    try:
        return True, function(*arguments)
    except MemoryError:
        return False, out_of_memory()
    except Exception as error:  # noqa: BLE001 - told to the caller
        return False, _portable(error)


def out_of_memory() -> ReaderFailedError:
    """What a caller is told when the memory limit was reached."""
    return ReaderFailedError(
        "Reading was stopped",
        why="it needed more memory than one file may take",
        remedy="The file may be damaged; the rest was read.",
    )


def _portable(error: Exception) -> Exception:
    """The error itself if it survives the way to the parent, else its text."""
    error.__traceback__ = None
    if isinstance(error, MlcatalogError):
        error.__cause__ = error.__context__ = None
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - any class may fail in its own way
        return ReaderFailedError(
            "Reading failed", why=f"{type(error).__name__}: {error}"
        )
    return error
