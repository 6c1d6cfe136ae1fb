"""Cards: README.md with YAML front matter, of models and of datasets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mlcatalog.domain.reading import Claim, Column, Fact, Param, Point, Reading, Series
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.formats import bounded, plain_values, saying
from mlcatalog.formats.bounded import table_of, words_of
from mlcatalog.formats.documents import prose_facts

# huggingface.co/docs/hub/model-cards: what base_model_relation may say.
RELATIONS: dict[str, Relation] = {
    "finetune": Relation.FINETUNED_FROM,
    "adapter": Relation.ADAPTER_OF,
    "quantized": Relation.QUANTIZED_FROM,
    "merge": Relation.MERGED_FROM,
}
FACTS: dict[str, str] = {
    "license": "license",
    "task": "pipeline_tag",
    "framework": "library_name",
    "language": "language",
    "owner": "owner",
}


class CardReader:
    """Reads README.md: a card when it has front matter, else a document."""

    format = "card"
    title = "Model or dataset card"
    version = 1
    kind = Kind.DOCUMENT
    suffixes: tuple[str, ...] = ()
    names = ("readme.md", "*model_card*.md", "*modelcard*.md", "*dataset_card*.md")

    def claims(self, head: bytes) -> bool:
        """Any text."""
        return bounded.is_text(head)

    def read(self, path: Path) -> Reading:
        """Parents, data, license, metrics; the prose's title and owner."""
        matter, prose = front_matter(bounded.text(path), path)
        known = {fact.key: fact for fact in prose_facts(prose)}
        # What the front matter says outright goes before what the prose seems to.
        known |= {fact.key: fact for fact in _facts(matter)}
        is_card = bool(matter) or "card" in path.name.lower()
        columns, meanings = _features(matter)
        return Reading(
            self.format if is_card else "markdown",
            self.kind,
            facts=(
                *known.values(),
                *saying.fact(
                    "features.documented", [one.key for one in meanings], "dataset_info"
                ),
            ),
            params=meanings,
            metrics=tuple(_metrics(matter)),
            columns=columns,
            claims=tuple(_claims(matter)),
        )


def front_matter(text: str, path: Path) -> tuple[dict[str, object], str]:
    """The table between two lines of dashes, and the text after it."""
    if not text.startswith("---"):
        return {}, text
    lines = text.splitlines()
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    if not end:
        return {}, text
    matter = table_of(plain_values.yaml_of("\n".join(lines[1:end]), path))
    plain_values.flattened(matter, path)  # refuses what expands without end
    return matter, "\n".join(lines[end + 1 :])


def _facts(matter: Mapping[str, object]) -> Iterator[Fact]:
    yield from saying.facts_from(matter, FACTS)
    yield from saying.fact("owner", matter.get("author"), "author")
    yield from saying.fact("title", matter.get("pretty_name"), "pretty_name")
    bases = words_of(matter.get("base_model"))
    yield from saying.fact("base.id", ", ".join(bases), "base_model")
    yield from saying.fact("tags", words_of(matter.get("tags")), "tags")


def _claims(matter: Mapping[str, object]) -> Iterator[Claim]:
    said = str(matter.get("base_model_relation", "")).lower()
    bases = words_of(matter.get("base_model"))
    relation = RELATIONS.get(said)
    if relation is None and matter.get("library_name") == "peft":
        relation = RELATIONS["adapter"]
    if relation is None and len(bases) > 1:
        relation = RELATIONS["merge"]
    for name in bases:
        base = saying.target(name, Kind.MODEL)
        yield saying.claim(
            relation or Relation.DERIVED_FROM, base, "base_model", detail=said
        )
    for name in words_of(matter.get("datasets")):
        data = saying.target(name, Kind.DATASET)
        yield saying.claim(Relation.TRAINED_ON, data, "datasets")
    for name in dict.fromkeys(place for _, place in _results(matter)):
        if name:
            data = saying.target(name, Kind.DATASET)
            yield saying.claim(Relation.EVALUATED_ON, data, "model-index")


def _results(
    matter: Mapping[str, object],
) -> Iterator[tuple[dict[str, object], str]]:
    index = matter.get("model-index")
    for model in index if isinstance(index, list) else []:
        results = table_of(model).get("results")
        for result in results if isinstance(results, list) else []:
            dataset = table_of(table_of(result).get("dataset"))
            place = dataset.get("type") or dataset.get("name")
            yield table_of(result), place if isinstance(place, str) else ""


def _metrics(matter: Mapping[str, object]) -> Iterator[Series]:
    for result, place in _results(matter):
        listed = result.get("metrics")
        for metric in listed if isinstance(listed, list) else []:
            entry = table_of(metric)
            number = Value.of(entry.get("value")).number
            name = entry.get("type") or entry.get("name")
            if number is not None and isinstance(name, str):
                yield Series(name, (Point(None, number),), place)


def _features(
    matter: Mapping[str, object],
) -> tuple[tuple[Column, ...], tuple[Param, ...]]:
    """Columns and meanings of dataset_info, one table or one a configuration."""
    raw = matter.get("dataset_info")
    found = [table_of(one) for one in (raw if isinstance(raw, list) else [raw])]
    columns: list[Column] = []
    meanings: list[Param] = []
    for info in found:
        features = info.get("features")
        for feature in features if isinstance(features, list) else []:
            entry = table_of(feature)
            name, type_ = entry.get("name"), entry.get("dtype")
            if not isinstance(name, str):
                continue
            columns.append(Column(name, type_ if isinstance(type_, str) else "nested"))
            if isinstance(entry.get("description"), str):
                meanings.append(Param(name, Value.of(entry["description"])))
    return tuple(columns), tuple(meanings)
