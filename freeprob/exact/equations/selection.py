"""Selecting, among the factors of an eliminated polynomial, the one of the physical branch.

Modulo a prime, with random values for the parameters, the moment series of the law is put into each
factor. A factor that does not vanish is refuted. Terms are added until one factor is left; it is
then confirmed at a second prime, other parameters and twice as many terms. A single factor is the
minimal polynomial already, because the equations hold on the physical branch.

Laws that are known by numbers and not by moments put a ball that holds G in place of the series.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeGuard

from flint import acb, ctx, nmod_poly

from freeprob.errors import NotAlgebraicError, UndefinedOperationError
from freeprob.exact.algebra.door import Polynomial, Ring
from freeprob.exact.algebra.fields import PrimeField
from freeprob.exact.algebra.polynomials import coefficients_in, degree, normal_sign
from freeprob.exact.moments.moments import moment_series
from freeprob.exact.systems.system import Leaf, System

_PRIMES = (2305843009213693951, 2305843009213693921)
_FIRST_TERMS = 2
_MOST_TERMS = 4096
# a value that contains 0 at these bits and is so small against its terms is taken for 0: a wrong
# factor would have to agree with the branch to sixty digits
_BITS, _SMALL = 512, 1e-60


def physical_factor(factors: Sequence[Polynomial], ring: Ring, system: System) -> Polynomial:
    """The factor P(G, z) that the law's own Cauchy transform satisfies.

    ``ring`` has the generators G, z, then parameters and irrational constants.

    Raises
    ------
    NotAlgebraicError
        If the law has no moments and more than one factor remains, or no factor is right.
    """
    left = list(factors)
    if _has_numbers_only(system):
        left = _zero(left, system)
    elif len(left) > 1:
        left = _left_over(left, ring, system)
    if not left:
        raise NotAlgebraicError(
            "no factor of the eliminated polynomial agrees with the law's moments: the equation "
            "given does not describe this law"
        )
    return normal_sign(left[0])


def confirms(factor: Polynomial, ring: Ring, system: System) -> bool:
    """Whether P(G, z) vanishes on the law's expansion, further than its degrees would by chance."""
    if _has_numbers_only(system):
        return bool(_zero([factor], system))
    terms = (degree(factor, 0) + 1) * (degree(factor, 1) + 1) + 2
    seeds = Random(terms)
    return bool(_vanishing([factor], ring, system, terms, _PRIMES[1], seeds))


def _has_numbers_only(system: System) -> TypeGuard[Leaf]:
    """Whether the law is a leaf that is known by numbers and not by its moments."""
    return isinstance(system, Leaf) and system.anchor is not None and not system.parameters


def _zero(factors: Sequence[Polynomial], leaf: Leaf) -> list[Polynomial]:
    """The factor that vanishes at a point of the branch known to many digits, if it is one."""
    if leaf.anchor is None:
        return []
    z, G = leaf.anchor.cauchy(leaf)
    found = []
    with ctx.workprec(_BITS):
        for factor in factors:
            terms = [
                acb(int(number)) * G ** int(powers[0]) * z ** int(powers[1])
                for powers, number in factor.terms()
            ]
            value, size = sum(terms, acb(0)), max(float(abs(term)) for term in terms)
            # zero, and known to be small
            if value.contains(acb(0)) and float(abs(value).upper()) < _SMALL * size:
                found.append(factor)
    return found if len(found) == 1 else []


def _left_over(left: list[Polynomial], ring: Ring, system: System) -> list[Polynomial]:
    """At most one factor: the others are refuted by the moment series."""
    seeds = Random(len(left))
    terms = _FIRST_TERMS
    first, second = _PRIMES
    try:
        while len(left) > 1:
            if terms > _MOST_TERMS:
                raise NotAlgebraicError(
                    f"{len(left)} factors agree with the law's first {_MOST_TERMS} moments"
                )
            left = _vanishing(left, ring, system, terms, first, seeds)
            terms *= 2
        return _vanishing(left, ring, system, terms, second, seeds)
    except UndefinedOperationError as error:
        raise NotAlgebraicError(
            f"the eliminated polynomial has {len(left)} factors, and this law has no moment series "
            "to select one; the numeric reading still works"
        ) from error


def _vanishing(
    factors: Sequence[Polynomial],
    ring: Ring,
    system: System,
    terms: int,
    prime: int,
    seeds: Random,
) -> list[Polynomial]:
    """The factors that vanish on the moment series to the given number of terms."""
    while True:
        values = {generator: seeds.randrange(2, prime) for generator in ring.generators[2:]}
        field = PrimeField(prime, tuple(values.items()))
        try:
            series = moment_series(system, terms, field)
        except ZeroDivisionError:
            continue
        break
    # G = t M(t) at z = 1/t
    cauchy = [0, *(int(series.coefficient(k)) for k in range(terms + 1))]
    physical = nmod_poly(cauchy, prime)
    numbers = [values[generator] for generator in ring.generators[2:]]
    return [factor for factor in factors if not _value(factor, physical, numbers, terms, prime)]


def _value(
    factor: Polynomial, physical: nmod_poly, numbers: Sequence[int], terms: int, prime: int
) -> nmod_poly:
    """t^deg P(G(t), 1/t) to the terms that the moments determine."""
    top = degree(factor, 1)
    total = nmod_poly([0], prime)
    for coefficient in reversed(coefficients_in(factor, 0)):
        row = [0] * (top + 1)
        for exponents, number in coefficient.terms():
            value = int(number) % prime
            for base, power in zip(numbers, exponents[2:], strict=True):
                value = value * pow(base, power, prime) % prime
            row[top - exponents[1]] = (row[top - exponents[1]] + value) % prime
        total = total.mul_low(physical, terms + 2) + nmod_poly(row, prime)
        total = total.truncate(terms + 2)
    return total
