"""What Compare shows before anything is compared: how to choose, and recent models."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
)

from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.moments import short_text
from mlcatalog.ui.pieces import button, words

FEWEST = 2


class Choosing(QFrame):
    """Offers recent models; `chosen` tells the ids that should be compared."""

    chosen = Signal(list)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        box = QVBoxLayout(self)
        box.setContentsMargins(28, 24, 28, 24)
        box.setSpacing(8)
        box.addWidget(words("Put artifacts side by side", look="heading"))
        box.addWidget(
            words(
                "Choose two or more in the Library (Ctrl+click or Shift+click) and press Compare,"
                " or tick some of the recent models here.",
                look="muted",
                wraps=True,
            )
        )
        box.addWidget(words("RECENT MODELS", look="caption"))
        self.models = QListWidget()
        self.models.setAccessibleName("Recent models to compare")
        self.models.setFrameShape(QFrame.Shape.NoFrame)
        self.models.itemChanged.connect(self._count)
        box.addWidget(self.models, 1)
        row = QHBoxLayout()
        self._hint = words("", look="muted")
        row.addWidget(self._hint, 1)
        self._start = button("Compare", self._tell, is_primary=True)
        row.addWidget(self._start)
        box.addLayout(row)
        self._count()

    def show_models(self, models: Sequence[Summary]) -> None:
        """Offer these models."""
        self.models.clear()
        for summary in models:
            facts = [summary.format, summary.metric, summary.project]
            facts += [f"{short_text(summary.modified)} UTC"] if summary.modified else []
            entry = QListWidgetItem(
                f"{' '.join(summary.name.split())}    "
                + "  ·  ".join(f for f in facts if f)
            )
            entry.setData(Qt.ItemDataRole.UserRole, summary.id)
            entry.setFlags(
                Qt.ItemFlag.ItemIsEnabled
                | Qt.ItemFlag.ItemIsUserCheckable
                | Qt.ItemFlag.ItemIsSelectable
            )
            entry.setCheckState(Qt.CheckState.Unchecked)
            self.models.addItem(entry)
        self._count()

    def ticked(self) -> list[str]:
        """The ids of the ticked models, in the order shown."""
        entries = [self.models.item(place) for place in range(self.models.count())]
        return [
            str(entry.data(Qt.ItemDataRole.UserRole))
            for entry in entries
            if entry.checkState() is Qt.CheckState.Checked
        ]

    def _count(self) -> None:
        count = len(self.ticked())
        self._start.setEnabled(count >= FEWEST)
        if not self.models.count():
            self._hint.setText("The catalogue holds no models yet.")
        else:
            self._hint.setText(f"{count} ticked" if count else "Tick at least two.")

    def _tell(self) -> None:
        self.chosen.emit(self.ticked())
