"""Opening a file that may turn out to be none, without ever waiting for it."""

from __future__ import annotations

import errno
import os
import stat
from io import FileIO
from pathlib import Path

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_file(path: Path) -> FileIO:
    """Open a regular file for reading bytes, unbuffered.

    Raises OSError, also for a pipe, a socket or a device that took the place
    of a file since it was listed.
    """
    handle = os.open(path, _FLAGS)
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return FileIO(handle, "rb")
    os.close(handle)
    raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
