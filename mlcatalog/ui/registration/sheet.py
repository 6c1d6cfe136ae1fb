"""The one sheet that asks what a drop cannot know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QListView,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.domain.words import Stage
from mlcatalog.ui import pieces
from mlcatalog.ui.registration.suggesting import Names

LISTED = 6


@dataclass(frozen=True)
class Answers:
    """What a person said about what is registered; "" where they said nothing."""

    paths: tuple[str, ...]
    base: str = ""
    data: str = ""
    values: dict[str, str] = field(default_factory=dict)

    def command(self) -> dict[str, object]:
        """The answers as the engine's command."""
        return {
            "do": "register",
            "paths": list(self.paths),
            "values": self.values,
            "base": self.base or None,
            "data": self.data or None,
        }


class RegistrationSheet(QDialog):
    """Asks for base, data, owner and stage; every one may stay empty."""

    def __init__(
        self, paths: Sequence[Path], parent: QWidget | None = None, *, first: str = ""
    ) -> None:
        """first: the field to begin with, "base" or "data"."""
        super().__init__(parent)
        self._paths = tuple(str(path) for path in paths)
        self.setWindowTitle("Register in place")
        self.setMinimumWidth(520)
        box = QVBoxLayout(self)
        box.addWidget(pieces.words("Register in place", look="heading"))
        box.addWidget(pieces.words(pieces.breakable(listed(paths)), wraps=True))
        box.addWidget(
            pieces.words(
                "Nothing is moved, copied or changed. Leave empty what you do not know.",
                look="muted",
                wraps=True,
            )
        )
        form = QFormLayout()
        self.base = pieces.field(
            "Base model", hint="name, path or id of the model it came from"
        )
        self.data = pieces.field("Data", hint="name, path or id of the dataset")
        self.owner = pieces.field("Owner", hint="who is answerable")
        self.stage = QComboBox()
        self.stage.setAccessibleName("Stage")
        self.stage.addItems(["", *(stage.value for stage in Stage)])
        for title, part in (
            ("Base model", self.base),
            ("Trained on", self.data),
            ("Owner", self.owner),
            ("Stage", self.stage),
        ):
            form.addRow(title, part)
        box.addLayout(form)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        register = buttons.addButton("Register", QDialogButtonBox.ButtonRole.AcceptRole)
        pieces.set_look(register, "primary")
        register.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box.addWidget(buttons)
        {"data": self.data}.get(first, self.base).setFocus()

    def suggest(self, names: Names) -> None:
        """Complete what is typed by what is in the catalogue, and show what is known."""
        if not self.owner.text():
            self.owner.setText(names.owner)
        if not self.stage.currentText():
            self.stage.setCurrentText(names.stage)
        for part, known in (
            (self.base, names.models),
            (self.data, names.datasets),
            (self.owner, names.owners),
        ):
            completer = QCompleter(list(known), part)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            popup = QListView()
            popup.setAccessibleName(f"{part.accessibleName()}: completions")
            popup.setObjectName("completions")
            completer.setPopup(popup)
            part.setCompleter(completer)

    def answers(self) -> Answers:
        """What was filled in."""
        said = {"owner": self.owner.text().strip(), "stage": self.stage.currentText()}
        values = {key: text for key, text in said.items() if text}
        return Answers(
            self._paths, self.base.text().strip(), self.data.text().strip(), values
        )


def listed(paths: Sequence[Path]) -> str:
    """The paths, a line each, the rest counted."""
    shown = [str(path) for path in paths[:LISTED]]
    if len(paths) > LISTED:
        shown.append(f"and {len(paths) - LISTED} more")
    return "\n".join(shown)
