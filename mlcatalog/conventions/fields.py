"""What each field of a name may hold, and why a text is not that."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from rapidfuzz import fuzz, process

TASKS = [
    "ad",
    "asr",
    "captioning",
    "causal",
    "cf",
    "cls",
    "clustering",
    "det",
    "detection",
    "dpo",
    "embed",
    "emb",
    "forecast",
    "gen",
    "generation",
    "inpaint",
    "intent",
    "kd",
    "lm",
    "loc",
    "lora",
    "match",
    "mlm",
    "mt",
    "ner",
    "nli",
    "ocr",
    "ood",
    "pose",
    "pretrain",
    "qa",
    "rag",
    "rank",
    "rec",
    "reg",
    "regression",
    "retrieval",
    "rl",
    "rlhf",
    "segmentation",
    "seg",
    "sentiment",
    "sft",
    "sim",
    "split",
    "sr",
    "sts",
    "summ",
    "tag",
    "tab",
    "tagging",
    "tf",
    "track",
    "translation",
    "tts",
    "vqa",
]
PLAIN = re.compile(r"[a-z0-9]+(?:[._][a-z0-9]+)*", re.ASCII)
VERSION = re.compile(r"[a-z0-9]+(?:[._][a-z0-9]+)*?_?v\d+(?:\.\d+)?", re.ASCII)
RUN = re.compile(r"(?=.*\d)[a-z0-9]+(?:[._][a-z0-9]+)*", re.ASCII)
DAY = re.compile(r"\d{8}", re.ASCII)
EXPECTED = {
    "project": "lower-case letters and digits",
    "task": "a task such as cls, reg, ner or seg",
    "architecture": "lower-case letters and digits, with single . or _ inside",
    "dataset-version": "a dataset and its version, such as telco_v3",
    "date": "a day that exists, as YYYYMMDD",
    "run-id": "a run id with a digit, such as r0a11",
}


def problem(field: str, text: str, tasks: tuple[str, ...] = ()) -> str:
    """What is wrong with a field's text, "" when nothing is."""
    if not PLAIN.fullmatch(text):
        return _characters(text)
    match field:
        case "task":
            known = (*TASKS, *tasks)
            return "" if text in known else f"{text} is no known task"
        case "dataset-version":
            ok = VERSION.fullmatch(text)
            return "" if ok else "it does not end in v and a number"
        case "date":
            return _day(text)
        case "run-id":
            return "" if RUN.fullmatch(text) else "it holds no digit"
        case _:
            return ""


def nearest(field: str, text: str, tasks: tuple[str, ...] = ()) -> str:
    """The right value that is most like a wrong one, "" when none is."""
    if field == "task":
        found = process.extractOne(text.lower(), (*TASKS, *tasks), scorer=fuzz.ratio)
        return str(found[0]) if found and found[1] >= 60 else ""
    plain = re.sub(r"[^a-z0-9._]+", "_", text.lower()).strip("._")
    return plain if plain != text and not problem(field, plain, tasks) else ""


def _characters(text: str) -> str:
    if not text:
        return "it is empty"
    odd = next((c for c in text if not c.isascii()), "")
    if odd:
        name = unicodedata.name(odd, f"U+{ord(odd):04X}").lower()
        return f"it holds {odd} ({name}), which is no ASCII letter or digit"
    if any(c.isupper() for c in text):
        return "upper case"
    if any(c.isspace() for c in text):
        return "white space"
    odd = next((c for c in text if not (c.isalnum() or c in "._")), "")
    return f"it holds {odd}" if odd else "a . or _ stands at an end or twice in a row"


def _day(text: str) -> str:
    if not DAY.fullmatch(text):
        return "it is not eight digits"
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    try:
        date(year, month, day)
    except ValueError:
        return f"{year:04d}-{month:02d}-{day:02d} does not exist"
    return ""
