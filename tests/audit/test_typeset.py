"""The pages of a dossier, read back by another library."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from collections.abc import Callable

import pypdf
import pytest

from mlcatalog.audit.content import LIMITS, Dossier, Section, digest_of, evidence
from mlcatalog.audit.typeset import number_text, preview, typeset

Make = Callable[..., Dossier]
HOSTILE = {
    "markup": "#panic() $x^2$ *b* _i_ <label> @ref = head `raw` \\ // c [x] https://x.org",
    "newlines": "two\nlines\tand\rmore\0",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u202egnp.exe \u0645\u0631\u062d\u0628\u0627",
    "surrogate": "caf\udce9.bin",
    "private and emoji": "\ue000 \U0001f600 \u65e5\u672c",
    "long": "x" * 900,
    "quotes": "\"}] ' \\u{41} \\n",
    "empty": "",
    "accents": "mode\u0300le e\u0301te\u0301",
}


def text_of(pdf: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return "\n".join(page.extract_text() for page in reader.pages)


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b]", "", text)


def test_the_same_dossier_gives_the_same_bytes(make_dossier: Make) -> None:
    assert typeset(make_dossier()) == typeset(make_dossier())


def test_the_pages_say_what_the_dossier_says(make_dossier: Make) -> None:
    dossier = make_dossier()
    pdf = typeset(dossier)
    text = text_of(pdf)
    for words in (
        "1 of 3 checks met",
        "Chain of custody",
        "finetune.yaml",
        "Add a test of the data.",
        "+0.007",
        "name.invalid",
        "intent-cls-r0a11",
        dossier.subjects[0].digest,
        "page 1 of",
        "Not signed",
    ):
        assert words in text.replace("\n", " "), words
    assert "\u200b" not in text
    assert squeezed(text).count(dossier.subjects[0].digest) >= 4
    assert digest_of(evidence(dossier)) in squeezed(text)
    assert squeezed(LIMITS[0]) in squeezed(text)


def test_every_page_says_which_page_it_is(make_dossier: Make) -> None:
    reader = pypdf.PdfReader(io.BytesIO(typeset(make_dossier(rows=40))))
    count = len(reader.pages)
    assert count > 4
    for number, page in enumerate(reader.pages, start=1):
        assert f"page {number} of {count}" in page.extract_text()


def test_a_long_table_repeats_its_heading(make_dossier: Make) -> None:
    text = text_of(typeset(make_dossier(rows=60)))
    assert text.count("came from") > 3


def test_the_evidence_is_attached_and_is_json(make_dossier: Make) -> None:
    dossier = make_dossier()
    reader = pypdf.PdfReader(io.BytesIO(typeset(dossier)))
    attached = reader.attachments["evidence.json"][0]
    assert attached == evidence(dossier)
    assert json.loads(attached)["subjects"][0]["digest"] == dossier.subjects[0].digest


def test_bookmarks_lead_to_every_section(make_dossier: Make) -> None:
    reader = pypdf.PdfReader(io.BytesIO(typeset(make_dossier())))
    titles = [
        str(entry["/Title"]) for entry in reader.outline if isinstance(entry, dict)
    ]
    assert [title.lstrip("0123456789. ") for title in titles][:3] == [
        "Identity",
        "Traceability: 1 of 3 checks met",
        "Chain of custody",
    ]


def test_it_declares_archival_and_accessible_form(make_dossier: Make) -> None:
    pdf = typeset(make_dossier())
    assert b"pdfaid:part" in pdf or b"<pdfaid:part>3" in pdf
    assert b"pdfuaid:part" in pdf
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert "/StructTreeRoot" in reader.trailer["/Root"]


def test_sections_can_be_left_out(make_dossier: Make) -> None:
    dossier = dataclasses.replace(make_dossier(), sections=(Section.METRICS,))
    text = text_of(typeset(dossier))
    assert "Metrics" in text
    assert "Chain of custody" not in text
    assert "Journal extract" not in text


def test_several_models_have_contents_and_a_chapter_each(make_dossier: Make) -> None:
    text = text_of(typeset(make_dossier(models=3)))
    assert "Contents" in text
    assert "3 Models" in text.replace("\n", " ") or "Models\n3" in text


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_names_of_others_are_text_and_never_markup(
    make_dossier: Make, name: str
) -> None:
    dossier = make_dossier(name)
    reader = pypdf.PdfReader(io.BytesIO(typeset(dossier)))
    assert reader.attachments["evidence.json"][0] == evidence(dossier)
    assert len(reader.pages) >= 2


def test_markup_is_shown_as_it_was_written(make_dossier: Make) -> None:
    shown = squeezed(text_of(typeset(make_dossier(HOSTILE["markup"]))))
    for piece in ("#panic()", "$x^2$", "*b*", "<label>", "@ref", "`raw`", "[x]"):
        assert piece in shown


def test_what_cannot_be_seen_is_spelled_out(make_dossier: Make) -> None:
    text = text_of(typeset(make_dossier("two\nlines \u202egnp.exe")))
    assert "two\\nlines \\u{202e}gnp.exe" in text


def test_the_preview_has_a_picture_for_each_page(make_dossier: Make) -> None:
    dossier = make_dossier()
    pages = preview(dossier)
    assert len(pages) == len(pypdf.PdfReader(io.BytesIO(typeset(dossier))).pages)
    assert all(page.startswith(b"\x89PNG") for page in pages)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, ""),
        (0.941, "0.941"),
        (-0.019, "\u22120.019"),
        (1e-9, "1e\u221209"),
        (float("nan"), "nan"),
    ],
)
def test_numbers_are_written_for_people(number: float | None, text: str) -> None:
    assert number_text(number) == text


def test_a_script_without_a_font_spells_only_itself(make_dossier: Make) -> None:
    text = text_of(typeset(make_dossier("模-Ж-מודל")))
    assert "\\u{6a21}" in text
    assert "Ж" in text
    assert "ל" in text


def test_a_word_without_joints_stays_on_the_page(make_dossier: Make) -> None:
    pages = pypdf.PdfReader(io.BytesIO(typeset(make_dossier("w" * 240)))).pages
    found: list[tuple[str, float]] = []

    def keep(text: str, _: object, matrix: list[float], *__: object) -> None:
        found.append((text, matrix[4]))

    pages[0].extract_text(visitor_text=keep)
    lines = [text.strip() for text, _ in found if "www" in text]
    assert lines
    assert max(len(line) for line in lines) < 100
