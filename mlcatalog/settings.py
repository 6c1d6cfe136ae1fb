"""The settings: one frozen model, kept in one TOML file that people can read."""

from __future__ import annotations

import logging
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mlcatalog.domain.errors import SettingsError

log = logging.getLogger(__name__)

RENAMED: dict[str, str] = {}  # old key -> the field that it is called now


class Theme(StrEnum):
    """How the window is coloured."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Settings(BaseModel):
    """What a person may choose; every field has a default, a title and a sentence."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=False)

    theme: Theme = Field(
        default=Theme.SYSTEM,
        title="Theme",
        description="Light, dark, or as the system is.",
    )
    font_size: int = Field(
        default=0,
        title="Font size",
        description="Points of the window's text; 0 follows the system.",
        ge=0,
        le=48,
    )
    name_template: str = Field(
        default="",
        title="Name template",
        description="How models are to be named; empty means the built-in template.",
        max_length=500,
    )
    reader_memory: int = Field(
        default=1_024,
        title="Memory for a reader",
        description="Mebibytes that reading one file may take before it is stopped.",
        ge=128,
        le=65_536,
    )
    reader_seconds: float = Field(
        default=30.0,
        title="Time for a reader",
        description="Seconds that reading one file may take before it is stopped.",
        ge=1,
        le=3_600,
    )
    settle_seconds: float = Field(
        default=2.0,
        title="Settling time",
        description="Seconds without change before a file counts as fully written.",
        ge=0,
        le=600,
    )
    poll_seconds: float = Field(
        default=10.0,
        title="Polling interval",
        description="Seconds between looks at folders whose changes nobody announces.",
        ge=1,
        le=86_400,
    )
    watch: bool = Field(
        default=True,
        title="Watch projects",
        description="Follow changes in the projects while the window is open.",
    )
    backup: bool = Field(
        default=True,
        title="Backups",
        description="Copy the catalogue before a migration and once a day.",
    )
    backups_kept: int = Field(
        default=10,
        title="Backups kept",
        description="How many copies of the catalogue are kept.",
        ge=1,
        le=1_000,
    )
    signing_key: str = Field(
        default="",
        title="Signing key",
        description="A PKCS#12 file that signs dossiers; its passphrase is in the key store.",
    )
    restore_session: bool = Field(
        default=True,
        title="Restore the session",
        description="Open the window as it was left.",
    )

    @property
    def unknown(self) -> Mapping[str, object]:
        """Keys that this version does not know; they are kept when saving."""
        return dict(self.model_extra or {})

    def changed(self, **values: object) -> Settings:
        """A copy with some fields changed; raises SettingsError for wrong values."""
        return parsed({**self.model_dump(), **values})


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the table that the dialog and the documentation are made from."""

    name: str
    title: str
    sentence: str
    default: object
    kind: type
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()


def describe() -> tuple[Setting, ...]:
    """Every setting, in the order of the file."""
    return tuple(_described(name) for name in Settings.model_fields)


def default_path() -> Path:
    """The settings file in the platform's folder for them."""
    return Path(platformdirs.user_config_dir("mlcatalog", appauthor=False)) / (
        "settings.toml"
    )


def load(path: Path) -> Settings:
    """The settings of a file, the defaults where there is none.

    Raises SettingsError that names the field, or the line that is no TOML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            "The settings file cannot be read", where=str(path), why=str(error)
        ) from error
    try:
        return parsed(tomllib.loads(text), where=str(path))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            "The settings file is not valid TOML",
            where=str(path),
            why=str(error),
            remedy="Correct that line, or remove the file to have the defaults again.",
        ) from error


def parsed(values: Mapping[str, object], *, where: str = "") -> Settings:
    """Settings of plain values; raises SettingsError that names the field."""
    renamed = {RENAMED.get(key, key): value for key, value in values.items()}
    try:
        settings = Settings.model_validate(renamed)
    except ValidationError as error:
        raise _refusal(error, where) from error
    for key in settings.unknown:
        log.warning("unknown setting %r is kept and has no effect", key)
    return settings


def save(settings: Settings, path: Path) -> None:
    """Write the file in one step; a crash leaves the old one. Raises SettingsError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".settings-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(as_toml(settings))
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SettingsError(
            "The settings could not be saved",
            where=str(path),
            why=error.strerror or str(error),
            remedy="The old settings are still there; free the place and save again.",
        ) from error


def as_toml(settings: Settings) -> str:
    """The file's text: each field under its sentence, unknown keys at the end."""
    lines = ["# mlcatalog settings", ""]
    for setting in describe():
        value = getattr(settings, setting.name)
        lines += [f"# {setting.sentence}", f"{setting.name} = {_toml(value)}", ""]
    if settings.unknown:
        lines.append("# Not known to this version, and kept.")
    lines += [
        f"{_key(key)} = {_toml(value)}" for key, value in settings.unknown.items()
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _described(name: str) -> Setting:
    field = Settings.model_fields[name]
    kind: type = field.annotation if isinstance(field.annotation, type) else str
    limits = {
        bound: getattr(rule, bound)
        for rule in field.metadata
        for bound in ("ge", "le")
        if hasattr(rule, bound)
    }
    return Setting(
        name=name,
        title=field.title or name,
        sentence=field.description or "",
        default=field.default,
        kind=kind,
        least=limits.get("ge"),
        most=limits.get("le"),
        choices=tuple(Theme) if kind is Theme else (),
    )


def _refusal(error: ValidationError, where: str) -> SettingsError:
    first = error.errors(include_url=False, include_input=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    field = Settings.model_fields.get(name)
    default = getattr(field.default, "value", field.default) if field else ""
    return SettingsError(
        f"The setting {name} has a value that cannot be used",
        where=where,
        why=str(first["msg"]),
        remedy=f"Correct {name}, or remove the line to have {default!r} again.",
    )


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _quoted(key)


def _toml(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return _quoted(str(value))
        case Mapping():
            inner = ", ".join(f"{_key(str(k))} = {_toml(v)}" for k, v in value.items())
            return f"{{ {inner} }}"
        case list() | tuple():
            return f"[{', '.join(_toml(part) for part in value)}]"
        case _:  # TOML's own times
            return str(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    shown = "".join(
        f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 else c for c in escaped
    )
    return f'"{shown}"'
