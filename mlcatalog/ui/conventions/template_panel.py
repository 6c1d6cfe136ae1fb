"""The template of names, with a live test against the real names before it is saved."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from mlcatalog.conventions.presets import PRESETS
from mlcatalog.ui.naming.wording import PLURALS
from mlcatalog.ui.pieces import button, field, set_look, words

PAUSE = 20  # milliseconds without a key press before names are tested


class TemplatePanel(QWidget):
    """Asks for a template; `tried` tells a text to test, `saved` one to keep."""

    tried = Signal(str)
    saved = Signal(str)
    reverted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._saved_text = ""
        self.preset = ""  # that was taken and is not saved yet
        self._is_locked = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE)
        self._pause.timeout.connect(lambda: self.tried.emit(self.text))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        self._caption = words("TEMPLATE", look="caption")
        box.addWidget(self._caption)
        box.addLayout(self._row())
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

    def show_saved(
        self, text: str, *, kind: str = "model", source: str = "", locked: str = ""
    ) -> None:
        """Show the template that is in force; locked: why it cannot be edited here."""
        self._saved_text, self.preset, self._is_locked = text, "", locked
        of = f"TEMPLATE FOR {PLURALS[kind].upper()}"
        self._caption.setText(f"{of}   from {source}" if source else of)
        if self.edit.text() != text:
            self.edit.setText(text)
        self.edit.setReadOnly(bool(locked))
        self.edit.setPlaceholderText(
            locked or f"No template: names of {PLURALS[kind]} are free"
        )
        self.edit.setAccessibleName(f"Template of {kind} names")
        self._presets.setEnabled(not locked)
        self._enable(valid=False)

    def say(self, sentence: str, *, is_problem: bool = False) -> None:
        """Say how the real names do under this template, or what is wrong with it."""
        self._said.setText(sentence)
        set_look(self._said, "bad" if is_problem else "muted")
        self._enable(valid=not is_problem)

    def take(self, preset: str) -> None:
        """Try a preset."""
        self.preset = preset
        self.edit.setText(PRESETS[preset].template)
        self._changed()

    def forget(self) -> None:
        """Drop what was typed; what is in force is shown next."""
        self._pause.stop()
        self.preset = ""
        self._saved_text = self.text

    def _row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.edit = field("Template of model names")
        set_look(self.edit, "mono")
        self.edit.textEdited.connect(self._changed)
        self._presets = self._preset_button()
        self.revert = button(
            "Revert", self._revert, hint="Take the saved template back"
        )
        self.save = button(
            "Save…",
            lambda: self.saved.emit(self.text),
            hint="Preview and save the template",
        )
        row.addWidget(self.edit, 1)
        for part in (self._presets, self.revert, self.save):
            row.addWidget(part)
        return row

    def _preset_button(self) -> QPushButton:
        made = QPushButton("Presets")
        made.setAccessibleName("Presets: templates that are ready to use")
        menu = QMenu(made)
        menu.setToolTipsVisible(True)
        for name, preset in PRESETS.items():
            action = menu.addAction(f"{preset.title}   {preset.example}")
            action.setToolTip(f"{preset.sentence}\n{preset.template}")
            action.triggered.connect(lambda _=False, name=name: self.take(name))
        made.setMenu(menu)
        return made

    def _changed(self) -> None:
        self._enable(valid=False)
        self._pause.start()

    def _revert(self) -> None:
        self.preset = ""
        self.edit.setText(self._saved_text)
        self._enable(valid=False)
        self.reverted.emit()

    def _enable(self, *, valid: bool) -> None:
        can_save = valid and self.is_changed and bool(self.text)
        self.save.setEnabled(can_save and not self._is_locked)
        self.revert.setEnabled(self.is_changed)
