"""A difference to read, before anything is written."""

from __future__ import annotations

from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QPlainTextEdit

from mlcatalog.ui.pieces import set_look
from mlcatalog.ui.theme import Tokens


class DiffInk(QSyntaxHighlighter):
    """Inks a difference: + and - stand at the start of its lines as well."""

    def __init__(self, document: QTextDocument, tokens: Tokens) -> None:
        super().__init__(document)
        self._tokens = tokens

    # Qt overrides

    def highlightBlock(self, text: str) -> None:
        t = self._tokens
        inks = {"+": (t.good, t.good_soft), "-": (t.bad, t.bad_soft)}
        ink, ground = inks.get(text[:1], ("", ""))
        if text.startswith(("+++", "---", "@@")):
            ink, ground = t.muted, ""
        if ink:
            form = QTextCharFormat()
            form.setForeground(QColor(ink))
            if ground:
                form.setBackground(QColor(ground))
            self.setFormat(0, len(text), form)


def diff_view(text: str, name: str, tokens: Tokens) -> QPlainTextEdit:
    """A difference to read."""
    made = QPlainTextEdit(text)
    made.setReadOnly(True)
    made.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    made.setAccessibleName(name)
    set_look(made, "mono")
    DiffInk(made.document(), tokens)
    return made
