"""Edits of a person, each one undo step with a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QUndoCommand, QUndoStack

from mlcatalog.domain.artifact import Detail, SavedSearch, Summary
from mlcatalog.domain.words import Stage
from mlcatalog.ui.jobs import Jobs

if TYPE_CHECKING:
    from mlcatalog.catalog.store import Catalog

Setter = Callable[[str, Any], None]
LISTED = "place in the catalogue"


class Step(QUndoCommand):
    """One change of the catalogue, done and undone in jobs."""

    def __init__(
        self,
        name: str,
        jobs: Jobs,
        *,
        does: Callable[[], object],
        undoes: Callable[[], object],
    ) -> None:
        super().__init__(name)
        self._jobs = jobs
        self._does = does
        self._undoes = undoes

    # Qt overrides

    def redo(self) -> None:
        self._jobs.start(self.text(), lambda _: self._does())

    def undo(self) -> None:
        self._jobs.start(self.text(), lambda _: self._undoes())


class Editor:
    """Changes what people say of artifacts; every change goes on the undo stack."""

    def __init__(self, catalog: Catalog, jobs: Jobs, stack: QUndoStack) -> None:
        self._catalog = catalog
        self._jobs = jobs
        self._stack = stack

    def set_stage(self, rows: Sequence[Summary], stage: Stage) -> None:
        """Give some artifacts a stage."""
        old = {row.id: row.stage for row in rows}
        self._set(f"Set stage of {several(rows)}", "stage", old, stage)

    def set_owner(self, rows: Sequence[Summary], owner: str) -> None:
        """Say who is answerable for some artifacts."""
        old = {row.id: row.owner for row in rows}
        self._set(f"Set owner of {several(rows)}", "owner", old, owner)

    def add_tags(self, rows: Sequence[Summary], tags: Sequence[str]) -> None:
        """Give some artifacts tags beside those they have."""
        ids = [row.id for row in rows]

        def push(details: Sequence[Detail]) -> None:
            old = {detail.summary.id: detail.tags for detail in details}
            new = {one: tuple(sorted({*had, *tags})) for one, had in old.items()}
            self._change(f"Tag {several(rows)}", "tags", old, new)

        self._jobs.start("Edit", lambda _: self._catalog.details(ids), push)

    def remove(self, rows: Sequence[Summary]) -> None:
        """Take artifacts out of the catalogue; their files stay, and undo restores."""
        self._set(f"Remove {several(rows)}", LISTED, {r.id: True for r in rows}, False)

    def restore(self, rows: Sequence[Summary]) -> None:
        """Put artifacts that were removed back into the catalogue."""
        self._set(f"Restore {several(rows)}", LISTED, {r.id: False for r in rows}, True)

    def set_one(self, what: str, identity: str, new: object) -> None:
        """Set one value of one artifact, whatever it was before."""

        def known(_: object) -> tuple[str, Any]:
            detail = self._catalog.detail(identity)
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
                self._set(f"Set {what} of {name}", what, {identity: old}, new)

        self._jobs.start("Edit", known, push)

    def save_search(self, name: str, query: str) -> None:
        """Keep a query under a name."""
        catalog = self._catalog
        self._push(
            f"Save search {name}",
            does=lambda: catalog.save_search(name, query),
            undoes=lambda: catalog.delete_search(name),
        )

    def delete_search(self, search: SavedSearch) -> None:
        """Forget a saved search; undoing brings it back."""
        catalog = self._catalog
        self._push(
            f"Delete search {search.name}",
            does=lambda: catalog.delete_search(search.name),
            undoes=lambda: catalog.save_search(search.name, search.query),
        )

    def rename_search(self, search: SavedSearch, name: str) -> None:
        """Give a saved search another name."""

        def move(old: str, new: str) -> None:
            self._catalog.save_search(new, search.query)
            self._catalog.delete_search(old)

        self._push(
            f"Rename search {search.name}",
            does=lambda: move(search.name, name),
            undoes=lambda: move(name, search.name),
        )

    def _set(self, name: str, what: str, old: Mapping[str, Any], new: Any) -> None:
        self._change(name, what, old, dict.fromkeys(old, new))

    def _change(
        self, name: str, what: str, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> None:
        def write(values: Mapping[str, Any]) -> None:
            setter = self._setter(what)
            for identity, value in values.items():
                setter(identity, value)

        if old:
            self._push(
                name,
                does=lambda: write(new),
                undoes=lambda: write(old),
            )

    def _setter(self, what: str) -> Setter:
        catalog = self._catalog
        setters: dict[str, Setter] = {
            "stage": catalog.set_stage,
            "owner": catalog.set_owner,
            "tags": catalog.set_tags,
            "note": catalog.set_note,
            LISTED: catalog.set_listed,
        }
        return setters[what]

    def _push(
        self, name: str, *, does: Callable[[], object], undoes: Callable[[], object]
    ) -> None:
        self._stack.push(Step(name, self._jobs, does=does, undoes=undoes))


def several(rows: Sequence[Summary]) -> str:
    """The name of one artifact, or how many there are."""
    return rows[0].name if len(rows) == 1 else f"{len(rows):,} artifacts"
