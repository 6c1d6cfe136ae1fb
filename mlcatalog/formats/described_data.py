"""Descriptions of datasets: Croissant, Frictionless packages, dbt and pandera schemas.

Each is a document that names the data it describes and says what its columns
mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.domain.reading import (
    Claim,
    Column,
    Fact,
    Param,
    Reading,
    Reference,
    Scheme,
)
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.formats import bounded, plain_values, saying
from mlcatalog.formats.bounded import table_of, words_of

FIELD_LIMIT = 100_000
PANDERA_KEYS = frozenset(
    {
        "title", "description", "dtype", "nullable", "unique", "coerce", "required",
        "regex", "default", "metadata", "checks", "parsers", "drop_invalid_rows",
    }
)  # fmt: skip
DIGESTS = {"sha256": Scheme.SHA256, "md5": Scheme.MD5}


@dataclass(frozen=True, slots=True)
class Field:
    """One column, what it holds and what it means ("" when nothing says)."""

    name: str
    type: str
    meaning: str = ""
    owner: str = ""
    rationale: str = ""
    code: str = ""  # what computes it

    def asides(self) -> Iterator[Param]:
        """What else is said of it, under its name and that word."""
        for word in ("owner", "rationale", "code"):
            if said := getattr(self, word):
                yield Param(f"{self.name}.{word}", Value.of(said))


def listed(raw: object) -> list[dict[str, object]]:
    """The tables of a list."""
    return [table_of(one) for one in raw] if isinstance(raw, list) else []


def reading_of(
    format_name: str,
    fields: Iterable[Field],
    *,
    facts: Iterable[Fact] = (),
    claims: Iterable[Claim] = (),
) -> Reading:
    """The reading of a description: its fields as columns, params and facts."""
    kept = list(fields)[:FIELD_LIMIT]
    documented = [field.name for field in kept if field.meaning]
    owned = [field.name for field in kept if field.owner]
    return Reading(
        format_name,
        Kind.DOCUMENT,
        facts=(
            *facts,
            *saying.fact("features", [field.name for field in kept], "fields"),
            *saying.fact("features.documented", documented, "descriptions"),
            *saying.fact("features.owned", owned, "owners"),
        ),
        params=(
            *(Param(f.name, Value.of(f.meaning)) for f in kept if f.meaning),
            *(param for field in kept for param in field.asides()),
        ),
        columns=tuple(Column(field.name, field.type) for field in kept),
        claims=tuple(claims),
    )


def described(reference: Reference, source: str) -> Claim:
    """The claim that the document describes some data."""
    return saying.claim(Relation.DESCRIBES, reference, source)


def _text(raw: object) -> str:
    return raw if isinstance(raw, str) else ""


def _place(text: str, source: str) -> Iterator[Claim]:
    if text:
        scheme = Scheme.URL if "://" in text else Scheme.PATH
        yield described(Reference(scheme, text, kind=Kind.DATASET), source)


class CroissantReader:
    """Reads Croissant JSON-LD: files with digests, fields with meanings."""

    format = "croissant"
    title = "Croissant description of a dataset"
    version = 1
    kind: Kind | None = Kind.DOCUMENT
    suffixes: tuple[str, ...] = (".json", ".jsonld")
    names: tuple[str, ...] = ()
    by_content = True

    def claims(self, head: bytes) -> bool:
        """The vocabulary's address stands in the context."""
        return b"mlcommons.org/croissant" in head and b"@context" in head

    def read(self, path: Path) -> Reading:
        """Title, licence, files and fields; raises FormatError."""
        raw = table_of(bounded.json_file(path))
        facts = {
            "title": "name",
            "summary": "description",
            "license": "license",
            "model.version": "version",
            "created": "datePublished",
            "homepage": "url",
        }
        return reading_of(
            self.format,
            _croissant_fields(raw),
            facts=(
                *saying.facts_from(raw, facts),
                *saying.fact("owner", _people(raw.get("creator")), "creator"),
                *(
                    fact
                    for key, value in raw.items()
                    if key.startswith("rai:")
                    for fact in saying.fact(key, value, key)
                ),
            ),
            claims=_distribution(raw),
        )


def _people(raw: object) -> str:
    people = raw if isinstance(raw, list) else [raw]
    names = [_text(table_of(one).get("name")) for one in people]
    return ", ".join(name for name in names if name)


def _croissant_fields(raw: Mapping[str, object]) -> Iterator[Field]:
    for records in listed(raw.get("recordSet")):
        for field in listed(records.get("field")):
            name = (
                _text(field.get("name")) or _text(field.get("@id")).rpartition("/")[2]
            )
            types = words_of(field.get("dataType")) or ["unknown"]
            yield Field(name, types[0], _text(field.get("description")))


def _distribution(raw: Mapping[str, object]) -> Iterator[Claim]:
    for thing in listed(raw.get("distribution")):
        source = f"distribution: {_text(thing.get('name')) or _text(thing.get('@id'))}"
        for key, scheme in DIGESTS.items():
            digest = _text(thing.get(key))
            if digest:
                reference = Reference(scheme, digest.lower(), kind=Kind.DATASET)
                yield described(reference, f"{source}.{key}")
        yield from _place(_text(thing.get("contentUrl")), source)


class DatapackageReader:
    """Reads a Frictionless package: resources with hashes, fields with meanings."""

    format = "datapackage"
    title = "Frictionless data package"
    version = 1
    kind: Kind | None = Kind.DOCUMENT
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = (
        "*datapackage.json",
        "*datapackage.yaml",
        "*datapackage.yml",
    )

    def claims(self, head: bytes) -> bool:
        """Any text."""
        return bounded.is_text(head)

    def read(self, path: Path) -> Reading:
        """Resources and fields; raises FormatError."""
        loaded = plain_values.load(path)
        plain_values.flattened(loaded, path)  # refuses what expands without end
        raw = table_of(loaded)
        resources = listed(raw.get("resources"))
        if not resources:
            raise bounded.damaged(path, "It lists no resources")
        licenses = [_text(one.get("name")) for one in listed(raw.get("licenses"))]
        keys = {"title": "title", "summary": "description", "model.version": "version"}
        return reading_of(
            self.format,
            (field for one in resources for field in _fields(one)),
            facts=(
                *saying.facts_from(raw, keys),
                *saying.fact("created", raw.get("created"), "created"),
                *saying.fact("license", ", ".join(filter(None, licenses)), "licenses"),
                *saying.fact("sources", raw.get("sources"), "sources"),
            ),
            claims=(claim for one in resources for claim in _resource(one)),
        )


def _fields(resource: Mapping[str, object]) -> Iterator[Field]:
    for field in listed(table_of(resource.get("schema")).get("fields")):
        meaning = _text(field.get("description")) or _text(field.get("title"))
        yield Field(
            _text(field.get("name")), _text(field.get("type")) or "any", meaning
        )


def _resource(resource: Mapping[str, object]) -> Iterator[Claim]:
    source = f"resources: {_text(resource.get('name'))}"
    for text in words_of(resource.get("path")):
        yield from _place(text, source)
    kind, colon, digest = _text(resource.get("hash")).rpartition(":")
    scheme = DIGESTS.get(kind.lower() if colon else "md5")
    if digest and scheme:
        reference = Reference(scheme, digest.lower(), kind=Kind.DATASET)
        yield described(reference, f"{source}.hash")


class DbtSchemaReader:
    """Reads dbt's schema files: models and sources with columns and tests."""

    format = "dbt schema"
    title = "Column documentation of dbt"
    version = 2
    kind: Kind | None = Kind.DOCUMENT
    suffixes: tuple[str, ...] = (".yml", ".yaml")
    names: tuple[str, ...] = ()
    by_content = True

    def claims(self, head: bytes) -> bool:
        """A version, then tables with columns, as lists of names."""
        has_tables = any(
            word in b"\n" + head for word in (b"\nmodels:", b"\nsources:", b"\nseeds:")
        )
        return b"version: 2" in head and has_tables and b"- name:" in head

    def read(self, path: Path) -> Reading:
        """Columns with descriptions, each table a claim; raises FormatError."""
        loaded = plain_values.load(path)
        plain_values.flattened(loaded, path)
        raw = table_of(loaded)
        tables = [one for key in ("models", "seeds") for one in listed(raw.get(key))]
        for source in listed(raw.get("sources")):
            tables += listed(source.get("tables"))
        tests = sum(
            len(words)
            for one in tables
            for words in _tests_of(listed(one.get("columns")))
        )
        owners = {_text(_dbt_meta(one).get("owner")) for one in tables} - {""}
        return reading_of(
            self.format,
            (field for one in tables for field in _dbt_fields(one)),
            facts=(
                *saying.fact("tests.defined", tests or None, "columns.tests"),
                *saying.fact("owner", ", ".join(sorted(owners)), "meta.owner"),
            ),
            claims=(
                described(
                    Reference(Scheme.NAME, _text(one.get("name")), kind=Kind.DATASET),
                    "name",
                )
                for one in tables
                if _text(one.get("name"))
            ),
        )


def _tests_of(columns: list[dict[str, object]]) -> Iterator[list[object]]:
    for column in columns:
        for key in ("tests", "data_tests"):
            found = column.get(key)
            if isinstance(found, list):
                yield found


def _dbt_fields(table: Mapping[str, object]) -> Iterator[Field]:
    for column in listed(table.get("columns")):
        type_ = _text(column.get("data_type")) or "unknown"
        name, meaning = _text(column.get("name")), _text(column.get("description"))
        own = _dbt_meta(column)
        owner = _text(own.get("owner")) or _text(_dbt_meta(table).get("owner"))
        yield Field(name, type_, meaning, owner, _text(own.get("rationale")))


def _dbt_meta(thing: Mapping[str, object]) -> dict[str, object]:
    """The free words of a table or column; since dbt 1.10 below "config"."""
    return table_of(thing.get("meta")) or table_of(
        table_of(thing.get("config")).get("meta")
    )


class PanderaReader:
    """Reads a pandera schema: columns, checks and descriptions."""

    format = "pandera schema"
    title = "Schema of a table by pandera"
    version = 1
    kind: Kind | None = Kind.DOCUMENT
    suffixes: tuple[str, ...] = (".yml", ".yaml", ".json")
    names: tuple[str, ...] = ()
    by_content = True

    def claims(self, head: bytes) -> bool:
        """The kind of schema comes first."""
        start = head[:200].lstrip(b"{ \r\n\t")
        return start.startswith((b"schema_type:", b'"schema_type"'))

    def read(self, path: Path) -> Reading:
        """Columns with checks; raises FormatError."""
        loaded = plain_values.load(path)
        plain_values.flattened(loaded, path)
        raw = table_of(loaded)
        columns = table_of(raw.get("columns"))
        checks = sum(_checks(one) for one in columns.values())
        return reading_of(
            self.format,
            (
                Field(
                    name,
                    _text(table_of(one).get("dtype")) or "any",
                    _text(table_of(one).get("description")),
                )
                for name, one in columns.items()
            ),
            facts=(
                *saying.fact("tests.defined", checks or None, "columns.checks"),
                *saying.fact("title", raw.get("name"), "name"),
                *saying.fact("framework.version", raw.get("version"), "version"),
            ),
        )


def _checks(column: object) -> int:
    """How many checks a column has: a list of them, or a key for each."""
    table = table_of(column)
    found = table.get("checks")
    inline = sum(1 for key in table if key not in PANDERA_KEYS)
    return inline + (len(found) if isinstance(found, dict | list) else 0)
