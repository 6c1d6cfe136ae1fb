"""Text to tree. Parsing never fails: what is no clause is text, with a hint."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass

from mlcatalog.catalog.search.tokens import Token, TokenType, tokens
from mlcatalog.catalog.search.tree import And, Clause, Hint, Not, Or, Text, Tree

LONGEST = 4_000  # characters of a query that are looked at
DEEPEST = 40  # parentheses or negations within each other
MOST = 200  # pieces of a query; SQLite takes expressions of depth 1,000

_CLAUSE = re.compile(
    r"(?P<field>[A-Za-z][\w.\-/]*?)(?P<operator>:>=|:<=|:>|:<|:=|:~|>=|<=|:|=|>|<|~)"
    r"(?P<value>.*)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The tree of a query, and what in it was taken as plain text."""

    tree: Tree
    hints: tuple[Hint, ...]


def parse(
    text: str,
    *,
    fields: frozenset[str],
    prefixes: tuple[str, ...],
    problem: Callable[[Clause], str],
) -> Parsed:
    """Parse a query for the fields there are.

    `prefixes` open families of fields (metric., param.). `problem` says what
    is wrong with a clause's value, "" if nothing.
    """
    parser = _Parser(list(tokens(text[:LONGEST])), fields, prefixes, problem)
    return Parsed(parser.whole(), tuple(parser.hints))


class _Parser:
    def __init__(
        self,
        pieces: list[Token],
        fields: frozenset[str],
        prefixes: tuple[str, ...],
        problem: Callable[[Clause], str],
    ) -> None:
        self._pieces = pieces[:MOST]
        self._at = 0
        self._depth = 0
        self._fields = fields
        self._prefixes = prefixes
        self._problem = problem
        self.hints: list[Hint] = []
        for token in pieces[MOST : MOST + 1]:
            said = f"Only the first {MOST} words are searched for."
            self.hints.append(Hint(token.start, token.end, said))

    def whole(self) -> Tree:
        parts: list[Tree] = []
        while self._at < len(self._pieces):
            before = self._at
            tree = self._either()
            if tree is not None:
                parts.append(tree)
            if self._at == before:  # a stray ")" or operator
                token = self._next()
                parts.append(self._as_text(token, f"{token.text} stands alone here"))
        return _all(parts)

    def _either(self) -> Tree | None:
        parts = [part for part in [self._each()] if part is not None]
        while parts and self._peek(TokenType.OR):
            token = self._next()
            part = self._each()
            if part is None:
                parts[-1] = _all(
                    [parts[-1], self._as_text(token, "nothing follows “or”")]
                )
                break
            parts.append(part)
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _each(self) -> Tree | None:
        parts: list[Tree] = []
        while True:
            if parts and self._peek(TokenType.AND):
                token = self._next()
                part = self._one()
                if part is None:
                    part = self._as_text(token, "nothing follows “and”")
            else:
                part = self._one()
            if part is None:
                return _all(parts) if parts else None
            parts.append(part)

    def _one(self) -> Tree | None:
        if self._peek(TokenType.NOT):
            token = self._next()
            if self._depth >= DEEPEST:
                return self._as_text(token, "negations are nested too deep")
            self._depth += 1
            part = self._one()
            self._depth -= 1
            if part is None:
                return self._as_text(token, "nothing follows “not”")
            return Not(part)
        if self._peek(TokenType.OPEN):
            return self._group()
        if self._peek(TokenType.WORD):
            return self._word(self._next())
        return None

    def _group(self) -> Tree:
        token = self._next()
        if self._depth >= DEEPEST:
            return self._as_text(token, "parentheses are nested too deep")
        self._depth += 1
        inside = self._either()
        self._depth -= 1
        if inside is None:
            closes = self._peek(TokenType.CLOSE)
            end = self._next().end if closes else token.end
            self.hints.append(
                Hint(token.start, end, "Nothing stands in the parentheses.")
            )
            return Text("()" if closes else "(")
        if self._peek(TokenType.CLOSE):
            self._next()
        else:
            self.hints.append(
                Hint(token.start, token.end, "This parenthesis is not closed.")
            )
        return inside

    def _word(self, token: Token) -> Tree:
        match = _CLAUSE.fullmatch(token.text)
        if match is None or '"' in match["field"]:
            return Text(_unquoted(token.text))
        field = match["field"].lower() if "." not in match["field"] else match["field"]
        operator, value = match["operator"].removeprefix(":") or ":", match["value"]
        if not self._knows(field):
            if match["operator"] == ":" or match["operator"].startswith(":"):
                return self._as_text(token, self._unknown(field))
            return Text(_unquoted(token.text))
        clause = _clause(field, operator, value)
        wrong = self._problem(clause)
        return self._as_text(token, wrong) if wrong else clause

    def _knows(self, field: str) -> bool:
        return field in self._fields or any(
            field.startswith(prefix) and len(field) > len(prefix)
            for prefix in self._prefixes
        )

    def _unknown(self, field: str) -> str:
        close = difflib.get_close_matches(field, sorted(self._fields), n=1)
        asked = f" Did you mean {close[0]}:?" if close else ""
        return f"there is no field {field}.{asked}"

    def _as_text(self, token: Token, why: str) -> Text:
        text = _unquoted(token.text)
        said = f"“{text[:60]}” is searched as text: {why}"
        self.hints.append(
            Hint(token.start, token.end, said if said[-1] in ".?" else f"{said}.")
        )
        return Text(text)

    def _peek(self, kind: TokenType) -> bool:
        return self._at < len(self._pieces) and self._pieces[self._at].type is kind

    def _next(self) -> Token:
        token = self._pieces[self._at]
        self._at += 1
        return token


def _clause(field: str, operator: str, value: str) -> Clause:
    low, dots, high = value.partition("..")
    if operator in (":", "=") and dots and low and high and not value.startswith('"'):
        return Clause(field, "..", _unquoted(low), _unquoted(high))
    return Clause(field, operator, _unquoted(value))


def _unquoted(text: str) -> str:
    return text.replace('"', "")


def _all(parts: list[Tree]) -> Tree:
    return parts[0] if len(parts) == 1 else And(tuple(parts))
