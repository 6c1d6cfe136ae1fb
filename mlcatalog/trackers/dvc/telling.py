"""An execution of a stage as a run: what it was told, what it read and what it made."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from mlcatalog.domain import dvc_words
from mlcatalog.domain.reading import (
    THIS,
    Claim,
    Fact,
    Notice,
    Param,
    Reference,
    RunReading,
    Scheme,
    Series,
)
from mlcatalog.domain.values import Value, clipped
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.trackers import told
from mlcatalog.trackers.dvc import plain
from mlcatalog.trackers.dvc.files import is_address, joined
from mlcatalog.trackers.dvc.lock import Execution, Item
from mlcatalog.trackers.dvc.pipeline import Declared, Stage

SCRIPTS = frozenset({".py", ".sh", ".r", ".ipynb", ".jl"})
SETTINGS = frozenset({".yaml", ".yml", ".toml", ".ini"})
HERE = frozenset({Kind.SCRIPT, Kind.CONFIG})  # known by their place alone
PARAM_LIMIT = 10_000
SHOWN = 8  # of what changed
DERIVED_LIMIT = 50  # outputs of one stage that are told to come from its data
LOCK = "dvc.lock"
RECORDED = Evidence.RECORDED
TRAINING = re.compile(r"(^|[_\W])(train|fit|finetune|fine_tune|tune)", re.I)
EVALUATION = re.compile(r"(^|[_\W])(eval|test|score|valid)", re.I)
OF_KINDS = {
    Kind.SCRIPT: Relation.EXECUTED,
    Kind.CONFIG: Relation.CONFIGURED_BY,
    Kind.MODEL: Relation.STARTED_FROM,
}


@dataclass(frozen=True, slots=True)
class Moment:
    """When an execution is known from: the work tree, the run cache, or a commit."""

    source: str = LOCK
    commit: str = ""  # that recorded it
    date: str = ""
    subject: str = ""
    experiment: str = ""
    cached: str = ""  # its key in the run cache

    @property
    def suffix(self) -> str:
        """What tells an earlier execution's name from the latest."""
        if self.experiment:
            return f" [{self.experiment}]"
        word = self.commit[:8] or self.cached[:8]
        return f" ({word})" if word else ""


def run(
    one: Execution,
    stage: Stage,
    moment: Moment,
    *,
    latest: Mapping[str, str],
    metrics: Iterable[Series] = (),
    notices: Iterable[Notice] = (),
    is_latest: bool = False,
) -> RunReading:
    """The run of one execution.

    latest: the digest that is the latest recorded of each path; what an earlier
    execution had there is another version, known by its digest alone.
    """
    return RunReading(
        tool="dvc",
        native_id=native(one),
        name=one.stage if is_latest else one.stage + moment.suffix,
        status="FINISHED",
        facts=tuple(_facts(one, stage, moment)),
        params=_params(one),
        metrics=tuple(metrics),
        claims=tuple(_Lineage(one, stage, moment.source, latest, is_latest).claims()),
        notices=tuple(notices),
    )


def native(one: Execution) -> str:
    """What a run is known by: the same execution, wherever it is recorded."""
    return f"{one.stage}@{one.id}"


def _facts(one: Execution, stage: Stage, moment: Moment) -> Iterator[Fact]:
    source = moment.source
    yield from told.fact("command", one.command, f"{source}: cmd")
    yield from told.fact("dvc.stage", one.stage, source)
    yield from told.fact("description", stage.description, "dvc.yaml: desc")
    if stage.frozen:
        yield from told.fact("dvc.frozen", True, "dvc.yaml: frozen")
    yield from told.fact("code.commit", moment.commit, f"git history of {source}")
    yield from told.fact("dvc.experiment", moment.experiment, "refs/exps")
    yield from told.fact("run.cache", moment.cached, ".dvc/cache/runs")
    for key, items in (("dvc.inputs", one.deps), ("dvc.outputs", one.outs)):
        listed = [
            f"{dvc_words.without_secret(joined(stage.folder, i.path))} {i.md5}".strip()
            for i in items
        ]
        yield from told.fact(key, listed[:200], source)
    declared = [_said(one) for one in stage.artifacts]
    yield from told.fact("dvc.artifacts", declared, "dvc.yaml: artifacts")
    yield from told.fact("dvc.plots", [p.path for p in stage.plots], "dvc.yaml: plots")


def _said(one: Declared) -> str:
    """What dvc.yaml calls a model: "ranker: models/forest.pkl (model, wine): …"."""
    words = ", ".join(word for word in (one.type, *one.labels) if word)
    said = f"{one.name}: {one.path}" + (f" ({words})" if words else "")
    return f"{said}: {one.description}" if one.description else said


def _params(one: Execution) -> tuple[Param, ...]:
    """Params by name; a name that two files have bears its file from the second on."""
    found: dict[str, Param] = {}
    for file, key, value in one.params:
        for name, leaf in plain.leaves(value, key):
            shown = name if name not in found else f"{file}:{name}"
            found[shown] = Param(clipped(shown), Value.of(leaf))
            if len(found) >= PARAM_LIMIT:
                return tuple(found.values())
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Lineage:
    """What a stage read and made, as claims of its run."""

    one: Execution
    stage: Stage
    source: str
    latest: Mapping[str, str]
    is_latest: bool

    def claims(self) -> Iterator[Claim]:
        """What it executed and read, then what it made."""
        outs = [self._reference(item) for item in self.one.outs]
        made = Reference(Scheme.RUN, f"dvc:{native(self.one)}", kind=Kind.RUN)
        purpose = self._purpose()
        for item in self.one.deps:
            kind, detail = _kind(self._path(item)), _detail(item)
            relation = OF_KINDS.get(kind, purpose)
            target = self._reference(item)
            if relation is not Relation.DERIVED_FROM:
                yield Claim(THIS, relation, target, RECORDED, self._key("deps"), detail)
                continue
            for subject in outs[:DERIVED_LIMIT]:
                if subject.kind is Kind.DATASET and not self._is_metric(subject):
                    words = f"by the stage {self.one.stage}"
                    yield told.claim(
                        relation,
                        target,
                        self._key("deps"),
                        subject=subject,
                        detail=words,
                    )
        for subject, item in zip(outs, self.one.outs, strict=True):
            yield told.claim(
                Relation.PRODUCED_BY,
                made,
                self._key("outs"),
                subject=subject,
                detail=_detail(item),
            )
        if not self.is_latest:
            return  # the settings that are here are others by now
        for file in dict.fromkeys(file for file, _, _ in self.one.params):
            place = joined(self.stage.folder, file)
            target = Reference(Scheme.PATH, place, kind=Kind.CONFIG)
            yield told.claim(Relation.CONFIGURED_BY, target, self._key("params"))

    def _purpose(self) -> Relation:
        """What the stage did with its data: trained, evaluated, or made other data."""
        name = self.one.stage.partition("@")[0].lower()
        makes = [_kind(self._path(item)) for item in self.one.outs]
        reads = [_kind(self._path(item)) for item in self.one.deps]
        if Kind.MODEL in makes or TRAINING.search(name):
            return Relation.TRAINED_ON
        data = [i for i in self.one.outs if self._path(i) not in self.stage.metrics]
        if Kind.MODEL in reads or EVALUATION.search(name) or not data:
            return Relation.EVALUATED_ON
        return Relation.DERIVED_FROM

    def _key(self, part: str) -> str:
        return part if self.source == LOCK else f"{self.source}: {part}"

    def _path(self, item: Item) -> str:
        return joined(self.stage.folder, item.path)

    def _is_metric(self, subject: Reference) -> bool:
        return subject.id in self.stage.metrics

    def _reference(self, item: Item) -> Reference:
        """By place while what is recorded there last is the same, else by digest."""
        path = self._path(item)
        kind = _kind(path)
        if is_address(path):
            shown = clipped(dvc_words.without_secret(path))
            return Reference(Scheme.URL, shown, item.md5 or None, kind)
        if path in self.stage.metrics:  # what it measured is no artifact
            return Reference(Scheme.PATH, path, kind=kind)
        now = self.latest.get(posixpath.normpath(path), item.md5)
        if not item.md5 or now == item.md5 or kind in HERE:
            return Reference(Scheme.PATH, path, item.md5 or None, kind)
        return Reference(Scheme.MD5, item.md5, path, kind)


def _kind(path: str) -> Kind:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in SCRIPTS:
        return Kind.SCRIPT
    return Kind.CONFIG if suffix in SETTINGS else dvc_words.kind_of(path)


def _detail(item: Item) -> str:
    said = f"md5 {item.md5}" if item.md5 else ""
    if item.files is not None:
        said += f", {item.files:,} files"
    return said


def behind(one: Execution, stage: Stage, now: Mapping[str, object]) -> Iterator[Notice]:
    """How dvc.yaml and the params differ from what the stage ran with.

    now: the present value of each "file:key", where there is one.
    """
    if stage.unresolved:
        message = f"dvc.yaml cannot be read whole here: {stage.unresolved}"
        yield Notice("run.stage-unresolved", message, "note")
    elif stage.command and _even(stage.command) != _even(one.command):
        message = "The command of the stage is another in dvc.yaml since it ran"
        yield Notice(
            "run.stage-changed", f"{message}: {clipped(stage.command, 200)}", "note"
        )
    changed = [
        f"{key} is {Value.of(now[f'{file}:{key}']).text} in {file}, "
        f"the stage ran with {Value.of(value).text}"
        for file, key, value in one.params
        if f"{file}:{key}" in now and now[f"{file}:{key}"] != value
    ]
    if changed:
        more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
        message = "; ".join(changed[:SHOWN]) + more
        yield Notice(
            "run.params-changed", f"Changed since the stage ran: {message}", "note"
        )


def _even(command: str) -> str:
    return " ".join(command.split())
