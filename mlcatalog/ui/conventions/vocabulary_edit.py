"""What a person makes of a vocabulary, and the change of the file that it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from mlcatalog.conventions.project_file import FILE, FileSaid, NamesSaid
from mlcatalog.conventions.vocabulary import Found, Value
from mlcatalog.conventions.writing import Change, WordsChange
from mlcatalog.tasks import conventions_file
from mlcatalog.tasks.conventions_file import FilePlan
from mlcatalog.ui.conventions.origin import shown
from mlcatalog.ui.naming.fixes import vocabulary
from mlcatalog.ui.naming.judged import Judged, Scope

CLOSABLE = ("word", "vocabulary")  # types of which a list may be all there is


@dataclass(frozen=True)
class FieldWords:
    """The values of one field: as they are, and as a person wants them."""

    name: str
    type: str
    found: tuple[Value, ...] = ()
    listed: tuple[str, ...] = ()  # wanted
    before: tuple[str, ...] = ()  # listed now
    only: bool = False  # wanted: nothing else is right
    only_before: bool = False
    elsewhere: Mapping[str, str] = field(default_factory=dict)  # value: file above
    usual: tuple[str, ...] = ()  # of the rule, wherever that stands
    has_own: bool = False  # the file replaces the rule's values
    merged: Mapping[str, str] = field(default_factory=dict)  # old value: new one

    @property
    def is_changed(self) -> bool:
        """Whether anything is to be saved."""
        return set(self.listed) != set(self.before) or self.only != self.only_before

    @property
    def rows(self) -> tuple[Value, ...]:
        """All values to show: found ones and added ones."""
        known = {one.text for one in self.found}
        more = tuple(Value(text) for text in self.listed if text not in known)
        return (*more, *self.found)

    def with_value(self, text: str) -> FieldWords:
        """With one value more."""
        return replace(self, listed=tuple(dict.fromkeys((*self.listed, text))))

    def without(self, texts: frozenset[str]) -> FieldWords:
        """Without some values; those that a file above lists stay."""
        gone = texts - set(self.elsewhere)
        return replace(self, listed=tuple(t for t in self.listed if t not in gone))

    def merging(self, texts: frozenset[str], into: str) -> FieldWords:
        """With several values as one."""
        others = texts - {into}
        made = self.without(frozenset(others)).with_value(into)
        return replace(made, merged={**self.merged, **dict.fromkeys(others, into)})

    def change(self) -> WordsChange:
        """What the file is to say."""
        above = set(self.elsewhere)
        only = self.only if self.only != self.only_before else None
        is_whole = set(self.usual) <= set(self.listed)
        if is_whole and not self.has_own:
            added = [t for t in self.listed if t not in above and t not in self.usual]
            return WordsChange(tuple(added), None, only)
        return WordsChange((), tuple(t for t in self.listed if t not in above), only)


def words_of(judged: Judged, scope: Scope) -> tuple[FieldWords, ...]:
    """The fields of a scope's template with their values, found and listed."""
    convention = judged.rules.at(scope.kind, scope.root)
    if convention is None:
        return ()
    path = f"{scope.root}/{FILE}"
    chain = judged.rules.chain(scope.root)
    own = next((said for said in chain if said.path == path), FileSaid(path))
    above = [said for said in chain if said.path != path]
    bare = judged.rules.with_file(_bare(own, scope.kind)).at(scope.kind, scope.root)
    found: Found = vocabulary(judged, scope)
    own_fields = own.names.get(scope.kind, NamesSaid()).fields
    made = []
    for name in convention.template.fields:
        rule = convention.rules[name]
        elsewhere = {
            text: shown(said.path, scope.root)
            for said in above
            for text in said.vocabulary.get(name, ())
        }
        usual = bare.rules[name].values if bare and name in bare.rules else ()
        made.append(
            FieldWords(
                name,
                rule.type,
                found.get(name, ()),
                rule.values,
                rule.values,
                rule.type == "vocabulary",
                rule.type == "vocabulary",
                elsewhere,
                tuple(text for text in usual if text not in elsewhere),
                "values" in own_fields.get(name, {}),
            )
        )
    return tuple(made)


def plan(judged: Judged, scope: Scope, words: Mapping[str, FieldWords]) -> FilePlan:
    """What the changed fields make of the folder's file; raises SettingsError."""
    change = Change(
        scope.kind,
        words={name: one.change() for name, one in words.items() if one.is_changed},
    )
    return conventions_file.plan_change(Path(scope.root), change, judged.names.template)


def _bare(said: FileSaid, kind: str) -> FileSaid:
    """What a file says without its words of a kind."""
    names = dict(said.names)
    if kind in names:
        fields = {
            name: {key: value for key, value in rule.items() if key != "values"}
            for name, rule in names[kind].fields.items()
        }
        # A vocabulary without values cannot be used: its words are what is asked for.
        for rule in fields.values():
            if rule.get("type") == "vocabulary":
                del rule["type"]
        names[kind] = replace(names[kind], fields=fields)
    return replace(said, vocabulary={}, names=names)
