"""Where logs go: to standard error, and to a rotating file in the log folder."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import platformdirs

OPTION = "--log-level"
LEVELS = ("debug", "info", "warning", "error")
FILE_BYTES = 1_000_000
KEPT_FILES = 5


def log_folder() -> Path:
    """The platform's folder for logs, or the one in MLCATALOG_HOME."""
    home = os.environ.get("MLCATALOG_HOME", "")
    if home:
        return Path(home) / "logs"
    return platformdirs.user_log_path("mlcatalog", appauthor=False)


def set_up(level: str = "warning") -> None:
    """Log to standard error and to the file; the file is made by its first line.

    A folder that may not be written costs the file, and no more.
    """
    from logging.handlers import RotatingFileHandler

    screen = logging.StreamHandler(sys.stderr)
    screen.setFormatter(logging.Formatter("%(message)s"))
    handlers: list[logging.Handler] = [screen]
    try:
        log_folder().mkdir(parents=True, exist_ok=True)
        file = RotatingFileHandler(
            log_folder() / "mlcatalog.log",
            maxBytes=FILE_BYTES,
            backupCount=KEPT_FILES,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )
    except OSError:
        pass
    else:
        form = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
        file.setFormatter(logging.Formatter(form))
        handlers.append(file)
    logging.basicConfig(level=logging.WARNING, handlers=handlers)
    # Ours alone: the watcher's own debugging tells of every event, the log's too.
    logging.getLogger("mlcatalog").setLevel(level.upper())


def level() -> str:
    """The level that was set up, as the option takes it."""
    name = logging.getLevelName(logging.getLogger("mlcatalog").getEffectiveLevel())
    return name.lower() if name.lower() in LEVELS else "warning"


def taken(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The level that was asked for, and the arguments without it.

    Raises ValueError with a sentence for a level that there is not.
    """
    rest, level = list(arguments), "warning"
    end = rest.index("--") if "--" in rest else len(rest)
    for place in range(end - 1, -1, -1):
        name, equals, value = rest[place].partition("=")
        if name != OPTION:
            continue
        value = value if equals else "".join(rest[place + 1 : place + 2])
        if value.lower() not in LEVELS:
            raise ValueError(f"{OPTION} is one of {', '.join(LEVELS)}.")
        level = value.lower()
        del rest[place : place + (1 if equals else 2)]
    return level, rest
