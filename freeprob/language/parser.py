"""Recursive descent from text to a law or an exact number.

Grammar, loosest binding first; a sign applies to laws or to numbers by what stands around it::

    value   := product (("boxplus" | "⊞" | "+" | "-") product)*
    product := unary (("boxtimes" | "⊠" | "*" | "/") unary)*
    unary   := "-" unary | power
    power   := postfix (("**" | "^") unary)?
    postfix := atom ("." NAME arguments)*                   x.f(a) is f(x, a)
    atom    := "√" atom | NUMBER | SYMBOL | NAME arguments | "(" value ")" | "{" pairs "}"
    arguments := "(" [argument ("," argument)*] ")"         argument := [NAME "="] value
    pairs   := value ":" value ("," value ":" value)*
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias, TypeVar

import sympy as sp

from freeprob.errors import FreeprobError, ParseError
from freeprob.language import exact_arithmetic
from freeprob.language.tokens import Token, fail, spelled, tokenize
from freeprob.language.vocabulary import Word, closest, find, words
from freeprob.laws.base import Law

MAX_DEPTH = 40
_CONSTANTS = {"pi": sp.pi}
_LAW_SIGNS = {"boxplus": "boxplus", "⊞": "boxplus", "boxtimes": "boxtimes", "⊠": "boxtimes"}
_HINT = {
    "+": "use boxplus",
    "-": "use subtract(mu, nu)",
    "*": "use boxtimes, or dilate(mu, a)",
    "/": "use dilate(mu, 1/a)",
    "^": "use boxplus_power(mu, t) or boxtimes_power(mu, t)",
}

Value: TypeAlias = Any  # a law, an expression or a mapping
T = TypeVar("T")


def parse_law(text: str) -> Law:
    """Read a law such as ``MarchenkoPastur(1/2) boxplus Semicircle(1)``.

    Every law and operation of the package is a word of the language; ``boxplus`` and ``boxtimes``
    also stand between laws; names that are no words are symbols, real numbers to be given later.
    Laws may be abbreviated as papers do, MP(c) and SC(t), and Greek letters written as such.
    The text is never evaluated as Python, and its length and depth are bounded.

    Raises
    ------
    ParseError
        With the place and, where there is one, a suggestion.
    FreeprobError
        Whatever the laws themselves refuse, such as a ratio that is not positive.

    Examples
    --------
    >>> from freeprob.language.parser import parse_law
    >>> parse_law("Semicircle(0.5) boxplus MarchenkoPastur(c)")
    boxplus(MarchenkoPastur(c), Semicircle(1/2))
    """
    value = _Parser(text).whole()
    if not isinstance(value, Law):
        fail(text, 0, "this is a number where a law is wanted, such as PointMass(3)")
    return value


def parse_number(text: str) -> sp.Expr:
    """Read an exact number, such as ``1/2``, ``0.1`` or ``2*sqrt(c)``.

    Raises
    ------
    ParseError
        If the text is no number.

    Examples
    --------
    >>> from freeprob.language.parser import parse_number
    >>> parse_number("0.1 + sqrt(2)")
    1/10 + sqrt(2)
    """
    value = _Parser(text).whole()
    if not isinstance(value, sp.Expr):
        fail(text, 0, "this is no number")
    return value


def symbol(name: str) -> sp.Symbol:
    """The symbol that a name stands for in the language; φ and phi are one."""
    return sp.Symbol(spelled(name), real=True)


class _Parser:
    """One pass over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.index = 0
        self.depth = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.index]

    def whole(self) -> Value:
        value = self.value()
        if self.next.kind != "end":
            self.fail(self.next, f"unexpected '{self.next.text}'")
        return value

    def value(self) -> Value:
        return self.nested(lambda: self.chain(self.product, ("boxplus", "⊞", "+", "-")))

    def product(self) -> Value:
        return self.chain(self.unary, ("boxtimes", "⊠", "*", "/"))

    def unary(self) -> Value:
        if self.next.text != "-":
            return self.power()
        sign = self.take()
        value = self.nested(self.unary)
        return self.compute(
            sign, lambda: exact_arithmetic.combine("*", sp.S.NegativeOne, value), value
        )

    def power(self) -> Value:
        base = self.postfix()
        if self.next.text not in ("**", "^"):
            return base
        sign = self.take()
        exponent = self.nested(self.unary)
        return self.compute(sign, lambda: exact_arithmetic.power(base, exponent), base, exponent)

    def postfix(self) -> Value:
        value = self.atom()
        while self.next.text == ".":
            self.take()
            name = self.take("name")
            value = self.call(name, value)
        return value

    def atom(self) -> Value:
        token = self.take()
        if token.kind == "number":
            return self.compute(token, lambda: exact_arithmetic.number(token.text))
        if token.text == "(":
            value = self.value()
            self.expect(")")
            return value
        if token.text == "{":
            return self.pairs()
        if token.text == "√":
            return self.root(token, [self.atom()], {})
        if token.kind != "name" or (token.text in _LAW_SIGNS and self.next.text != "("):
            self.fail(token, f"expected a law or a number, got '{token.text}'")
        if self.next.text == "(":
            return self.call(token)
        word = find(token.text)
        if word is not None:
            self.fail(token, f"{token.text} needs its parameters: {word.usage}")
        return _CONSTANTS.get(token.text, symbol(token.text))

    def chain(self, part: Callable[[], Value], signs: tuple[str, ...]) -> Value:
        """Parts between signs of one precedence; a run of one law operation is one n-ary call."""
        first = self.next
        value = part()
        while self.next.text in signs:
            sign = self.take()
            name = _LAW_SIGNS.get(sign.text)
            if name is None:
                value = self.combine(sign, value, part())
                continue
            laws = [value, part()]
            while _LAW_SIGNS.get(self.next.text) == name:
                self.take()
                laws.append(part())
            value = self.build(words()[name], laws, {}, first)
        return value

    def combine(self, sign: Token, left: Value, right: Value) -> sp.Expr:
        return self.compute(
            sign, lambda: exact_arithmetic.combine(sign.text, left, right), left, right
        )

    def call(self, name: Token, *before: Value) -> Value:
        arguments, keywords = self.arguments(before)
        if name.text == "sqrt":
            return self.root(name, arguments, keywords)
        word = find(name.text)
        if word is None:
            hint = closest(name.text, "sqrt")
            self.fail(name, f"no law or operation is called '{name.text}' ({hint})")
        return self.build(word, arguments, keywords, name)

    def arguments(self, before: tuple[Value, ...] = ()) -> tuple[list[Value], dict[str, Value]]:
        """What stands in parentheses, behind what stands before a dot."""
        self.expect("(")
        arguments, keywords = list(before), {}
        while self.next.text != ")":
            if self.next.kind == "name" and self.tokens[self.index + 1].text == "=":
                key = self.take()
                self.take()
                if key.text in keywords:
                    self.fail(key, f"'{key.text}' is given twice")
                keywords[key.text] = self.value()
            elif keywords:
                self.fail(self.next, "a parameter without name after a named one")
            else:
                arguments.append(self.value())
            if self.next.text != ")":
                self.expect(",", "',' or ')'")
        self.take()
        return arguments, keywords

    def root(self, name: Token, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        if len(arguments) != 1 or keywords:
            self.fail(name, "sqrt takes one number")
        (value,) = arguments
        return self.compute(name, lambda: exact_arithmetic.power(value, sp.S.Half), value)

    def pairs(self) -> dict:
        found: dict[Value, Value] = {}
        while True:
            start = self.next
            key = self.value()
            if isinstance(key, dict):
                self.fail(start, "a mapping has laws or numbers as keys")
            if key in found:
                self.fail(start, f"{key} is given twice")
            self.expect(":")
            found[key] = self.value()
            if self.next.text == "}":
                self.take()
                return found
            self.expect(",")

    def build(
        self, word: Word, arguments: list[Value], keywords: dict[str, Value], place: Token
    ) -> Law:
        problem = word.misuse(arguments, keywords)
        if problem:
            self.fail(place, f"{word.usage}: {problem}")
        try:
            return word.build(*arguments, **keywords)
        except ParseError:
            raise
        except FreeprobError as error:
            raise type(error)(f"{word.name}: {error}") from error

    def compute(self, place: Token, operation: Callable[[], T], *operands: Value) -> T:
        """Arithmetic on numbers, with its refusals shown at their place."""
        if not all(isinstance(operand, sp.Expr) for operand in operands):
            sign = place.text.replace("**", "^")
            hint = _HINT.get(sign, "it has no meaning")
            self.fail(place, f"'{sign}' works on numbers; for laws {hint}")
        try:
            return operation()
        except ZeroDivisionError:
            self.fail(place, "division by zero")
        except exact_arithmetic.Refused as error:
            self.fail(place, str(error))

    def nested(self, part: Callable[[], Value]) -> Value:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(self.next, f"nested more than {MAX_DEPTH} deep")
        value = part()
        self.depth -= 1
        return value

    def take(self, kind: str | None = None) -> Token:
        token = self.next
        if kind is not None and token.kind != kind:
            self.fail(token, f"expected a {kind}, got '{token.text}'")
        if token.kind != "end":
            self.index += 1
        return token

    def expect(self, text: str, wanted: str = "") -> None:
        token = self.take()
        if token.text != text:
            self.fail(token, f"expected {wanted or repr(text)}, got '{token.text}'")

    def fail(self, place: Token, problem: str) -> NoReturn:
        fail(self.text, place.start, problem)
