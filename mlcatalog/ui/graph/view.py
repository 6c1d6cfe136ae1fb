"""The window onto the graph: zoom by wheel and keys, arrow keys from node to node."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsView, QWidget

from mlcatalog.ui.graph.cards import NodeCard
from mlcatalog.ui.graph.scene import GraphScene
from mlcatalog.ui.graph.wording import spoken

LEAST, MOST, STEP = 0.1, 3.0, 1.2
COMFORTABLE = 1.15  # fitting never enlarges past this
READABLE = 0.62  # past this a big graph is not shrunk; it scrolls instead
DIRECTIONS = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}


class GraphView(QGraphicsView):
    """Shows a GraphScene; `opened` says which node was asked for (Enter, double click)."""

    opened = Signal(object)

    def __init__(
        self,
        scene: GraphScene,
        parent: QWidget | None = None,
        *,
        readable: float = READABLE,
    ) -> None:
        """readable: the scale that fitting never shrinks a graph past."""
        super().__init__(scene, parent)
        self._readable = readable
        self._graph_scene = scene
        self._follows_size = True
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setAccessibleName("Lineage graph")
        scene.chose.connect(self._say_choice)

    def fit(self) -> None:
        """Show all of the graph, as large as is comfortable to read."""
        self._follows_size = True
        self.resetTransform()
        bounds, room = self.sceneRect(), self.viewport().rect()
        if bounds.isEmpty() or room.isEmpty():
            return
        fitting = min(room.width() / bounds.width(), room.height() / bounds.height())
        scale = max(self._readable, min(COMFORTABLE, fitting))
        self.scale(scale, scale)
        focus = self._graph_scene.cards.get(self._graph_scene.graph.focus)
        if fitting < self._readable and focus is not None:
            self.centerOn(focus.frame().center())
        elif fitting < READABLE:  # a large graph is read from its beginning
            self.centerOn(bounds.topLeft())
        else:
            self.centerOn(bounds.center())

    def zoom(self, factor: float) -> None:
        """Enlarge or shrink, within limits."""
        self._follows_size = False
        wanted = min(MOST, max(LEAST, self.transform().m11() * factor))
        self.scale(wanted / self.transform().m11(), wanted / self.transform().m11())

    def step(self, direction: QPointF) -> None:
        """Choose the nearest node in that direction."""
        cards = self._graph_scene.cards
        here = self._graph_scene.chosen_card() or cards.get(
            self._graph_scene.graph.focus
        )
        if here is None or not here.isSelected():
            self._go_to(here or next(iter(cards.values()), None))
            return
        ahead = [
            c for c in cards.values() if c is not here and _is_ahead(here, c, direction)
        ]
        self._go_to(
            min(ahead, key=lambda card: _distance(here, card, direction), default=None)
        )

    def _go_to(self, card: NodeCard | None) -> None:
        if card is not None:
            self._graph_scene.choose(card.node.id)
            self.ensureVisible(card, 40, 40)

    def _say_choice(self) -> None:
        card = self._graph_scene.chosen_card()
        if card is None:
            return
        self.setAccessibleDescription(spoken(card.node, self._graph_scene.graph))
        QAccessible.updateAccessibility(
            QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
        )

    # Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        card = self._graph_scene.chosen_card()
        if key in DIRECTIONS:
            self.step(DIRECTIONS[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / STEP)
        elif key in (Qt.Key.Key_0, Qt.Key.Key_Home):
            self.fit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and card:
            self.opened.emit(card.node)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        card = self._graph_scene.chosen_card()
        if card is not None:
            self.opened.emit(card.node)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if turned:
            self.zoom(math.pow(STEP, turned / 120))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._follows_size:
            self.fit()


def _is_ahead(here: NodeCard, there: NodeCard, direction: QPointF) -> bool:
    way = there.frame().center() - here.frame().center()
    along = QPointF.dotProduct(way, direction)
    if direction.x():
        return along > there.frame().width() / 2
    return along > 1 and abs(way.x()) < there.frame().width()


def _distance(here: NodeCard, there: NodeCard, direction: QPointF) -> float:
    way = there.frame().center() - here.frame().center()
    along = QPointF.dotProduct(way, direction)
    across = abs(way.x() * direction.y()) + abs(way.y() * direction.x())
    return along + 2 * across
