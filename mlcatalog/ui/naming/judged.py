"""All names of the catalogue, read and judged by what the files say now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from mlcatalog import settings
from mlcatalog.catalog.store import Catalog
from mlcatalog.conventions.findings import naming_findings
from mlcatalog.conventions.in_force import Conventions
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.conventions.template import DEFAULT_TEMPLATE
from mlcatalog.domain.artifact import Project
from mlcatalog.domain.finding import Finding, Waiver
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.tasks.naming import Named, every_name
from mlcatalog.ui.naming.judging import (
    NameLine,
    key_of,
    kind_of,
    line_of,
    said,
    verdict_of,
    with_waivers,
)

Key = tuple[str, str, str]  # rule, artifact or path, detail
EVERY = 500  # names between two looks at whether to stop


@dataclass(frozen=True)
class Names:
    """All names of the catalogue, and what was waived about them."""

    named: Sequence[Named] = ()
    projects: tuple[Project, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    template: str = DEFAULT_TEMPLATE  # of the settings
    settings_path: Path | None = None

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Where each name is, by what it is known by."""
        return {key_of(one.subject): at for at, one in enumerate(self.named)}

    def waivers_of(self, key: str) -> tuple[Waiver, ...]:
        """What was accepted about a name, those whose day is over too."""
        return self._waived.get(key, ())

    @cached_property
    def _waived(self) -> Mapping[str, tuple[Waiver, ...]]:
        found: defaultdict[str, tuple[Waiver, ...]] = defaultdict(tuple)
        for one in self.waivers:
            found[one.subject] += (one,)
        return dict(found)


@dataclass(frozen=True)
class Judged:
    """Every name with its verdict; a position means a name of `names`."""

    names: Names
    rules: Conventions
    verdicts: Sequence[str] = ()
    findings: Mapping[int, tuple[Finding, ...]] = field(default_factory=dict)
    _counts: dict[Scope, Counter[str]] = field(default_factory=dict, compare=False)

    def subject(self, position: int) -> NameSubject:
        """The name at a position."""
        return self.names.named[position].subject

    def kind(self, position: int) -> str:
        """The kind of the name at a position."""
        return kind_of(self.subject(position))

    def line(self, position: int) -> NameLine:
        """A name as it is read; takes a moment."""
        subject = self.subject(position)
        return line_of(
            subject,
            self.rules.of(subject),
            verdict=self.verdicts[position],
            findings=self.findings.get(position, ()),
            waivers=self.names.waivers_of(key_of(subject)),
        )

    def wrong(self, position: int) -> str:
        """What is wrong with a name, in words, and who accepted that."""
        found, subject = self.findings.get(position, ()), self.subject(position)
        if not found:
            return ""
        waivers = self.names.waivers_of(key_of(subject))
        return with_waivers(said(found, subject.name), waivers)

    @cached_property
    def tally(self) -> Mapping[tuple[str, str], Counter[str]]:
        """How many names there are of each verdict, by project and kind."""
        found: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for one, verdict in zip(self.names.named, self.verdicts, strict=True):
            found[one.root, kind_of(one.subject)][verdict] += 1
        return dict(found)

    def counts(self, scope: Scope) -> Counter[str]:
        """How many names of a scope there are of each verdict."""
        if scope not in self._counts:
            self._counts[scope] = self._counted(scope)
        return self._counts[scope]

    def _counted(self, scope: Scope) -> Counter[str]:
        roots = {root for root, _ in self.tally}
        if scope.root and scope.root not in roots:  # a folder inside a project
            both = zip(self.names.named, self.verdicts, strict=True)
            return Counter(verdict for one, verdict in both if scope.holds(one))
        wanted = {scope.root} if scope.root else roots
        found: Counter[str] = Counter()
        for root in wanted:
            found += self.tally.get((root, scope.kind), Counter())
        return found


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that are looked at: of one project or all, of one kind."""

    root: str = ""  # a project or a folder in it, "" for all projects
    kind: str = "model"

    def holds(self, one: Named) -> bool:
        """Whether a name is among them."""
        if kind_of(one.subject) != self.kind:
            return False
        return not self.root or one.subject.path.startswith(f"{self.root}/")


def read(
    catalog: Catalog, settings_path: Path, progress: Progress = no_progress
) -> Judged:
    """The names of the catalogue, judged by what the files say now."""
    text = settings.load(settings_path).name_template or DEFAULT_TEMPLATE
    rules = Conventions(text)
    names = Names(
        named=every_name(catalog, rules, progress),
        projects=catalog.projects(),
        waivers=waivers_of_names(catalog),
        template=text,
        settings_path=settings_path,
    )
    # After they were read: what is over here is over in the catalogue too.
    if not catalog.read_only:
        catalog.end_waivers()
    return judged(names, rules, progress)


def judged(
    names: Names, rules: Conventions, progress: Progress = no_progress
) -> Judged:
    """The names under some conventions."""
    waived = {(w.rule, w.subject, w.detail) for w in names.waivers if not w.is_over}
    found: dict[int, list[Finding]] = defaultdict(list)
    for finding in naming_findings(_passing(names, progress), rules.of):
        state = "waived" if _key(finding) in waived else "open"
        key = finding.artifact or finding.path
        found[names.positions[key]].append(replace(finding, state=state))
    verdicts = [
        verdict_of(found[at]) if at in found else unbroken(one.subject, rules)
        for at, one in enumerate(names.named)
    ]
    made = Judged(names, rules, verdicts, {at: tuple(fs) for at, fs in found.items()})
    _ = made.tally  # counted here, in the job
    return made


def _passing(names: Names, progress: Progress) -> Iterator[NameSubject]:
    for done, one in enumerate(names.named):
        if done % EVERY == 0:
            progress(done, len(names.named), "Judging the names")
        yield one.subject


def waivers_of_names(catalog: Catalog) -> tuple[Waiver, ...]:
    """What people accepted about names."""
    return tuple(one for one in catalog.waivers() if one.rule.startswith("name."))


def unbroken(subject: NameSubject, rules: Conventions) -> str:
    """What a name is of which nothing is wrong."""
    convention = rules.of(subject)
    if convention is None:
        return "free"
    return "exempt" if convention.is_exempt(subject) else "keeps"


def _key(finding: Finding) -> Key:
    return finding.rule, finding.artifact or finding.path, finding.detail
