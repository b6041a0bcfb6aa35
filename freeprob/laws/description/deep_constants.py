"""Constants that are long formulas: one number each, known by its digits.

A ring takes every irrational part of a constant for a generator of its own. A mean of a network's
activation has many of them, √π, √(π - 2) and roots of sums of these, related in ways that the ring
does not know; its polynomials then grow with every one, and nothing is gained. Such a constant
enters equations as one :class:`~freeprob.enclosed_numbers.EnclosedNumber` instead, and leaves them
as the formula that it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, final

import sympy as sp
from flint import acb, ctx
from sympy.core.traversal import iterargs

from freeprob.enclosed_numbers import EnclosedNumber
from freeprob.errors import NotAlgebraicError
from freeprob.exact.algebra.door import constants
from freeprob.exact.algebra.number_field import MOST_DEGREES, degree_bound

if TYPE_CHECKING:
    from freeprob.numeric.programs.straight_line import Program

_MOST_PARTS = 2  # irrational parts of a constant: each is a variable of every ring
_LONG = 12  # operations inside of one part: it is a formula in other constants, not a constant
_FEW = 3  # terms of a sum that may have numbers of their own


@final
@dataclass(frozen=True)
class Formula:
    """What encloses a constant: equal parts of it are computed once."""

    value: sp.Expr

    def enclose(self, bits: int) -> acb:
        """Its ball, computed with that many bits."""
        # a law that is only described needs no NumPy
        from freeprob.numeric.programs.arithmetic import BallArithmetic
        from freeprob.numeric.programs.straight_line import evaluate

        with ctx.workprec(bits + 16):
            (found,) = evaluate(_program(self.value), [], BallArithmetic())
            return acb(found)

    def __str__(self) -> str:
        return f"({self.value})"

    def _repr_latex_(self) -> str:
        return rf"$\left({sp.latex(self.value)}\right)$"


@lru_cache(maxsize=1024)
def _program(value: sp.Expr) -> Program:
    """The formula, compiled."""
    from freeprob.numeric.programs.lowering import compile_program

    return compile_program([value], [])


def as_one_number(constant: sp.Expr) -> sp.Expr:
    """A deep real constant as one number, times a rational and plus a rational; others as is.

    So c, 2c and 1 - c stay what they are to each other, and a and b to a - b.
    """
    if constant.is_Rational or constant.free_symbols or not constant.is_number:
        return constant
    if constant.has(sp.Float):
        return constant  # floats of expressions are read as decimals where they enter equations
    if not _is_deep(constant):
        return constant
    if len(sp.Add.make_args(constant)) <= _FEW:
        return term_by_term(constant)
    return _number(constant)


def term_by_term(constant: sp.Expr) -> sp.Expr:
    """The same for every term of a sum: weights that sum to 1 still do."""
    terms = sp.Add.make_args(constant)
    return sp.Add(*(_number(term) if _is_deep(term) else term for term in terms))


def written_out(expression: sp.Expr) -> sp.Expr:
    """An expression with the formulas of such numbers put back."""
    known = {
        number: number.source.value
        for number in iterargs(expression)
        if isinstance(number, EnclosedNumber) and isinstance(number.source, Formula)
    }
    return expression.xreplace(known) if known else expression


def _is_deep(constant: sp.Expr) -> bool:
    """Whether a constant is better one number than a formula; numbers of small fields are not."""
    parts = constants([constant])
    if len(parts) <= _MOST_PARTS and all(part.count_ops() <= _LONG for part in parts):
        return False
    return not (
        degree_bound(parts) <= MOST_DEGREES and all(part.is_algebraic is True for part in parts)
    )


def _number(constant: sp.Expr) -> sp.Expr:
    """The constant as one number; a function without balls stays a formula."""
    rest, term = constant.as_coeff_Add()
    factor, value = term.as_coeff_Mul()
    try:
        return rest + factor * EnclosedNumber(Formula(value))
    except NotAlgebraicError:
        return constant
