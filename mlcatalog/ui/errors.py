"""The dialogs that say what went wrong, in the error's own words."""

from __future__ import annotations

import logging
import traceback

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from mlcatalog.domain.errors import MlcatalogError

log = logging.getLogger(__name__)


def error_box(error: BaseException, parent: QWidget | None = None) -> QMessageBox:
    """The dialog of an error: known ones say what, where, why and what to do."""
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle("mlcatalog")
    if isinstance(error, MlcatalogError):
        box.setIcon(QMessageBox.Icon.Warning)
        said = error.sentences() or [type(error).__name__]
        box.setText(said[0])
        box.setInformativeText("\n".join(said[1:]))
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
