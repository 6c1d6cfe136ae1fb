"""Tests of the cleaning of data/telco_v3.csv."""

from pathlib import Path

import tables

TABLE = Path("data/telco_v3.csv")


def test_every_customer_is_there_once() -> None:
    customers = [row["customer_id"] for row in tables.rows_of(TABLE)]
    assert len(customers) == len(set(customers))


def test_no_total_is_missing() -> None:
    assert all(row["total_charge"] for row in tables.rows_of(TABLE))


def test_the_target_has_two_values() -> None:
    assert {row["churned"] for row in tables.rows_of(TABLE)} == {"0", "1"}
