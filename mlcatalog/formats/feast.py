"""Features that a Feast repository defines: by its code and by its registry.

The code is parsed, never run. registry.db is one protobuf message, whose fields
are those of feast/core/Registry.proto and what it imports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from mlcatalog.domain.reading import Claim, Fact, Reading, Reference, Scheme
from mlcatalog.domain.words import Kind
from mlcatalog.formats import feast_code, saying
from mlcatalog.formats.bounded import damaged
from mlcatalog.formats.described_data import Field, described, reading_of
from mlcatalog.formats.protobuf import Span, Walk
from mlcatalog.formats.python_script import PythonReader

REGISTRY_LIMIT = 64 * 2**20  # bytes
SQLITE = b"SQLite format 3\0"
TYPES = {
    1: "bytes", 2: "string", 3: "int32", 4: "int64", 5: "float64", 6: "float32",
    7: "bool", 8: "timestamp",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """Where a view's data lies: a path or a table."""

    name: str = ""
    path: str = ""
    table: str = ""
    time: str = ""  # the column of the event's time


@dataclass(frozen=True, slots=True)
class View:
    """A feature view: what it is called, its features and their source."""

    name: str
    description: str = ""
    owner: str = ""
    features: tuple[Field, ...] = ()
    source: Source = Source()


@dataclass(slots=True)
class Definitions:
    """What a repository defines."""

    project: str = ""
    entities: list[Field] = field(default_factory=list)  # by their join keys
    views: list[View] = field(default_factory=list)

    def reading(self, format_name: str) -> Reading:
        """Features as columns with meanings and owners, sources as claims."""
        owners = sorted({view.owner for view in self.views if view.owner})
        return reading_of(
            format_name,
            self._fields(),
            facts=(
                *saying.fact("title", self.project, "project"),
                *saying.fact("feature views", [v.name for v in self.views], "views"),
                *(fact for view in self.views for fact in _view_facts(view)),
                *saying.fact("owner", ", ".join(owners), "owner"),
            ),
            claims=dict.fromkeys(
                claim for view in self.views for claim in _source_claims(view)
            ),
        )

    def _fields(self) -> Iterator[Field]:
        yield from self.entities
        times: dict[str, str] = {}
        for view in self.views:
            for one in view.features:
                yield replace(one, owner=one.owner or view.owner)
            if view.source.time:
                times[view.source.time] = view.source.name or view.name
        for name, source in times.items():
            yield Field(name, "timestamp", f"When it happened, the time of {source}")


def _view_facts(view: View) -> Iterator[Fact]:
    yield from saying.fact(f"view.{view.name}", view.description, "description")


def _source_claims(view: View) -> Iterator[Claim]:
    source = f"{view.name}: source"
    path, table = view.source.path, view.source.table
    if path:
        scheme = Scheme.URL if "://" in path else Scheme.PATH
        yield described(Reference(scheme, path, kind=Kind.DATASET), source)
    elif table:
        yield described(Reference(Scheme.NAME, table, kind=Kind.DATASET), source)


class FeastDefinitionsReader:
    """Reads Python that defines features: entities, views, fields, sources."""

    format = "feast definitions"
    title = "Definitions of features for Feast"
    version = 1
    kind: Kind | None = Kind.SCRIPT
    suffixes: tuple[str, ...] = (".py",)
    names: tuple[str, ...] = ()
    by_content = True

    def claims(self, head: bytes) -> bool:
        """What imports Feast."""
        return b"from feast" in head or b"import feast" in head

    def read(self, path: Path) -> Reading:
        """A script like any other, with the features that it defines."""
        script = PythonReader().read(path)
        found = Definitions()
        for one in feast_code.things(path):
            _add(one, found, path.name)
        if not found.views:
            return script
        told = found.reading(self.format)
        return replace(
            script,
            format=self.format,
            facts=(*script.facts, *told.facts),
            params=told.params,
            columns=told.columns,
            claims=(*script.claims, *told.claims),
        )


def _add(thing: feast_code.Thing, found: Definitions, file: str) -> None:
    said = thing.said
    if thing.kind == "entity":
        keys = thing.names or (said.get("name", ""),)
        meaning, owner = said.get("description", ""), said.get("owner", "")
        found.entities += [Field(key, "key", meaning, owner) for key in keys if key]
        return
    found.views.append(
        View(
            name=said.get("name", ""),
            description=said.get("description", ""),
            owner=said.get("owner", ""),
            features=tuple(_field(one, thing, file) for one in thing.fields),
            source=Source(
                name=thing.source.get("name", ""),
                path=thing.source.get("path", ""),
                table=thing.source.get("table", ""),
                time=thing.source.get("timestamp_field", ""),
            ),
        )
    )


def _field(told: Mapping[str, str], view: feast_code.Thing, file: str) -> Field:
    return Field(
        told.get("name", ""),
        told.get("dtype", "").rpartition(".")[2].lower() or "unknown",
        told.get("description", ""),
        told.get("owner", ""),
        told.get("rationale", ""),
        f"{file}: {view.function}" if view.function else "",
    )


class FeastRegistryReader:
    """Reads registry.db: what was applied, with descriptions and owners."""

    format = "feast registry"
    title = "Registry of a Feast feature store"
    version = 1
    kind: Kind | None = Kind.DOCUMENT
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ("registry.db",)

    def claims(self, head: bytes) -> bool:
        """A message whose first field is one that a registry has, or a database."""
        return head.startswith(SQLITE) or head[:1] in (b"\x0a", b"\x1a", b"\x22")

    def read(self, path: Path) -> Reading:
        """Entities, views and sources; raises FormatError."""
        with path.open("rb") as file:
            if file.read(len(SQLITE)) == SQLITE:
                return Reading("sqlite", self.kind)  # of this name others make some
            size = file.seek(0, 2)
            if size > REGISTRY_LIMIT:
                raise damaged(path, f"It has more than {REGISTRY_LIMIT:,} bytes")
            return _Registry(Walk(file, path)).definitions(size).reading(self.format)


@dataclass(frozen=True, slots=True)
class _Registry:
    """The message, by the numbers of its fields."""

    walk: Walk

    def definitions(self, size: int) -> Definitions:
        """All that the registry holds."""
        root = self._fields(Span(0, size))
        found = Definitions()
        for project in self._inner(root, 17, 1):
            found.project = self._text(project, 1)
        if not found.project:
            found.project = self._text(self._first(root, 15), 1)
        for entity in self._inner(root, 1, 1):
            key = self._text(entity, 4) or self._text(entity, 1)
            kind = TYPES.get(self._number(entity, 2), "key")
            owner = self._text(entity, 10)
            if not key.startswith("__"):  # Feast's own, for views without entities
                found.entities.append(Field(key, kind, self._text(entity, 3), owner))
        for spec in self._inner(root, 6, 1):
            found.views.append(self._view(spec, (4, 10, 11), self._first(spec, 7)))
        for spec in self._inner(root, 14, 1):
            found.views.append(self._view(spec, (4, 6, 8), self._first(spec, 10)))
        for spec in self._inner(root, 8, 1):
            found.views.append(self._view(spec, (3, 6, 8), {}))
        return found

    def _view(
        self, spec: Message, numbers: tuple[int, int, int], source: Message
    ) -> View:
        features, description, owner = numbers
        return View(
            self._text(spec, 1),
            self._text(spec, description),
            self._text(spec, owner),
            tuple(self._feature(one) for one in self._messages(spec, features)),
            self._source(source),
        )

    def _feature(self, spec: Message) -> Field:
        tags = {
            self._text(tag, 1): self._text(tag, 2) for tag in self._messages(spec, 3)
        }
        return Field(
            self._text(spec, 1),
            TYPES.get(self._number(spec, 2), "unknown"),
            self._text(spec, 4),
            tags.get("owner", ""),
            tags.get("rationale", ""),
        )

    def _source(self, spec: Message) -> Source:
        path = self._text(self._first(spec, 11), 2) or self._text(
            self._first(spec, 27), 3
        )
        tables = (self._text(self._first(spec, one), 1) for one in (12, 15, 19, 27, 30))
        table = next((one for one in tables if one), "")
        return Source(self._text(spec, 20), path, table, self._text(spec, 3))

    def _inner(self, message: Message, number: int, part: int) -> Iterator[Message]:
        """The spec of each message of a repeated field."""
        for one in self._messages(message, number):
            yield self._first(one, part)

    def _messages(self, message: Message, number: int) -> Iterator[Message]:
        for span in message.get(number, ()):
            if isinstance(span, Span):
                yield self._fields(span)

    def _first(self, message: Message, number: int) -> Message:
        return next(iter(self._messages(message, number)), {})

    def _fields(self, span: Span) -> Message:
        found: Message = {}
        for number, value in self.walk.fields(span):
            found.setdefault(number, []).append(value)
        return found

    def _text(self, message: Message, number: int) -> str:
        values = message.get(number, ())
        return self.walk.text(values[0]) if values else ""

    @staticmethod
    def _number(message: Message, number: int) -> int:
        return next((v for v in message.get(number, ()) if isinstance(v, int)), 0)


Message = dict[int, list[int | Span]]
