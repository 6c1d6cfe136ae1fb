"""Clean the raw customer table and split off a holdout.

python scripts/clean.py --config configs/clean_v3.toml
"""

import argparse
import zlib
from pathlib import Path

import settings
import tables

CONTRACTS = {"month-to-month": 0, "one year": 1, "two years": 2}


def has_total(row: dict) -> bool:
    """Whether the billing system knew the total."""
    return row["total_charge"].strip() != ""


def without_duplicates(rows: list) -> list:
    """The first row of every customer."""
    return list({row["customer_id"]: row for row in reversed(rows)}.values())[::-1]


def cleaned(row: dict, rules: dict) -> dict:
    """One customer with numbers for words; v3 adds derived features."""
    tenure = int(row["tenure_months"])
    monthly = float(row["monthly_charge"])
    total = float(row["total_charge"]) if has_total(row) else tenure * monthly
    result = {
        "customer_id": row["customer_id"].strip(),
        "tenure_months": tenure,
        "monthly_charge": monthly,
        "total_charge": round(total, 2),
        "contract": CONTRACTS[row["contract"].strip().lower()],
        "paperless": int(row["paperless"].strip().lower() == "yes"),
        "support_calls": int(row["support_calls"]),
        "late_payments": int(row["late_payments"]),
    }
    if rules["derived_features"]:
        result["charge_per_month"] = round(total / max(tenure, 1), 3)
        result["calls_per_year"] = round(
            12 * int(row["support_calls"]) / (tenure + 6), 3
        )
    result["churned"] = int(row["churned"].strip().lower() == "yes")
    return result


def clean(rows: list, rules: dict) -> list:
    """Every customer that the rules keep."""
    kept = without_duplicates(rows) if rules["drop_duplicates"] else rows
    if rules["missing_total"] == "drop":
        kept = [row for row in kept if has_total(row)]
    return [cleaned(row, rules) for row in kept]


def is_held_out(row: dict, share: float) -> bool:
    """The same customers in every version, whatever the order of rows."""
    return zlib.crc32(row["customer_id"].encode()) % 1000 < share * 1000


def main(arguments: list | None = None) -> None:
    """Read, clean, split and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True)
    parser.add_argument("--root", type=Path, default=Path())
    options = parser.parse_args(arguments)
    config = settings.read(options.root / options.config)
    rows = clean(tables.rows_of(options.root / config["source"]), config["rules"])
    share = config["holdout"]["share"]
    kept = [row for row in rows if not is_held_out(row, share)]
    tables.write(options.root / config["output"], kept)
    held_out = [row for row in rows if is_held_out(row, share)]
    tables.write(options.root / config["holdout"]["output"], held_out)


if __name__ == "__main__":
    main()
