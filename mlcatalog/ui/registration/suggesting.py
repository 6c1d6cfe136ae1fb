"""Names that the sheet of registration may complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlcatalog.domain.errors import MlcatalogError
from mlcatalog.domain.words import Kind

if TYPE_CHECKING:
    from mlcatalog.catalog.store import Catalog

MOST = 5_000  # names of one kind; a completer shows a few of them


@dataclass(frozen=True)
class Names:
    """What is in the catalogue already, by name."""

    models: tuple[str, ...]
    datasets: tuple[str, ...]
    owners: tuple[str, ...]
    owner: str = ""  # of what is registered, when it is known already
    stage: str = ""


def known_names(catalog: Catalog, paths: Sequence[Path]) -> Names:
    """The names of models and datasets, and the owners, each once.

    One path that is registered already comes with what was said of it.
    """
    models = catalog.rows(catalog.ids(f"kind:{Kind.MODEL}", sort="name")[:MOST])
    data = catalog.rows(catalog.ids(f"kind:{Kind.DATASET}", sort="name")[:MOST])
    owned = catalog.rows(catalog.ids("has:owner", sort="owner")[:MOST])
    return Names(
        tuple(dict.fromkeys(row.name for row in models)),
        tuple(dict.fromkeys(row.name for row in data)),
        tuple(dict.fromkeys(row.owner for row in owned)),
        *_said(catalog, paths),
    )


def _said(catalog: Catalog, paths: Sequence[Path]) -> tuple[str, str]:
    if len(paths) != 1:
        return "", ""
    try:
        known = catalog.find(f"path:{paths[0]}")
    except MlcatalogError:
        return "", ""
    return known.owner, known.stage.value
