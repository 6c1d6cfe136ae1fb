"""Clauses of a query, switched by clicks on facets."""

from __future__ import annotations

import pytest

from mlcatalog.ui.library.clauses import clauses, turned, without, without_field


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", []),
        ("kind:model  bert", ["kind:model", "bert"]),
        ('check:"data version" x', ['check:"data version"', "x"]),
        ('open:"never closed', ['open:"never closed']),
    ],
)
def test_a_quoted_text_stays_whole(query: str, expected: list[str]) -> None:
    assert clauses(query) == expected


@pytest.mark.parametrize(
    ("query", "clause", "expected"),
    [
        ("", "kind:model", "kind:model"),
        ("kind:model", "kind:model", "-kind:model"),
        ("a -kind:model b", "kind:model", "a b"),
        ("kind:run x", "kind:model", "x kind:model"),
        ("rule:name.", "rule:safety.", "rule:name. rule:safety."),
    ],
)
def test_a_click_includes_then_excludes_then_frees(
    query: str, clause: str, expected: str
) -> None:
    assert turned(query, clause) == expected


def test_clauses_are_taken_out_by_text_and_by_field() -> None:
    assert without("a kind:model b", "kind:model") == "a b"
    assert without_field("a kind:model -kind:run", "kind") == "a -kind:run"
