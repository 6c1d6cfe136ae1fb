"""The conventions in force: by kind and folder, each file read once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from rapidfuzz import process

from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.presets import PRESETS
from mlcatalog.conventions.project_file import (
    FILE,
    FileSaid,
    NamesSaid,
    read_file,
    with_line,
)
from mlcatalog.conventions.rules import USUAL, FieldRule, RefusedError
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.conventions.template import DEFAULT_TEMPLATE
from mlcatalog.domain.errors import SettingsError
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.words import Severity

Chain = tuple[FileSaid, ...]  # from the outermost file to the innermost
RULE = "convention.unusable"
LIKE = 75  # of 100: how like a field a name is that was misspelt


class Conventions:
    """Which convention holds where; made anew for each judgement.

    `template` is the one of the settings, for models of projects that say
    nothing; "" means the built-in one. `instead` are files by path as they
    might become, so that a change can be tried before it is written.
    """

    def __init__(
        self, template: str = "", *, instead: Mapping[str, FileSaid] | None = None
    ) -> None:
        self._template = template
        self._instead = instead or {}
        self._ends: set[str] = set()  # folders whose chain begins with them
        self._chains: dict[str, Chain] = {}
        self._at: dict[tuple[str, str], Convention | None] = {}
        self._made: dict[tuple[tuple[str, ...], str], Convention | None] = {}
        self.errors: dict[str, SettingsError] = {}  # by the file's path
        self._base = self._from_settings(template)

    def of(self, subject: NameSubject) -> Convention | None:
        """The convention of a name, None where names of its kind are free."""
        return self.at(
            "folder" if subject.is_folder else subject.kind.value,
            subject.path.rpartition("/")[0],
        )

    def at(self, kind: str, folder: str) -> Convention | None:
        """The convention for names of a kind in a folder."""
        if (kind, folder) not in self._at:
            self._at[kind, folder] = self._found(kind, folder)
        return self._at[kind, folder]

    def _found(self, kind: str, folder: str) -> Convention | None:
        chain = self._chain(folder)
        key = (tuple(said.path for said in chain), kind)
        if key not in self._made:
            self._made[key] = self._make(chain, kind)
        return self._made[key]

    def with_file(self, said: FileSaid) -> Conventions:
        """These conventions with one file changed or new; nothing is read again."""
        made = Conventions(self._template, instead=self._instead)
        place = said.path.rpartition("/")[0]
        ends = tuple(f"{one}/" for one in self._ends if one.startswith(f"{place}/"))
        for folder, chain in self._chains.items():
            below = f"{folder}/"
            if below.startswith(f"{place}/") and not (ends and below.startswith(ends)):
                others = (one for one in chain if one.path != said.path)
                chain = tuple(sorted((*others, said), key=_depth))
            made._chains[folder] = chain
        return made

    def with_template(self, template: str) -> Conventions:
        """These conventions with another template of the settings; nothing is read again."""
        made = Conventions(template, instead=self._instead)
        made._chains = dict(self._chains)
        return made

    def chain(self, folder: str) -> Chain:
        """The files that speak of a folder, from the outermost to the innermost."""
        return self._chain(folder)

    def files(self) -> tuple[FileSaid, ...]:
        """Every file that was met so far."""
        return tuple(
            {
                said.path: said for chain in self._chains.values() for said in chain
            }.values()
        )

    def findings(self) -> list[Finding]:
        """The files that cannot be used, and why."""
        return [
            Finding(
                rule=RULE,
                severity=Severity.ERROR,
                message=f"{error.what} {error.why}",
                path=path,
                detail=error.why[:200],
                remedy=error.remedy,
            )
            for path, error in sorted(self.errors.items())
        ]

    def signature(self, folder: str) -> str:
        """What changes when the conventions of a folder do."""
        digest = hashlib.sha256(self._template.encode())
        for said in self._chain(folder):
            digest.update(b"\0" + said.path.encode() + b"\0" + said.text)
        return digest.hexdigest()

    def _chain(self, folder: str) -> Chain:
        """The files that speak of a folder; a repository or `root` ends the search."""
        ways, here = [], folder
        while here not in self._chains:
            ways.append(here)
            above = here.rpartition("/")[0] if here.rstrip("/") else here
            if above == here:
                break
            here = above
        for one in reversed(ways):
            self._chains[one] = self._extended(one)
        return self._chains[folder]

    def _extended(self, folder: str) -> Chain:
        place = Path(folder or "/")
        above = self._chains.get(folder.rpartition("/")[0], ()) if folder else ()
        # os.path, since pathlib raises where a path is longer than the system takes.
        if folder and os.path.exists(place / ".git"):  # noqa: PTH110
            above = ()
            self._ends.add(folder)
        path = place / FILE
        try:
            said = self._instead.get(str(path)) or read_file(path)
            if said is None:
                return above
            chain = (said,) if said.is_root else (*above, said)
            if said.is_root:
                self._ends.add(folder)
            for kind in {"model", *said.names}:
                _made(chain, kind, self._base, str(path))
        except SettingsError as error:  # it is told of, and says nothing
            self.errors[str(path)] = error
            return above
        return chain

    def _make(self, chain: Chain, kind: str) -> Convention | None:
        spoken = [said for said in chain if kind in said.names]
        if not spoken and kind != "model":
            return None
        source = spoken[-1].path if spoken else self._source(chain)
        try:
            return _made(chain, kind, self._base, source)
        except SettingsError as error:
            self.errors[source] = error
            return self._base if kind == "model" else None

    def _source(self, chain: Chain) -> str:
        return chain[-1].path if chain else self._base.source

    def _from_settings(self, template: str) -> Convention:
        if not template or template == DEFAULT_TEMPLATE:
            return Convention.default()
        try:
            return replace(Convention.parse(template), source="the settings")
        except SettingsError as error:
            self.errors["settings"] = error
            return Convention.default()


def _depth(said: FileSaid) -> int:
    return said.path.count("/")


def _made(chain: Chain, kind: str, base: Convention, source: str) -> Convention:
    """The convention that files make together, the innermost with the last word."""
    template, rules = base.template.text, dict(base.rules)
    if kind != "model":
        template = ""
    exempt: list[str] = []
    project: tuple[str, ...] = ()
    for said in chain:
        project = said.project or project
        names = said.names.get(kind)
        if names is None:
            continue
        if names.preset:
            preset = PRESETS[names.preset]
            template, rules = preset.template, {**rules, **preset.rules}
        template = names.template or template
        exempt += names.exempt
        for name, values in names.fields.items():
            rules[name] = replace(rules.get(name, FieldRule()), **values)
    try:
        if not template:
            raise RefusedError.of(
                (),
                "The convention of this folder cannot be used.",
                why="it has neither a template nor a preset",
                remedy=f"Write a template under [names.{kind}].",
            )
        made = Convention.parse(
            template,
            _with_words(rules, chain),
            project=project,
            exempt=tuple(exempt),
            source=source,
        )
        _check_project(made)
        _check_fields(made, chain, kind)
    except RefusedError as error:
        raise _placed(error, chain, kind) from error
    return made


def _check_project(made: Convention) -> None:
    """Refuse a project that no name could give."""
    checker = made.checkers.get("project")
    if checker is None or not made.project or made.fact_of("project") != "project":
        return
    if not any(checker.fits(text) for text in made.project):
        raise RefusedError.of(
            ("project",),
            "The convention of this folder cannot be used.",
            why=f"{made.project[0]} cannot be the project: "
            f"{checker.fault(made.project[0])}",
            remedy="Write it as names give it, or list it under [vocabulary].",
        )


def _check_fields(made: Convention, chain: Chain, kind: str) -> None:
    """Refuse a field's name that is misspelt; one that is no longer used may stay."""
    said = chain[-1].names.get(kind) if chain else None
    known = said.fields if said else {}
    for field in known:
        near = process.extractOne(field, made.template.fields, score_cutoff=LIKE)
        if field not in made.checkers and near and near[0] not in known:
            raise RefusedError.of(
                ("fields", field),
                "The convention of this folder cannot be used.",
                why=f"the template has no field {field}; did you mean {near[0]}?",
                remedy=f"Its fields are {', '.join(made.template.fields)}.",
            )


def _placed(error: RefusedError, chain: Chain, kind: str) -> RefusedError:
    """An error with the file and the line in which its key stands."""
    said = chain[-1] if chain else FileSaid("")
    key = error.key if error.key == ("project",) else ("names", kind, *error.key)
    for one in reversed(chain):
        if _says(one, key, kind):
            said = one
            break
    if error.key[:1] == ("fields",) and error.key[-1] == "values":
        listed = said.vocabulary.get(error.key[1])
        key = ("vocabulary", error.key[1]) if listed else key
    placed = RefusedError.of(
        key,
        error.what,
        where=said.path,
        why=f"{'.'.join(key)}: {error.why.removeprefix(f'{key[-1]}: ')}",
        remedy=error.remedy,
    )
    return with_line(placed, said.text)


def _says(said: FileSaid, key: tuple[str, ...], kind: str) -> bool:
    """Whether a file says what is to be mended."""
    names = said.names.get(kind, NamesSaid())
    match key:
        case ("project",):
            return bool(said.project)
        case (_, _, "template"):
            return bool(names.template)
        case (_, _, "fields", field, *_):
            return field in names.fields or field in said.vocabulary
        case _:
            return kind in said.names


def _with_words(
    rules: Mapping[str, FieldRule], chain: Iterable[FileSaid]
) -> dict[str, FieldRule]:
    """The rules with the vocabularies of all files added."""
    known = dict(rules)
    for said in chain:
        for name, words in said.vocabulary.items():
            rule = known.get(name, USUAL.get(name, FieldRule()))
            values = tuple(dict.fromkeys((*rule.values, *words)))
            known[name] = replace(rule, values=values)
    return known


def convention_for(folder: Path | str = ".", kind: str = "model") -> Convention:
    """The convention of a folder, as its files say; for training scripts.

    Raises SettingsError for a file that cannot be used, and where names of
    this kind are free.
    """
    found = Conventions()
    place = str(Path(folder).absolute().resolve())
    convention = found.at(kind, place)
    for error in found.errors.values():
        raise error
    if convention is None:
        raise SettingsError(
            f"Names of the kind {kind} are free here.",
            where=place,
            remedy=f"Write a template under [names.{kind}] in {FILE}.",
        )
    return convention
