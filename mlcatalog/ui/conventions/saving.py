"""The preview of a change of a convention's file: the difference, before it is written."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.tasks.conventions_file import FilePlan
from mlcatalog.ui.naming.differences import diff_view
from mlcatalog.ui.pieces import breakable, set_look, words
from mlcatalog.ui.theme import Tokens


class SaveDialog(QDialog):
    """Shows what will be written, where, and what becomes of the names."""

    def __init__(
        self, plan: FilePlan, effect: str, tokens: Tokens, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.plan = plan
        self.setWindowTitle("Save the convention")
        self.resize(760, 480)
        box = QVBoxLayout(self)
        verb = "Write a new file" if plan.before is None else "Change the file"
        box.addWidget(words(verb, look="heading"))
        box.addWidget(words(breakable(str(plan.path)), look="mono", wraps=True))
        kept = "Everything else in the file stays as it is, comments too."
        box.addWidget(words(f"{effect} {kept}".strip(), look="muted", wraps=True))
        self.diff = diff_view(plan.diff, "What changes in the file", tokens)
        box.addWidget(self.diff, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.do = buttons.addButton("Save", QDialogButtonBox.ButtonRole.AcceptRole)
        set_look(self.do, "primary")
        self.do.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box.addWidget(buttons)
