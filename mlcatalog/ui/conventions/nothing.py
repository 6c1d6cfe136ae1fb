"""What stands in the stead of the table when no name is to be shown, and the way on."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mlcatalog.ui.empty_page import EmptyPage
from mlcatalog.ui.naming.wording import PLURALS, counted
from mlcatalog.ui.pieces import button

Said = tuple[str, str]  # title and text


class Nothing(EmptyPage):
    """Says why no name is shown; `all_wanted` asks for those that are right."""

    all_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.every = button("Show all names", self.all_wanted.emit)
        self.arrange([self.every])

    def say(self, said: Said, *, has_more: bool) -> None:
        """Say something; has_more: there are names that are not asked for."""
        self.tell(*said)
        self.every.setVisible(has_more)


def why_nothing(counts: Mapping[str, int], kind: str, searched: str) -> Said:
    """Why no name of a kind is shown, by how many there are of each verdict."""
    many, total = PLURALS[kind], sum(counts.values())
    if not total:
        return (
            f"There are no {many} here",
            "What appears in the watched folders is judged at once.",
        )
    if searched.strip():
        return (
            "Nothing matches",
            f"None of the names shown here holds “{searched.strip()}”.",
        )
    if counts.get("free", 0) == total:
        return (
            f"Names of {many} are free here",
            "Write a template above, or take a preset: what it would break is shown "
            "before anything is saved.",
        )
    return (
        "Nothing is wrong here",
        f"{counted(total, 'name', 'names')} of {many}: each keeps its template and "
        "agrees with the facts, or a framework gave it.",
    )
