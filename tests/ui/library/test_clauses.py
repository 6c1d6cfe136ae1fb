"""Clauses of a query, switched by clicks on facets."""

from __future__ import annotations

import pytest

from mlcatalog.ui.library.clauses import (
    added,
    clauses,
    field_of,
    included,
    turned,
    without,
)


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


def test_a_clause_is_taken_out_by_its_text() -> None:
    assert without("a kind:model b", "kind:model") == "a b"


@pytest.mark.parametrize(
    ("query", "clause", "expected"),
    [
        ("", "kind:model", "kind:model"),
        ("kind:model x", "kind:run", "(kind:model or kind:run) x"),
        ("(kind:model or kind:run)", "kind:run", "kind:model"),
        ("kind:run", "kind:run", ""),
        ("-kind:run", "kind:model", "-kind:run kind:model"),
    ],
)
def test_a_click_with_control_adds_a_value_to_its_sisters(
    query: str, clause: str, expected: str
) -> None:
    assert added(query, clause) == expected


def test_a_group_has_a_field_when_its_members_have_the_same() -> None:
    assert field_of("(kind:model or kind:run)") == "kind"
    assert field_of("(kind:model or name:x)") == ""
    assert field_of("-kind:model") == ""
    assert included("(kind:model or kind:run) x") == {"kind:model", "kind:run", "x"}
