"""The question before a waiver: why, who answers for it, and until when."""

from __future__ import annotations

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDateEdit,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.domain.finding import Waiver
from mlcatalog.domain.moments import parse_moment, short_text
from mlcatalog.ui.pieces import breakable, field, set_look, words

MONTHS = 6  # offered as the end of a waiver


class WaiveDialog(QDialog):
    """Asks why a rule may be broken, who says so, and until when."""

    def __init__(
        self,
        name: str,
        wrong: str,
        parent: QWidget | None = None,
        *,
        who: str = "",
        known: Waiver | None = None,
    ) -> None:
        """known: a waiver that is to be changed."""
        super().__init__(parent)
        self.setWindowTitle("Waive a rule")
        self.setMinimumWidth(460)
        box = QVBoxLayout(self)
        box.addWidget(words(breakable(name), look="heading", wraps=True))
        box.addWidget(words(breakable(wrong), look="muted", wraps=True))
        box.addWidget(words("REASON", look="caption"))
        self.reason = QPlainTextEdit(known.why if known else "")
        self.reason.setAccessibleName("Reason for the waiver")
        self.reason.setPlaceholderText("Why this name may stay as it is")
        self.reason.setTabChangesFocus(True)
        self.reason.setFixedHeight(80)
        box.addWidget(self.reason)
        box.addWidget(words("PERSON OR TEAM", look="caption"))
        self.person = field(
            "Who answers for the waiver", text=known.who if known else who
        )
        box.addWidget(self.person)
        box.addLayout(self._end_row(known))
        said = "When the day is over the name counts as broken again, by itself."
        box.addWidget(words(said, look="remedy", wraps=True))
        box.addWidget(self._buttons())
        self.reason.textChanged.connect(self._check)
        self.person.textChanged.connect(self._check)
        self._check()

    @property
    def why(self) -> str:
        """The reason as typed."""
        return self.reason.toPlainText().strip()

    @property
    def who(self) -> str:
        """Who answers for it."""
        return self.person.text().strip()

    @property
    def end(self) -> int | None:
        """The end of the last day, UTC µs; None for a waiver without end."""
        if not self.ends.isChecked():
            return None
        day = self.until.date().toString(Qt.DateFormat.ISODate)
        return parse_moment(f"{day}T23:59:59+00:00")

    def _end_row(self, known: Waiver | None) -> QHBoxLayout:
        row = QHBoxLayout()
        self.ends = QCheckBox("Until the end of")
        self.ends.setAccessibleName("The waiver ends")
        self.until = QDateEdit(QDate.currentDate().addMonths(MONTHS))
        if known and known.until and not known.is_over:
            day = short_text(known.until)[:10]
            self.until.setDate(QDate.fromString(day, Qt.DateFormat.ISODate))
        self.until.setMinimumDate(QDate.currentDate())
        self.until.setCalendarPopup(True)
        self.until.setDisplayFormat("yyyy-MM-dd")
        self.until.setAccessibleName("Last day of the waiver")
        self.ends.toggled.connect(self.until.setEnabled)
        self.ends.setChecked(known is None or known.until is not None)
        self.until.setEnabled(self.ends.isChecked())
        row.addWidget(self.ends)
        row.addWidget(self.until)
        row.addStretch(1)
        return row

    def _buttons(self) -> QDialogButtonBox:
        made = QDialogButtonBox()
        self.do = made.addButton("Waive", QDialogButtonBox.ButtonRole.AcceptRole)
        set_look(self.do, "primary")
        made.addButton(QDialogButtonBox.StandardButton.Cancel)
        made.accepted.connect(self.accept)
        made.rejected.connect(self.reject)
        return made

    def _check(self) -> None:
        self.do.setEnabled(bool(self.why and self.who))
