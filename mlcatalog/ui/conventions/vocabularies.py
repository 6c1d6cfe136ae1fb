"""The vocabulary editor in the place: tried while it is edited, saved as it was shown."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt, Signal

from mlcatalog.domain.errors import SettingsError
from mlcatalog.domain.progress import Progress
from mlcatalog.tasks.conventions_file import FilePlan
from mlcatalog.ui.conventions import templates, vocabulary_edit
from mlcatalog.ui.conventions.saving import SaveDialog
from mlcatalog.ui.conventions.tester import TemplateTesters, Tried
from mlcatalog.ui.conventions.vocabulary_dialog import VocabularyDialog, merges
from mlcatalog.ui.conventions.vocabulary_edit import FieldWords
from mlcatalog.ui.naming.judged import Judged, Scope
from mlcatalog.ui.naming.wording import PLURALS
from mlcatalog.ui.newest import Newest
from mlcatalog.ui.place import Place

Words = Mapping[str, FieldWords]
Merges = Mapping[tuple[str, str], str]  # the new value by field and old value


class Vocabularies(QObject):
    """Opens the editor; `writing` tells a change to write, and values that were merged."""

    writing = Signal(object, object)  # FilePlan, Merges

    def __init__(self, place: Place, testers: TemplateTesters) -> None:
        super().__init__(place)
        self._place, self._testers = place, testers
        self._judged: Judged | None = None
        self._scope = Scope()
        self._dialog: VocabularyDialog | None = None
        self._effect = ""
        self._trying = Newest(
            place.jobs,
            "Try the vocabulary",
            self._show_tried,
            hurries=True,
            parent=self,
        )

    def open(self, judged: Judged, scope: Scope) -> None:
        """Edit the vocabulary of a scope's template."""
        self._judged, self._scope = judged, scope
        self._place.jobs.start(
            "Read the vocabulary",
            lambda _: vocabulary_edit.words_of(judged, scope),
            self._show,
        )

    def _show(self, fields: tuple[FieldWords, ...]) -> None:
        place = self._place
        name = self._scope.root.rpartition("/")[2]
        title = f"Vocabulary of {name}, for {PLURALS[self._scope.kind]}"
        dialog = VocabularyDialog(fields, title, place.window())
        dialog.setStyleSheet(place.styleSheet())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.tried.connect(self._try)
        dialog.saving.connect(self._preview)
        dialog.destroyed.connect(self._forget)
        self._dialog, self._effect = dialog, ""
        dialog.open()

    def _try(self, words: Words) -> None:
        judged, scope, testers = self._judged, self._scope, self._testers
        if judged is None:
            return

        def task(progress: Progress) -> Tried | SettingsError:
            try:
                plan = vocabulary_edit.plan(judged, scope, words)
                rules = judged.rules.with_file(plan.said)
            except SettingsError as error:
                return error
            return testers.tester(judged, scope).tried(rules, progress=progress)

        self._trying.ask(task)

    def _show_tried(self, answer: Tried | SettingsError) -> None:
        if self._dialog is None:
            return
        if isinstance(answer, SettingsError):
            self._dialog.say(f"{answer.what} {answer.why}", is_problem=True)
            return
        self._effect = templates.effect(answer)
        self._dialog.say(f"Not saved yet: {self._effect}")

    def _preview(self, words: Words) -> None:
        judged, scope = self._judged, self._scope
        if judged is None:
            return
        self._place.jobs.start(
            "Preview the vocabulary",
            lambda _: (vocabulary_edit.plan(judged, scope, words), words),
            self._show_plan,
        )

    def _show_plan(self, answer: tuple[FilePlan, Words]) -> None:
        plan, words = answer
        editor = self._dialog
        if editor is None:
            return
        dialog = SaveDialog(plan, self._effect, self._place.tokens, editor)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.writing.emit(plan, merges(words)))
        dialog.accepted.connect(editor.accept)
        dialog.open()

    def _forget(self) -> None:
        self._dialog = None
