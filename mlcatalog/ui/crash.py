"""The unexpected: kept in a file, told in a dialog, and the window goes on."""

from __future__ import annotations

import logging
import platform
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QApplication, QWidget

from mlcatalog import __version__
from mlcatalog.domain.errors import MlcatalogError
from mlcatalog.ui.errors import error_box

log = logging.getLogger(__name__)
KEPT = 20  # crash files
Hook = Callable[[type[BaseException], BaseException, TracebackType | None], None]


def write_crash(folder: Path, error: BaseException) -> Path | None:
    """Write what happened into the log folder; None when that cannot be done."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    target = folder / f"crash-{stamp}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target.write_text(report(error), encoding="utf-8")
        for old in sorted(folder.glob("crash-*.txt"))[:-KEPT]:
            old.unlink()
    except OSError as problem:
        log.warning("no crash file: %s", problem)
        return None
    return target


def report(error: BaseException) -> str:
    """The versions and the trace; nothing of the catalogue or the environment."""
    head = (
        f"mlcatalog {__version__}",
        f"Python {platform.python_version()}, Qt {qVersion()}",
        f"{platform.system()} {platform.release()} {platform.machine()}",
    )
    return "\n".join((*head, "", *traceback.format_exception(error)))


def crash_hook(window: QWidget, folder: Path) -> Hook:
    """An excepthook that tells once per place in the code, and keeps every report."""
    told: set[str] = set()

    def caught(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        target = None
        if not isinstance(error, MlcatalogError):
            target = write_crash(folder, error)
        place = "".join(traceback.format_tb(trace)[-1:]) + kind.__name__
        if place in told:
            return
        told.add(place)
        box = error_box(error, window)
        if target is not None:
            box.setInformativeText(
                f"{box.informativeText()}\n\nA report was written to {target}."
            )
        box.finished.connect(lambda _: told.discard(place))
        box.open()

    return caught


def install(hook: Hook) -> None:
    """Let every exception that nobody caught go to the hook."""
    sys.excepthook = hook
