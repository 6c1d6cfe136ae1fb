"""The graph as a file: SVG, DOT, text, PNG and PDF."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QMarginsF,
    QRectF,
    QSize,
    QSizeF,
)
from PySide6.QtGui import (
    QColor,
    QImage,
    QImageWriter,
    QPageSize,
    QPainter,
    QPdfWriter,
)
from PySide6.QtWidgets import QGraphicsScene

from mlcatalog.domain.errors import ExportError
from mlcatalog.domain.lineage import Graph
from mlcatalog.lineage.render import as_dot, as_svg, as_text

WRITERS: dict[str, Callable[[Graph], str]] = {
    "svg": as_svg,
    "dot": as_dot,
    "txt": as_text,
}
FORMATS = ("svg", "png", "pdf", "dot", "txt")
TITLES = {
    "svg": "SVG drawing",
    "dot": "Graphviz DOT",
    "png": "PNG image",
    "pdf": "PDF page",
    "txt": "Text",
}
SCALE = 2
POINTS = 0.75  # of a page for one unit of the scene
WIDEST_PAGE = 14_000.0  # points; PDF readers refuse larger pages
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


def page(scene: QGraphicsScene) -> bytes:
    """The scene as a PDF of one page that fits it; must be called in the window's thread."""
    bounds = scene.sceneRect()
    held = QBuffer()
    held.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(held)
    writer.setTitle("Lineage")
    size = QSizeF(max(1.0, bounds.width()), max(1.0, bounds.height())) * POINTS
    widest = max(size.width(), size.height())
    size *= min(1.0, WIDEST_PAGE / widest)
    writer.setPageSize(QPageSize(size, QPageSize.Unit.Point))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    painter = QPainter(writer)
    area = QRectF(0, 0, writer.width(), writer.height())
    scene.render(painter, area, bounds)
    painter.end()
    return bytes(held.data().data())


def write_bytes(content: bytes, target: Path) -> Path:
    """Write what was drawn before."""
    return _written(target, content)


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
