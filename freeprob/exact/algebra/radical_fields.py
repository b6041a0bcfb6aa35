"""Fields of real roots of rationals, and i, such as ℚ(√2, √15, ∛7, i), by their own basis.

Products of real roots are linearly independent over ℚ unless two of them have a rational quotient
(Besicovitch 1940, Mordell 1953, Siegel 1972), and no real field contains i. So the products of the
generators are a basis, and what SymPy searches for by factoring is linear algebra.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import floor, gcd, lcm, prod
from typing import final

import sympy as sp
from flint import fmpq, fmpq_mat

from freeprob.exact.algebra.door import to_rational
from freeprob.exact.algebra.powers import require_written

Exponents = tuple[Fraction, ...]


@final
@dataclass(frozen=True)
class RadicalBasis:
    """Products of powers of coprime integers, exponents in [0, 1): a group modulo integers.

    The sum α of the generators is a primitive element: all are positive but i, and a conjugate of
    each has the same absolute value, so that only what fixes them all fixes the sum.
    """

    generators: tuple[sp.Expr, ...]
    bases: tuple[int, ...]
    vectors: tuple[Exponents, ...]

    @cached_property
    def expressions(self) -> tuple[sp.Expr, ...]:
        """The elements of the basis."""
        return tuple(
            sp.Mul(*(sp.Integer(b) ** sp.Rational(e) for b, e in zip(self.bases, es, strict=True)))
            for es in self.vectors
        )

    @property
    def degree(self) -> int:
        """The degree of the field."""
        return len(self.vectors)

    @property
    def primitive(self) -> sp.Expr:
        """α."""
        return sp.Add(*self.generators)

    @cached_property
    def minimal(self) -> list[fmpq]:
        """The coefficients of the minimal polynomial of α, constant term first."""
        last = fmpq_mat(self.degree, 1, self._powers[-1])
        return [*(-value for value in (self._to_powers * last).entries()), fmpq(1)]

    def image(self, radical: sp.Expr) -> list[fmpq] | None:
        """A radical as polynomial in α, constant term first; None if the field has it not."""
        if not is_radical(radical) or not _is_product(radical, self.bases):
            return None
        factor, vector = _reduced(self.bases, exponents(radical, self.bases))
        column = self._places.get(vector)
        if column is None:
            return None
        return [factor * self._to_powers[i, column] for i in range(self.degree)]

    def write(self, powers: Sequence[fmpq]) -> sp.Expr:
        """A polynomial in α of lower degree than the field's, in the basis."""
        terms = [fmpq(0)] * self.degree
        for coefficient, power in zip(powers, self._powers, strict=False):
            terms = [a + coefficient * b for a, b in zip(terms, power, strict=True)]
        return sp.Add(
            *(to_rational(a) * e for a, e in zip(terms, self.expressions, strict=True) if a)
        )

    @cached_property
    def _places(self) -> dict[Exponents, int]:
        return {vector: i for i, vector in enumerate(self.vectors)}

    @cached_property
    def _powers(self) -> list[list[fmpq]]:
        """The powers of α up to the degree, in the basis."""
        places = self._places
        size = len(self.vectors)
        times = fmpq_mat(size, size)
        for generator in self.generators:
            step = exponents(generator, self.bases)
            for column, vector in enumerate(self.vectors):
                factor, image = _reduced(self.bases, _sum(vector, step))
                times[places[image], column] += factor
        column = fmpq_mat(size, 1)
        column[places[(Fraction(0),) * len(self.bases)], 0] = 1
        entries = []
        for _ in range(size + 1):
            entries.append([column[i, 0] for i in range(size)])
            column = times * column
        return entries

    @cached_property
    def _to_powers(self) -> fmpq_mat:
        return fmpq_mat(self._powers[:-1]).transpose().inv()


def radical_basis(generators: Sequence[sp.Expr], most: int) -> RadicalBasis | None:
    """The basis of such a field; None for other generators, or beyond the given degree."""
    if not all(is_radical(generator) for generator in generators):
        return None
    bases = _independent(generators)
    one = (Fraction(0),) * len(bases)
    group = {one}
    for generator in generators:
        step = exponents(generator, bases)
        orbit, multiple = [one], step
        while _reduced(bases, multiple)[1] not in group:
            orbit.append(multiple)
            if len(group) * len(orbit) > most:
                return None
            multiple = _sum(multiple, step)
        group = {_reduced(bases, _sum(a, b))[1] for a, b in product(group, orbit)}
    return RadicalBasis(tuple(generators), bases, tuple(sorted(group)))


def all_vanish(
    radicals: Sequence[sp.Expr], sums: Iterable[Sequence[tuple[Sequence[int], int]]]
) -> bool:
    """Whether sums of integers times products of integer powers of radicals are all 0."""
    bases = _independent(radicals)
    steps = [exponents(radical, bases) for radical in radicals]
    for terms in sums:
        total: defaultdict[Exponents, fmpq] = defaultdict(fmpq)
        for powers, coefficient in terms:
            vector = [
                sum((p * s[i] for p, s in zip(powers, steps, strict=True)), Fraction(0))
                for i in range(len(bases))
            ]
            factor, element = _reduced(bases, tuple(vector))
            total[element] += factor * coefficient
        if any(total.values()):
            return False
    return True


def exponents(radical: sp.Expr, bases: Sequence[int]) -> Exponents:
    """A radical as product of powers of the bases."""
    if radical is sp.I:
        return tuple(Fraction(base == -1, 2) for base in bases)
    power = Fraction(int(radical.exp.p), int(radical.exp.q))
    above, below = int(radical.base.p), int(radical.base.q)
    return tuple(power * (_times(above, base) - _times(below, base)) for base in bases)


def is_radical(generator: sp.Expr) -> bool:
    """Whether a constant is i or a root of a positive rational."""
    if generator is sp.I:
        return True
    return bool(
        generator.is_Pow
        and generator.base.is_Rational
        and generator.base.is_positive
        and generator.exp.is_Rational
    )


def _independent(generators: Sequence[sp.Expr]) -> tuple[int, ...]:
    """Coprime integers, no perfect powers of an order that matters, and -1 for i."""
    real = [generator for generator in generators if generator is not sp.I]
    whole = [int(n) for generator in real for n in (generator.base.p, generator.base.q)]
    order = lcm(*(int(generator.exp.q) for generator in real))
    bases = {_rooted(base, order) for base in _coprime(whole)}
    return (*((-1,) * (len(real) < len(generators))), *sorted(bases))


def _coprime(numbers: Sequence[int]) -> list[int]:
    """Pairwise coprime integers > 1 of whose powers the numbers are products."""
    found: list[int] = []
    waiting = [number for number in numbers if number > 1]
    while waiting:
        number = waiting.pop()
        other = next((known for known in found if gcd(known, number) > 1), None)
        if other is None:
            found.append(number)
        elif other != number:
            found.remove(other)
            common = gcd(other, number)
            parts = (common, other // common, number // common)
            waiting += [part for part in parts if part > 1]
    return found


def _rooted(number: int, order: int) -> int:
    """The smallest integer of which the number is a power of an order with those prime factors."""
    # larger primes are no exponents of so small a number
    for prime in (q for q in sp.primerange(2, number.bit_length() + 1) if order % q == 0):
        root, exact = sp.integer_nthroot(number, prime)
        while exact:
            number = int(root)
            root, exact = sp.integer_nthroot(number, prime)
    return number


def _times(number: int, base: int) -> int:
    """How often a base divides a number."""
    count = 0
    while base > 1 and number % base == 0:
        number, count = number // base, count + 1
    return count


def _is_product(radical: sp.Expr, bases: Sequence[int]) -> bool:
    """Whether what stands under the root is a product of powers of the bases."""
    if radical is sp.I:
        return -1 in bases
    whole = [int(radical.base.p), int(radical.base.q)]
    real = [base for base in bases if base > 0]
    return whole == [prod(base ** _times(number, base) for base in real) for number in whole]


def _sum(left: Exponents, right: Exponents) -> Exponents:
    return tuple(a + b for a, b in zip(left, right, strict=True))


def _reduced(bases: Sequence[int], vector: Exponents) -> tuple[fmpq, Exponents]:
    """A rational and exponents in [0, 1)."""
    factor = fmpq(1)
    for base, exponent in zip(bases, vector, strict=True):
        require_written(abs(base).bit_length() - 1, floor(exponent))
        factor *= fmpq(base) ** (floor(exponent) if base > 0 else floor(exponent) % 2)
    return factor, tuple(e - floor(e) for e in vector)
