"""dvc.yaml: the stages that are declared, with foreach, matrix and vars spelt out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice, product
from pathlib import PurePosixPath

from mlcatalog.domain.errors import FormatError
from mlcatalog.trackers.dvc import plain
from mlcatalog.trackers.dvc.files import Files, joined
from mlcatalog.trackers.dvc.interpolation import UnresolvedError, filled

STAGE_LIMIT = 10_000
DEFAULT_PARAMS = "params.yaml"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage as dvc.yaml declares it, spelt out.

    `unresolved` says what of it could not be read; the rest is as far as it was.
    """

    name: str
    command: str = ""
    folder: str = ""  # its own, in which its paths are written
    deps: tuple[str, ...] = ()
    outs: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = ()
    description: str = ""
    frozen: bool = False
    unresolved: str = ""
    artifacts: tuple[Declared, ...] = ()  # what it makes that has a name


@dataclass(frozen=True, slots=True)
class Plot:
    """A file that is drawn, and which columns of it."""

    path: str
    x: str = ""
    y: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """A model or dataset that dvc.yaml names under `artifacts`."""

    name: str
    path: str
    type: str = ""
    description: str = ""
    labels: tuple[str, ...] = ()


@dataclass(slots=True)
class Pipeline:
    """All that a dvc.yaml declares."""

    stages: dict[str, Stage] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)  # not spelt out, and why
    metrics: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = ()
    artifacts: tuple[Declared, ...] = ()
    problem: str = ""

    def stage(self, name: str) -> Stage:
        """The stage of that name; of a template that could not be spelt out, its note."""
        found = self.stages.get(name)
        if found is not None:
            return found
        return Stage(name, unresolved=self.templates.get(name.partition("@")[0], ""))


def pipeline(files: Files) -> Pipeline:
    """What the dvc.yaml among some files declares; empty when there is none."""
    raw = files.read("dvc.yaml")
    found = Pipeline()
    if raw is None:
        return found
    try:
        declared = plain.table(plain.parsed(raw, "dvc.yaml"))
    except FormatError as error:
        found.problem = f"dvc.yaml cannot be read: {error.why}"
        return found
    known, missing = _variables(declared.get("vars"), files)
    for name, said in plain.table(declared.get("stages")).items():
        _add(found, name, plain.table(said), known, files=files, missing=missing)
        if len(found.stages) > STAGE_LIMIT:
            found.problem = f"dvc.yaml makes more than {STAGE_LIMIT:,} stages"
            break
    found.metrics = tuple(_paths(declared.get("metrics"), ""))
    found.plots = tuple(_plots(declared.get("plots"), ""))
    found.artifacts = tuple(_artifacts(declared.get("artifacts")))
    by_path = {one.path: one for one in found.artifacts}
    for name, stage in found.stages.items() if by_path else ():
        mine = tuple(by_path[path] for path in stage.outs if path in by_path)
        if mine:
            found.stages[name] = replace(stage, artifacts=mine)
    return found


def _variables(raw: object, files: Files) -> tuple[dict[str, object], list[str]]:
    """What `vars` and params.yaml give; files that are not there are named."""
    known: dict[str, object] = {}
    missing: list[str] = []
    _merge(known, _params_of(files, DEFAULT_PARAMS) or {})
    for one in plain.listed(raw):
        if isinstance(one, dict):
            _merge(known, plain.table(one))
            continue
        path, _, keys = str(one).partition(":")
        values = _params_of(files, path)
        if values is None:
            missing.append(path)
            continue
        wanted = [key for key in keys.split(",") if key]
        _merge(known, {k: values.get(k) for k in wanted} if wanted else values)
    return known, missing


def _params_of(files: Files, path: str) -> dict[str, object] | None:
    raw = files.read(path)
    if raw is None:
        return None
    try:
        return plain.table(plain.parsed(raw, path))
    except FormatError:
        return None


def _merge(into: dict[str, object], values: Mapping[str, object]) -> None:
    for key, value in values.items():
        there = into.get(key)
        if isinstance(there, dict) and isinstance(value, dict):
            into[key] = {**there, **value}
        else:
            into[key] = value


def _add(
    found: Pipeline,
    name: str,
    said: dict[str, object],
    known: dict[str, object],
    *,
    files: Files,
    missing: list[str],
) -> None:
    own, gone = _variables(said.get("vars"), files) if "vars" in said else ({}, [])
    context = {**known, **own}
    try:
        variants = list(_variants(name, said, context))
    except UnresolvedError as error:
        found.templates[name] = _note(str(error), missing + gone)
        return
    body = plain.table(said.get("do")) if "foreach" in said else said
    for variant, more in variants:
        found.stages[variant] = _stage(
            variant, body, {**context, **more}, missing + gone
        )


def _note(what: str, missing: list[str]) -> str:
    files = f"; {', '.join(missing)} is not here" if missing else ""
    return f"{what} is not known without running the pipeline{files}"


def _variants(
    name: str, said: dict[str, object], known: dict[str, object]
) -> Iterator[tuple[str, dict[str, object]]]:
    """The stages that a template makes, each with what it calls its item and key."""
    if "foreach" in said:
        yield from _each(name, filled(said["foreach"], known))
    elif "matrix" in said:
        yield from _combined(name, filled(said["matrix"], known))
    else:
        yield name, {}


def _each(name: str, items: object) -> Iterator[tuple[str, dict[str, object]]]:
    if isinstance(items, dict):
        for key, value in islice(items.items(), STAGE_LIMIT):
            yield f"{name}@{key}", {"item": value, "key": str(key)}
    elif isinstance(items, list):
        has_tables = any(isinstance(one, dict | list) for one in items)
        for number, value in enumerate(items[:STAGE_LIMIT]):
            key = str(number) if has_tables else _word(value, str(number))
            yield f"{name}@{key}", {"item": value, "key": key}
    else:
        raise UnresolvedError("foreach")


def _combined(name: str, axes: object) -> Iterator[tuple[str, dict[str, object]]]:
    table = plain.table(axes)
    if not table or not all(isinstance(values, list) for values in table.values()):
        raise UnresolvedError("matrix")
    pairs = [
        [
            (axis, _word(value, f"{axis}{n}"), value)
            for n, value in enumerate(plain.listed(values))
        ]
        for axis, values in table.items()
    ]
    for combination in islice(product(*pairs), STAGE_LIMIT):
        key = "-".join(word for _, word, _ in combination)
        item = {axis: value for axis, _, value in combination}
        yield f"{name}@{key}", {"item": item, "key": key}


def _word(value: object, otherwise: str) -> str:
    if isinstance(value, dict | list):
        return otherwise
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _stage(
    name: str, body: dict[str, object], known: dict[str, object], missing: list[str]
) -> Stage:
    notes: list[str] = []

    def said(key: str) -> object:
        try:
            return filled(body.get(key), known)
        except UnresolvedError as error:
            notes.append(str(error))
            return None

    folder = str(said("wdir") or "")
    folder = "" if folder == "." else folder
    command = said("cmd")
    metrics = tuple(_paths(said("metrics"), folder))
    plots = tuple(_plots(said("plots"), folder))
    outs = (*_paths(said("outs"), folder), *metrics, *(plot.path for plot in plots))
    return Stage(
        name,
        "\n".join(map(str, command))
        if isinstance(command, list)
        else str(command or ""),
        folder,
        tuple(_paths(said("deps"), folder)),
        tuple(dict.fromkeys(outs)),
        metrics,
        plots,
        str(said("desc") or ""),
        said("frozen") is True,
        _note(", ".join(dict.fromkeys(notes)), missing) if notes else "",
    )


def _paths(raw: object, folder: str) -> Iterator[str]:
    """The paths in a list of outputs, each alone or with options."""
    entries = [raw] if isinstance(raw, str) else plain.listed(raw)
    for one in entries:
        path = next(iter(one), "") if isinstance(one, dict) else one
        if isinstance(path, str) and path:
            yield joined(folder, path)


def _plots(raw: object, folder: str) -> Iterator[Plot]:
    entries = [raw] if isinstance(raw, dict) else plain.listed(raw)
    for one in entries:
        if isinstance(one, str):
            yield Plot(joined(folder, one))
        for path, options in plain.table(one).items():
            said = plain.table(options)
            x, y = said.get("x"), said.get("y")
            if isinstance(y, dict):  # {file: column}: the name is only a title
                for file, columns in plain.table(y).items():
                    yield Plot(joined(folder, file), _column(x), _columns(columns))
            else:
                yield Plot(joined(folder, path), _column(x), _columns(y))


def _column(raw: object) -> str:
    return raw if isinstance(raw, str) else ""


def _columns(raw: object) -> tuple[str, ...]:
    return (
        tuple(map(str, raw))
        if isinstance(raw, list)
        else ((raw,) if isinstance(raw, str) else ())
    )


def _artifacts(raw: object) -> Iterator[Declared]:
    for name, said in plain.table(raw).items():
        entry = plain.table(said)
        path = entry.get("path")
        if isinstance(path, str) and PurePosixPath(path).parts:
            yield Declared(
                name,
                path,
                str(entry.get("type") or ""),
                str(entry.get("desc") or ""),
                tuple(map(str, plain.listed(entry.get("labels")))),
            )
