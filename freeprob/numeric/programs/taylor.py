"""Truncated power series over any kind of number, as numbers that programs run on.

A function of a series f(u(t)) comes from its derivative, a program of its own, by
(f∘u)' = f'(u) u', one order after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

from flint import fmpq

from freeprob.numeric.programs.instructions import Arithmetic, Function
from freeprob.numeric.programs.pole_sums import PoleStep
from freeprob.numeric.programs.straight_line import Program, evaluate, linearise


@final
@dataclass(frozen=True)
class Taylor:
    """c₀ + c₁t + … + cₙtⁿ modulo tⁿ⁺¹; numbers stand for constant series."""

    terms: tuple[Any, ...]

    # NumPy would take a series for a sequence of numbers
    __array_ufunc__ = None

    def _other(self, value: Any) -> tuple[Any, ...]:
        return value.terms if isinstance(value, Taylor) else (value,) + (0,) * (len(self) - 1)

    def __len__(self) -> int:
        return len(self.terms)

    def __add__(self, other: Any) -> Taylor:
        return Taylor(tuple(a + b for a, b in zip(self.terms, self._other(other), strict=True)))

    __radd__ = __add__

    def __neg__(self) -> Taylor:
        return Taylor(tuple(-a for a in self.terms))

    def __sub__(self, other: Any) -> Taylor:
        return Taylor(tuple(a - b for a, b in zip(self.terms, self._other(other), strict=True)))

    def __rsub__(self, other: Any) -> Taylor:
        return -self + other

    def __mul__(self, other: Any) -> Taylor:
        if not isinstance(other, Taylor):
            return Taylor(tuple(a * other for a in self.terms))
        pairs = range(len(self))
        return Taylor(
            tuple(_sum(self.terms[i] * other.terms[k - i] for i in range(k + 1)) for k in pairs)
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Taylor:
        if not isinstance(other, Taylor):
            return Taylor(tuple(a / other for a in self.terms))
        quotient: list[Any] = []
        for k, value in enumerate(self.terms):
            known = (quotient[i] * other.terms[k - i] for i in range(k))
            quotient.append((value - _sum(known)) / other.terms[0])
        return Taylor(tuple(quotient))

    def __rtruediv__(self, other: Any) -> Taylor:
        return Taylor((other,) + (0,) * (len(self) - 1)) / self

    def below(self, order: int) -> Taylor:
        """The terms below an order."""
        return Taylor(self.terms[:order])


def _sum(values: Any) -> Any:
    """A sum that starts with no number of its own."""
    total: Any = 0
    for value in values:
        total = total + value
    return total


@final
@dataclass(frozen=True)
class TaylorArithmetic:
    """Series over the numbers of another arithmetic."""

    numbers: Arithmetic

    def constant(self, value: fmpq) -> Any:
        """A rational number, of the numbers' kind."""
        return self.numbers.constant(value)

    def number(self, name: Any) -> Any:
        """A named constant, of the numbers' kind."""
        return self.numbers.number(name)

    def power(self, base: Any, exponent: fmpq) -> Any:
        """Principal power: with p = uᵃ it is u p' = a u' p."""
        if not isinstance(base, Taylor):
            return self.numbers.power(base, exponent)
        u, a = base.terms, self.numbers.constant(exponent)
        terms = [self.numbers.power(u[0], exponent)]
        for k in range(1, len(u)):
            inner = _sum((i * a - (k - i)) * u[i] * terms[k - i] for i in range(1, k + 1))
            terms.append(inner / (k * u[0]))
        return Taylor(tuple(terms))

    def call(self, function: Function, argument: Any) -> Any:
        """A named function of a number, or of a series from its derivative, an order less."""
        if not isinstance(argument, Taylor):
            return self.numbers.call(function, argument)
        first, length = self.numbers.call(function, argument.terms[0]), len(argument)
        if length == 1:
            return Taylor((first,))
        (slope,) = evaluate(function.derivative(), [argument.below(length - 1)], self)
        return _integrated(first, _differentiated(argument) * slope, length)

    def calls(self, family: Sequence[Function], argument: Any) -> list[Any]:
        """Oracles of one family."""
        return [self.call(function, argument) for function in family]

    def poles(self, terms: PoleStep, argument: Any) -> Any:
        """Σ p/(u - a)ᵏ, whose derivative is -k Σ p/(u - a)ᵏ⁺¹."""
        if not isinstance(argument, Taylor):
            return self.numbers.poles(terms, argument)
        first, length = self.numbers.poles(terms, argument.terms[0]), len(argument)
        if length == 1:
            return Taylor((first,))
        slope = self.poles(terms.derivative, argument.below(length - 1)) * -terms.order
        return _integrated(first, _differentiated(argument) * slope, length)

    def logarithm(self, quotient: Any, excess: Any) -> Any:
        """Log q, whose derivative is q'/q."""
        if not isinstance(quotient, Taylor):
            return self.numbers.logarithm(quotient, excess)
        near, length = _term(excess, 0), len(quotient)
        first = self.numbers.logarithm(quotient.terms[0], near)
        if length == 1:
            return Taylor((first,))
        return _integrated(first, _differentiated(quotient) / quotient.below(length - 1), length)


def _differentiated(series: Taylor) -> Taylor:
    return Taylor(tuple(k * term for k, term in enumerate(series.terms))[1:])


def _integrated(first: Any, slope: Taylor, length: int) -> Taylor:
    rest = (term / (k + 1) for k, term in enumerate(slope.terms[: length - 1]))
    return Taylor((first, *rest))


def implicit_series(
    program: Program,
    u: Sequence[Any],
    order: int,
    arithmetic: Arithmetic,
    solver: Callable[[list[list[Any]], list[Any]], Sequence[Any]],
) -> list[Any]:
    """Coefficients of the last output, a function G of z, to an order in z - z(u).

    The program's first k outputs, for k unknowns, are k - 1 relations that vanish and z. Each
    order of the unknowns solves a system with the Jacobian at the point, by ``solver``.
    """
    size, zero = len(u), 0 * u[0]
    _, partials = linearise(program, list(u), arithmetic)
    rows = [[row.get(j, zero) + zero for j in range(size)] for row in partials[:size]]
    series = [[value] for value in u]
    over = TaylorArithmetic(arithmetic)
    for k in range(1, order + 1):
        guess = [Taylor((*terms, zero)) for terms in series]
        values = evaluate(program, guess, over)[:size]
        right = [-_term(value, k) + zero for value in values]
        if k == 1:
            right[-1] = right[-1] + 1
        step = solver(rows, right)
        for terms, value in zip(series, step, strict=True):
            terms.append(value)
    (G,) = evaluate(program.last, [Taylor(tuple(terms)) for terms in series], over)
    return [_term(G, k) for k in range(order + 1)]


def _term(value: Any, k: int) -> Any:
    """A coefficient of a series, or of a number."""
    return value.terms[k] if isinstance(value, Taylor) else value if k == 0 else 0
