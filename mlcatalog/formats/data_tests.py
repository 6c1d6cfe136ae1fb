"""Results of tests of data: Great Expectations, dbt, JUnit XML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from mlcatalog.domain.reading import Claim, Fact, Reading, Reference, Scheme
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.formats import bounded, saying
from mlcatalog.formats.bounded import table_of
from mlcatalog.formats.described_data import listed

RECORDED = Evidence.RECORDED
FAILED_SHOWN = 50
XML_LIMIT = 64_000_000
DEPTH_LIMIT = 64
PATH_KEYS = ("path", "dataset", "data_asset_name", "table_name", "table")


def _reading(
    format_name: str,
    *,
    outcome: tuple[bool | None, int, int],
    created: object,
    failed: list[str],
    claims: Iterator[Claim],
) -> Reading:
    """The reading of test results: outcome is success, tests, failures."""
    success, tests, failures = outcome
    return Reading(
        format_name,
        Kind.DOCUMENT,
        facts=(
            *saying.fact("success", success, "outcome", RECORDED),
            *saying.fact("tests", tests, "outcome", RECORDED),
            *saying.fact("tests.failed", failures, "outcome", RECORDED),
            *saying.fact(
                "tests.failed.names", failed[:FAILED_SHOWN], "outcome", RECORDED
            ),
            *saying.fact("created", created, "time", RECORDED),
        ),
        claims=tuple(claims),
    )


def _tested(text: object, source: str) -> Iterator[Claim]:
    if isinstance(text, str) and text.strip():
        found = saying.target(text, Kind.DATASET)
        yield saying.claim(Relation.TESTS, found, source, evidence=RECORDED)


class GreatExpectationsReader:
    """Reads a validation result of Great Expectations."""

    format = "great expectations"
    title = "Validation result of Great Expectations"
    version = 1
    kind: Kind | None = Kind.DOCUMENT
    suffixes: tuple[str, ...] = (".json",)
    names: tuple[str, ...] = ()
    by_content = True

    def claims(self, head: bytes) -> bool:
        """Words that only such a result begins with."""
        return head.lstrip()[:1] == b"{" and (
            b'"evaluated_expectations"' in head or b'"expectation_config"' in head
        )

    def read(self, path: Path) -> Reading:
        """Outcome, failed expectations and the tested data; raises FormatError."""
        raw = table_of(bounded.json_file(path))
        statistics, meta = table_of(raw.get("statistics")), table_of(raw.get("meta"))
        results = listed(raw.get("results"))
        failed = [_expectation(one) for one in results if one.get("success") is False]
        success = raw.get("success")
        tests = statistics.get("evaluated_expectations")
        reading = _reading(
            self.format,
            outcome=(
                success if isinstance(success, bool) else None,
                tests if isinstance(tests, int) else len(results),
                len(failed),
            ),
            created=meta.get("validation_time"),
            failed=failed,
            claims=_batch(meta, raw),
        )
        version = meta.get("great_expectations_version")
        suite = raw.get("suite_name") or meta.get("expectation_suite_name")
        more = (
            *saying.fact("framework.version", version, "meta", RECORDED),
            *saying.fact("suite", suite, "suite_name", RECORDED),
        )
        return _with(reading, more)


def _with(reading: Reading, facts: tuple[Fact, ...]) -> Reading:
    return Reading(
        reading.format,
        reading.kind,
        facts=(*reading.facts, *facts),
        claims=reading.claims,
    )


def _expectation(result: Mapping[str, object]) -> str:
    config = table_of(result.get("expectation_config"))
    name = config.get("type") or config.get("expectation_type")
    column = table_of(config.get("kwargs")).get("column")
    return f"{name} ({column})" if column else str(name)


def _batch(meta: Mapping[str, object], raw: Mapping[str, object]) -> Iterator[Claim]:
    """What was tested: a path where the batch was a file, else the asset's name."""
    definition = table_of(meta.get("active_batch_definition"))
    options = table_of(definition.get("batch_identifiers"))
    spec = table_of(meta.get("batch_spec")) | table_of(meta.get("batch_kwargs"))
    for table in (spec, options, definition):
        for key in PATH_KEYS:
            if isinstance(table.get(key), str):
                yield from _tested(table[key], f"meta.{key}")
                return
    yield from _tested(raw.get("asset_name"), "asset_name")


class DbtResultsReader:
    """Reads run_results.json of dbt: which tests passed."""

    format = "dbt results"
    title = "Results of dbt tests"
    version = 1
    kind: Kind | None = Kind.DOCUMENT
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ("run_results.json",)

    def claims(self, head: bytes) -> bool:
        """A JSON table."""
        return head.lstrip()[:1] == b"{"

    def read(self, path: Path) -> Reading:
        """Tests by outcome; the tables that were built or tested as claims."""
        raw = table_of(bounded.json_file(path))
        results = listed(raw.get("results"))
        tests = [
            one for one in results if str(one.get("unique_id")).startswith("test.")
        ]
        failed = [
            str(one["unique_id"]).split(".")[2][:200]
            for one in tests
            if one.get("status") in ("fail", "error")
            and str(one["unique_id"]).count(".") >= 2
        ]
        meta = table_of(raw.get("metadata"))
        reading = _reading(
            self.format,
            outcome=(not failed if tests else None, len(tests), len(failed)),
            created=meta.get("generated_at"),
            failed=failed,
            claims=_dbt_claims(results),
        )
        version = saying.fact("framework.version", meta.get("dbt_version"), "metadata")
        return _with(reading, tuple(version))


def _dbt_claims(results: list[dict[str, object]]) -> Iterator[Claim]:
    """A claim for each table that this run of dbt also built."""
    for one in results:
        kind, _, rest = str(one.get("unique_id")).partition(".")
        name = rest.rpartition(".")[2]
        if kind in ("model", "seed", "snapshot") and name:
            data = Reference(Scheme.NAME, name, kind=Kind.DATASET)
            yield saying.claim(Relation.TESTS, data, "unique_id", evidence=RECORDED)


@dataclass(slots=True)
class _Junit:
    """What the walk over the elements of an XML file came across."""

    tests: int = 0
    failed: list[str] = field(default_factory=list)
    name: str = ""
    created: str = ""
    datasets: dict[str, None] = field(default_factory=dict)
    depth: int = 0
    case: str = ""
    is_junit: bool = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise ValueError("its elements are nested too deeply")
        match name:
            case "testsuites" | "testsuite":
                self.is_junit = True
                self.name = self.name or attributes.get("name", "")
                self.created = self.created or attributes.get("timestamp", "")
            case "testcase":
                self.tests += 1
                names = (attributes.get("classname", ""), attributes.get("name", ""))
                self.case = ".".join(filter(None, names))[:300]
            case "failure" | "error":
                if self.case not in self.failed[-1:]:
                    self.failed.append(self.case)
            case "property":
                if attributes.get("name", "").lower() in ("dataset", "data"):
                    self.datasets[attributes.get("value", "")] = None

    def end(self, _: str) -> None:
        """An element ends."""
        self.depth -= 1


class JunitReader:
    """Reads JUnit XML; a property named dataset says what was tested."""

    format = "junit"
    title = "Results of tests (JUnit XML)"
    version = 1
    kind: Kind | None = Kind.DOCUMENT
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = (
        "*junit*.xml", "test-*.xml", "*test*results*.xml", "*pytest*.xml",
        "*data_tests*.xml",
    )  # fmt: skip

    def claims(self, head: bytes) -> bool:
        """XML."""
        return head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<"

    def read(self, path: Path) -> Reading:
        """Tests by outcome; raises FormatError, also for any entity it declares."""
        found = _Junit()
        parser = expat.ParserCreate()
        parser.StartElementHandler = found.start
        parser.EndElementHandler = found.end
        parser.EntityDeclHandler = _refuse
        try:
            parser.Parse(bounded.raw_text(path, XML_LIMIT), True)
        except expat.ExpatError as error:
            raise bounded.damaged(path, f"Its XML is broken: {error}") from error
        if not found.is_junit:
            raise bounded.damaged(path, "It holds no test results")
        tested = (c for name in found.datasets for c in _tested(name, "property"))
        reading = _reading(
            self.format,
            outcome=(not found.failed, found.tests, len(found.failed)),
            created=found.created,
            failed=found.failed,
            claims=tested,
        )
        return _with(reading, tuple(saying.fact("title", found.name, "testsuite.name")))


def _refuse(*_: object) -> None:
    raise ValueError("it declares entities, which results of tests have no need of")
