"""The door between SymPy expressions and FLINT polynomials.

A :class:`Ring` is ℤ[generators] built from the caller's own symbols. Irrational constants, such as
√2 or π, enter as opaque generators, so a floating-point number never takes their place. Fractions
are kept reduced, because FLINT has polynomial rings but no fraction fields over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import comb
from typing import TypeAlias

import sympy as sp
from flint import Ordering, fmpq, fmpz, fmpz_mpoly, fmpz_mpoly_ctx

from freeprob.errors import BudgetExceededError, InvalidParameterError, NotAlgebraicError
from freeprob.exact.algebra.factoring import factorization
from freeprob.exact.algebra.powers import require_written

Polynomial: TypeAlias = fmpz_mpoly
_POWER_BITS = 10**9


@dataclass(frozen=True)
class Fraction:
    """A reduced quotient of two polynomials of one ring; the denominator's sign is fixed."""

    numerator: Polynomial
    denominator: Polynomial

    @staticmethod
    def of(numerator: Polynomial, denominator: Polynomial) -> Fraction:
        """Reduce to lowest terms."""
        common = numerator.gcd(denominator)
        if not common.is_one():
            numerator, denominator = numerator // common, denominator // common
        if denominator.leading_coefficient() < 0:
            numerator, denominator = -numerator, -denominator
        return Fraction(numerator, denominator)

    def __add__(self, other: Fraction) -> Fraction:
        if self.denominator == other.denominator:
            return Fraction.of(self.numerator + other.numerator, self.denominator)
        return Fraction.of(
            self.numerator * other.denominator + other.numerator * self.denominator,
            self.denominator * other.denominator,
        )

    def __neg__(self) -> Fraction:
        return Fraction(-self.numerator, self.denominator)

    def __sub__(self, other: Fraction) -> Fraction:
        return self + (-other)

    def __mul__(self, other: Fraction) -> Fraction:
        return Fraction.of(self.numerator * other.numerator, self.denominator * other.denominator)

    def inverse(self) -> Fraction:
        """The reciprocal; raises ``ZeroDivisionError`` for 0."""
        if self.numerator.is_zero():
            raise ZeroDivisionError("the reciprocal of the zero rational function")
        if self.numerator.leading_coefficient() < 0:
            return Fraction(-self.denominator, -self.numerator)
        return Fraction(self.denominator, self.numerator)

    def __truediv__(self, other: Fraction) -> Fraction:
        return self * other.inverse()

    def __pow__(self, exponent: int) -> Fraction:
        base = self if exponent >= 0 else self.inverse()
        _require_room(base, abs(exponent))
        # lowest terms stay lowest terms under powers
        return Fraction(base.numerator ** abs(exponent), base.denominator ** abs(exponent))

    def is_zero(self) -> bool:
        """Whether this is the zero function."""
        return self.numerator.is_zero()


def constants(expressions: Iterable[sp.Expr]) -> tuple[sp.Expr, ...]:
    """Irrational constants that occur in the expressions, as they stand, in a fixed order."""
    return tuple(e for e in _transcendents(expressions) if not e.free_symbols)


def functions(expressions: Iterable[sp.Expr]) -> tuple[sp.Expr, ...]:
    """Values of functions such as a logarithm that occur in the expressions, likewise."""
    return tuple(e for e in _transcendents(expressions) if e.free_symbols)


def _transcendents(expressions: Iterable[sp.Expr]) -> tuple[sp.Expr, ...]:
    found: set[sp.Expr] = set()
    stack = list(expressions)
    while stack:
        expression = stack.pop()
        if expression.is_Rational or expression.is_Symbol:
            continue
        if expression.is_Float:
            raise InvalidParameterError(
                f"{expression} is a floating-point number and cannot enter an exact equation; "
                "pass it to a law, which reads it as the decimal it prints"
            )
        if expression.is_Add or expression.is_Mul:
            stack.extend(expression.args)
        elif expression.is_Pow and expression.exp.is_Integer:
            stack.append(expression.base)
        else:
            found.add(expression)
    return tuple(sorted(found, key=sp.default_sort_key))


def _require_room(base: Fraction, exponent: int) -> None:
    """Refuse a power whose expanded form would not fit: FLINT aborts when memory runs out."""
    for polynomial in (base.numerator, base.denominator):
        terms = len(polynomial)
        bits = max((int(value).bit_length() for value in polynomial.coeffs()), default=0)
        if terms == 1:
            require_written(bits - 1, exponent)
        forms = comb(exponent + terms - 1, min(exponent, terms - 1)) if terms else 0
        if forms * exponent * (bits + terms.bit_length()) > _POWER_BITS:
            raise BudgetExceededError(
                f"a power with exponent {exponent} is too large to be written out; the exponent "
                "of a law's equation must be moderate"
            )


@dataclass(frozen=True)
class Ring:
    """ℤ[generators]; build it with :func:`ring`."""

    generators: tuple[sp.Expr, ...]

    @cached_property
    def context(self) -> fmpz_mpoly_ctx:
        """The FLINT context, its variables named by position and never by symbol name."""
        names = tuple(f"x{i}" for i in range(len(self.generators)))
        return fmpz_mpoly_ctx.get(names, Ordering.lex)

    @cached_property
    def _positions(self) -> dict[sp.Expr, int]:
        return {generator: i for i, generator in enumerate(self.generators)}

    def index(self, generator: sp.Expr) -> int:
        """Position of a generator."""
        return self._positions[generator]

    def generator(self, generator: sp.Expr) -> Polynomial:
        """The FLINT variable of a generator."""
        return self.context.gens()[self.index(generator)]

    def constant(self, value: int | fmpz) -> Polynomial:
        """A constant polynomial."""
        return self.context.constant(value)

    def fraction(
        self, expression: sp.Expr, values: Mapping[sp.Expr, sp.Expr] | None = None
    ) -> Fraction:
        """Read a rational expression in the generators as a reduced fraction.

        Parts of it that ``values`` names have these values, rational in the generators.

        Raises
        ------
        NotAlgebraicError
            If the expression is not rational in the generators.
        """
        known = {part: self.fraction(value) for part, value in (values or {}).items()}
        return self._fraction(sp.sympify(expression), known)

    def _fraction(self, expression: sp.Expr, seen: dict[sp.Expr, Fraction]) -> Fraction:
        if expression in seen:
            return seen[expression]
        one = self.constant(1)
        if expression in self._positions:
            value = Fraction(self.generator(expression), one)
        elif expression.is_Rational:
            value = Fraction(self.constant(int(expression.p)), self.constant(int(expression.q)))
        elif expression.is_Add or expression.is_Mul:
            values = [self._fraction(argument, seen) for argument in expression.args]
            value = values[0]
            for other in values[1:]:
                value = value + other if expression.is_Add else value * other
        elif expression.is_Pow and expression.exp.is_Integer:
            value = self._fraction(expression.base, seen) ** int(expression.exp)
        else:
            powers = expression.exp.free_symbols if expression.is_Pow else ()
            way = f"give {', '.join(map(str, powers))} integer or rational values" * bool(powers)
            letters = [symbol for symbol in expression.free_symbols if not symbol.is_Symbol]
            way = way or f"give {letters[0]} a law by subs" if letters else way
            raise NotAlgebraicError(
                f"{expression} is not a rational expression in "
                f"{', '.join(str(g) for g in self.generators)}; "
                f"{way or 'the numeric reading still works'}"
            )
        seen[expression] = value
        return value

    def polynomial(self, expression: sp.Expr) -> Polynomial:
        """Numerator of a rational expression over its least denominator."""
        return self.fraction(expression).numerator

    def expression(self, polynomial: Polynomial) -> sp.Expr:
        """A polynomial as an expanded SymPy expression in the generators."""
        terms = []
        for exponents, coefficient in polynomial.terms():
            factors = [
                sp.Pow(g, int(e)) for g, e in zip(self.generators, exponents, strict=True) if e
            ]
            terms.append(sp.Mul(sp.Integer(int(coefficient)), *factors))
        return sp.Add(*terms)

    def quotient(self, fraction: Fraction) -> sp.Expr:
        """A fraction as a SymPy expression."""
        return self.expression(fraction.numerator) / self.expression(fraction.denominator)

    def factored(self, fraction: Fraction) -> sp.Expr:
        """A fraction with numerator and denominator factored."""

        def product(polynomial: Polynomial) -> sp.Expr:
            content, factors = factorization(polynomial)
            return sp.Mul(
                sp.Integer(int(content)),
                *(self.expression(base) ** int(power) for base, power in factors),
            )

        return product(fraction.numerator) / product(fraction.denominator)


def ring(expressions: Sequence[sp.Expr], first: Sequence[sp.Expr] = ()) -> Ring:
    """The ring of all symbols and irrational constants of the expressions, ``first`` leading."""
    symbols: set[sp.Basic] = set()
    for expression in expressions:
        symbols |= expression.free_symbols
    rest = sorted(symbols - set(first), key=sp.default_sort_key)
    return Ring((*first, *rest, *constants(expressions)))


def to_fmpq(number: sp.Rational) -> fmpq:
    """A SymPy rational as a FLINT rational."""
    return fmpq(int(number.p), int(number.q))


def to_rational(number: fmpq) -> sp.Rational:
    """A FLINT rational as a SymPy rational."""
    return sp.Rational(int(number.p), int(number.q))
