"""Recipes that tools keep beside models: mergekit, KitOps, spaCy, sentence-transformers.

Those of axolotl and LLaMA-Factory go by the keys of any configuration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mlcatalog.domain.reading import (
    Claim,
    Fact,
    Param,
    Point,
    Reading,
    Reference,
    Scheme,
    Series,
)
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.formats import bounded, plain_values, saying
from mlcatalog.formats.bounded import table_of, words_of
from mlcatalog.formats.described_data import listed

RECORDED = Evidence.RECORDED


def _text(raw: object) -> str:
    return raw if isinstance(raw, str) else ""


class MergekitReader:
    """Reads a recipe of mergekit: every model that went into the merge."""

    format = "mergekit"
    title = "Recipe of a merge (mergekit)"
    version = 1
    kind: Kind | None = Kind.CONFIG
    suffixes: tuple[str, ...] = (".yml", ".yaml")
    names: tuple[str, ...] = ()
    by_content = True

    def claims(self, head: bytes) -> bool:
        """The method of the merge."""
        return b"\nmerge_method:" in b"\n" + head

    def read(self, path: Path) -> Reading:
        """Method, parents and base; raises FormatError."""
        loaded = plain_values.load(path)
        params = plain_values.flattened(loaded, path)
        raw = table_of(loaded)
        base = _text(raw.get("base_model"))
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.fact("merge.method", raw.get("merge_method"), "merge_method"),
                *saying.fact("base.id", base, "base_model"),
                *saying.fact("dtype", raw.get("dtype"), "dtype"),
            ),
            params=params,
            claims=tuple(_merged(raw, base)),
        )


def _merged(raw: Mapping[str, object], base: str) -> Iterator[Claim]:
    parents = [*listed(raw.get("models"))]
    for part in listed(raw.get("slices")):
        parents += listed(part.get("sources"))
    names = [_model(one.get("model")) for one in parents]
    for name in dict.fromkeys(filter(None, [*names, base])):
        # "base+adapter" stands for a model with an adapter on it.
        for word in name.split("+"):
            parent = saying.target(word, Kind.MODEL)
            yield saying.claim(
                Relation.MERGED_FROM, parent, "models", evidence=RECORDED
            )


def _model(raw: object) -> str:
    if isinstance(raw, dict):
        inner = table_of(raw.get("model"))
        return _text(raw.get("path")) or _text(inner.get("path"))
    return _text(raw)


class KitfileReader:
    """Reads a KitOps Kitfile: model, data, code and documents of one package."""

    format = "kitfile"
    title = "KitOps Kitfile"
    version = 1
    kind: Kind | None = Kind.CONFIG
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ("kitfile", "kitfile.y*ml", "*.kitfile")

    def claims(self, head: bytes) -> bool:
        """Any text."""
        return bounded.is_text(head)

    def read(self, path: Path) -> Reading:
        """What the package holds, as claims about its model; raises FormatError."""
        loaded = plain_values.yaml_of(bounded.text(path), path)
        params = plain_values.flattened(loaded, path)
        raw = table_of(loaded)
        package, model = table_of(raw.get("package")), table_of(raw.get("model"))
        if not raw.keys() & {"manifestVersion", "package", "model", "datasets"}:
            raise bounded.damaged(path, "It describes no package")
        named = {"title": "name", "model.version": "version", "summary": "description"}
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.facts_from(package, named, "package."),
                *saying.fact(
                    "owner", ", ".join(words_of(package.get("authors"))), "package"
                ),
                *saying.fact("license", model.get("license"), "model.license"),
                *saying.fact("framework", model.get("framework"), "model.framework"),
            ),
            params=params,
            claims=tuple(_packed(raw, model)),
        )


def _packed(raw: Mapping[str, object], model: Mapping[str, object]) -> Iterator[Claim]:
    place = _text(model.get("path"))
    if not place:
        return
    is_parent = ":" in place.rpartition("/")[2] and "." not in place.rpartition(":")[2]
    subject = Reference(Scheme.PATH, place, kind=Kind.MODEL)
    if is_parent:  # another package: registry/name:tag
        return
    links = (
        ("datasets", Relation.TRAINED_ON, Kind.DATASET),
        ("code", Relation.EXECUTED, Kind.SCRIPT),
    )
    for key, relation, kind in links:
        for part in listed(raw.get(key)):
            text = _text(part.get("path"))
            if text and text not in (".", "./"):
                target = Reference(Scheme.PATH, text, kind=kind)
                yield saying.claim(
                    relation,
                    target,
                    f"{key}.{_text(part.get('name'))}",
                    subject=subject,
                )
    for part in listed(raw.get("docs")):
        document = Reference(Scheme.PATH, _text(part.get("path")), kind=Kind.DOCUMENT)
        if document.id:
            yield saying.claim(Relation.DESCRIBES, subject, "docs", subject=document)


class SpacyReader:
    """Reads a spaCy meta.json: languages, sources, scores and the commit of spaCy."""

    format = "spacy"
    title = "spaCy pipeline"
    version = 1
    kind: Kind | None = Kind.MODEL
    suffixes: tuple[str, ...] = (".json",)
    names: tuple[str, ...] = ()
    by_content = True

    FACTS = (
        ("title", "name"),
        ("language", "lang"),
        ("model.version", "version"),
        ("license", "license"),
        ("owner", "author"),
        ("summary", "description"),
        ("framework.version", "spacy_version"),
        ("framework.commit", "spacy_git_version"),
        ("pipeline", "pipeline"),
    )

    def claims(self, head: bytes) -> bool:
        """The version of spaCy that it asks for."""
        return head.lstrip()[:1] == b"{" and b'"spacy_version"' in head

    def read(self, path: Path) -> Reading:
        """Facts, scores and sources; raises FormatError."""
        raw = table_of(bounded.json_file(path))
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.fact("framework", "spacy", "spacy_version"),
                *saying.facts_from(raw, dict(self.FACTS)),
            ),
            metrics=tuple(_scores(table_of(raw.get("performance")))),
            claims=tuple(_sources(raw)),
        )


def _scores(performance: Mapping[str, object]) -> Iterator[Series]:
    for name, value in performance.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield Series(name[:200], (Point(None, float(value)),))


def _sources(raw: Mapping[str, object]) -> Iterator[Claim]:
    sources = raw.get("sources")
    for source in sources if isinstance(sources, list) else []:
        name = _text(source) or _text(table_of(source).get("name"))
        if name:
            data = Reference(Scheme.NAME, name, kind=Kind.DATASET)
            yield saying.claim(Relation.TRAINED_ON, data, "sources")
    for key in ("vectors",):
        place = _text(table_of(raw.get(key)).get("name"))
        if place:
            vectors = Reference(Scheme.NAME, place, kind=Kind.MODEL)
            yield saying.claim(Relation.DERIVED_FROM, vectors, f"{key}.name")


class SentenceTransformersReader:
    """Reads modules.json and the configuration of sentence-transformers."""

    format = "sentence-transformers"
    title = "Modules of a sentence-transformers model"
    version = 1
    kind: Kind | None = None
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = (
        "modules.json", "config_sentence_transformers.json", "sentence_bert_config.json",
    )  # fmt: skip

    def claims(self, head: bytes) -> bool:
        """JSON."""
        return head.lstrip()[:1] in (b"{", b"[")

    def read(self, path: Path) -> Reading:
        """The chain of modules, versions and settings as facts."""
        raw = bounded.json_file(path)
        facts: list[Fact] = []
        if isinstance(raw, list):
            kinds = [_text(one.get("type")).rpartition(".")[2] for one in listed(raw)]
            facts += saying.fact("modules", kinds, "modules.json")
        table = table_of(raw)
        versions = table_of(table.get("__version__"))
        version = versions.get("sentence_transformers")
        if version:
            facts += saying.fact("framework", "sentence-transformers", "__version__")
            facts += saying.fact("framework.version", version, "__version__")
        for key in ("similarity_fn_name", "max_seq_length", "do_lower_case", "prompts"):
            facts += saying.fact(f"sentence.{key}", table.get(key), key)
        return Reading(self.format, self.kind, facts=tuple(facts))


class OllamaReader:
    """Reads a manifest of ollama: which blobs make a model, and what it came from."""

    format = "ollama"
    title = "Manifest of an ollama model"
    version = 1
    kind: Kind | None = Kind.DOCUMENT  # until its layers say that it is a model
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ("latest", "[0-9]*b", "[0-9]*b-*")

    def claims(self, head: bytes) -> bool:
        """Any text: other tools write a bare word into `latest`."""
        return bounded.is_text(head)

    def read(self, path: Path) -> Reading:
        """Layers with digests; the model's bytes are known by SHA-256."""
        text = bounded.raw_text(path)
        if b"vnd.ollama" not in text:
            first = text[:200].decode("utf-8", "replace").strip()
            return Reading(
                "text", self.kind, facts=tuple(saying.fact("summary", first))
            )
        raw = table_of(bounded.json_of(text, path))
        layers = listed(raw.get("layers"))
        kinds = [_text(one.get("mediaType")).rpartition(".")[2] for one in layers]
        digests = {
            kind: _text(one.get("digest")).removeprefix("sha256:")
            for kind, one in zip(kinds, layers, strict=True)
        }
        name = "/".join(path.parts[-3:-1])
        return Reading(
            self.format,
            Kind.MODEL,
            facts=(
                *saying.fact("title", f"{name}:{path.name}", "path"),
                *saying.fact("framework", "ollama", "mediaType"),
                *saying.fact(
                    "content.sha256", digests.get("model"), "layers", RECORDED
                ),
            ),
            params=tuple(
                Param(f"layers.{kind}", Value.of(digest))
                for kind, digest in digests.items()
            ),
            claims=tuple(_layers(kinds, layers)),
        )


def _layers(kinds: list[str], layers: list[dict[str, object]]) -> Iterator[Claim]:
    for kind, layer in zip(kinds, layers, strict=True):
        digest = _text(layer.get("digest")).removeprefix("sha256:")
        parent = _text(layer.get("from"))
        if kind in ("model", "adapter") and digest:
            same = Reference(Scheme.SHA256, digest, kind=Kind.MODEL)
            yield saying.claim(
                Relation.DERIVED_FROM, same, f"layers.{kind}", evidence=RECORDED
            )
        if parent and not parent.startswith(("/", "sha256")):
            found = Reference(Scheme.NAME, parent, kind=Kind.MODEL)
            yield saying.claim(
                Relation.DERIVED_FROM, found, f"layers.{kind}.from", evidence=RECORDED
            )
