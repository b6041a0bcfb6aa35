"""Text to tokens, with the limits that keep hostile text cheap."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple, NoReturn

from freeprob.errors import ParseError

MAX_LENGTH = 2000
MAX_NUMBER = 60
END = "end of text"

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[^\W\d_]\w*)"
    r"|(?P<sign>\*\*|[-+*/^(){},:=.⊞⊠√])"
)
# signs as papers and SymPy's printer write them, and as a keyboard does
_TYPED = str.maketrans({"−": "-", "⋅": "*", "·": "*", "×": "*", "∗": "*", "µ": "μ"})


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
    text = text.translate(_TYPED)
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            fail(text, position, f"unexpected character {text[position]!r}")
        kind, piece = str(match.lastgroup), match.group()
        if kind == "name" and not piece[0].isalpha():  # such as ½, which is neither \d nor \W
            fail(text, position, f"unexpected character {piece[0]!r}")
        if kind == "number" and len(piece) > MAX_NUMBER:
            fail(text, position, f"a number of more than {MAX_NUMBER} characters")
        if kind != "space":
            name = spelled(piece) if kind == "name" else piece
            tokens.append(Token(kind, name, position))
        position = match.end()
    tokens.append(Token("end", END, len(text)))
    return tokens


def spelled(name: str) -> str:
    """A name with its Greek letters spelled out, as SymPy names and prints them: φ is phi.

    Examples
    --------
    >>> from freeprob.language.tokens import spelled
    >>> spelled("φ"), spelled("Σ_1"), spelled("λ")
    ('phi', 'Sigma_1', 'lambda')
    """
    return "".join(map(_spelled_letter, name))


def _spelled_letter(letter: str) -> str:
    # compatibility forms first: ϕ and ϵ are typographic variants of φ and ε
    plain = unicodedata.normalize("NFKC", letter)
    words = unicodedata.name(plain, "").split() if len(plain) == 1 else []
    if words[:3] not in (["GREEK", "SMALL", "LETTER"], ["GREEK", "CAPITAL", "LETTER"]):
        return letter
    if len(words) != 4:
        return letter
    word = {"LAMDA": "LAMBDA"}.get(words[3], words[3])
    return word.lower() if words[1] == "SMALL" else word.capitalize()


def fail(text: str, position: int, problem: str) -> NoReturn:
    """Raise ``ParseError`` with the place shown under a caret."""
    start = max(0, position - 40)
    window = "".join(c if c.isprintable() else "?" for c in text[start : position + 40])
    caret = " " * (position - start) + "^"
    raise ParseError(f"{problem}, at column {position + 1}:\n    {window}\n    {caret}")
