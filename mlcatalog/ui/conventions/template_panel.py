"""The template of names, with a live test against the real names before it is saved."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mlcatalog.ui.pieces import button, field, set_look, words

PAUSE = 200  # milliseconds without a key press before names are tested


class TemplatePanel(QWidget):
    """Asks for a template; `tried` tells a text to test, `saved` one to keep."""

    tried = Signal(str)
    saved = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._saved_text = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE)
        self._pause.timeout.connect(lambda: self.tried.emit(self.text))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(words("TEMPLATE FOR MODELS", look="caption"))
        row = QHBoxLayout()
        self.edit = field("Template of model names")
        set_look(self.edit, "mono")
        self.edit.textEdited.connect(self._changed)
        self.save = button(
            "Save", lambda: self.saved.emit(self.text), hint="Save the template"
        )
        self.revert = button(
            "Revert", self._revert, hint="Take the saved template back"
        )
        row.addWidget(self.edit, 1)
        row.addWidget(self.revert)
        row.addWidget(self.save)
        box.addLayout(row)
        self._said = words("", look="muted", wraps=True)
        box.addWidget(self._said)
        self._enable(valid=False)

    @property
    def text(self) -> str:
        """The template as typed."""
        return self.edit.text().strip()

    @property
    def is_changed(self) -> bool:
        """True while what is typed is not what is saved."""
        return self.text != self._saved_text

    def show_saved(self, text: str) -> None:
        """Show the template that is in force."""
        self._saved_text = text
        self.edit.setText(text)
        self._enable(valid=False)

    def say(self, sentence: str, *, is_problem: bool = False) -> None:
        """Say how the real names do under this template, or what is wrong with it."""
        self._said.setText(sentence)
        set_look(self._said, "bad" if is_problem else "muted")
        self._enable(valid=not is_problem)

    def _changed(self) -> None:
        self._enable(valid=False)
        self._pause.start()

    def _revert(self) -> None:
        self.show_saved(self._saved_text)
        self.tried.emit(self.text)

    def _enable(self, *, valid: bool) -> None:
        self.save.setEnabled(valid and self.is_changed)
        self.revert.setEnabled(self.is_changed)
