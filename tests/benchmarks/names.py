"""Names by the hundred thousand: judging them, and trying templates on them.

Taken in the processor's time: one thread works, and waits for nothing.
"""

from __future__ import annotations

import random
import re
import statistics
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from mlcatalog.conventions.columns import Names, misfits
from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.findings import naming_findings
from mlcatalog.conventions.in_force import Conventions
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.conventions.template import DEFAULT_TEMPLATE
from mlcatalog.domain.moments import parse_moment
from mlcatalog.domain.words import Kind
from mlcatalog.tasks.naming import Named
from mlcatalog.ui.conventions.shelf import Shelf
from mlcatalog.ui.conventions.tester import Asked, TemplateTester
from mlcatalog.ui.naming.judged import Names as Seen
from mlcatalog.ui.naming.judged import Scope, judged
from tests.benchmarks.measuring import Figure, percentile, worked

JUDGED = {"small": 100_000, "full": 1_000_000}
TRIED = 100_000
MOST_SECONDS = 10  # for a million names
BROKEN = (0.02, 0.2)  # parts of the names
WORD = r"[a-z0-9]+(?:[._][a-z0-9]+)*"
# What a hand-written check of the same form would be.
PLAIN = re.compile(
    rf"{WORD}-(?:cls|reg|ner|seg|lm)-{WORD}-{WORD}?_?v\d+(?:\.\d+)?-\d{{8}}-{WORD}"
)


def names_of(count: int, broken: float) -> list[str]:
    """Names of which a part is broken, in eight usual ways."""
    chance = random.Random(count)
    return [
        _broken(_right(number, chance), number, chance)
        if chance.random() < broken
        else _right(number, chance)
        for number in range(count)
    ]


def _right(number: int, chance: random.Random) -> str:
    return "-".join(
        (
            chance.choice(["churn", "intent", "speech", "img", "search"]),
            chance.choice(["cls", "reg", "ner", "seg", "lm"]),
            chance.choice(["bert_base", "resnet50", "gbdt", "mlp", "llama3.1"]),
            chance.choice(["telco_v3", "intents_v4", "coco_v2017", "conll_v3"]),
            f"20{chance.randint(20, 26)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}",
            f"r{number:06x}",
        )
    )


def _broken(name: str, number: int, chance: random.Random) -> str:
    project, task, architecture, data, day, run = name.split("-")
    ways = (
        f"{project}-clss-{architecture}-{data}-{day}-{run}",
        f"{project}-{task}-{architecture}-{data}-20260230-{run}",
        f"{project}-{task}-{architecture}-{data}-{day}",
        f"{project}-{task}-{architecture}-telco-{day}-{run}",
        f"{project.title()}-{task}-{architecture}-{data}-{day}-{run}",
        f"{project}-{task}-{architecture}-base-{data}-{day}-{run}",
        f"final_model_v{number}_REALLY",
        f"{project}-{task}-{architecture}__x-{data}-{day}-{run}",
    )
    return chance.choice(ways)


def _plain(names: list[str]) -> float:
    """What one regular expression takes for the same names."""
    return statistics.median(
        worked(lambda: sum(PLAIN.fullmatch(one) is None for one in names))
        for _ in range(3)
    )


def judge_names(root: Path, size: str) -> Iterator[Figure]:
    """Judge names to findings with suggestions, beside one regular expression."""
    count = JUDGED[size]
    for broken in BROKEN:
        subjects = [_subject(name) for name in names_of(count, broken)]
        names = [one.name for one in subjects]
        convention = Convention.default()
        found: list[int] = []
        taken = worked(
            lambda s=subjects, c=convention, f=found: f.append(
                len(naming_findings(s, lambda _: c))
            )
        )
        plain = _plain(names)
        what = f"judge {count:,} names, {broken:.0%} broken"
        yield Figure(
            what,
            taken,
            "s",
            limit=MOST_SECONDS * count / 1_000_000,
            aim=MOST_SECONDS * count / 2_000_000,
            note=f"{found[0]:,} findings, each with field, remedy and right name",
        )
        yield Figure(f"{what}, beside", taken, "s", plain, "one re.fullmatch a name")


def _subject(name: str) -> NameSubject:
    return NameSubject(
        name,
        f"/p/models/{name}.safetensors",
        name,
        Kind.MODEL,
        recorded=parse_moment("2026-05-02T10:00:00Z") if "20260502" in name else None,
        digest=name,
        format="safetensors",
    )


def template_tester(root: Path, size: str) -> Iterator[Figure]:
    """Answer how many names a template breaks, key press by key press."""
    names = names_of(TRIED, BROKEN[1])
    held = Names(names)
    tried: list[float] = []
    for convention in _typed():
        tried.append(1000 * worked(lambda c=convention: misfits(c, held)))
    plain = 1000 * _plain(names)
    first, rest = tried[0], tried[1:]
    yield Figure(
        f"first answer of the template tester, {TRIED:,} names",
        first,
        "ms",
        plain,
        "one re.fullmatch a name",
    )
    yield Figure(
        f"answer of the template tester, {TRIED:,} names, p99",
        percentile(rest, 0.99),
        "ms",
        limit=50,
        aim=25,
        note=f"p50 {percentile(rest, 0.5):.1f} ms over {len(rest)} changes of a template",
    )
    yield Figure(
        f"answer of the template tester, {TRIED:,} names, p50, beside",
        percentile(rest, 0.5),
        "ms",
        plain,
        "one re.fullmatch a name",
    )


def window_tester(root: Path, size: str) -> Iterator[Figure]:
    """What the window answers as a template is typed: counts, verdicts and rows."""
    names = names_of(TRIED, BROKEN[1])
    named = [Named("/p", _subject(name)) for name in names]
    before = judged(Seen(named=named), Conventions())
    tester = TemplateTester(Shelf(before, Scope("/p", "model")))
    ready = worked(tester.warm)
    plain = 1000 * _plain(names)
    asked = Asked(hurries=True)
    tried = [
        1000 * worked(partial(tester.tried, _Only(one), asked))
        for one in (*_typed(), *_half_typed())
    ]
    what = f"answer of the window's template tester, {TRIED:,} names"
    note = f"p50 {percentile(tried, 0.5):.1f} ms over {len(tried)} changes, made ready in {ready:.1f} s"
    yield Figure(
        f"{what}, p99", percentile(tried, 0.99), "ms", limit=50, aim=25, note=note
    )
    yield Figure(
        f"{what}, p99, beside",
        percentile(tried, 0.99),
        "ms",
        plain,
        "one re.fullmatch a name",
    )


class _Only(Conventions):
    """One convention everywhere."""

    def __init__(self, convention: Convention) -> None:
        super().__init__()
        self._convention = convention

    def at(self, kind: str, folder: str) -> Convention | None:
        return self._convention


def _half_typed() -> Iterator[Convention]:
    """What no columns help with: literals beside fields, several joints."""
    for text in ("x", "-x", "-v", ".0"):
        yield Convention.parse(DEFAULT_TEMPLATE + text)
        yield Convention.parse(text.strip("-") + "-" + DEFAULT_TEMPLATE)
    for at in range(1, 6):
        yield Convention.parse(
            DEFAULT_TEMPLATE.replace("}-{", "}_{", at).replace("}_{", "}-{", at - 1)
        )


def _typed() -> Iterator[Convention]:
    """The conventions that stand while a person changes template and rules."""
    yield Convention.default()
    fields = [f"{{{one}}}" for one in Convention.default().template.fields]
    for count in range(len(fields), 1, -1):
        yield Convention.parse("-".join(fields[:count]))
        yield Convention.parse("-".join(reversed(fields[:count])))
        yield Convention.parse("_".join(fields[:count]))
    rules = dict(Convention.default().rules)
    for words in (rules["task"].values[:at] for at in range(1, 40)):
        task = replace(rules["task"], values=words)
        yield Convention.parse(DEFAULT_TEMPLATE, {**rules, "task": task})
    for most in range(1, 30):
        run = replace(rules["run-id"], most=most)
        yield Convention.parse(DEFAULT_TEMPLATE, {**rules, "run-id": run})
    for kind in ("hex", "word", "id"):
        run = replace(rules["run-id"], type=kind)
        yield Convention.parse(DEFAULT_TEMPLATE, {**rules, "run-id": run})
