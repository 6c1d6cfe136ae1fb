"""Name templates: fields in braces, joined by literals."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mlcatalog.domain.errors import SettingsError

DEFAULT_TEMPLATE = "{project}-{task}-{architecture}-{dataset-version}-{date}-{run-id}"
FIELDS = ("project", "task", "architecture", "dataset-version", "date", "run-id")
_FIELD = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A template: its text, its fields in order, and the literals around them.

    `literals` is one longer than `fields`: the text before each field, and
    what follows the last.
    """

    text: str
    fields: tuple[str, ...]
    literals: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Template:
        """The template of a text; raises SettingsError that names what is wrong."""
        fields = tuple(_FIELD.findall(text))
        literals = tuple(_FIELD.split(text)[::2])
        _check(text, fields, literals)
        return cls(text, fields, literals)

    def format(self, values: dict[str, str]) -> str:
        """The name that these values make; a field without one is `????`."""
        parts = [self.literals[0]]
        for field, literal in zip(self.fields, self.literals[1:], strict=True):
            parts += [values.get(field) or "????", literal]
        return "".join(parts)


def _check(text: str, fields: tuple[str, ...], literals: tuple[str, ...]) -> None:
    wrong = ""
    unknown = [field for field in fields if field not in FIELDS]
    if not fields:
        wrong = "it has no field in braces"
    elif unknown:
        wrong = f"there is no field {unknown[0] or '{}'}"
    elif len(set(fields)) != len(fields):
        wrong = "a field stands in it twice"
    elif any(not literal for literal in literals[1:-1]):
        wrong = "two fields touch without a separator"
    elif any("{" in literal or "}" in literal for literal in literals):
        wrong = "a brace is not closed"
    if wrong:
        raise SettingsError(
            f"The template {text[:80]} cannot be used.",
            why=wrong,
            remedy=f"Use the fields {', '.join(FIELDS)} in braces.",
        )
