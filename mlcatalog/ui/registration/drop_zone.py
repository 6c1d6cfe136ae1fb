"""The highlighted zone that says what a drop will do."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from mlcatalog.ui.theme import Tokens


class DropZone(QWidget):
    """Lies over the window while something is dragged onto it."""

    def __init__(self, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self.tokens = tokens
        self._text = ""
        self._window = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now."""
        return self._text

    def offer(self, paths: list[Path]) -> None:
        """Say what dropping these will do."""
        what = paths[0].name if len(paths) == 1 else f"{len(paths)} files and folders"
        self._text = (
            f"Drop to register {what} in place\nNothing is moved, copied or changed"
        )
        self.setAccessibleName(self._text)
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()
        self.update()

    # Qt overrides

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = QColor(self.tokens.ground)
        shade.setAlpha(225)
        painter.fillRect(self.rect(), shade)
        painter.setPen(QPen(QColor(self.tokens.accent), 3, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(self.rect().adjusted(14, 14, -14, -14), 12, 12)
        painter.setPen(QColor(self.tokens.text))
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 1.4)
        painter.setFont(font)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)


def dropped_paths(carried: QMimeData) -> list[Path]:
    """The local files and folders that a drag carries."""
    return [Path(url.toLocalFile()) for url in carried.urls() if url.isLocalFile()]
