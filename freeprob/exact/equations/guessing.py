"""The minimal polynomial of a Cauchy transform from its expansion, proved by its vanishing order.

Where resultants would explode, P(G, z) is found by linear algebra: modulo a prime, the moments
satisfy a Hermite-Padé relation of least bidegree; several primes give the rational coefficients.
The guess is checked modulo one more prime: a relation that does not hold cannot vanish on the
expansion to a higher order than Bézout's bound allows. Bounds past 8192 are cut there, still
far beyond the number of coefficients that were fitted.
Source: Beckermann-Labahn 1994 (Hermite-Padé approximants); Bostan-Kauers 2010.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

import sympy as sp
from flint import nmod_mat, nmod_poly
from sympy.ntheory import prevprime

from freeprob.exact.algebra.door import ring
from freeprob.exact.algebra.fields import PrimeField
from freeprob.exact.moments.expansion import moment_series
from freeprob.exact.systems.system import Curve, Leaf

_FIRST_TERMS, _MOST_TERMS = 48, 800
_SPARE = 12
_LARGEST = 2**61 - 1
_MOST_PRIMES = 200
_MOST_ORDER = 8192


def guessed_terms(leaf: Leaf, bound: int) -> dict[tuple[int, int], int] | None:
    """Coefficients of P by powers of (G, z), or None if no relation of moderate degree exists.

    Parameters
    ----------
    leaf
        A coupled system over the rational numbers.
    bound
        No relation of its curve has larger degrees, as of :func:`bezout_bound`.
    """
    primes = _primes()
    first = next(primes)
    found = _shape(leaf, first)
    if found is None:
        return None
    shape, terms = found
    known, modulus = _relation(leaf, first, shape, terms), first
    previous: dict[tuple[int, int], int] | None = None
    for _, prime in zip(range(_MOST_PRIMES), primes, strict=False):
        more = _relation(leaf, prime, shape, terms)
        if more is None or known is None:
            continue
        known = _combined(known, modulus, more, prime)
        modulus *= prime
        rational = _rational(known, modulus)
        if rational is not None and rational == previous:
            return rational if _vanishes(leaf, rational, bound, next(primes)) else None
        previous = rational
    return None


def _primes() -> Iterator[int]:
    """Primes below 2⁶¹, largest first."""
    prime = _LARGEST
    while True:
        yield prime
        prime = prevprime(prime)


def _moments(leaf: Leaf, prime: int, terms: int) -> nmod_poly:
    """G as a polynomial in t = 1/z up to tᵗᵉʳᵐˢ."""
    series = moment_series(leaf, terms, PrimeField(prime))
    return nmod_poly([0, *(int(series.coefficient(k)) for k in range(terms))], prime)


def _shape(leaf: Leaf, prime: int) -> tuple[tuple[int, int], int] | None:
    """The least bidegree of a relation modulo one prime, and how many terms show it."""
    terms = _FIRST_TERMS
    while terms <= _MOST_TERMS:
        G = _moments(leaf, prime, terms)
        for in_G in range(1, terms):
            in_z = (terms - _SPARE) // (in_G + 1) - 1
            if in_z < 1:
                break
            if _nullity(G, (in_G, in_z), terms, prime):
                low, high = 0, in_z
                while low < high:
                    middle = (low + high) // 2
                    if _nullity(G, (in_G, middle), terms, prime):
                        high = middle
                    else:
                        low = middle + 1
                return (in_G, high), terms
        terms = terms * 5 // 3
    return None


def _matrix(G: nmod_poly, shape: tuple[int, int], terms: int, prime: int) -> nmod_mat:
    """Columns: coefficients of tᵇ⁻ʲ Gⁱ, i ≤ a, j ≤ b."""
    in_G, in_z = shape
    power, columns = nmod_poly([1], prime), []
    for _ in range(in_G + 1):
        values = [int(power[k]) for k in range(min(terms, power.length()))]
        values += [0] * (terms - len(values))
        columns += [[0] * shift + values[: terms - shift] for shift in range(in_z, -1, -1)]
        power = power.mul_low(G, terms)
    rows = len(columns[0])
    flat = [column[row] for row in range(rows) for column in columns]
    return nmod_mat(rows, len(columns), flat, prime)


def _nullity(G: nmod_poly, shape: tuple[int, int], terms: int, prime: int) -> int:
    matrix = _matrix(G, shape, terms, prime)
    return matrix.ncols() - matrix.rank()


def _relation(
    leaf: Leaf, prime: int, shape: tuple[int, int], terms: int
) -> dict[tuple[int, int], int] | None:
    """The relation modulo a prime, its last coefficient 1; None where it is not unique."""
    try:
        matrix = _matrix(_moments(leaf, prime, terms), shape, terms, prime)
    except ZeroDivisionError:
        return None
    space, rank = matrix.nullspace()
    if rank != 1:
        return None
    in_z = shape[1]
    values = [int(space[row, 0]) for row in range(matrix.ncols())]
    last = max(index for index, value in enumerate(values) if value)
    scale = pow(values[last], -1, prime)
    return {
        divmod(index, in_z + 1): value * scale % prime
        for index, value in enumerate(values)
        if value
    }


def _combined(
    one: dict[tuple[int, int], int], modulus: int, other: dict[tuple[int, int], int], prime: int
) -> dict[tuple[int, int], int]:
    """Chinese remainders."""
    inverse = pow(modulus, -1, prime)
    keys = {*one, *other}
    return {
        key: one.get(key, 0) + modulus * ((other.get(key, 0) - one.get(key, 0)) * inverse % prime)
        for key in keys
    }


def _rational(
    values: dict[tuple[int, int], int], modulus: int
) -> dict[tuple[int, int], int] | None:
    """Integer coefficients without common factor, by rational reconstruction."""
    fractions: dict[tuple[int, int], sp.Rational] = {}
    for key, value in values.items():
        found = _reconstructed(value, modulus)
        if found is None:
            return None
        fractions[key] = sp.Rational(*found)
    scale = sp.ilcm(*(f.q for f in fractions.values())) if len(fractions) > 1 else 1
    integers = {key: int(f * scale) for key, f in fractions.items()}
    content = sp.igcd(*integers.values()) if len(integers) > 1 else 1
    return {key: value // int(content) for key, value in integers.items() if value}


def _reconstructed(value: int, modulus: int) -> tuple[int, int] | None:
    """p/q with |p|, q below √(modulus/2)."""
    bound = sp.integer_nthroot(modulus // 2, 2)[0]
    (r0, s0), (r1, s1) = (modulus, 0), (value % modulus, 1)
    while r1 > bound:
        quotient = r0 // r1
        (r0, s0), (r1, s1) = (r1, s1), (r0 - quotient * r1, s0 - quotient * s1)
    if s1 == 0 or abs(s1) > bound:
        return None
    return (r1, s1) if s1 > 0 else (-r1, -s1)


def _vanishes(leaf: Leaf, terms: dict[tuple[int, int], int], bound: int, prime: int) -> bool:
    """Whether P(G(z), z) vanishes to a higher order than a relation that does not hold can."""
    in_G, in_z = max(i for i, _ in terms), max(j for _, j in terms)
    order = min((in_G + in_z) * bound + in_z + 2, _MOST_ORDER)
    G = _moments(leaf, prime, order)
    total = nmod_poly([0], prime)
    for i in range(in_G, -1, -1):
        row = [0] * (in_z + 1)
        for j in range(in_z + 1):
            row[in_z - j] = terms.get((i, j), 0) % prime
        total = total.mul_low(G, order) + nmod_poly(row, prime)
    return total.truncate(order) == 0


def bezout_bound(curve: Leaf | Curve) -> int:
    """An upper bound for the degrees in G and z of the curve's minimal polynomial.

    The smaller of the product of all degrees, and the largest number of solutions that a system
    with the same degrees in each unknown has (multihomogeneous Bézout).
    """
    G, z = sp.Dummy("G"), curve.z if curve.z in curve.unknowns else sp.Dummy("z")
    pairs = [*curve.relations, (G, curve.G)]
    if z not in curve.unknowns:
        pairs.append((z, curve.z))
    variables = (*curve.unknowns, *(u for u in (z, G) if u not in curve.unknowns))
    own = ring([side for pair in pairs for side in pair], first=variables)
    polynomials = [(own.fraction(a) - own.fraction(b)).numerator for a, b in pairs]
    total = prod(max(sum(e) for e, _ in polynomial.terms()) for polynomial in polynomials)
    separate = max(
        _permanent([[int(d) for i, d in enumerate(p.degrees()) if i != left] for p in polynomials])
        for left in (own.index(z), own.index(G))
    )
    return min(total, separate)


def _permanent(rows: Sequence[Sequence[int]]) -> int:
    """The permanent of a small matrix of degrees, rows against columns."""
    sums = {0: 1}
    for row in rows:
        after: dict[int, int] = {}
        for used, value in sums.items():
            for place, entry in enumerate(row):
                if entry and not used >> place & 1:
                    mask = used | 1 << place
                    after[mask] = after.get(mask, 0) + value * entry
        sums = after
    return sum(sums.values())
