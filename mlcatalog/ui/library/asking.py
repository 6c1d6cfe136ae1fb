"""Asking a person for one line of text."""

from __future__ import annotations

from PySide6.QtWidgets import QInputDialog, QWidget


def asked_text(parent: QWidget, title: str, label: str, text: str = "") -> str | None:
    """What was typed, without spaces around it; None when the person went back."""
    said, is_said = QInputDialog.getText(parent, title, label, text=text)
    return said.strip() if is_said else None
