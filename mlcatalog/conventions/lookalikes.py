"""Letters that look like ASCII ones, or are those with something added."""

from __future__ import annotations

import unicodedata

# Cyrillic and Greek letters that a reader takes for Latin ones, and Latin ones
# that have no decomposition.
_LIKE = dict(
    zip(
        "асеёһіјкԛорѕтухԁԝАВСЕНІЈКМОРЅТХУαεικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧøØđĐłŁħıŧðÐ",
        "aceehijkqopstyxdwABCEHIJKMOPSTXYaeiknoptuxABEZHIKMNOPTYXoOdDlLhitdD",
        strict=True,
    )
) | {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "TH"}
_DROPPED = ("Mn", "Me", "Cf", "Cc")  # accents, joiners, marks of direction


def latin(text: str) -> str:
    """A text in ASCII, with a space for what is no letter or digit.

    Gives "" where a letter has no counterpart: half a word is no word, and a
    word of another script is not read by the looks of its letters.
    """
    if text.isascii():
        return text
    found = []
    is_latin = any(letter.isascii() and letter.isalnum() for letter in text)
    for letter in unicodedata.normalize("NFKD", text):
        plain = _plain(letter, is_latin=is_latin)
        if plain is None:
            return ""
        found.append(plain)
    return "".join(found)


def _plain(letter: str, *, is_latin: bool) -> str | None:
    if letter.isascii():
        return letter
    if letter in _LIKE:
        return _LIKE[letter] if is_latin else None
    digit = unicodedata.digit(letter, None)
    if digit is not None:
        return str(digit)
    if letter.isspace():
        return " "
    if unicodedata.category(letter) in _DROPPED:
        return ""
    return None if letter.isalnum() else " "


def is_dash(letter: str) -> bool:
    """Whether a character is taken for a hyphen and is none of ASCII."""
    return letter == "\u2212" or (
        not letter.isascii() and unicodedata.category(letter) == "Pd"
    )


def named(letter: str) -> str:
    """A character for people: with its name where its looks tell too little."""
    if letter.isascii():
        return "spaces" if letter == " " else letter
    name = unicodedata.name(letter, f"U+{ord(letter):04X}").lower()
    return f"{letter} ({name})" if letter.isprintable() else f"a {name}"
