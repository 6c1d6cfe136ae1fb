"""The dialogs that say what went wrong, in the error's own words."""

from __future__ import annotations

import logging
import time
import traceback

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from mlcatalog.domain.errors import MlcatalogError

log = logging.getLogger(__name__)
FORGET = 60.0  # seconds of silence after which an error is news again


class ErrorDialogs(QObject):
    """One dialog for one error; while it goes on repeating, a quiet line instead."""

    repeated = Signal(str)  # the error's sentence

    def __init__(self, window: QWidget, *, forget_after: float = FORGET) -> None:
        super().__init__(window)
        self._window = window
        self._forget_after = forget_after
        self._seen: dict[str, float] = {}
        self._open: dict[str, QMessageBox] = {}

    def show(self, source: str, error: Exception) -> None:
        """Say what went wrong, unless it was said and has not ceased since."""
        key = f"{type(error).__name__}: {error}"
        moment = time.monotonic()
        last = self._seen.get(key)
        self._seen[key] = moment
        log.warning("%s: %s", source, key)
        if key in self._open or (
            last is not None and moment - last < self._forget_after
        ):
            self.repeated.emit(str(error))
            return
        box = error_box(error, self._window)
        self._open[key] = box
        box.finished.connect(lambda: self._open.pop(key, None))
        box.open()


def error_box(error: BaseException, parent: QWidget | None = None) -> QMessageBox:
    """The dialog of an error: known ones say what, where, why and what to do."""
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle("mlcatalog")
    if isinstance(error, MlcatalogError):
        box.setIcon(QMessageBox.Icon.Warning)
        said = error.sentences() or [type(error).__name__]
        box.setText(said[0])
        box.setInformativeText(_explained(error))
        copied = "\n".join(said)
    else:
        trace = "".join(traceback.format_exception(error))
        log.error("unexpected: %s", trace)
        box.setIcon(QMessageBox.Icon.Critical)
        box.setText("Something unexpected happened in mlcatalog.")
        box.setInformativeText("What you entered is kept, and you can go on working.")
        box.setDetailedText(trace)
        copied = trace
    copy = box.addButton("Copy", QMessageBox.ButtonRole.ActionRole)
    copy.clicked.disconnect()
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(copied))
    box.addButton(QMessageBox.StandardButton.Close)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return box


def _explained(error: MlcatalogError) -> str:
    """Where, why and what to do, a paragraph each; a place is no sentence."""
    why = f"{error.why[:1].upper()}{error.why[1:]}"
    why = f"{why}." if why and why[-1] not in ".!?" else why
    return "\n\n".join(filter(None, [error.where, why, error.remedy]))
