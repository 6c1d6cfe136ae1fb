"""Pieces of a query: words, quoted phrases and parentheses, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto


class TokenType(Enum):
    """What a piece is to the parser."""

    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    WORD = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One piece and where it stands in the text."""

    type: TokenType
    text: str
    start: int
    end: int


_PIECE = re.compile(
    r"""\s*(?:(?P<open>\()|(?P<close>\))|(?P<word>(?:"[^"]*"?|[^\s()"])+))"""
)
_OPERATORS = {"and": TokenType.AND, "or": TokenType.OR, "not": TokenType.NOT}


def tokens(text: str) -> Iterator[Token]:
    """Cut a query into pieces; every character that is no space is in one."""
    for match in _PIECE.finditer(text):
        if match["open"]:
            yield Token(TokenType.OPEN, "(", match.start("open"), match.end())
        elif match["close"]:
            yield Token(TokenType.CLOSE, ")", match.start("close"), match.end())
        else:
            word, start = match["word"], match.start("word")
            if word.startswith("-") and len(word) > 1:
                yield Token(TokenType.NOT, "-", start, start + 1)
                word, start = word[1:], start + 1
            kind = _OPERATORS.get(word.lower(), TokenType.WORD)
            yield Token(kind, word, start, match.end())
