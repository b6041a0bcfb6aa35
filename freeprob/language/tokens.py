"""Text to tokens, with the limits that keep hostile text cheap."""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from freeprob.errors import ParseError

MAX_LENGTH = 2000
MAX_NUMBER = 60
END = "end of text"

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<sign>\*\*|[-+*/^(){},:=.⊞⊠])"
)


class Token(NamedTuple):
    """A piece of text and where it starts."""

    kind: str
    text: str
    start: int


def tokenize(text: str) -> list[Token]:
    """Cut text into names, numbers and signs, closed by an end token.

    Raises
    ------
    ParseError
        For text longer than 2000 characters, numbers longer than 60, and foreign characters.
    """
    if len(text) > MAX_LENGTH:
        raise ParseError(
            f"the text has {len(text)} characters, more than the {MAX_LENGTH} allowed; "
            "build such a law in Python"
        )
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            fail(text, position, f"unexpected character {text[position]!a}")
        kind, piece = str(match.lastgroup), match.group()
        if kind == "number" and len(piece) > MAX_NUMBER:
            fail(text, position, f"a number of more than {MAX_NUMBER} characters")
        if kind != "space":
            tokens.append(Token(kind, piece, position))
        position = match.end()
    tokens.append(Token("end", END, len(text)))
    return tokens


def fail(text: str, position: int, problem: str) -> NoReturn:
    """Raise ``ParseError`` with the place shown under a caret."""
    start = max(0, position - 40)
    window = "".join(c if c.isprintable() else "?" for c in text[start : position + 40])
    caret = " " * (position - start) + "^"
    raise ParseError(f"{problem}, at column {position + 1}:\n    {window}\n    {caret}")
