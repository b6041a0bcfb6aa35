"""Answers of a law as the command gives them: lines, a table, one JSON object."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import sympy as sp

from freeprob.errors import ParseError
from freeprob.language.parser import parse_number

if TYPE_CHECKING:
    from freeprob.laws.base import Law

QUESTIONS = ("density", "cdf", "quantile")
DIGITS = 15
# more lines than a person or a spreadsheet reads
MOST_POINTS = 100_000


class Answer(NamedTuple):
    """A question, where it was asked, the answer as text, and the words of its line."""

    question: str
    place: str
    value: str
    words: str = ""

    def line(self) -> str:
        """As a line for people."""
        return self.words or f"{self.question}({self.place}) = {self.value}"


def answers(law: Law, options: argparse.Namespace) -> list[Answer]:
    """Everything that was asked of a law with numbers, in the order of the options."""
    return [*(_spectrum(law, options) if options.support else ()), *_values(law, options)]


def points(text: str) -> list[sp.Expr]:
    """A number, or those from a first to a last one in steps: ``0:4:0.01``.

    Raises
    ------
    ParseError
        If a part is no number, or the steps do not lead from the first to the last.

    Examples
    --------
    >>> from freeprob.commands.answers import points
    >>> points("0:1:1/4")
    [0, 1/4, 1/2, 3/4, 1]
    """
    parts = [parse_number(part) for part in text.split(":")]
    names = ", ".join(sorted({str(symbol) for part in parts for symbol in part.free_symbols}))
    if names:
        wanted = "a number" if len(parts) == 1 else "a range FIRST:LAST:STEP of numbers"
        raise ParseError(f"{wanted} is wanted, and '{text[:60]}' has the name {names} in it")
    if len(parts) == 1:
        return parts
    if len(parts) != 3 or not all(part.is_rational for part in parts):
        raise ParseError(f"a range is FIRST:LAST:STEP in rational numbers, got '{text[:60]}'")
    first, last, step = parts
    if step == 0 or (last - first) / step < 0:
        raise ParseError(f"no step of {step} leads from {first} to {last} in '{text[:60]}'")
    total = int(sp.floor((last - first) / step)) + 1
    if total > MOST_POINTS:
        raise ParseError(f"the range '{text[:60]}' has {total} points, more than {MOST_POINTS}")
    return [first + k * step for k in range(total)]


def as_csv(moments: Sequence[sp.Expr], found: Sequence[Answer]) -> str:
    """A table with one row for each answer."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("question", "at", "value"))
    writer.writerows(("moment", order, moment) for order, moment in enumerate(moments, 1))
    writer.writerows(answer[:3] for answer in found)
    return table.getvalue().rstrip("\n")


def as_json(
    law: Law,
    values: Mapping[sp.Symbol, sp.Expr],
    moments: Sequence[sp.Expr],
    found: Sequence[Answer],
) -> str:
    """One object; numbers are text, so that no digit is lost on the way."""
    content: dict[str, object] = {
        "law": str(law),
        "values": {str(name): str(value) for name, value in values.items()},
    }
    if moments:
        content["moments"] = [str(moment) for moment in moments]
    for question in dict.fromkeys(answer.question for answer in found):
        content[question] = [
            [answer.place, answer.value] for answer in found if answer.question == question
        ]
    return json.dumps(content, ensure_ascii=False, indent=1)


def _spectrum(law: Law, options: argparse.Namespace) -> Iterator[Answer]:
    """Cuts, edges and atoms."""
    import mpmath

    digits = options.dps or DIGITS
    for cut in law.support(dps=digits):
        low, high = (mpmath.nstr(end, digits) for end in cut)
        yield Answer("cut", low, high, f"cut: [{low}, {high}]")
    for edge in law.edges(dps=digits):
        place, constant = (mpmath.nstr(x, digits) for x in (edge.location, edge.constant))
        behaviour = f"{constant} |x - edge|^({edge.exponent}) {edge.side}"
        yield Answer("edge", place, behaviour, f"edge: {place}, density ~ {behaviour}")
    for place, mass in law.atoms().items():
        yield Answer("atom", str(place), str(mass), f"atom: mass {mass} at {place}")


def _values(law: Law, options: argparse.Namespace) -> Iterator[Answer]:
    """Values at points, digit by digit, or of a range in float64."""
    import mpmath
    import numpy as np

    digits = options.dps or DIGITS
    for question in QUESTIONS:
        for text in getattr(options, question):
            places, ask = points(text), getattr(law, question)
            if len(places) > 1 and options.dps is None:
                numbers = ask(np.array([float(place) for place in places]))
                for place, number in zip(places, numbers, strict=True):
                    yield Answer(question, _decimal(place), repr(float(number)))
                continue
            for place in places:
                value = mpmath.nstr(ask(place, dps=digits), digits, strip_zeros=False)
                shown = text if len(places) == 1 else _decimal(place)
                yield Answer(question, shown, value)


def _decimal(place: sp.Expr) -> str:
    """A rational number as a decimal where that is exact and short, else as a fraction."""
    number = float(place)
    return repr(number) if sp.Rational(repr(number)) == place else str(place)
