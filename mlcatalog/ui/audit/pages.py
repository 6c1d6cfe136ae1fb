"""The preview: pages as they will be printed, one below the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from mlcatalog.ui.theme import Tokens

GAP = 18
WIDEST = 820  # a page is not shown wider than is comfortable to read


class Pages(QAbstractScrollArea):
    """Shows page images; `turned` tells which page is looked at, and of how many."""

    turned = Signal(int, int)

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self._pages: list[QPixmap] = []
        self._scaled: dict[int, QPixmap] = {}
        self._words = ""
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setAccessibleName("Preview of the dossier")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.verticalScrollBar().valueChanged.connect(self._tell)

    @property
    def count(self) -> int:
        """How many pages there are."""
        return len(self._pages)

    def show_pages(self, images: Sequence[QImage]) -> None:
        """Replace the pages; the reader stays where he was, if that page is left."""
        self._pages = [QPixmap.fromImage(image) for image in images]
        self._scaled = {}
        self._words = ""
        self._measure()
        self._tell()

    def say(self, text: str) -> None:
        """Show words instead of pages."""
        self._pages, self._scaled, self._words = [], {}, text
        self._measure()
        self._tell()

    def restyle(self, tokens: Tokens) -> None:
        """Follow the theme; paper stays white."""
        self._tokens = tokens
        self.viewport().update()

    def page(self) -> int:
        """The page in the middle of the view, from 1; 0 if there is none."""
        middle = self.verticalScrollBar().value() + self.viewport().height() / 2
        number = 0
        for frame in self._frames():
            number += 1
            if frame.bottom() + GAP >= middle:
                break
        return number

    def turn(self, step: int) -> None:
        """Go to the next (1) or the previous (-1) page."""
        frames = self._frames()
        wanted = min(len(frames), max(1, self.page() + step))
        if frames:
            self.verticalScrollBar().setValue(frames[wanted - 1].top() - GAP)

    def _size_of(self, page: QPixmap) -> QSize:
        width = max(120, min(WIDEST, self.viewport().width() - 2 * GAP))
        return QSize(width, round(page.height() * width / max(1, page.width())))

    def _frames(self) -> list[QRect]:
        top, frames = GAP, []
        for page in self._pages:
            size = self._size_of(page)
            left = (self.viewport().width() - size.width()) // 2
            frames.append(QRect(left, top, size.width(), size.height()))
            top += size.height() + GAP
        return frames

    def _measure(self) -> None:
        frames = self._frames()
        whole = frames[-1].bottom() + GAP if frames else 0
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, whole - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(40)
        self.viewport().update()

    def _tell(self) -> None:
        self.viewport().update()
        self.turned.emit(self.page(), self.count)
        if self.count:
            self.setAccessibleDescription(f"page {self.page()} of {self.count}")

    def _shown(self, place: int, size: QSize) -> QPixmap:
        ratio = self.devicePixelRatioF()
        wanted = size * ratio
        found = self._scaled.get(place)
        if found is None or found.size() != wanted:
            found = self._pages[place].scaled(
                wanted,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            found.setDevicePixelRatio(ratio)
            self._scaled[place] = found
        return found

    # Qt overrides

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), QColor(self._tokens.ground))
        if not self._pages:
            painter.setPen(QColor(self._tokens.muted))
            room = self.viewport().rect().adjusted(40, 40, -40, -40)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, flags, self._words)
            return
        moved = self.verticalScrollBar().value()
        for place, frame in enumerate(self._frames()):
            here = frame.translated(0, -moved)
            if here.intersects(event.rect()):
                painter.setPen(QColor(self._tokens.line))
                painter.drawRect(here.adjusted(-1, -1, 0, 0))
                painter.drawPixmap(here.topLeft(), self._shown(place, here.size()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_PageDown, Qt.Key.Key_Right, Qt.Key.Key_Space):
            self.turn(1)
        elif event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_Left):
            self.turn(-1)
        elif event.key() == Qt.Key.Key_Home:
            self.verticalScrollBar().setValue(0)
        elif event.key() == Qt.Key.Key_End:
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())
        else:
            super().keyPressEvent(event)
