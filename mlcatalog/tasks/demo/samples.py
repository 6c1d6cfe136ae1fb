"""Synthetic customers and utterances: the raw data of the demo, always the same."""

from __future__ import annotations

import csv
import io
import json

import numpy as np

CONTRACTS = ("Month-to-month", "One year", "Two years")
CUSTOMER_COLUMNS = (
    "customer_id",
    "tenure_months",
    "monthly_charge",
    "total_charge",
    "contract",
    "paperless",
    "support_calls",
    "late_payments",
    "churned",
)

OPENINGS = ("", "hi, ", "hello, ", "please ", "quick question, ", "sorry, ", "hey ")
CLOSINGS = ("", "?", " please", " thanks", " today", " as soon as possible")
INTENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "order_status": (
        "order",
        ("where is my {x}", "has my {x} shipped", "track the {x}"),
    ),
    "cancel_order": ("order", ("cancel the {x}", "stop my {x} order", "undo the {x}")),
    "return_item": ("order", ("send back the {x}", "return my {x}", "give back a {x}")),
    "refund_status": ("money", ("refund for the {x}", "money back for {x}")),
    "change_address": ("account", ("new address for the {x}", "move my {x} delivery")),
    "payment_failed": ("money", ("payment for {x} failed", "card declined for {x}")),
    "reset_password": ("account", ("forgot my password", "log in to see my {x}")),
    "delete_account": ("account", ("close my account", "erase me and my {x}")),
    "delivery_late": ("order", ("{x} is late", "still waiting for the {x}")),
    "damaged_item": ("contact", ("the {x} arrived broken", "my {x} is damaged")),
    "talk_to_human": ("contact", ("speak to a person", "call me about the {x}")),
    "invoice_copy": ("money", ("invoice for the {x}", "bill of my {x} again")),
}
THINGS = ("kettle", "lamp", "phone", "chair", "router", "jacket", "book", "bike")


def customers(count: int, seed: int) -> str:
    """A CSV table as the billing system exports it: repeats, gaps, odd case."""
    rng = np.random.default_rng(seed)
    rows = [_customer(number, rng) for number in range(count)]
    rows += [rows[int(index)] for index in rng.choice(count, count // 40)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CUSTOMER_COLUMNS)
    writer.writerows(rows)
    return out.getvalue()


def _customer(number: int, rng: np.random.Generator) -> tuple[object, ...]:
    tenure = int(rng.integers(0, 72))
    contract = int(rng.choice(3, p=(0.5, 0.3, 0.2)))
    monthly = round(float(rng.uniform(15, 110)), 2)
    calls, late = int(rng.poisson(1.4)), int(rng.poisson(0.8))
    total = round(tenure * monthly * float(rng.uniform(0.9, 1.02)), 2)
    wish = 0.04 * monthly + 0.9 * calls + 0.8 * late - 1.9 * contract - 0.05 * tenure
    churned = wish + float(rng.normal(0, 0.8)) > 1.9
    known = "" if rng.random() < 0.05 else f"{total:.2f}"
    word = CONTRACTS[contract]
    return (
        f"C{100_000 + number * 7}",
        tenure,
        f"{monthly:.2f}",
        known,
        word.upper() if rng.random() < 0.1 else word,
        "Yes" if rng.random() < 0.6 else "No ",
        calls,
        late,
        "Yes" if churned else "No",
    )


def utterances(intents: tuple[str, ...], seed: int, *, topics: bool = False) -> str:
    """Labelled utterances as JSON lines; with topics, the topic is the label."""
    rng = np.random.default_rng(seed)
    lines = []
    for intent in intents:
        topic, patterns = INTENTS[intent]
        lines += [
            _line(text, topic if topics else intent) for text in _texts(patterns, rng)
        ]
    return "".join(lines[int(index)] for index in rng.permutation(len(lines)))


def _line(text: str, label: str) -> str:
    return json.dumps({"text": text, "intent": label}) + "\n"


def _texts(patterns: tuple[str, ...], rng: np.random.Generator) -> list[str]:
    """Some 90 utterances of one intent."""
    found = []
    for _ in range(90):
        pattern = patterns[int(rng.integers(len(patterns)))]
        thing = THINGS[int(rng.integers(len(THINGS)))]
        opening = OPENINGS[int(rng.integers(len(OPENINGS)))]
        closing = CLOSINGS[int(rng.integers(len(CLOSINGS)))]
        found.append(f"{opening}{pattern.format(x=thing)}{closing}")
    return found
