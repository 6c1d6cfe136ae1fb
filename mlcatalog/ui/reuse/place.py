"""The place Reuse: a dataset on the left, the models that could take it beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.words import Kind
from mlcatalog.ui.pieces import emptied, panel, scrolled, words
from mlcatalog.ui.place import Place
from mlcatalog.ui.reuse.card import CandidateCard
from mlcatalog.ui.reuse.dataset_card import DatasetCard, about
from mlcatalog.ui.reuse.loading import Answer, Question, dataset_at, datasets, read
from mlcatalog.ui.reuse.question_panel import QuestionPanel
from mlcatalog.ui.reuse.wording import said_of

MOST_CARDS = 60
WELCOME = (
    "Before training another model, see whether one that you have would do. Choose the dataset"
    " you want to use: the models whose inputs fit its columns are listed here with the reasons"
    " for and against each."
)


class ReusePlace(Place):
    """Finds models of the catalogue that fit a dataset."""

    title = "Reuse"
    search_hint = "Filter models…"

    def build(self) -> None:
        """Make the parts, once."""
        self._question: Question | None = None
        self._wanted = ""  # a dataset that is to be chosen once the list is here
        self._filter = ""
        self.cards: list[CandidateCard] = []
        self.offers: list[DatasetCard] = []
        self.left = QuestionPanel()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.left)
        split.addWidget(self._right())
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        split.setSizes([290, 1100])
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(split)
        self.left.asked.connect(self._ask)
        self.left.dropped.connect(self._take_path)
        self._say(WELCOME)

    def show_artifacts(self, ids: Sequence[str]) -> None:
        """Ask for the first, if it is a dataset; list the datasets anyway."""
        self._wanted = ids[0] if ids else ""
        self._list()

    def offer(self, chosen: Sequence[Summary]) -> None:
        """Ask for a dataset that is chosen in the Library; else offer all as cards."""
        data = [row.id for row in chosen if row.kind is Kind.DATASET]
        self.show_artifacts(data[:1])

    def refresh(self, changes: object) -> None:
        """Read the datasets again."""
        self._list()

    def search(self, text: str) -> None:
        """Show only models whose name, verdict or reasons hold the words."""
        self._filter = text
        wanted = text.casefold().split()
        for offer in self.offers:
            known = f"{offer.dataset.name} {about(offer.dataset)}".casefold()
            offer.setVisible(all(word in known for word in wanted))
        for card in self.cards:
            said = card.said
            reasons = " ".join(f"{line.title} {line.text}" for line in said.lines)
            whole = f"{said.name} {said.verdict} {said.summary} {reasons}".casefold()
            card.setVisible(all(word in whole for word in wanted))

    def restyle(self) -> None:
        """Follow the theme: the style sheet does it all."""

    def show_datasets(self, found: list[Summary]) -> None:
        """Offer these datasets."""
        self.left.show_datasets(found)
        if self._wanted and self.left.choose(self._wanted):
            self._ask()
        elif self._question is None:
            self._offer_datasets(found)
        self._wanted = ""

    def show_answer(self, answer: Answer) -> None:
        """Show the candidates, unless something else was asked for since."""
        if answer.question != self._question:
            return
        self.left.show_dataset(answer.dataset)
        emptied(self._list_box)
        self.cards, self.offers = [], []
        for candidate in answer.candidates[:MOST_CARDS]:
            self._add_card(CandidateCard(said_of(candidate)))
        self._list_box.addStretch(1)
        self._write_title(answer)
        self.search(self._filter)

    def _list(self) -> None:
        catalog = self.catalog
        self.jobs.start(
            "Datasets", lambda p: datasets(catalog, p), then=self.show_datasets
        )

    def _ask(self) -> None:
        chosen = self.left.chosen
        if chosen is None:
            return
        catalog = self.catalog
        question = Question(chosen.id, self.left.task.text().strip())
        self._question = question
        self._heading.setText("Looking…")
        self.jobs.start(
            "Find models", lambda p: read(catalog, question, p), then=self.show_answer
        )

    def _offer_datasets(self, found: Sequence[Summary]) -> None:
        self._say(WELCOME)
        self._heading.setText("Which data do you want to use?")
        for dataset in found[:MOST_CARDS]:
            card = DatasetCard(dataset)
            card.wanted.connect(lambda one: self.show_artifacts([one]))
            self.offers.append(card)
            self._list_box.insertWidget(self._list_box.count() - 1, card)
        self.search(self._filter)

    def _take_path(self, path: str) -> None:
        catalog = self.catalog
        self.jobs.start(
            "Find the dropped dataset",
            lambda _: dataset_at(catalog, Path(path)),
            then=self._take_dataset,
        )

    def _take_dataset(self, dataset: Summary) -> None:
        self.show_artifacts([dataset.id])

    def _add_card(self, card: CandidateCard) -> None:
        card.compare_wanted.connect(self._compare)
        card.lineage_wanted.connect(lambda one: self.lineage_wanted.emit([one]))
        self.cards.append(card)
        self._list_box.addWidget(card)

    def _compare(self, artifact_id: str) -> None:
        """Compare a candidate with the best of the others."""
        others = [c.said.artifact for c in self.cards if c.said.artifact != artifact_id]
        self.compare_wanted.emit([artifact_id, *others[:1]])

    def _write_title(self, answer: Answer) -> None:
        fitting = len(answer.candidates)
        if not fitting:
            self._heading.setText(f"None of {answer.models:,} models fits")
            self._say(
                "No model of the catalogue says that it takes columns like these. A model says so"
                " by its training data, its input names or its card; models without any of these"
                " cannot be matched."
            )
            return
        noun = "model is" if fitting == 1 else "models are"
        self._heading.setText(f"{fitting:,} of {answer.models:,} {noun} worth a look")

    def _say(self, text: str) -> None:
        emptied(self._list_box)
        self.cards, self.offers = [], []
        self._list_box.addWidget(words(text, look="muted", wraps=True))
        self._list_box.addStretch(1)

    def _right(self) -> QWidget:
        frame, box = panel()
        row = QHBoxLayout()
        self._heading = words("Models that fit", look="heading")
        row.addWidget(self._heading, 1)
        row.addWidget(
            words("compared by schema only; no data was copied", look="muted")
        )
        box.addLayout(row)
        inner = QWidget()
        self._list_box = QVBoxLayout(inner)
        self._list_box.setContentsMargins(0, 0, 0, 0)
        self._list_box.setSpacing(8)
        box.addWidget(scrolled(inner, "Candidates"), 1)
        return frame
