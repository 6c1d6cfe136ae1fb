"""A verdict on an edge as one undo step."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.lineage import Edge
from mlcatalog.ui.jobs import Jobs

NAMES = {"confirmed": "Confirm", "rejected": "Reject", "open": "Reopen"}


class Decide(QUndoCommand):
    """Confirms, rejects or reopens an edge; undoing gives back the verdict before."""

    def __init__(
        self,
        edge: Edge,
        status: str,
        sentence: str,
        *,
        catalog: Catalog,
        jobs: Jobs,
        then: Callable[[object], None],
    ) -> None:
        super().__init__(f"{NAMES.get(status, status)} that {sentence}")
        self._edge, self._status = edge, status
        self._catalog, self._jobs, self._then = catalog, jobs, then

    def _write(self, status: str) -> None:
        catalog, edge = self._catalog, self._edge
        self._jobs.start(
            self.text(), lambda _: catalog.decide(edge, status), then=self._then
        )

    # Qt overrides

    def redo(self) -> None:
        self._write(self._status)

    def undo(self) -> None:
        self._write(self._edge.status)
