"""The Library: filters, the table, the lineage of what is chosen, and the inspector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QUndoStack
from PySide6.QtWidgets import (
    QHBoxLayout,
    QInputDialog,
    QMenu,
    QPushButton,
    QSplitter,
    QWidget,
)

from mlcatalog.domain.artifact import Detail, Summary
from mlcatalog.domain.errors import NotFoundError
from mlcatalog.domain.words import Stage
from mlcatalog.ui.library import loading
from mlcatalog.ui.library.clauses import clauses, field_of, turned, without
from mlcatalog.ui.library.columns import COLUMNS
from mlcatalog.ui.library.editing import Edit
from mlcatalog.ui.library.inspector import Inspector
from mlcatalog.ui.library.loading import Block, Listing, Question, Sides
from mlcatalog.ui.library.sidebar import Sidebar
from mlcatalog.ui.library.table import ArtifactTable
from mlcatalog.ui.pieces import button, emptied, panel, words
from mlcatalog.ui.place import Place

DELAY = 60  # ms after the last key
MOST_COMPARED = 7


class LibraryPlace(Place):
    """Lists what a query finds and shows what is known of it."""

    title = "Library"
    search_hint = "Search: a name, kind:model, metric.f1>0.9, -has:config"

    query_changed = Signal(str)
    audit_wanted = Signal(list)

    def build(self) -> None:
        """Make the parts, once."""
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(200)
        self._question = Question(0, "", "-modified")
        self._shown = -1  # the question that the list answers
        self._detail_asked = 0
        self._wanted: list[str] = []
        self._timer = QTimer(self, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(self._ask)
        self.sidebar = Sidebar(self.tokens)
        self.table = ArtifactTable(self.tokens)
        self.inspector = Inspector()
        self._arrange()
        self._connect()

    def search(self, text: str) -> None:
        """Follow the field at the top right."""
        if text != self._question.query:
            self._question = Question(self._question.number, text, self._question.sort)
            self._timer.start()

    def set_query(self, text: str) -> None:
        """Change the query from here; the field follows."""
        self.query_changed.emit(text)
        self.search(text)

    @property
    def query(self) -> str:
        """What is searched for now."""
        return self._question.query

    @property
    def is_current(self) -> bool:
        """Whether the list answers what was asked last."""
        return self._shown == self._question.number and not self._timer.isActive()

    def set_sort(self, sort: str) -> None:
        """Order by a field, "-" before it for the greatest first."""
        self._question = Question(self._question.number, self._question.query, sort)
        self._timer.start()

    def refresh(self, changes: object) -> None:
        """Follow a change of the catalogue."""
        self._timer.start()

    def show_artifacts(self, ids: Sequence[str]) -> None:
        """Choose these; the filter is cleared when it hides them."""
        self._wanted = list(ids)
        if ids:
            self.set_query("")
        self._timer.start()

    def show_listing(self, listing: Listing) -> None:
        """Show what was found, unless a newer question was asked."""
        if listing.question.number != self._question.number:
            return
        self._shown = listing.question.number
        chosen = {self.table.item_model.ids[row] for row in self.table.chosen_rows()}
        place = self.table.verticalScrollBar().value()
        if self.table.item_model.show_ids(listing.ids) and chosen:
            self._choose_numbers(chosen)
            self.table.verticalScrollBar().setValue(place)
        self._say_count(listing)
        self._hint.setText("   ".join(listing.hints))
        self._hint.setVisible(bool(listing.hints))
        self._show_empty(listing)
        if not self.table.chosen_rows() and len(listing.ids):
            self.table.selectRow(0)
        self._choice_changed()

    def show_sides(self, sides: Sides) -> None:
        """Show the facets, unless a newer question was asked."""
        if sides.question.number == self._question.number:
            self.sidebar.show_sides(sides)

    def show_block(self, block: Block) -> None:
        """Show rows that were read."""
        if block.listing == self._question.number:
            self.table.item_model.show_block(block)
            if not self._detail_asked:
                self._choice_changed()

    def show_detail(self, answer: tuple[int, Detail | None]) -> None:
        """Show the chosen artifact, unless another was chosen since."""
        number, detail = answer
        if number != self._detail_asked:
            return
        typing = self.inspector.isAncestorOf(QGuiApplication.focusObject())  # type: ignore[arg-type]
        if detail is None:
            self.inspector.show_nothing("It is no longer in the catalogue.")
        elif not typing:
            self.inspector.show_detail(detail)

    def restyle(self) -> None:
        """Follow the theme."""
        self.sidebar.set_tokens(self.tokens)
        self.table.set_tokens(self.tokens)

    def edit(
        self,
        name: str,
        setter: Callable[[str, Any], None],
        *,
        old: dict[str, Any],
        new: Any,
    ) -> None:
        """Set a value as one undo step."""
        self.undo_stack.push(Edit(name, self.jobs, setter, old=old, new=new))

    def set_stage(self, stage: Stage) -> None:
        """Give the chosen artifacts a stage."""
        chosen = self.table.chosen()
        if chosen:
            old = {row.id: row.stage for row in chosen}
            self.edit(
                f"Set stage of {_several(chosen)}",
                self.catalog.set_stage,
                old=old,
                new=stage,
            )

    def set_owner(self) -> None:
        """Ask for the owner of the chosen artifacts."""
        chosen = self.table.chosen()
        if not chosen:
            return
        text, is_said = QInputDialog.getText(
            self, "Set owner", f"Owner of {_several(chosen)}:", text=chosen[0].owner
        )
        if is_said:
            old = {row.id: row.owner for row in chosen}
            self.edit(
                f"Set owner of {_several(chosen)}",
                self.catalog.set_owner,
                old=old,
                new=text,
            )

    def save_search(self) -> None:
        """Ask for a name for the query."""
        name, is_said = QInputDialog.getText(
            self, "Save search", "Name of this search:"
        )
        query = self.query
        if is_said and name.strip():
            self.jobs.start(
                "Save search", lambda _: self.catalog.save_search(name.strip(), query)
            )

    def _ask(self) -> None:
        number = self._question.number + 1
        asked = Question(number, self._question.query, self._question.sort)
        self._question = asked
        self.jobs.start(
            "Search", lambda _: loading.listing(self.catalog, asked), self.show_listing
        )
        self.jobs.start(
            "Count", lambda _: loading.sides(self.catalog, asked), self.show_sides
        )

    def _ask_block(self, number: int, rows: Sequence[int]) -> None:
        asked = self._question.number
        self.jobs.start(
            "Read rows",
            lambda _: loading.block(self.catalog, asked, number, rows),
            self.show_block,
        )

    def _choice_changed(self) -> None:
        chosen = self.table.chosen_rows()
        self._compare.setText(
            f"Compare ({len(chosen)})" if len(chosen) > 1 else "Compare"
        )
        self._compare.setEnabled(2 <= len(chosen) <= MOST_COMPARED)
        row = self._current()
        self._lineage.setEnabled(row is not None)
        self._audit.setEnabled(row is not None)
        self._detail_asked = 0
        if row is None:
            if not chosen:
                self.inspector.show_nothing()
            return
        self._detail_asked = number = next(_NUMBERS)
        self.jobs.start(
            "Read", lambda _: (number, _detail(self, row.id)), self.show_detail
        )

    def _current(self) -> Summary | None:
        chosen = self.table.chosen_rows()
        here = self.table.currentIndex().row()
        line = here if here in chosen else chosen[0] if chosen else -1
        return self.table.item_model.summary(line)

    def _choose_numbers(self, numbers: set[int]) -> None:
        selection = self.table.selectionModel()
        flags = selection.SelectionFlag.Select | selection.SelectionFlag.Rows
        model = self.table.item_model
        for line, number in enumerate(model.ids):
            if number in numbers:
                selection.select(model.index(line, 0), flags)

    def _sort(self, column: int, order: Qt.SortOrder) -> None:
        sign = "-" if order == Qt.SortOrder.DescendingOrder else ""
        self.set_sort(f"{sign}{COLUMNS[column].key}")

    def _say_count(self, listing: Listing) -> None:
        found, words_of = len(listing.ids), clauses(listing.question.query)
        kinds = [
            word.partition(":")[2] for word in words_of if field_of(word) == "kind"
        ]
        if len(words_of) == 1 and kinds:
            said = f"{found:,} {kinds[0]}{'' if found == 1 else 's'}"
        elif words_of:
            said = f"{found:,} of {listing.total:,} · filter active"
        else:
            said = f"{found:,} artifact{'' if found == 1 else 's'}"
        self._count.setText(said)
        emptied(self._chips)
        for word in words_of:
            self._chips.addWidget(self._chip(word))
        if words_of:
            self._chips.addWidget(button("Clear all", lambda: self.set_query("")))
            self._chips.addWidget(button("Save search…", self.save_search))
        self._chips.addStretch(1)

    def _chip(self, word: str) -> QPushButton:
        shown = word if len(word) <= 32 else f"{word[:31]}…"
        return button(
            f"{shown.replace('&', '&&')}  ✕",
            lambda: self.set_query(without(self.query, word)),
            hint=f"Remove {word}",
        )

    def _show_empty(self, listing: Listing) -> None:
        is_empty = not len(listing.ids)
        self._empty.setVisible(is_empty)
        self.table.setVisible(not is_empty)
        if listing.question.query:
            self._empty.setText(
                f"Nothing matches “{listing.question.query}”.\nClear all shows everything again."
            )
        else:
            self._empty.setText(
                "Nothing is here yet.\n\nDrop a folder anywhere on this window, or choose "
                "File > Add folder….\nNothing is moved, copied, executed or uploaded."
            )

    def _offer(self, place: QPoint) -> None:
        chosen = self.table.chosen()
        if chosen:
            self.menu(chosen).exec(self.table.viewport().mapToGlobal(place))

    def menu(self, chosen: Sequence[Summary]) -> QMenu:
        """The context menu of some artifacts."""
        menu, first = QMenu(self), chosen[0]
        menu.addAction("Open folder", lambda: _open(Path(first.path).parent))
        menu.addAction("Open file", lambda: _open(Path(first.path)))
        menu.addSeparator()
        menu.addAction("Copy path", lambda: _copy(row.path for row in chosen))
        menu.addAction("Copy digest", lambda: _copy(row.digest or "" for row in chosen))
        menu.addSeparator()
        stages = menu.addMenu("Set stage")
        for stage in Stage:
            stages.addAction(stage.value, lambda stage=stage: self.set_stage(stage))
        menu.addAction("Set owner…", self.set_owner)
        menu.addSeparator()
        ids = [row.id for row in chosen]
        menu.addAction("Show lineage", lambda: self.lineage_wanted.emit(ids[:1]))
        menu.addAction("Compare", lambda: self.compare_wanted.emit(ids))
        menu.addAction("Audit PDF…", lambda: self.audit_wanted.emit(ids))
        return menu

    def _edit_one(
        self, what: str, setter: Callable[[str, Any], None], identity: str, new: Any
    ) -> None:
        def known(_: object) -> tuple[str, Any]:
            detail = self.catalog.detail(identity)
            about = detail.summary
            old = {
                "stage": about.stage,
                "owner": about.owner,
                "tags": detail.tags,
                "note": detail.note,
            }
            return about.name, old[what]

        def push(answer: tuple[str, Any]) -> None:
            name, old = answer
            if old != new:
                self.edit(f"Set {what} of {name}", setter, old={identity: old}, new=new)

        self.jobs.start("Edit", known, push)

    def _connect(self) -> None:
        catalog, inspector = self.catalog, self.inspector
        self.sidebar.clause_chosen.connect(
            lambda clause: self.set_query(turned(self.query, clause))
        )
        self.sidebar.search_chosen.connect(self.set_query)
        self.table.item_model.block_wanted.connect(self._ask_block)
        self.table.selectionModel().selectionChanged.connect(self._choice_changed)
        self.table.customContextMenuRequested.connect(self._offer)
        self.table.doubleClicked.connect(lambda _: self._emit_lineage())
        header = self.table.horizontalHeader()
        header.setSortIndicator(7, Qt.SortOrder.DescendingOrder)
        header.sortIndicatorChanged.connect(self._sort)
        inspector.stage_edited.connect(
            lambda identity, text: self._edit_one(
                "stage", catalog.set_stage, identity, Stage(text)
            )
        )
        inspector.owner_edited.connect(
            lambda identity, text: self._edit_one(
                "owner", catalog.set_owner, identity, text
            )
        )
        inspector.tags_edited.connect(
            lambda identity, tags: self._edit_one(
                "tags", catalog.set_tags, identity, tuple(tags)
            )
        )
        inspector.note_edited.connect(
            lambda identity, text: self._edit_one(
                "note", catalog.set_note, identity, text
            )
        )

    def _emit_lineage(self) -> None:
        row = self._current()
        if row is not None:
            self.lineage_wanted.emit([row.id])

    def _emit_audit(self) -> None:
        self.audit_wanted.emit([row.id for row in self.table.chosen()])

    def _emit_compare(self) -> None:
        self.compare_wanted.emit([row.id for row in self.table.chosen()])

    def _arrange(self) -> None:
        left, left_box = panel()
        left_box.setContentsMargins(1, 4, 1, 4)
        left_box.addWidget(self.sidebar)
        right, right_box = panel()
        right_box.setContentsMargins(1, 1, 1, 1)
        right_box.addWidget(self.inspector)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(6)
        self.splitter.setChildrenCollapsible(False)
        for part, width in ((left, 214), (self._middle(), 850), (right, 346)):
            self.splitter.addWidget(part)
            part.setMinimumWidth(170)
            self.splitter.setStretchFactor(self.splitter.count() - 1, width == 850)
        self.splitter.setSizes([204, 900, 340])
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.splitter)

    def _middle(self) -> QWidget:
        frame, box = panel()
        top = QHBoxLayout()
        self._count = words("", look="heading")
        self._compare = button(
            "Compare", self._emit_compare, hint="Compare 2 to 7 artifacts"
        )
        self._lineage = button("Show lineage", self._emit_lineage)
        self._audit = button("Audit PDF…", self._emit_audit, is_primary=True)
        top.addWidget(self._count, 1)
        for part in (self._compare, self._lineage, self._audit):
            part.setEnabled(False)
            top.addWidget(part)
        box.addLayout(top)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(6)
        box.addLayout(self._chips)
        self._hint = words("", look="warning", wraps=True)
        self._hint.hide()
        box.addWidget(self._hint)
        self._empty = words("", look="muted", wraps=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.hide()
        box.addWidget(self._empty, 1)
        box.addWidget(self.table, 1)
        return frame


def _counted() -> Any:
    number = 0
    while True:
        number += 1
        yield number


_NUMBERS = _counted()


def _detail(place: LibraryPlace, identity: str) -> Detail | None:
    try:
        return place.catalog.detail(identity)
    except NotFoundError:
        return None


def _several(rows: Sequence[Summary]) -> str:
    return rows[0].name if len(rows) == 1 else f"{len(rows)} artifacts"


def _open(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def _copy(texts: Any) -> None:
    QGuiApplication.clipboard().setText("\n".join(texts))
