"""Numbers that verify a derivation of Gaussian means: quadrature against the closed forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import final

import sympy as sp

from freeprob.errors import ConvergenceError, UndefinedOperationError
from freeprob.exact.equations.steps import Step
from freeprob.nets.expectations.dual import GaussianDual
from freeprob.nets.expectations.expectation import GaussianExpectation
from freeprob.nets.functions.parity import parity

_DIGITS = 15
_TOLERANCE = sp.Float(10) ** (3 - _DIGITS)
_ATTEMPTS = 400


@final
@dataclass(frozen=True)
class GaussianEvidence:
    """Both sides of each step at random variances and parameters, the means by quadrature.

    Parameters
    ----------
    positive
        Expressions that must be positive: the variances, the determinant of a covariance.
    """

    positive: tuple[sp.Expr, ...]

    @property
    def variable(self) -> sp.Expr:
        """No polynomial is shown by its powers."""
        return sp.Dummy()

    @property
    def place(self) -> str:
        """Where the points lie."""
        return "in the variances and parameters"

    def refuted(self, steps: Sequence[Step], random: Random) -> list[Step]:
        """The steps that do not hold at one random point."""
        symbols = set().union(*(step.equation.free_symbols for step in steps))
        known = self._drawn(sorted(symbols, key=lambda symbol: (symbol.name, repr(symbol))), random)
        return [step for step in steps if not _holds(step, known)]

    def _drawn(self, symbols: list[sp.Symbol], random: Random) -> dict[sp.Symbol, sp.Expr]:
        """Values that respect the assumptions of the symbols and the conditions."""
        for _ in range(_ATTEMPTS):
            known = {symbol: _value(symbol, random) for symbol in symbols}
            if all(condition.xreplace(known).is_positive for condition in self.positive):
                return known
        raise ConvergenceError(
            "no admissible variances were found to verify the steps at; substitute numbers first"
        )


def _value(symbol: sp.Symbol, random: Random) -> sp.Expr:
    """A rational number, or a natural one, that the symbol may stand for."""
    if symbol.is_integer:
        return sp.Integer(random.randint(1, 4))
    size = sp.Rational(random.randint(8, 40), 16)
    if symbol.is_nonnegative:
        return size
    return -size if symbol.is_nonpositive else size * random.choice((-1, 1))


def _holds(step: Step, known: dict[sp.Symbol, sp.Expr]) -> bool:
    """Whether the two sides agree to all digits asked for."""
    left, right = (number(side.subs(known)) for side in step.equation.args)
    return bool(abs(left - right) <= _TOLERANCE * (1 + abs(left)))


def number(expr: sp.Expr) -> sp.Expr:
    """Return an expression without symbols, every mean in it by quadrature."""
    table = {mean: _mean(mean) for mean in expr.atoms(GaussianExpectation)}
    table |= {mean: _pair(mean) for mean in expr.atoms(GaussianDual)}
    return expr.xreplace(table).evalf(_DIGITS)


def _mean(mean: GaussianExpectation) -> sp.Expr:
    """A mean by quadrature, complex functions and point masses included."""
    x, q = mean.symbol, mean.variance
    density = sp.exp(-(x**2) / (2 * q)) / sp.sqrt(2 * sp.pi * q)
    total = sp.Integer(0)
    for term in sp.Add.make_args(mean.integrand):
        weight, function = term.as_independent(x, as_Add=False)
        if isinstance(function, sp.DiracDelta):
            argument, order = function.args[0], (*function.args, sp.Integer(0))[1]
            slope = sp.diff(density, x, order).subs(x, x - argument)
            total += (-1) ** order * weight * slope
            continue
        for unit, part in _parts(term, x):
            if parity(part, x) != -1:
                # the constant keeps means that vanish within reach of relative digits
                total += unit * (GaussianExpectation(part + 1, x, q).evalf(_DIGITS + 3) - 1)
    return total


def _pair(mean: GaussianDual) -> sp.Expr:
    """A mean of a product by its Hermite series, complex functions included."""
    x = mean.symbol
    total = sp.Integer(0)
    for one, f in _parts(mean.args[0], x):
        for other, g in _parts(mean.args[1], x):
            if (parity(f, x) or 0) * (parity(g, x) or 0) != -1:
                total += one * other * GaussianDual(f, g, x, *mean.covariance).evalf(_DIGITS)
    return total


def _parts(function: sp.Expr, x: sp.Symbol) -> list[tuple[sp.Expr, sp.Expr]]:
    """Real functions with the units 1 and i in front."""
    if not function.has(sp.I):
        return [(sp.Integer(1), function)]
    y = sp.Dummy("y", real=True)
    real, imaginary = (part.xreplace({y: x}) for part in function.xreplace({x: y}).as_real_imag())
    if real.has(sp.re, sp.im) or imaginary.has(sp.re, sp.im):
        raise UndefinedOperationError(f"{function} is not split into real and imaginary parts")
    return [(unit, part) for unit, part in ((sp.Integer(1), real), (sp.I, imaginary)) if part != 0]
