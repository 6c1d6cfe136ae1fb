"""Documents: plain Markdown, and data dictionaries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from mlcatalog.domain.reading import Claim, Fact, Param, Reading
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.formats import bounded, rows, saying

NAME_COLUMNS = ("name", "column", "feature", "field", "variable", "column_name")
MEANING_COLUMNS = ("description", "meaning", "definition", "notes")
# What else a dictionary says of a column, under the column's name and this word.
ASIDES = {
    "owner": ("owner", "steward"),
    "rationale": ("rationale", "why", "reason"),
    "code": ("code", "script", "computed_by"),
}


class MarkdownReader:
    """Reads the heading and the first paragraph."""

    format = "markdown"
    title = "Markdown document"
    version = 1
    kind = Kind.DOCUMENT
    suffixes = (".md", ".markdown")
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """Any text."""
        return bounded.is_text(head)

    def read(self, path: Path) -> Reading:
        """Title, summary and a line `Owner:` where there is one."""
        return Reading(
            self.format, self.kind, facts=tuple(prose_facts(bounded.text(path)))
        )


def prose_facts(text: str) -> Iterator[Fact]:
    """What the words of a document say: title, first paragraph, owner, license."""
    lines = text.splitlines()
    heading = next((line for line in lines if line.startswith("# ")), "")
    yield from saying.fact("title", heading.lstrip("# ").strip(), "heading")
    yield from saying.fact("summary", _paragraph(lines), "first paragraph")
    for line in lines:
        shown = line.strip("-* \t").replace("**", "")
        word, colon, rest = shown.partition(":")
        if colon and word.strip().lower() == "owner" and rest.strip():
            # "Owner: nlp-team. Not for languages other than English."
            owner = rest.strip().split(". ")[0].rstrip(".")
            yield from saying.fact("owner", owner, "Owner:")
            return


def _paragraph(lines: Sequence[str]) -> str:
    found: list[str] = []
    for line in lines:
        shown = line.strip()
        if shown and shown[0] not in "#|-*<!`[>":
            found.append(shown)
        elif found:
            break
    return " ".join(found)[:600]


class DictionaryReader:
    """Reads what the columns of a dataset mean."""

    format = "data dictionary"
    title = "Data dictionary"
    version = 3
    kind = Kind.DOCUMENT
    suffixes: tuple[str, ...] = ()
    names = ("*dictionary*.csv", "*dictionary*.tsv", "*dictionary*.md")

    def claims(self, head: bytes) -> bool:
        """Any text."""
        return bounded.is_text(head)

    def read(self, path: Path) -> Reading:
        """Params from feature to description, and `feature.owner` and so on."""
        if path.suffix.lower() == ".md":
            table = _markdown_rows(bounded.text(path))
        else:
            head = rows.head_of(path)
            table = [head.header, *head.rows]
        header = [cell.strip().lower() for cell in table[0]] if table else []
        name, meaning = _place(header, NAME_COLUMNS), _place(header, MEANING_COLUMNS)
        if name is None or meaning is None:
            raise bounded.damaged(path, "It has no columns for name and description")
        long = [row for row in table[1:] if len(row) > max(name, meaning)]
        told = [row[name] for row in long if row[meaning].strip()]
        asides = {
            word: {row[name]: row[place].strip() for row in long if len(row) > place}
            for word, columns in ASIDES.items()
            if (place := _place(header, columns)) is not None
        }
        owned = {key: said for key, said in asides.get("owner", {}).items() if said}
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.fact("features", [row[name] for row in long], header[name]),
                *saying.fact("features.documented", told, header[meaning]),
                *saying.fact("features.owned", list(owned), "owner"),
                *saying.fact("owner", ", ".join(sorted({*owned.values()})), "owner"),
            ),
            params=(
                *(Param(row[name], Value.of(row[meaning])) for row in long),
                *(
                    Param(f"{feature}.{word}", Value.of(said))
                    for word, told_of in asides.items()
                    for feature, said in told_of.items()
                    if said
                ),
            ),
        )


def _place(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _markdown_rows(text: str) -> list[tuple[str, ...]]:
    lines = [line.strip() for line in text.splitlines()]
    cells = [
        tuple(cell.strip().strip("`") for cell in line.strip("|").split("|"))
        for line in lines
        if line.startswith("|")
    ]
    return [row for row in cells if not all(set(cell) <= set("-: ") for cell in row)]


class DataTestsReader:
    """Reads the result of tests of a dataset: {"dataset", "success", "results"}."""

    format = "test results"
    title = "Results of data tests"
    version = 1
    kind = Kind.DOCUMENT
    suffixes: tuple[str, ...] = ()
    names = ("*data_test*.json", "*data-test*.json", "*test*results*.json")

    def claims(self, head: bytes) -> bool:
        """A JSON table."""
        return head.lstrip()[:1] == b"{"

    def read(self, path: Path) -> Reading:
        """Outcome and number of tests; the tested dataset as a claim."""
        raw = bounded.table_of(bounded.json_file(path))
        results, dataset = raw.get("results"), raw.get("dataset")
        count = len(results) if isinstance(results, list) else None
        claims: tuple[Claim, ...] = ()
        if isinstance(dataset, str) and dataset:
            tested = saying.target(dataset, Kind.DATASET)
            recorded = Evidence.RECORDED
            claims = (
                saying.claim(Relation.TESTS, tested, "dataset", evidence=recorded),
            )
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.fact("success", raw.get("success"), "success"),
                *saying.fact("created", raw.get("finished"), "finished"),
                *saying.fact("tests", count, "results"),
            ),
            claims=claims,
        )
