"""The pages of the window: each place is made when it is first opened."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget

from mlcatalog.domain.errors import MlcatalogError
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.pieces import words
from mlcatalog.ui.place import Place
from mlcatalog.ui.theme import Tokens

if TYPE_CHECKING:
    from mlcatalog.catalog.store import Catalog


class PlaceMaker(Protocol):
    """What makes a place: its class, or a name to import it by."""

    @property
    def title(self) -> str:
        """What its tab says."""

    def __call__(self, catalog: Catalog, jobs: Jobs, tokens: Tokens) -> Place:
        """The place."""


@dataclass(frozen=True, slots=True)
class LaterPlace:
    """A place whose module is imported when it is made."""

    title: str
    module: str
    name: str

    def __call__(self, catalog: Catalog, jobs: Jobs, tokens: Tokens) -> Place:
        """Raises MlcatalogError where something that it needs is not installed."""
        try:
            module = importlib.import_module(self.module)
        except ModuleNotFoundError as error:
            raise MlcatalogError(
                f"{self.title} cannot be opened.",
                why=f"A part of it is not installed: {error}",
                remedy="Install mlcatalog again; the other places work without it.",
            ) from error
        place: Place = getattr(module, self.name)(catalog, jobs, tokens)
        return place


class Pages(QStackedWidget):
    """Shows one place; the first is there from the beginning."""

    made = Signal(object)  # a Place, before it is shown

    def __init__(
        self, makers: Sequence[PlaceMaker], catalog: Catalog, jobs: Jobs, tokens: Tokens
    ) -> None:
        super().__init__()
        self.titles = [maker.title for maker in makers]
        self.tokens = tokens
        self.open_number = 0
        self._makers = makers
        self._catalog, self._jobs = catalog, jobs
        self._made: dict[int, Place] = {}
        self._soon = words("", look="muted")
        self._soon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.addWidget(self.place(0))
        self.addWidget(self._soon)

    @property
    def open_place(self) -> Place | None:
        """The place that is shown; None while it waits for the catalogue."""
        return self._made.get(self.open_number)

    def __iter__(self) -> Iterator[Place]:
        """The places that have been made."""
        return iter(self._made.values())

    def number_of(self, title: str) -> int | None:
        """Where the place of that title stands, whatever its case."""
        known = [one.lower() for one in self.titles]
        return known.index(title.lower()) if title.lower() in known else None

    def has(self, number: int) -> bool:
        """Whether a place has been made."""
        return number in self._made

    def place(self, number: int) -> Place:
        """A place, made when it is not there yet; raises MlcatalogError."""
        made = self._made.get(number)
        if made is None:
            made = self._makers[number](self._catalog, self._jobs, self.tokens)
            self._made[number] = made
            self.made.emit(made)
        return made

    def show_place(self, number: int) -> Place:
        """Bring a place to the front; raises MlcatalogError."""
        place = self.place(number)
        self.open_number = number
        if self.indexOf(place) < 0:
            self.addWidget(place)
        self.setCurrentWidget(place)
        return place

    def show_soon(self, number: int) -> None:
        """Say that a place will be opened."""
        self.open_number = number
        self._soon.setText(f"Opening {self.titles[number]}…")
        self.setCurrentWidget(self._soon)

    def set_tokens(self, tokens: Tokens) -> None:
        """Follow the theme."""
        self.tokens = tokens
        for place in self:
            place.set_tokens(tokens)
