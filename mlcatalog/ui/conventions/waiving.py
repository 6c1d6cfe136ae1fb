"""The question before a waiver: why, and until when."""

from __future__ import annotations

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDateEdit,
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.domain.moments import parse_moment
from mlcatalog.ui.pieces import words

MONTHS = 6  # offered as the end of a waiver


class WaiveDialog(QDialog):
    """Asks why a rule may be broken, and until when."""

    def __init__(self, name: str, wrong: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Waive a rule")
        self.setMinimumWidth(420)
        box = QVBoxLayout(self)
        box.addWidget(words(name, look="heading", wraps=True))
        box.addWidget(words(wrong, look="muted", wraps=True))
        box.addWidget(words("REASON", look="caption"))
        self.reason = QPlainTextEdit()
        self.reason.setAccessibleName("Reason for the waiver")
        self.reason.setTabChangesFocus(True)
        self.reason.setFixedHeight(80)
        box.addWidget(self.reason)
        self.ends = QCheckBox("Until")
        self.ends.setChecked(True)
        self.ends.setAccessibleName("The waiver ends")
        self.until = QDateEdit(QDate.currentDate().addMonths(MONTHS))
        self.until.setCalendarPopup(True)
        self.until.setDisplayFormat("yyyy-MM-dd")
        self.until.setAccessibleName("Last day of the waiver")
        self.ends.toggled.connect(self.until.setEnabled)
        box.addWidget(self.ends)
        box.addWidget(self.until)
        box.addWidget(self._buttons())
        self.reason.textChanged.connect(self._check)
        self._check()

    @property
    def why(self) -> str:
        """The reason as typed."""
        return self.reason.toPlainText().strip()

    @property
    def end(self) -> int | None:
        """The end of the last day, UTC µs; None for a waiver without end."""
        if not self.ends.isChecked():
            return None
        day = self.until.date().toString(Qt.DateFormat.ISODate)
        return parse_moment(f"{day}T23:59:59+00:00")

    def _buttons(self) -> QDialogButtonBox:
        made = QDialogButtonBox()
        self._waive = made.addButton("Waive", QDialogButtonBox.ButtonRole.AcceptRole)
        made.addButton(QDialogButtonBox.StandardButton.Cancel)
        made.accepted.connect(self.accept)
        made.rejected.connect(self.reject)
        return made

    def _check(self) -> None:
        self._waive.setEnabled(bool(self.why))
