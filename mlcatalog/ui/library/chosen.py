"""The chosen artifacts of the Library, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Signal

from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.words import Stage
from mlcatalog.ui.library.asking import asked_text
from mlcatalog.ui.library.editing import Editor, several
from mlcatalog.ui.library.edits import tag_tuple
from mlcatalog.ui.library.menu import artifact_menu, copy_lines, open_path, rows_text
from mlcatalog.ui.library.table import ArtifactTable
from mlcatalog.ui.naming.names import Names
from mlcatalog.ui.notice import Notice
from mlcatalog.ui.place import Place

MOST_COMPARED = 7
MOST_COPIED = 100_000  # rows on the clipboard


class Chosen(QObject):
    """Does what menus and the palette name, to what is chosen in the table."""

    audit_wanted = Signal(list)  # ids
    register_wanted = Signal(list, str)  # paths; the field to begin with
    fields_wanted = Signal()  # those of the inspector

    def __init__(
        self, place: Place, table: ArtifactTable, editor: Editor, notice: Notice
    ) -> None:
        super().__init__(place)
        self._place, self._table = place, table
        self._editor, self._notice = editor, notice
        self.names = Names(place)

    def current(self) -> Summary | None:
        """The artifact that the inspector shows."""
        return self._table.item_model.summary(self._table.current_line())

    def with_all(self, does: Callable[[Sequence[Summary]], object]) -> None:
        """Read all chosen rows, seen or not, and hand them over."""
        numbers, catalog = (
            self._table.chosen_numbers()[:MOST_COPIED],
            self._place.catalog,
        )
        if numbers:
            self._place.jobs.start("Read rows", lambda _: catalog.rows(numbers), does)

    def set_stage(self, stage: Stage) -> None:
        """Give them a stage."""
        self.with_all(lambda rows: self._editor.set_stage(rows, stage))

    def set_owner(self) -> None:
        """Ask for their owner."""
        self.with_all(self._ask_owner)

    def add_tags(self) -> None:
        """Ask for tags that they get beside those they have."""
        self.with_all(self._ask_tags)

    def edit_fields(self) -> None:
        """Go to the fields of the inspector."""
        self.fields_wanted.emit()

    def fix_names(self) -> None:
        """Preview their right names."""
        self.with_all(self.names.fix)

    def remove(self) -> None:
        """Take them out of the catalogue; files are not touched."""
        self.with_all(self._remove)

    def restore(self) -> None:
        """Put those that were removed back into the catalogue."""
        self.with_all(self._editor.restore)

    def copy_rows(self) -> None:
        """Copy the rows as tab-separated text."""
        columns = self._table.shown_columns()
        self.with_all(lambda rows: copy_lines(rows_text(rows, columns)))

    def copy_paths(self) -> None:
        """Copy the paths."""
        self.with_all(lambda rows: copy_lines(r.path for r in rows if r.path))

    def copy_digests(self) -> None:
        """Copy the full digests."""
        self.with_all(lambda rows: copy_lines(r.digest for r in rows if r.digest))

    def open_folder(self) -> None:
        """Open the folder that holds the current artifact."""
        row = self.current()
        if row is not None and row.path:
            open_path(Path(row.path).parent)

    def open_file(self) -> None:
        """Open the current artifact with the program the desktop has for it."""
        row = self.current()
        if row is not None and row.path:
            open_path(Path(row.path))

    def show_lineage(self) -> None:
        """Open Lineage on the current artifact."""
        row = self.current()
        if row is not None:
            self._place.lineage_wanted.emit([row.id])

    def compare(self) -> None:
        """Open Compare on them."""
        self.with_all(
            lambda rows: self._place.compare_wanted.emit(
                [row.id for row in rows[:MOST_COMPARED]]
            )
        )

    def audit(self) -> None:
        """Open Audit on them."""
        self.with_all(lambda rows: self.audit_wanted.emit([row.id for row in rows]))

    def register_again(self, field: str = "") -> None:
        """Say of a registered artifact what was not known: base, data, owner, stage."""
        paths = [Path(row.path) for row in self._table.chosen() if row.path]
        if paths:
            self.register_wanted.emit(paths, field)

    def offer(self, place: QPoint) -> None:
        """Show what can be done, as a menu at a place of the table."""
        chosen = self._table.chosen()
        if chosen:
            menu = artifact_menu(self, chosen, self._place)
            menu.exec(self._table.viewport().mapToGlobal(place))

    def _ask_owner(self, rows: Sequence[Summary]) -> None:
        label = f"Owner of {several(rows)}:"
        owner = asked_text(self._place, "Set owner", label, rows[0].owner)
        if owner is not None:
            self._editor.set_owner(rows, owner)

    def _ask_tags(self, rows: Sequence[Summary]) -> None:
        label = f"Tags for {several(rows)}, separated by commas:"
        tags = tag_tuple(asked_text(self._place, "Add tags", label) or "")
        if tags:
            self._editor.add_tags(rows, tags)

    def _remove(self, rows: Sequence[Summary]) -> None:
        self._editor.remove(rows)
        are = "its file is" if len(rows) == 1 else "their files are"
        self._notice.say(
            f"{several(rows)} removed from the catalogue; {are} untouched.",
            "Undo",
            self._place.undo_stack.undo,
        )
