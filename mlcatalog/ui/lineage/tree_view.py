"""The lineage as a tree: the graph's twin for screen readers and for reading down."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView, QWidget

from mlcatalog.domain.lineage import Graph
from mlcatalog.lineage.tree import TreeLine, tree_lines
from mlcatalog.ui.graph.wording import card_title, card_words, spoken
from mlcatalog.ui.lines import choose_only

NODE_ID = Qt.ItemDataRole.UserRole + 1


class LineageTree(QTreeView):
    """Shows a graph as a tree; `chose` tells the id of the node that was chosen."""

    chose = Signal(str)

    def __init__(self, *, with_details: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._with_details = with_details
        self._items = QStandardItemModel(self)
        self.setModel(self._items)
        self.setHeaderHidden(not with_details)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAllColumnsShowFocus(True)
        self.setUniformRowHeights(True)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.setAccessibleName("Lineage as a tree")
        self.selectionModel().currentChanged.connect(self._tell)

    def show_graph(self, graph: Graph) -> None:
        """Replace the tree."""
        self._items.clear()
        titles = ["Name", "Relation", "What it is"] if self._with_details else ["Name"]
        self._items.setHorizontalHeaderLabels(titles)
        above: list[QStandardItem] = [self._items.invisibleRootItem()]
        for line in tree_lines(graph):
            cells = self._cells(line, graph)
            del above[line.depth + 1 :]
            above[-1].appendRow(cells)
            above.append(cells[0])
        self.expandAll()
        self._size_columns()

    def choose(self, node_id: str) -> None:
        """Choose the first line of a node, without telling anybody."""
        found = self._items.match(
            self._items.index(0, 0), NODE_ID, node_id, 1, Qt.MatchFlag.MatchRecursive
        )
        self.selectionModel().blockSignals(True)
        if found:
            choose_only(self, found[0])
        else:
            self.clearSelection()
        self.selectionModel().blockSignals(False)
        self.viewport().update()

    def _cells(self, line: TreeLine, graph: Graph) -> list[QStandardItem]:
        node, edge = line.node, line.edge
        mark = " ?" if edge is not None and edge.is_suggestion else ""
        name = QStandardItem(card_title(node) + mark)
        relation = _relation(line)
        name.setData(node.id, NODE_ID)
        name.setData(
            ", ".join(part for part in (spoken(node, graph), relation) if part),
            Qt.ItemDataRole.AccessibleTextRole,
        )
        if not self._with_details:
            return [name]
        return [name, QStandardItem(relation + mark), QStandardItem(card_words(node))]

    def _size_columns(self) -> None:
        header = self.header()
        if self._with_details:
            header.setStretchLastSection(True)
            header.resizeSection(0, 420)
            header.resizeSection(1, 180)
        else:
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def _tell(self, current: QModelIndex) -> None:
        node_id = current.siblingAtColumn(0).data(NODE_ID)
        if node_id:
            self.chose.emit(node_id)


def _relation(line: TreeLine) -> str:
    if line.edge is None:
        return ""
    phrase = line.edge.relation.phrase
    return f"the line above: {phrase} this" if line.is_input else phrase
