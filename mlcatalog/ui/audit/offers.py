"""What Audit shows before a scope is named: what a dossier is, and models to begin with."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from mlcatalog.domain.artifact import Summary
from mlcatalog.ui.pieces import button, emptied, scrolled, words


class Offers(QWidget):
    """Offers models for a dossier; `wanted` tells the id of one."""

    wanted = Signal(str)

    def __init__(self, welcome: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(words(welcome, look="muted", wraps=True))
        inner = QWidget()
        self._list = QVBoxLayout(inner)
        self._list.setContentsMargins(0, 0, 6, 0)
        self._list.setSpacing(6)
        box.addWidget(scrolled(inner, "Models for a dossier"), 1)

    def show_models(self, models: Sequence[Summary]) -> None:
        """Offer these, in this order."""
        emptied(self._list)
        if not models:
            self._list.addWidget(
                words("The catalogue holds no models yet.", look="muted")
            )
        for model in models:
            self._list.addWidget(self._card(model))
        self._list.addStretch(1)

    def _card(self, model: Summary) -> QFrame:
        card = QFrame()
        card.setObjectName("card")
        name = " ".join(model.name.split())
        row = QHBoxLayout(card)
        row.setContentsMargins(14, 8, 14, 8)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(words(name, look="strong", wraps=True))
        facts = [model.format, model.stage.value, " ".join(model.project.split())]
        texts.addWidget(words(" · ".join(f for f in facts if f), look="muted"))
        row.addLayout(texts, 1)
        whole = bool(model.applicable) and model.met == model.applicable
        traced = f"traced {model.met} / {model.applicable}"
        row.addWidget(words(traced, look="good" if whole else "warning"))
        if model.findings:
            noun = "finding" if model.findings == 1 else "findings"
            row.addWidget(words(f"{model.findings:,} {noun}", look="warning"))
        row.addWidget(
            button(
                "Prepare",
                lambda: self.wanted.emit(model.id),
                hint=f"Prepare a dossier of {name}",
            )
        )
        return card
