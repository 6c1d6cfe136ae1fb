"""Where the files lie that are shipped beside the code: icons, fonts, templates."""

from __future__ import annotations

from pathlib import Path

from mlcatalog.domain.errors import MlcatalogError

PACKAGE = Path(__file__).resolve().parent.parent
PLACES: tuple[Path, ...] = (
    PACKAGE / "resources",  # installed: the wheel carries them inside the package
    PACKAGE.parent / "resources",  # a checkout: they lie at the top
)


def resource(name: str) -> Path:
    """The path of a shipped file or folder such as "typst/dossier.typ".

    Raises MlcatalogError when it is not there: the installation is damaged.
    """
    for place in PLACES:
        if (place / name).exists():
            return place / name
    raise MlcatalogError(
        f"{name} is missing from this installation of mlcatalog",
        where=str(PLACES[0]),
        remedy="Install mlcatalog again.",
    )
