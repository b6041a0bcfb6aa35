"""Coefficient fields of exact series: ℚ, ℚ(parameters) and GF(p).

A :class:`Field` reads SymPy constants as its elements and makes dense polynomials over them. The
polynomials of all fields answer the same few calls (those of FLINT's univariate polynomials), so
:mod:`freeprob.exact.algebra.series` is written once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import sympy as sp
from flint import fmpq, fmpq_poly, nmod, nmod_poly

from freeprob.errors import BudgetExceededError, NotAlgebraicError
from freeprob.exact.algebra.door import Fraction, Polynomial, Ring, to_fmpq, to_rational
from freeprob.exact.algebra.powers import longest_number, require_written
from freeprob.exact.algebra.radical_fields import all_vanish, is_radical

Element = Any  # fmpq, nmod or Fraction
Dense = Any  # fmpq_poly, nmod_poly or FractionPolynomial

# beyond, SymPy's simplification of constants takes longer than a call should
_SIMPLIFIED = 300
_SIMPLIFIED_BITS = 2000


class Field(ABC):
    """A field of coefficients; final subclasses are frozen dataclasses and hashable."""

    @abstractmethod
    def read(self, expression: sp.Expr) -> Element:
        """A constant expression as an element; NotAlgebraicError if it is none of this field."""

    @abstractmethod
    def write(self, element: Element) -> sp.Expr:
        """An element as an expression."""

    @abstractmethod
    def dense(self, coefficients: Sequence[Element]) -> Dense:
        """The polynomial with these coefficients, constant term first."""

    @abstractmethod
    def is_zero(self, element: Element) -> bool:
        """Whether the element is 0."""

    @abstractmethod
    def bits(self, element: Element) -> int:
        """How many bits each factor adds to a power of the element."""

    def power(self, element: Element, exponent: int) -> Element:
        """An integer power; BudgetExceededError where it would be too long to be written out."""
        require_written(self.bits(element), exponent)
        return element**exponent

    def integer(self, value: int) -> Element:
        """The image of an integer."""
        return self.read(sp.Integer(value))


@final
@dataclass(frozen=True)
class RationalField(Field):
    """ℚ, by FLINT."""

    def read(self, expression: sp.Expr) -> fmpq:
        """A rational number."""
        if not expression.is_Rational:
            raise NotAlgebraicError(f"{expression} is not a rational number")
        return to_fmpq(expression)

    def write(self, element: fmpq) -> sp.Rational:
        """A SymPy rational."""
        return to_rational(element)

    def dense(self, coefficients: Sequence[fmpq]) -> fmpq_poly:
        """An ``fmpq_poly``."""
        return fmpq_poly(list(coefficients))

    def is_zero(self, element: fmpq) -> bool:
        """Exact."""
        return element == 0

    def bits(self, element: fmpq) -> int:
        """Those of the larger of numerator and denominator."""
        return element.height_bits() - 1

    def integer(self, value: int) -> fmpq:
        """An integer."""
        return fmpq(value)


@final
@dataclass(frozen=True)
class PrimeField(Field):
    """GF(p), p < 2⁶⁴, with a value chosen for each symbol or irrational constant.

    Raises ``ZeroDivisionError`` where p or the chosen values make a denominator vanish.
    """

    prime: int
    values: tuple[tuple[sp.Expr, int], ...] = ()

    @cached_property
    def _values(self) -> dict[sp.Expr, nmod]:
        return {generator: nmod(value, self.prime) for generator, value in self.values}

    def read(self, expression: sp.Expr) -> nmod:
        """The value of a rational expression in the chosen generators."""
        if expression in self._values:
            return self._values[expression]
        if expression.is_Rational:
            return nmod(int(expression.p), self.prime) / nmod(int(expression.q), self.prime)
        if expression.is_Add or expression.is_Mul:
            values = [self.read(argument) for argument in expression.args]
            total = values[0]
            for value in values[1:]:
                total = total + value if expression.is_Add else total * value
            return total
        if expression.is_Pow and expression.exp.is_Integer:
            return self.read(expression.base) ** int(expression.exp)
        raise NotAlgebraicError(f"no value modulo {self.prime} was chosen for {expression}")

    def write(self, element: nmod) -> sp.Integer:
        """The representative in [0, p)."""
        return sp.Integer(int(element))

    def dense(self, coefficients: Sequence[nmod]) -> nmod_poly:
        """An ``nmod_poly``."""
        return nmod_poly([int(value) for value in coefficients], self.prime)

    def is_zero(self, element: nmod) -> bool:
        """Exact."""
        return element == 0

    def bits(self, element: nmod) -> int:
        """None: residues do not grow."""
        return 0


@final
@dataclass(frozen=True)
class FunctionField(Field):
    """ℚ(parameters, irrational constants): the fractions of a ring."""

    ring: Ring

    @cached_property
    def _constants(self) -> tuple[int, ...]:
        """Positions of the generators that are no symbols."""
        generators = enumerate(self.ring.generators)
        return tuple(position for position, generator in generators if not generator.is_Symbol)

    @cached_property
    def _radicals(self) -> tuple[int, ...]:
        """Those of roots, which may leave denominators."""
        return tuple(i for i in self._constants if self.ring.generators[i].is_Pow)

    def read(self, expression: sp.Expr) -> Fraction:
        """A rational expression in the generators."""
        return self.ring.fraction(expression)

    def write(self, element: Fraction) -> sp.Expr:
        """A quotient of expanded polynomials, radicals moved to the numerator."""
        degrees = element.denominator.degrees()
        if not any(degrees[position] for position in self._radicals):
            return self.ring.quotient(element)
        return sp.radsimp(self.ring.quotient(element))

    def dense(self, coefficients: Sequence[Fraction]) -> FractionPolynomial:
        """A polynomial over one common denominator."""
        common = self.ring.constant(1)
        for value in coefficients:
            common = common * (value.denominator // common.gcd(value.denominator))
        numerators = tuple(v.numerator * (common // v.denominator) for v in coefficients)
        return FractionPolynomial(self.ring, numerators, common)

    def is_zero(self, element: Fraction) -> bool:
        """Exact; constants that enter as opaque generators are put back before the decision.

        Raises
        ------
        BudgetExceededError
            If digits do not tell it from 0 and it is too long to be simplified.
        """
        degrees = element.numerator.degrees()
        present = [position for position in self._constants if degrees[position]]
        if element.is_zero() or not present:
            return element.is_zero()
        if self._radicals_cancel(element.numerator):
            return True
        if all(is_radical(self.ring.generators[position]) for position in present):
            return False
        # letters under a root are no free ones beside it: √p² is p
        inside = set().union(*(self.ring.generators[i].free_symbols for i in present))
        symbols = [
            i
            for i, generator in enumerate(self.ring.generators)
            if i not in self._constants and generator not in inside
        ]
        numbers = [
            self.ring.expression(self.ring.context.from_dict(dict(terms)))
            for terms in _grouped(element.numerator, symbols).values()
        ]
        # SymPy's equals simplifies first, which is dear for constants that are integrals
        if any(_is_seen(number.evalf(15)) or _is_seen(_somewhere(number)) for number in numbers):
            return False
        return all(self._simplifies_to_zero(number) for number in numbers)

    def _radicals_cancel(self, polynomial: Polynomial) -> bool:
        """Whether it vanishes whatever the values of symbols and of constants not radicals."""
        generators = enumerate(self.ring.generators)
        roots = {i: generator for i, generator in generators if is_radical(generator)}
        others = [i for i in range(len(self.ring.generators)) if i not in roots]
        sums = [
            [([exponents[i] for i in roots], value) for exponents, value in terms]
            for terms in _grouped(polynomial, others).values()
        ]
        return all_vanish(list(roots.values()), sums)

    def _simplifies_to_zero(self, number: sp.Expr) -> bool:
        if longest_number(number) > _SIMPLIFIED_BITS or number.count_ops() > _SIMPLIFIED:
            raise BudgetExceededError(
                f"it is not decided whether a combination of {', '.join(map(str, self._named))} "
                "is 0: digits do not tell it from 0, and it is too long to be simplified; give the "
                "constants as rational numbers"
            )
        return bool(number.equals(0))

    @property
    def _named(self) -> list[sp.Expr]:
        return [self.ring.generators[position] for position in self._constants]

    def bits(self, element: Fraction) -> int:
        """Those of the largest coefficient; a fraction's power counts its terms itself."""
        values = [*element.numerator.coeffs(), *element.denominator.coeffs()]
        return max(int(value).bit_length() for value in values) - 1


def _is_seen(digits: sp.Expr) -> bool:
    """Whether digits of a number tell it from 0."""
    return bool(digits.is_Float and digits._prec > 1 and digits != 0)


def _somewhere(number: sp.Expr) -> sp.Expr:
    """Its digits at positive values of its symbols, where roots in it are real; else 0."""
    symbols = sorted(number.free_symbols, key=str)
    # one after the other far smaller, so that differences of one or the other sign are positive
    for order in (symbols, symbols[::-1]) if symbols else ():
        values = {name: sp.Rational(1, 7**k + 3) for k, name in enumerate(order)}
        here = number.xreplace(values)
        roots = (power for power in here.atoms(sp.Pow) if not power.exp.is_Integer)
        if all(power.base.is_positive for power in roots):
            return here.evalf(15)
    return sp.S.Zero


def _grouped(
    polynomial: Polynomial, positions: Sequence[int]
) -> dict[tuple[int, ...], list[tuple[tuple[int, ...], int]]]:
    """The terms of a polynomial by their powers of some of the generators, these left out."""
    groups: dict[tuple[int, ...], list[tuple[tuple[int, ...], int]]] = {}
    for exponents, value in polynomial.terms():
        powers = tuple(int(exponents[i]) for i in positions)
        rest = tuple(0 if i in positions else int(e) for i, e in enumerate(exponents))
        groups.setdefault(powers, []).append((rest, int(value)))
    return groups


@final
@dataclass(frozen=True)
class FractionPolynomial:
    """A dense polynomial over ℚ(generators): numerators over one common denominator."""

    ring: Ring
    numerators: tuple[Polynomial, ...]
    denominator: Polynomial

    def _reduced(self) -> FractionPolynomial:
        common = self.denominator
        for numerator in self.numerators:
            if common.is_one():
                return self
            common = common.gcd(numerator)
        if common.is_one():
            return self
        return FractionPolynomial(
            self.ring,
            tuple(numerator // common for numerator in self.numerators),
            self.denominator // common,
        )

    def __getitem__(self, index: int) -> Fraction:
        if index >= len(self.numerators):
            return Fraction(self.ring.constant(0), self.ring.constant(1))
        return Fraction.of(self.numerators[index], self.denominator)

    def coeffs(self) -> list[Fraction]:
        """All coefficients, constant term first."""
        return [Fraction.of(numerator, self.denominator) for numerator in self.numerators]

    def length(self) -> int:
        """The number of stored coefficients."""
        return len(self.numerators)

    def truncate(self, terms: int) -> FractionPolynomial:
        """The first coefficients."""
        return FractionPolynomial(self.ring, self.numerators[: max(terms, 0)], self.denominator)

    def left_shift(self, places: int) -> FractionPolynomial:
        """Times a power of the variable."""
        zeros = (self.ring.constant(0),) * places
        return FractionPolynomial(self.ring, zeros + self.numerators, self.denominator)

    def right_shift(self, places: int) -> FractionPolynomial:
        """Divided by a power of the variable, lower terms dropped."""
        return FractionPolynomial(self.ring, self.numerators[places:], self.denominator)

    def __neg__(self) -> FractionPolynomial:
        return FractionPolynomial(
            self.ring, tuple(-numerator for numerator in self.numerators), self.denominator
        )

    def __add__(self, other: FractionPolynomial) -> FractionPolynomial:
        zero = self.ring.constant(0)
        common = self.denominator.gcd(other.denominator)
        mine, theirs = other.denominator // common, self.denominator // common
        size = max(self.length(), other.length())
        first = self.numerators + (zero,) * (size - self.length())
        second = other.numerators + (zero,) * (size - other.length())
        sums = tuple(a * mine + b * theirs for a, b in zip(first, second, strict=True))
        return FractionPolynomial(self.ring, sums, self.denominator * mine)._reduced()

    def __sub__(self, other: FractionPolynomial) -> FractionPolynomial:
        return self + (-other)

    def __mul__(self, scalar: Fraction) -> FractionPolynomial:
        numerators = tuple(numerator * scalar.numerator for numerator in self.numerators)
        denominator = self.denominator * scalar.denominator
        return FractionPolynomial(self.ring, numerators, denominator)._reduced()

    def mul_low(self, other: FractionPolynomial, terms: int) -> FractionPolynomial:
        """The first coefficients of the product."""
        size = max(0, min(terms, self.length() + other.length() - 1))
        product = [self.ring.constant(0)] * size
        for i, left in enumerate(self.numerators[:size]):
            if left.is_zero():
                continue
            for j, right in enumerate(other.numerators[: size - i]):
                product[i + j] += left * right
        denominator = self.denominator * other.denominator
        return FractionPolynomial(self.ring, tuple(product), denominator)._reduced()

    def derivative(self) -> FractionPolynomial:
        """The derivative."""
        numerators = tuple(k * value for k, value in enumerate(self.numerators) if k)
        return FractionPolynomial(self.ring, numerators, self.denominator)

    def integral(self) -> FractionPolynomial:
        """The antiderivative without constant term."""
        one = self.ring.constant(1)
        values = [Fraction.of(one * 0, one)]
        for k, value in enumerate(self.coeffs(), start=1):
            values.append(Fraction.of(value.numerator, value.denominator * k))
        return FunctionField(self.ring).dense(values)
