"""What jobs do for Conventions: read all names, judge them, and read the seen ones."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from mlcatalog.ui.conventions.judging import (
    BROKEN,
    ORDER,
    WOULD,
    NameLine,
    key_of,
    kind_of,
    line_of,
    said,
    verdict_of,
)

Key = tuple[str, str, str]  # rule, artifact or path, detail
READ = ("breaks", "contradicts", "ambiguous")  # verdicts on one name alone
EVERY = 500  # names between two looks at whether to stop


@dataclass(frozen=True)
class Names:
    """All names of the catalogue, and what was waived about them."""

    named: Sequence[Named] = ()
    projects: tuple[Project, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    template: str = DEFAULT_TEMPLATE  # of the settings
    settings_path: Path | None = None


@dataclass(frozen=True)
class Judged:
    """Every name with its verdict; a position means a name of `names`."""

    names: Names
    rules: Conventions
    verdicts: Sequence[str] = ()
    findings: Mapping[int, tuple[Finding, ...]] = field(default_factory=dict)

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
        )

    def wrong(self, position: int) -> str:
        """What is wrong with a name, in words."""
        found = self.findings.get(position, ())
        return said(found, self.subject(position).name) if found else ""

    def counts(self, scope: Scope) -> Counter[str]:
        """How many names there are of each verdict."""
        return Counter(
            verdict
            for one, verdict in zip(self.names.named, self.verdicts, strict=True)
            if scope.holds(one)
        )


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


@dataclass(frozen=True)
class Rows:
    """What the table shows: positions, and before each group -1 less its place in ORDER."""

    judged: Judged
    order: array[int]
    counts: Mapping[str, int]  # of the groups that are shown
    asked: tuple[object, ...] = ()


def read(
    catalog: Catalog, settings_path: Path, progress: Progress = no_progress
) -> Judged:
    """The names of the catalogue, judged by what the files say now."""
    text = settings.load(settings_path).name_template or DEFAULT_TEMPLATE
    rules = Conventions(text)
    if not catalog.read_only:
        catalog.end_waivers()
    names = Names(
        named=every_name(catalog, rules, progress),
        projects=catalog.projects(),
        waivers=tuple(w for w in catalog.waivers() if w.rule.startswith("name.")),
        template=text,
        settings_path=settings_path,
    )
    return judged(names, rules, progress)


def judged(
    names: Names, rules: Conventions, progress: Progress = no_progress
) -> Judged:
    """The names under some conventions."""
    waived = {(w.rule, w.subject, w.detail) for w in names.waivers if not w.is_over}
    place = {key_of(one.subject): at for at, one in enumerate(names.named)}
    found: dict[int, list[Finding]] = defaultdict(list)
    for finding in naming_findings(_passing(names, progress), rules.of):
        state = "waived" if _key(finding) in waived else "open"
        key = finding.artifact or finding.path
        found[place[key]].append(replace(finding, state=state))
    verdicts = [
        verdict_of(found[at]) if at in found else _unbroken(one.subject, rules)
        for at, one in enumerate(names.named)
    ]
    return Judged(names, rules, verdicts, {at: tuple(fs) for at, fs in found.items()})


@dataclass(frozen=True)
class Tried:
    """What a change that is not saved would make of the names of a scope."""

    judged: Judged
    scope: Scope
    broken: int = 0  # that break it then
    breaking: int = 0  # that keep it now
    mended: int = 0


def tried(
    before: Judged, scope: Scope, rules: Conventions, progress: Progress = no_progress
) -> Tried:
    """The names of a scope under other rules, beside what they are now."""
    verdicts = []
    for done, (one, verdict) in enumerate(
        zip(before.names.named, before.verdicts, strict=True)
    ):
        if done % EVERY == 0:
            progress(done, len(before.verdicts), "Trying the template")
        if not scope.holds(one):
            verdicts.append("free")
            continue
        convention = rules.of(one.subject)
        is_good = (
            convention is None
            or convention.keeps(one.subject)
            or convention.is_exempt(one.subject)
        )
        if is_good:
            verdicts.append("mended" if verdict in READ else "keeps")
        elif verdict == "waived":
            verdicts.append("waived")
        else:
            verdicts.append("breaks" if verdict in READ else "would break")
    counts = Counter(verdicts)
    return Tried(
        Judged(before.names, rules, verdicts),
        scope,
        broken=counts["breaks"] + counts["would break"],
        breaking=counts["would break"],
        mended=counts["mended"],
    )


def arranged(judged: Judged, scope: Scope, words: str, *, only_broken: bool) -> Rows:
    """The names of a scope that hold the words, by verdict and then by name."""
    wanted = words.casefold().split()
    groups: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for at, (one, verdict) in enumerate(
        zip(judged.names.named, judged.verdicts, strict=True)
    ):
        if not scope.holds(one) or (
            only_broken and verdict not in (*WOULD, *BROKEN, "waived")
        ):
            continue
        subject = one.subject
        text = f"{subject.name} {subject.project} {verdict}".casefold()
        if all(word in text for word in wanted):
            groups[verdict].append((subject.name, at))
    order = array("q")
    for number, verdict in enumerate(ORDER):
        if groups[verdict]:
            order.append(-1 - number)
            order.extend(at for _, at in sorted(groups[verdict]))
    counts = {verdict: len(groups[verdict]) for verdict in ORDER if groups[verdict]}
    return Rows(judged, order, counts, (scope, words, only_broken))


def broken(judged: Judged, scope: Scope) -> list[int]:
    """Where the names of a scope are that break a rule."""
    return [
        at
        for at, (one, verdict) in enumerate(
            zip(judged.names.named, judged.verdicts, strict=True)
        )
        if verdict in BROKEN and scope.holds(one)
    ]


def lines(judged: Judged, positions: Sequence[int]) -> dict[int, NameLine]:
    """Some names as they are read."""
    return {at: judged.line(at) for at in positions}


def kind_counts(judged: Judged, root: str) -> dict[str, tuple[int, int]]:
    """All names below a folder by kind, and those with a problem."""
    found: dict[str, tuple[int, int]] = {}
    for one, verdict in zip(judged.names.named, judged.verdicts, strict=True):
        if not root or one.subject.path.startswith(f"{root}/"):
            kind = kind_of(one.subject)
            every, broken = found.get(kind, (0, 0))
            found[kind] = every + 1, broken + (verdict in BROKEN)
    return found


def scores(judged: Judged) -> dict[tuple[str, str], tuple[int, int]]:
    """Names that keep the rules (or are waived), and all, by root and kind.

    Names that are free count for neither.
    """
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for one, verdict in zip(judged.names.named, judged.verdicts, strict=True):
        if verdict != "free":
            key = one.root, kind_of(one.subject)
            kept, every = found.get(key, (0, 0))
            found[key] = kept + (verdict not in BROKEN), every + 1
    return found


def _passing(names: Names, progress: Progress) -> Iterator[NameSubject]:
    for done, one in enumerate(names.named):
        if done % EVERY == 0:
            progress(done, len(names.named), "Judging the names")
        yield one.subject


def _unbroken(subject: NameSubject, rules: Conventions) -> str:
    convention = rules.of(subject)
    if convention is None:
        return "free"
    return "exempt" if convention.is_exempt(subject) else "keeps"


def _key(finding: Finding) -> Key:
    return finding.rule, finding.artifact or finding.path, finding.detail
