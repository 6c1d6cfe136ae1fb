"""The graph as a file: SVG, DOT, text and PNG."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QGraphicsScene

from mlcatalog.domain.errors import ExportError
from mlcatalog.domain.lineage import Graph
from mlcatalog.lineage.render import as_dot, as_svg, as_text

WRITERS: dict[str, Callable[[Graph], str]] = {
    "svg": as_svg,
    "dot": as_dot,
    "txt": as_text,
}
FORMATS = ("svg", "dot", "png", "txt")
TITLES = {
    "svg": "SVG drawing",
    "dot": "Graphviz DOT",
    "png": "PNG image",
    "txt": "Text",
}
SCALE = 2
WIDEST = 12_000  # pixels; Qt refuses images much larger


def write_text(graph: Graph, target: Path, *, suffix: str) -> Path:
    """Write the graph as SVG, DOT or text."""
    return _written(target, WRITERS[suffix](graph).encode("utf-8", "replace"))


def picture(scene: QGraphicsScene, ground: str) -> QImage:
    """The scene as an image; must be called in the window's thread."""
    bounds = scene.sceneRect()
    scale = min(SCALE, WIDEST / max(1.0, bounds.width(), bounds.height()))
    size = QSize(
        max(1, int(bounds.width() * scale)), max(1, int(bounds.height() * scale))
    )
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(QColor(ground))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    scene.render(painter, QRectF(image.rect()), bounds)
    painter.end()
    return image


def write_picture(image: QImage, target: Path) -> Path:
    """Write an image as PNG."""
    if not QImageWriter(str(target), QByteArray(b"PNG")).write(image):
        raise ExportError("The picture could not be written", where=str(target))
    return target


def _written(target: Path, content: bytes) -> Path:
    try:
        target.write_bytes(content)
    except OSError as error:
        raise ExportError(
            "The lineage could not be written",
            where=str(target),
            why=error.strerror or "",
            remedy="Choose a folder that you may write to",
        ) from error
    return target
