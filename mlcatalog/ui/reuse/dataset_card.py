"""One dataset as a card: what it is, and a button that looks for models that fit it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from mlcatalog.domain.amounts import size_text
from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.moments import short_text
from mlcatalog.ui.pieces import button, words


class DatasetCard(QFrame):
    """Offers one dataset; `wanted` tells its id."""

    wanted = Signal(str)

    def __init__(self, dataset: Summary, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.dataset = dataset
        name = " ".join(dataset.name.split())
        self.setAccessibleName(f"Dataset {name}")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 14, 8)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(words(name, look="strong", wraps=True))
        texts.addWidget(words(about(dataset), look="muted", wraps=True))
        row.addLayout(texts, 1)
        row.addWidget(
            button(
                "Find models",
                lambda: self.wanted.emit(dataset.id),
                hint=f"Find models that fit {name}",
            )
        )


def about(dataset: Summary) -> str:
    """Format, size, date and project in a line."""
    facts = [
        dataset.format,
        size_text(dataset.size) if dataset.size is not None else "",
        f"{short_text(dataset.modified)} UTC" if dataset.modified else "",
        " ".join(dataset.project.split()),
    ]
    return " · ".join(fact for fact in facts if fact)
