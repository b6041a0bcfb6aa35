"""Matrix expressions as text: letters by ``X=Ginibre(N, N/c)``, then ``X*X.T*c/N + H``.

The grammar is that of laws and numbers (:mod:`freeprob.language.parser`), with the given letters
as atoms, ``Identity(N)``, and the postfixes ``.T`` and ``.inverse()``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial

import sympy as sp
from sympy.matrices.exceptions import ShapeError

import freeprob
from freeprob.language.exact_arithmetic import MAX_DEGREE, power
from freeprob.language.parser import Value, _Parser
from freeprob.language.tokens import Token, fail, spelled
from freeprob.language.vocabulary import Word
from freeprob.models.letters.letters import RandomMatrix

_KINDS = ("Ginibre", "GOE", "GUE", "HaarOrthogonal", "HaarUnitary", "Projection", "Deterministic")


def parse_letter(text: str) -> tuple[str, RandomMatrix]:
    """Read a letter such as ``X=Ginibre(N, N/c)``: a name, and a kind with its parameters.

    Raises
    ------
    ParseError
        With the place, and the kinds that there are.
    FreeprobError
        Whatever the letters themselves refuse.

    Examples
    --------
    >>> from freeprob.language.matrices import parse_letter
    >>> parse_letter("X=Ginibre(N, N/c)")[1].shape
    (N, N/c)
    """
    name, equals, described = text.partition("=")
    name = name.strip()
    if not equals or not name.isidentifier():
        fail(text, 0, "a letter is NAME=KIND(...), such as X=Ginibre(N, N/c)")
    letter = _LetterParser(described, spelled(name)).whole()
    if not isinstance(letter, RandomMatrix):
        fail(text, len(name) + 1, f"no letter: the kinds are {', '.join(_KINDS)}")
    return spelled(name), letter


def parse_matrix(text: str, letters: Mapping[str, RandomMatrix]) -> sp.MatrixExpr:
    """Read a matrix expression in given letters, such as ``X*X.T*c/N + H``.

    Raises
    ------
    ParseError
        With the place; also for sizes that do not fit.

    Examples
    --------
    >>> from freeprob.language.matrices import parse_letter, parse_matrix
    >>> letters = dict(map(parse_letter, ["x=GOE(N)", "y=GOE(N)"]))
    >>> parse_matrix("x*y + y*x", letters)
    x*y + y*x
    """
    value = _MatrixParser(text, letters).whole()
    if not isinstance(value, sp.MatrixExpr):
        fail(text, 0, "this is no matrix: use the letters given by --let")
    return value


@cache
def _kinds() -> Mapping[str, Callable[..., RandomMatrix]]:
    return {kind: getattr(freeprob, kind) for kind in _KINDS}


class _LetterParser(_Parser):
    """A kind of random matrix with its parameters, which may be laws and numbers."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.letter = name

    def call(self, name: Token, *before: Value) -> Value:
        if name.text not in _kinds():
            return super().call(name, *before)
        arguments, keywords = self.arguments(before)
        kind = Word(name.text, partial(_kinds()[name.text], self.letter))
        problem = kind.misuse(arguments, keywords)
        if problem:
            self.fail(name, f"{kind.usage}: {problem}")
        return kind.build(*arguments, **keywords)


class _MatrixParser(_Parser):
    """Products, sums, transposes and inverses of letters."""

    def __init__(self, text: str, letters: Mapping[str, RandomMatrix]) -> None:
        super().__init__(text)
        self.letters = letters

    def atom(self) -> Value:
        if self.next.kind == "name" and self.next.text in self.letters:
            return self.letters[self.take().text]
        return super().atom()

    def call(self, name: Token, *before: Value) -> Value:
        if name.text != "Identity":
            return super().call(name, *before)
        arguments, keywords = self.arguments(before)
        if len(arguments) != 1 or keywords or not isinstance(arguments[0], sp.Expr):
            self.fail(name, "Identity takes one number, its size")
        return sp.Identity(arguments[0])

    def postfix(self) -> Value:
        value = self.atom()
        while self.next.text == ".":
            self.take()
            name = self.take("name")
            if not isinstance(value, sp.MatrixExpr):
                value = self.call(name, value)
            elif name.text == "T":
                value = value.T
            elif name.text == "inverse":
                self.expect("(")
                self.expect(")")
                value = self.fitting(name, value.inverse)
            else:
                self.fail(name, f"a matrix has .T and .inverse(), not '.{name.text}'")
        return value

    def unary(self) -> Value:
        if self.next.text != "-":
            return self.power()
        sign = self.take()
        value = self.nested(self.unary)
        return self.combine(Token("sign", "*", sign.start), sp.S.NegativeOne, value)

    def power(self) -> Value:
        base = self.postfix()
        if self.next.text not in ("**", "^"):
            return base
        sign = self.take()
        exponent = self.nested(self.unary)
        if not isinstance(base, sp.MatrixExpr):
            return self.compute(sign, lambda: power(base, exponent), base, exponent)
        if not isinstance(exponent, sp.Integer) or abs(exponent) > MAX_DEGREE:
            self.fail(sign, f"a power of a matrix is an integer up to {MAX_DEGREE}")
        return self.fitting(sign, lambda: base**exponent)

    def combine(self, sign: Token, left: Value, right: Value) -> sp.Expr:
        matrices = [isinstance(side, sp.MatrixExpr) for side in (left, right)]
        if not any(matrices):
            return super().combine(sign, left, right)
        if not all(isinstance(side, sp.Expr) for side in (left, right)):
            self.fail(sign, f"'{sign.text}' between a matrix and a law: make the law a letter")
        if sign.text in "+-" and not all(matrices):
            self.fail(sign, "a number is added to a matrix as number*Identity(N)")
        if sign.text == "/":
            if matrices[1]:
                self.fail(sign, "division by a matrix: multiply by its .inverse()")
            right = super().combine(Token("sign", "/", sign.start), sp.S.One, right)
        if sign.text in "+-":
            other = right if sign.text == "+" else -right
            return self.fitting(sign, lambda: left + other)
        return self.fitting(sign, lambda: left * right)

    def fitting(self, place: Token, operation: Callable[[], sp.MatrixExpr]) -> sp.MatrixExpr:
        """The operation, sizes that do not fit shown at their place."""
        try:
            return operation()
        except (ShapeError, sp.NonSquareMatrixError) as error:
            self.fail(place, f"sizes do not fit: {error}")
