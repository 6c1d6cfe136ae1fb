"""Register: put files and folders in the catalogue where they lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Project, Summary
from mlcatalog.domain.errors import MlcatalogError, NotFoundError, ProjectError
from mlcatalog.domain.progress import Began, Progress, no_began, no_progress
from mlcatalog.domain.reading import THIS, Claim, Reference, Scheme
from mlcatalog.domain.words import Evidence, Kind, Relation, Stage
from mlcatalog.tasks.index import index
from mlcatalog.tasks.indexing.indexer import SETTLE_SECONDS

KNOWN_VALUES = ("owner", "stage", "note", "tags")


@dataclass(frozen=True, slots=True)
class Registered:
    """What a registration made of what was given."""

    artifacts: tuple[Summary, ...]
    projects: tuple[Project, ...]
    not_recognised: tuple[str, ...]


def register(
    catalog: Catalog,
    paths: Sequence[Path],
    *,
    values: Mapping[str, str] | None = None,
    base: str = "",
    data: str = "",
    progress: Progress = no_progress,
    settle_seconds: float = SETTLE_SECONDS,
    began: Began = no_began,
) -> Registered:
    """Register files and folders in place; nothing is moved, copied or written.

    A folder becomes a project; a file's folder does, unless a project holds
    it already. `values` may set owner, stage, note and tags (comma-separated)
    of what was given by file; base and data are REFs, or hub ids and names
    that stay external. Raises ProjectError for a path that is not there and
    MlcatalogError for a value that cannot be set; nothing is registered then.
    """
    given = dict(values or {})
    _check_values(given)
    for path in paths:
        if not path.exists():
            raise ProjectError(
                "This path cannot be registered.",
                where=str(path),
                why="There is nothing here",
                remedy="Check the path.",
            )
    roots = _roots(catalog, paths)
    index(catalog, roots, progress, settle_seconds=settle_seconds, began=began)
    artifacts, unknown = _artifacts(catalog, paths)
    chosen = [artifact for artifact in artifacts if _is_chosen(artifact, paths)]
    for artifact in chosen:
        _apply(catalog, artifact, given)
        _link(catalog, artifact, base=base, data=data)
    if base or data:
        index(catalog, roots, progress, settle_seconds=settle_seconds, began=began)
    catalog.record(
        "registered",
        ", ".join(artifact.name for artifact in chosen)[:500],
        {"paths": [str(path) for path in paths], "values": given},
    )
    projects = {project.id: project for project in catalog.projects()}
    return Registered(
        tuple(catalog.find(f"id:{artifact.id}") for artifact in artifacts),
        tuple(p for p in projects.values() if Path(p.path) in roots),
        tuple(unknown),
    )


def _check_values(given: Mapping[str, str]) -> None:
    unknown = [key for key in given if key not in KNOWN_VALUES]
    if unknown:
        raise MlcatalogError(
            f"{unknown[0]} cannot be set when registering.",
            remedy=f"These can: {', '.join(KNOWN_VALUES)}.",
        )
    if given.get("stage") and given["stage"] not in list(Stage):
        raise MlcatalogError(
            f"{given['stage']} is no stage.",
            remedy=f"Stages are {', '.join(Stage)}.",
        )


def _roots(catalog: Catalog, paths: Sequence[Path]) -> list[Path]:
    roots: list[Path] = []
    known = [Path(project.path) for project in catalog.projects()]
    for path in paths:
        place = path.absolute().resolve()
        folder = place if place.is_dir() else place.parent
        holders = [root for root in known if folder == root or root in folder.parents]
        root = max(holders, key=lambda p: len(p.parts)) if holders else folder
        if root not in roots:
            roots.append(root)
    return roots


def _artifacts(
    catalog: Catalog, paths: Sequence[Path]
) -> tuple[list[Summary], list[str]]:
    found: dict[str, Summary] = {}
    unknown: list[str] = []
    for path in paths:
        place = path.absolute().resolve()
        inside = _inside(catalog, place) if place.is_dir() else []
        try:
            here = [catalog.find(f"path:{place}")]
        except NotFoundError:
            here = []
        if not inside and not here:
            unknown.append(str(path))
        found |= {artifact.id: artifact for artifact in (*here, *inside)}
    return list(found.values()), unknown


def _inside(catalog: Catalog, folder: Path) -> list[Summary]:
    prefix = f"{folder}/"
    return [
        artifact
        for artifact in catalog.list("")
        if artifact.path.startswith(prefix) and artifact.kind is not Kind.RUN
    ]


def _is_chosen(artifact: Summary, paths: Sequence[Path]) -> bool:
    """What was given itself; of a folder, the models in it."""
    places = {str(path.absolute().resolve()) for path in paths}
    return artifact.path in places or artifact.kind is Kind.MODEL


def _apply(catalog: Catalog, artifact: Summary, given: Mapping[str, str]) -> None:
    if given.get("owner"):
        catalog.set_owner(artifact.id, given["owner"])
    if given.get("stage"):
        catalog.set_stage(artifact.id, Stage(given["stage"]))
    if given.get("note"):
        catalog.set_note(artifact.id, given["note"])
    if given.get("tags"):
        catalog.set_tags(artifact.id, given["tags"].split(","))


def _link(catalog: Catalog, artifact: Summary, *, base: str, data: str) -> None:
    if artifact.kind is not Kind.MODEL:
        return
    for text, kind, relation in (
        (base, Kind.MODEL, Relation.FINETUNED_FROM),
        (data, Kind.DATASET, Relation.TRAINED_ON),
    ):
        if text:
            claim = Claim(
                THIS,
                relation,
                _reference(catalog, text, kind),
                Evidence.DECLARED,
                "registration",
            )
            catalog.claim(claim, artifact.id)


def _reference(catalog: Catalog, text: str, kind: Kind) -> Reference:
    try:
        found = catalog.find(text)
    except NotFoundError:
        identifier, _, revision = text.partition("@")
        scheme = Scheme.HUB if identifier.count("/") == 1 else Scheme.NAME
        return Reference(scheme, identifier, revision or None, kind)
    return Reference(Scheme.PATH, found.path, None, kind)
