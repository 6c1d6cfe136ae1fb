"""The query language: what it finds, and that it never fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.dialects import sqlite
from sqlmodel import col

from mlcatalog.catalog.search import FIELDS, SORTS, Sets, compile_query, ordering
from mlcatalog.catalog.search.compiling import leaf_rows
from mlcatalog.catalog.search.tree import Clause
from mlcatalog.catalog.store import Catalog
from mlcatalog.catalog.tables import (
    ArtifactRow,
    EdgeRow,
    FindingRow,
    KeyRow,
    MetricRow,
    ParamRow,
    ProjectRow,
    TagRow,
)
from mlcatalog.domain.errors import Cancelled
from mlcatalog.domain.moments import now
from mlcatalog.tasks.index import index

DAY = 86_400_000_000


@pytest.fixture(scope="module", params=["filled", "not filled yet"])
def catalog(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Catalog:
    """With the search index filled behind the rows, and before that."""
    path: Path = tmp_path_factory.mktemp("catalog") / "c.db"
    catalog = Catalog.open(path)
    with catalog._database.writing() as connection:
        connection.execute(
            insert(ProjectRow).values(
                id=1,
                uid="p",
                name="churn",
                path=b"/p",
                path_text="/p",
                state="idle",
                state_note="",
                added_at=1,
            )
        )
        rows = [
            ("bert-base", "model", "safetensors", 3_000_000_000, now() - DAY),
            ("churn-cls-r8", "model", "onnx", 2_000, now() - 30 * DAY),
            ("intents_v4", "dataset", "csv", 512, now()),
            ("train.yaml", "config", "yaml", 90, None),
            ("50%_off", "document", "markdown", 5, now()),
        ]
        for number, (name, kind, fmt, size, modified) in enumerate(rows, 1):
            connection.execute(
                insert(ArtifactRow).values(
                    id=number,
                    uid=f"u{number}",
                    project_id=1,
                    kind=kind,
                    name=name,
                    path=f"deep/{name}".encode(),
                    path_text=f"deep/{name}",
                    bundle=False,
                    owner="nlp" if number == 1 else "",
                    created_at=1,
                    format=fmt,
                    size=size,
                    modified=modified,
                    digest=f"{number}f2c41" + "0" * 58,
                    presence="missing" if number == 5 else "present",
                    present=number != 5,
                    stage="production" if number == 1 else "draft",
                    metric_name="",
                    met=number,
                    applicable=13,
                    findings=0,
                    name_broken=False,
                )
            )
        connection.execute(
            insert(KeyRow), [{"id": 1, "name": "f1"}, {"id": 2, "name": "train.lr"}]
        )
        connection.execute(
            insert(MetricRow).values(
                artifact_id=2, key_id=1, last=0.93, dataset="", source="", series=b""
            )
        )
        connection.execute(
            insert(ParamRow).values(
                artifact_id=4,
                key_id=2,
                type="real",
                text="0.001",
                number=0.001,
                source="",
            )
        )
        connection.execute(insert(TagRow).values(artifact_id=3, tag="gold"))
        connection.execute(
            insert(EdgeRow).values(
                child="u2",
                relation="finetuned_from",
                parent="u1",
                evidence="content",
                confidence=1.0,
                proofs="[]",
                pinned=True,
            )
        )
        connection.execute(
            insert(FindingRow).values(
                rule="name.invalid",
                subject="u1",
                detail="",
                artifact_id=1,
                origin="judge",
                severity="warning",
                message="m",
                path_text="",
                field="",
                found="",
                expected="",
                suggestion="",
                remedy="",
                state="open",
                first_seen=1,
            )
        )
    while request.param == "filled" and catalog.ingest.fill_search():
        pass
    return catalog


QUERIES = [
    ("", {1, 2, 3, 4}),
    ("bert", {1}),
    ("deep", {1, 2, 3, 4}),
    ("be", {1}),
    ("kind:model", {1, 2}),
    ("kind:model,dataset", {1, 2, 3}),
    ("kind:model -bert", {2}),
    ("kind:model and not bert", {2}),
    ("not kind:model", {3, 4}),
    ("kind:dataset or kind:config", {3, 4}),
    ("(kind:dataset or kind:config) yaml", {4}),
    ("name:=bert-base", {1}),
    ("name:=bert", set()),
    ("name:~churn*r8", {2}),
    ("format:=onnx", {2}),
    ("size:>2GB", {1}),
    ("size:<1KiB", {3, 4}),
    ("size:500..3000", {2, 3}),
    ("modified:<7d", {1, 3}),
    ("modified:>7d", {2}),
    ("modified:today", {3}),
    ("stage:production", {1}),
    ("owner:nlp", {1}),
    ("has:owner", {1}),
    ("missing:owner", {2, 3, 4}),
    ("tag:gold", {3}),
    ("metric.f1:>0.9", {2}),
    ("metric.f1>0.95", set()),
    ("param.train.lr:<1e-2", {4}),
    ("param.lr:0.001", {4}),
    ("base:bert", {2}),
    ("rule:name.", {1}),
    ("digest:2f2c41", {2}),
    ("traceability:>=3", {3, 4}),
    ("project:churn kind:model", {1, 2}),
    ("state:missing", {5}),
    ("state:missing 50%", {5}),
    ('"train.yaml"', {4}),
]


@pytest.mark.parametrize(("query", "expected"), QUERIES)
def test_a_query_finds(catalog: Catalog, query: str, expected: set[int]) -> None:
    assert set(catalog.ids(query)) == expected
    assert catalog.count(query) == len(expected)
    assert not catalog.hints(query)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("knd:model", "Did you mean kind:?"),
        ("size:>big", "no size"),
        ("kind:animal", "kind is one of"),
        ("(bert", "not closed"),
        ("bert or", "nothing follows"),
        ("modified:2026-13", "no day"),
    ],
)
def test_what_does_not_parse_is_text_with_a_hint(
    catalog: Catalog, query: str, said: str
) -> None:
    hints = compile_query(query).hints
    assert any(said in hint.message for hint in hints)
    assert all(0 <= hint.start < hint.end <= len(query) for hint in hints)
    catalog.ids(query)


WORDS = st.sampled_from(
    ["bert", "(", ")", "and", "or", "not", "-", '"', ":", "size:>1", "a..b", " "]
    + [f"{name}:x" for name in FIELDS]
)


@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=12).map(" ".join)))
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_text_is_an_error(catalog: Catalog, text: str) -> None:
    compiled = compile_query(text)
    assert all(0 <= h.start <= h.end <= len(text) for h in compiled.hints)
    catalog.ids(text)


@given(st.lists(WORDS, max_size=8).map(" ".join))
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_tree_written_out_finds_the_same(catalog: Catalog, text: str) -> None:
    tree = compile_query(text).tree
    assert set(catalog.ids(str(tree))) == set(catalog.ids(text))


@pytest.mark.parametrize("text", ["a " * 3000, "not " * 3000, "(" * 3000, "-" * 3000])
def test_a_monstrous_query_is_answered(catalog: Catalog, text: str) -> None:
    catalog.ids(text)


def test_sorting_puts_what_has_no_value_last(catalog: Catalog) -> None:
    assert list(catalog.ids("kind:model", sort="size")) == [2, 1]
    assert catalog.ids("", sort="modified")[-1] == 4
    assert catalog.ids("", sort="-modified")[-1] == 4


def test_facets_count_what_the_query_finds(catalog: Catalog) -> None:
    facets = {facet.field: facet for facet in catalog.facets("")}
    assert {v.value: v.count for v in facets["kind"].values}["model"] == 2
    for facet in facets.values():
        for value in facet.values:
            assert catalog.count(value.query) == value.count, value


@given(st.lists(WORDS, max_size=8).map(" ".join))
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_combined_sets_are_what_one_statement_finds(
    catalog: Catalog, text: str
) -> None:
    statement = select(col(ArtifactRow.id)).where(compile_query(text).condition)
    with catalog._database.reading() as connection:
        expected = set(connection.execute(statement).scalars())
    assert set(catalog.ids(text)) == expected
    assert catalog.count(text) == len(expected)


@pytest.mark.parametrize("sort", [f"{sign}{name}" for name in SORTS for sign in "- "])
def test_every_order_is_that_of_one_statement(catalog: Catalog, sort: str) -> None:
    sort = sort.strip()
    statement = select(col(ArtifactRow.id)).order_by(*ordering(sort))
    with catalog._database.reading() as connection:
        everything = list(connection.execute(statement).scalars())
    present = set(catalog.ids(""))
    assert list(catalog.ids("", sort=sort)) == [n for n in everything if n in present]


@given(
    st.lists(WORDS, max_size=4).map(" ".join),
    st.sampled_from([f"{sign}{name}" for name in SORTS for sign in ("-", "")]),
)
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_first_rows_are_those_of_the_whole_answer(
    catalog: Catalog, text: str, sort: str
) -> None:
    with catalog._database.reading() as connection:
        fresh = Sets()
        head = fresh.head(connection, text, sort)
        whole = list(fresh.ids(connection, text, sort))
        again = fresh.head(connection, text, sort)
    assert head == whole[: len(head)]
    assert again in ([], head)


@pytest.mark.parametrize("text", ["b", "R", "v4", "RT", "50", "%", "_", "q", "zz", "é"])
def test_one_or_two_letters_find_what_longer_texts_would(
    catalog: Catalog, text: str
) -> None:
    for row in catalog.list(""):
        is_in = text.lower() in f"{row.name}\n{row.path.removeprefix('/p/')}".lower()
        assert (row.row in catalog.ids(text)) is is_in, row


def test_the_first_rows_come_by_the_index_before_anything_is_counted(
    tmp_path: Path,
) -> None:
    (tmp_path / "data").mkdir()
    for number in range(40):
        (tmp_path / "data" / f"part_{number:02}.csv").write_text("a,b\n1,2\n")
    with Catalog.open(tmp_path / "c.db") as catalog:
        index(catalog, [tmp_path / "data"], settle_seconds=0)
        head = catalog.head("part", sort="name")
        assert [row.name for row in head] == [f"part_{n:02}" for n in range(40)]
        assert [row.row for row in head] == list(catalog.ids("part", sort="name"))
        # Now everything is known, and the whole answer is as quick.
        assert catalog.head("part", sort="name") == []


@pytest.mark.parametrize(
    ("state", "is_indexed"),
    [("missing", True), ("removed,offline", True), ("missing,present", False)],
)
def test_what_is_away_is_asked_of_an_index_and_not_of_every_row(
    catalog: Catalog, state: str, is_indexed: bool
) -> None:
    statement = str(
        leaf_rows(Clause("state", ":", state)).compile(
            dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
        )
    )
    with catalog._database.reading() as connection:
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
    assert ("artifact_away" in str(steps)) is is_indexed


def test_a_question_that_nobody_wants_any_more_ends(catalog: Catalog) -> None:
    endless = text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        " SELECT count(*) FROM n"
    )
    looks = 0

    def is_unwanted() -> bool:
        nonlocal looks
        looks += 1
        return looks > 3

    with (
        pytest.raises(Cancelled),
        catalog._database.reading(is_unwanted) as connection,
    ):
        connection.execute(endless)
    assert catalog.ids("bert")


def test_a_write_is_seen_by_the_next_question(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.csv").write_text("a,b\n1,2\n")
    with Catalog.open(tmp_path / "c.db") as catalog:
        index(catalog, [tmp_path / "data"], settle_seconds=0)
        (row,) = catalog.list("kind:dataset")
        assert catalog.count("owner:nlp") == 0
        catalog.set_owner(row.id, "nlp-team")
        assert catalog.count("owner:nlp") == 1
        assert {f.field: f.values for f in catalog.facets("owner:nlp")}["kind"]
