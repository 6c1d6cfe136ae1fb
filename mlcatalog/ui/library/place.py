"""The Library: filters, the table, the lineage of what is chosen, and the inspector."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QUndoStack
from PySide6.QtWidgets import QWidget

from mlcatalog.domain.amounts import counted
from mlcatalog.domain.artifact import SavedSearch, Summary
from mlcatalog.ui.library import loading
from mlcatalog.ui.library.arranging import LibraryParts
from mlcatalog.ui.library.asking import asked_text
from mlcatalog.ui.library.chosen import Chosen
from mlcatalog.ui.library.clauses import added, clauses, field_of, turned
from mlcatalog.ui.library.columns import COLUMNS
from mlcatalog.ui.library.editing import Editor
from mlcatalog.ui.library.loading import Block, Head, Known, Listing, Sides
from mlcatalog.ui.library.search import FIRST_SORT, Search
from mlcatalog.ui.place import Place

COUNT_DELAY = 150  # ms after which the number of another list is no longer believed
READ_DELAY = 30  # ms on a row before it is read; held keys pass over many
FIRST_LINES = 64  # read before the catalogue is open


class LibraryPlace(Place):
    """Lists what a query finds and shows what is known of it."""

    title = "Library"
    search_hint = "Search: a name, kind:model, metric.f1>0.9, -has:config"

    query_changed = Signal(str)
    hinted = Signal(str)  # what of the query was taken as text, "" if nothing
    choice_changed = Signal()
    sides_shown = Signal(object)  # the Sides of the present query
    place_wanted = Signal(str)  # the title of another place

    def build(self) -> None:
        """Make the parts, once."""
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(200)
        self.editor = Editor(self.catalog, self.jobs, self.undo_stack)
        self.search_for = Search(self.catalog, self.jobs, self)
        self._is_bare = False  # nothing is listed, whatever is searched for
        self._chosen_before: set[int] = set()  # until all of a list is there
        self._line_before = 0  # where that stood
        self._query_before = ""
        self._numbers = itertools.count(1)
        self._known_asked = 0
        self._opened: frozenset[str] = frozenset()
        self._reading = QTimer(self, singleShot=True, interval=READ_DELAY)
        self._reading.timeout.connect(self._ask_current)
        self._counting = QTimer(self, singleShot=True, interval=COUNT_DELAY)
        self._counting.timeout.connect(self._say_counting)
        self.parts = LibraryParts(self.tokens, self)
        self.sidebar, self.table = self.parts.sidebar, self.parts.table
        self.strip, self.inspector = self.parts.strip, self.parts.inspector
        self.start_page, self.notice = self.parts.start_page, self.parts.notice
        self.splitter = self.parts.across
        self.chosen = Chosen(self, self.table, self.editor, self.notice)
        self._connect()

    def search(self, text: str) -> None:
        """Follow the field at the top right."""
        self.search_for.find(text)

    def set_query(self, text: str) -> None:
        """Change the query from here; the field follows."""
        self.query_changed.emit(text)
        self.search(text)

    @property
    def query(self) -> str:
        """What is searched for now."""
        return self.search_for.question.query

    @property
    def is_current(self) -> bool:
        """Whether the list answers what was asked last, or begins to."""
        return self.search_for.is_current

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is about to be asked."""
        return self.search_for.is_quiet and not self._reading.isActive()

    def set_sort(self, sort: str) -> None:
        """Order by a field, "-" before it for the greatest first."""
        self.search_for.sort(sort)

    def refresh(self, changes: object) -> None:
        """Follow a change of the catalogue."""
        self.search_for.again()

    def show_artifacts(self, ids: Sequence[str]) -> None:
        """Choose these; the filter is cleared when it hides them."""
        self.search_for.want(ids)

    @property
    def wanted(self) -> str:
        """The id that stays chosen, or will be when it is listed."""
        row = self.chosen.current()
        return row.id if row else next(iter(self.search_for.question.wanted), "")

    def first_rows(self) -> Sequence[int]:
        """The row numbers of the first lines; none for the newest of all."""
        is_plain = not self.query and self.search_for.question.sort == FIRST_SORT
        return () if is_plain else self.table.item_model.ids[:FIRST_LINES]

    # what was read

    def show_first(self, rows: Sequence[Summary]) -> None:
        """Show rows that were read before the catalogue was open."""
        if self.search_for.has_answered or not rows:
            return
        self.table.item_model.show_rows(rows)
        wanted = self.search_for.question.wanted[:1] or (rows[0].id,)
        chosen = {row.row for row in rows if row.id in wanted}
        self.table.choose_numbers(chosen, scrolls=True)

    def show_head(self, head: Head) -> None:
        """Show the first rows of another list; its end and its number follow."""
        numbers = {row.row for row in head.rows}
        self._chosen_before |= set(self.table.chosen_numbers())
        line = self.table.current_line()
        self._line_before = line if line >= 0 else self._line_before
        self.table.item_model.show_rows(head.rows)
        self.table.scrollToTop()
        self.table.choose_numbers(self._chosen_before & numbers, scrolls=False)
        self.parts.show_empty(False)
        self._counting.start()

    def show_listing(self, listing: Listing) -> None:
        """Show all that was found."""
        hidden = [one for one in listing.wanted if one not in listing.ids]
        if hidden and listing.question.query:
            self.set_query("")  # the filter hides what is to be shown
            return
        self.search_for.answered(listing.question)
        self._counting.stop()
        table, model = self.table, self.table.item_model
        before, self._chosen_before = self._chosen_before, set()
        place, line = table.verticalScrollBar().value(), self._line_to_keep(listing)
        held = set(table.chosen_numbers())
        is_reset = model.show_ids(listing.ids)
        chosen = set(listing.wanted) or (held if is_reset else set()) or before
        if listing.wanted or (chosen and not table.chosen_count()):
            table.choose_numbers(chosen, scrolls=bool(listing.wanted))
        if not listing.wanted:
            table.verticalScrollBar().setValue(place)
        self._say_count(listing)
        self.hinted.emit("   ".join(listing.hints))
        self._show_empty(listing)
        if not table.chosen_count() and len(listing.ids):
            # What was chosen has gone: whatever stands there now, or the first.
            table.choose_line(min(line, len(listing.ids) - 1))
        self._choice_changed()

    def _line_to_keep(self, listing: Listing) -> int:
        """The line that is chosen when what was chosen is no more; of a new query, the first."""
        line, before = self.table.current_line(), self._line_before
        query, self._query_before = self._query_before, listing.question.query
        self._line_before = 0
        if query != listing.question.query:
            return 0
        return line if line >= 0 else before

    def show_sides(self, sides: Sides) -> None:
        """Show the facets."""
        self.sidebar.show_sides(sides)
        if sides.projects and self._is_bare:
            self.start_page.show_indexing()
        self.sides_shown.emit(sides)

    def show_block(self, block: Block) -> None:
        """Show rows that were read."""
        if block.listing == self.search_for.question.number:
            self.table.item_model.show_block(block)
            if not self._known_asked:
                self._choice_changed()

    def show_known(self, known: Known) -> None:
        """Show the chosen artifact, unless another was chosen since."""
        if known.number != self._known_asked:
            return
        detail, shown = known.detail, self.inspector.detail
        if detail is None:
            self.inspector.show_nothing("It is no longer in the catalogue.")
            self.strip.show_nothing()
            return
        is_same = shown is not None and shown.summary.id == detail.summary.id
        if not (is_same and self._is_typing()):
            self.inspector.show_detail(detail, known.near, known.name)
        self.strip.show_graph(known.drawn, known.placed, more=known.more)

    def restyle(self) -> None:
        """Follow the theme."""
        self.parts.set_tokens(self.tokens)

    # what menus and the palette name, beside what is done with what is chosen

    def save_search(self) -> None:
        """Ask for a name for the query."""
        name = asked_text(self, "Save search", "Name of this search:")
        if name:
            self.editor.save_search(name, self.query)

    def clear_query(self) -> None:
        """Show everything again."""
        self.set_query("")

    # asking

    def _ask_block(self, number: int, rows: Sequence[int]) -> None:
        asked = self.search_for.question.number
        self.jobs.start(
            "Read rows",
            lambda _: loading.block(self.catalog, asked, number, rows),
            self.show_block,
        )

    def _ask_known(self, identity: str) -> None:
        self._known_asked = number = next(self._numbers)
        opened = self._opened
        self.jobs.start(
            "Read",
            lambda _: loading.known(self.catalog, number, identity, opened),
            self.show_known,
        )

    def _choice_changed(self) -> None:
        chosen = self.table.chosen_count()
        row = self.chosen.current()
        self.parts.show_choice(chosen, has_current=row is not None)
        self._known_asked = 0
        if row is not None:
            self._reading.start()
        elif not chosen:
            self.inspector.show_nothing()
            self.strip.show_nothing()
        self.choice_changed.emit()

    def _ask_current(self) -> None:
        row = self.chosen.current()
        if row is not None:
            self._ask_known(row.id)

    def sort_by_header(self) -> None:
        """Order the list as the header's arrow says."""
        header = self.table.horizontalHeader()
        self._sort(header.sortIndicatorSection(), header.sortIndicatorOrder())

    def _sort(self, column: int, order: Qt.SortOrder) -> None:
        sign = "-" if order == Qt.SortOrder.DescendingOrder else ""
        self.set_sort(f"{sign}{COLUMNS[column].key}")

    def _say_count(self, listing: Listing) -> None:
        found, words_of = len(listing.ids), clauses(listing.question.query)
        kinds = [word for word in words_of if field_of(word) == "kind"]
        is_one_kind = len(kinds) == 1 and not kinds[0].startswith("(")
        self.table.leave_out("kind" if is_one_kind else "")
        if len(words_of) == 1 and is_one_kind:
            name = kinds[0].partition(":")[2]
            said = counted(found, name)
        elif words_of:
            said = f"{found:,} of {listing.total:,} · filter active"
        else:
            said = counted(found, "artifact")
        self.parts.count.setText(said)
        self.parts.filters.show_query(listing.question.query)

    def _say_counting(self) -> None:
        self.parts.count.setText("Counting…")

    def _show_empty(self, listing: Listing) -> None:
        is_empty = not len(listing.ids)
        self.parts.show_empty(is_empty)
        was_bare, self._is_bare = self._is_bare, is_empty and not listing.question.query
        if self._is_bare and was_bare:
            return  # whether anything is watched was told by the sides
        self.parts.show_around(not self._is_bare)
        if is_empty and listing.question.query:
            self.start_page.show_no_match(
                listing.question.query, listing.total, listing.hints
            )
        elif is_empty:
            self.start_page.show_welcome()

    def _is_typing(self) -> bool:
        focus = QGuiApplication.focusObject()
        return isinstance(focus, QWidget) and self.inspector.isAncestorOf(focus)

    def _turn(self, clause: str, adds: bool) -> None:
        self.set_query((added if adds else turned)(self.query, clause))

    def _rename_search(self, search: SavedSearch) -> None:
        name = asked_text(self, "Rename search", "New name:", search.name)
        if name and name != search.name:
            self.editor.rename_search(search, name)

    def _do(self, action: str) -> None:
        chosen = self.chosen
        does: dict[str, Callable[[], object]] = {
            "link data": lambda: chosen.register_again("data"),
            "link base": lambda: chosen.register_again("base"),
            "conventions": lambda: self.place_wanted.emit("Conventions"),
            "folder": chosen.open_folder,
            "fix name": chosen.fix_names,
            "waive name": lambda: chosen.names.waive(self.inspector.name),
            "end waiver": lambda: chosen.names.end_waivers(self.inspector.name),
        }
        does[action]()

    def _open_group(self, group: str) -> None:
        self._opened |= {group}
        self._ask_current()

    def _connect(self) -> None:
        parts, table, chosen = self.parts, self.table, self.chosen
        self.search_for.headed.connect(self.show_head)
        self.search_for.listed.connect(self.show_listing)
        self.search_for.counted.connect(self.show_sides)
        self.sidebar.clause_chosen.connect(self._turn)
        self.sidebar.search_chosen.connect(self.set_query)
        self.sidebar.rename_wanted.connect(self._rename_search)
        self.sidebar.delete_wanted.connect(self.editor.delete_search)
        parts.filters.query_changed.connect(self.set_query)
        parts.filters.save_wanted.connect(self.save_search)
        parts.compare_wanted.connect(chosen.compare)
        parts.lineage_wanted.connect(chosen.show_lineage)
        parts.audit_wanted.connect(chosen.audit)
        self.start_page.clearing_wanted.connect(self.clear_query)
        table.item_model.block_wanted.connect(self._ask_block)
        table.chose.connect(self._choice_changed)
        table.customContextMenuRequested.connect(chosen.offer)
        table.opened.connect(chosen.show_lineage)
        header = table.horizontalHeader()
        header.setSortIndicator(7, Qt.SortOrder.DescendingOrder)
        header.sortIndicatorChanged.connect(self._sort)
        self.strip.lineage_wanted.connect(lambda one: self.lineage_wanted.emit([one]))
        self.strip.group_opened.connect(self._open_group)
        chosen.names.changed.connect(lambda: self.refresh(None))
        chosen.fields_wanted.connect(self.inspector.edit_fields)
        self.inspector.edited.connect(self.editor.set_one)
        self.inspector.artifact_chosen.connect(lambda one: self.show_artifacts([one]))
        self.inspector.lineage_wanted.connect(chosen.show_lineage)
        self.inspector.action_wanted.connect(self._do)
