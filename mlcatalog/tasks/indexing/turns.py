"""Whose turn it is: programs that share a catalogue bring it up to date one by one."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlcatalog.catalog.ingest import Ingest
from mlcatalog.domain.errors import CatalogError
from mlcatalog.domain.progress import Progress

LASTS = 20.0  # seconds; renewed long before
RENEWED = 5.0
LOOK = 0.2
OTHER = "waiting for another mlcatalog that is at work here"


def new_owner() -> str:
    """A name for this program that tells others whether it still runs."""
    return (
        f"{socket.gethostname()} {os.getpid()} {_born(os.getpid())} {uuid.uuid4().hex}"
    )


@contextmanager
def turn(ingest: Ingest, name: str, owner: str, progress: Progress) -> Iterator[None]:
    """Wait for a turn and keep it; progress may end the waiting by Cancelled."""
    _wait(ingest, name, owner, progress)
    done = threading.Event()
    keeper = threading.Thread(
        target=_keep, args=(ingest, name, done), daemon=True, name="turn"
    )
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()
        # Where it cannot be given back it ends by itself.
        with contextlib.suppress(CatalogError):
            ingest.give_back(name)


def _wait(ingest: Ingest, name: str, owner: str, progress: Progress) -> None:
    gone = ""
    while True:
        has = ingest.take(name, owner, seconds=LASTS, instead_of=gone).owner
        if has == owner:
            return
        gone = has if is_gone(has) else ""
        if not gone:
            progress(0, None, OTHER)
            time.sleep(LOOK)


def _keep(ingest: Ingest, name: str, done: threading.Event) -> None:
    while not done.wait(RENEWED):
        # A catalogue that is busy for long is tried again; a lost turn is told
        # by the next write.
        with contextlib.suppress(CatalogError):
            ingest.keep(name, seconds=LASTS)


def is_gone(owner: str) -> bool:
    """Whether a program of this machine has ended without giving its turn back."""
    host, process, born, *_ = (*owner.split(), "", "", "")
    if host != socket.gethostname() or not process.isdecimal():
        return False
    return _born(int(process)) != born


def _born(process: int) -> str:
    """When a process began, as the system counts; "" when there is none."""
    with contextlib.suppress(OSError, IndexError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        return "alive"
    return "" if Path("/proc/self/stat").exists() else "alive"
