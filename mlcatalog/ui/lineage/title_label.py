"""A heading on one line: what has no room is left out of its middle, not wrapped."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from mlcatalog.ui.pieces import set_look

LEAST = 80  # pixels
PREFIX = "Lineage of "  # the tab says so too


class TitleLabel(QLabel):
    """Keeps its whole text for screen readers and as a hint."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        set_look(self, "heading")
        self.setText(text)

    # Qt overrides

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setAccessibleName(text)
        # Plain text is told from rich text by its looks: a mark in front says plain.
        self.setToolTip(f"\u200b{text}" if text else "")

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        metrics, text = self.fontMetrics(), self.text()
        if metrics.horizontalAdvance(text) > self.width():
            text = text.removeprefix(PREFIX)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, shown)
