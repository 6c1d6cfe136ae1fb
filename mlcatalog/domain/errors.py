"""What can go wrong, in words that a person can act on.

MlcatalogError                 something the user can act on
├── FormatError                a file is not what its name says
│   └── UnsafeFileError        reading it would run its code: refused
├── ReaderFailedError          a reader crashed, hung or took too much memory
├── CatalogError               SQLite said no: locked, full, read-only, corrupt
│   ├── CatalogTooNewError     written by a later mlcatalog
│   ├── CatalogMissingError    its folder, or the file that was to be read, is not there
│   ├── CatalogLockedError     another program holds it
│   ├── CatalogReadOnlyError   it may be read but not written
│   ├── CatalogDamagedError    the file is damaged, or no catalogue at all
│   ├── NotFoundError          no artifact, project or file goes by that reference
│   │   └── AmbiguousError     several do; they are listed
│   └── LeaseLostError         another program took over what this one was doing
├── ProjectError               a folder that cannot be watched or walked
├── SettingsError              a settings file that cannot be used
├── CredentialsError           the key store is missing, locked or said no
└── ExportError                a report that could not be written

Cancelled                      the user stopped a task: no error at all
"""

from __future__ import annotations


class MlcatalogError(Exception):
    """Something went wrong that the user can act on.

    what: the sentence; where: the file or artifact; why: the cause as the
    system put it; remedy: what to do next.
    """

    def __init__(
        self, what: str, *, where: str = "", why: str = "", remedy: str = ""
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.remedy = remedy

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (type(self), self.what, self.where, self.why, self.remedy)

    def __str__(self) -> str:
        return " ".join(self.sentences())

    def sentences(self) -> list[str]:
        """What, where, why and remedy, each as one sentence, empty ones left out."""
        parts = [self.what, self.where, self.why, self.remedy]
        return [part if part[-1] in ".!?" else f"{part}." for part in parts if part]


def _rebuilt(
    kind: type[MlcatalogError], what: str, where: str, why: str, remedy: str
) -> MlcatalogError:
    return kind(what, where=where, why=why, remedy=remedy)


class FormatError(MlcatalogError):
    """A file is not what its name says, or is damaged."""


class UnsafeFileError(FormatError):
    """Reading the file would run its code or follow it out of the project."""


class ReaderFailedError(MlcatalogError):
    """A reader crashed, hung or took too much memory; the scan went on."""


class CatalogError(MlcatalogError):
    """The catalogue cannot be used: locked, full, read-only, missing, corrupt."""


class CatalogTooNewError(CatalogError):
    """The catalogue was written by a later mlcatalog and was left untouched."""


class CatalogMissingError(CatalogError):
    """The catalogue, or the folder it belongs in, is not there."""


class CatalogLockedError(CatalogError):
    """Another program holds the catalogue."""


class CatalogReadOnlyError(CatalogError):
    """The catalogue may be read but not written."""


class CatalogDamagedError(CatalogError):
    """The file is damaged, or no catalogue at all; it was left as it is."""


class NotFoundError(CatalogError):
    """Nothing goes by that reference."""


class AmbiguousError(NotFoundError):
    """Several artifacts go by that reference."""

    def __init__(self, what: str, *, candidates: tuple[str, ...] = ()) -> None:
        shown = "; ".join(candidates[:10])
        super().__init__(
            what, why=f"It could be {shown}", remedy="Use an id: or a path: reference."
        )
        self.candidates = candidates

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt_ambiguous, (self.what, self.candidates)


def _rebuilt_ambiguous(what: str, candidates: tuple[str, ...]) -> AmbiguousError:
    return AmbiguousError(what, candidates=candidates)


class LeaseLostError(CatalogError):
    """Another program took over what this one was doing."""


class ProjectError(MlcatalogError):
    """A folder that cannot be watched or walked."""


class SettingsError(MlcatalogError):
    """A settings file that cannot be used."""


class CredentialsError(MlcatalogError):
    """The key store is missing, locked or said no."""


class ExportError(MlcatalogError):
    """A report that could not be written."""


class Cancelled(Exception):  # noqa: N818 - stopping is no error
    """The user stopped a task."""
