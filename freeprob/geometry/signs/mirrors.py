"""Symmetries of a curve under which z and G stay the same, and what they say about reality.

Over a gap, conjugation maps the physical point of a curve to another point with the same z and
G. Mostly this is the point itself, and the unknowns are real. When the unknowns of a square root
ω and -ω occur together, it may be its image under a change of signs or order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import permutations, product

import sympy as sp
from flint import acb

from freeprob.exact.algebra.door import Polynomial, functions, ring
from freeprob.exact.algebra.factoring import factorization
from freeprob.exact.systems.system import Curve
from freeprob.numeric.branch.digits import Start
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program
from freeprob.numeric.stepping.balls import double, proved

_MOST_UNKNOWNS = 3
Mirror = tuple[tuple[int, int], ...]


@lru_cache(maxsize=128)
def mirrors(curve: Curve) -> tuple[Mirror, ...]:
    """Signed permutations of the unknowns, with i ↦ -i, that keep z, G and the relations.

    The identity is left out where the equations are real.

    Each is a tuple of pairs (sign, position): unknown i becomes sign times the one at position.
    """
    count = len(curve.unknowns)
    if count > _MOST_UNKNOWNS:
        return ()
    identity = tuple((1, i) for i in range(count))
    candidates = (
        tuple(zip(signs, order, strict=True))
        for order in permutations(range(count))
        for signs in product((1, -1), repeat=count)
    )
    real = not any(expression.has(sp.I) for expression in curve.expressions)
    return tuple(m for m in candidates if not (real and m == identity) and _keeps(curve, m))


def _keeps(curve: Curve, mirror: Mirror) -> bool:
    """Whether z and G, as functions on the curve, and the relations are the same in the mirror."""
    images = [sign * curve.unknowns[position] for sign, position in mirror]
    change = {**dict(zip(curve.unknowns, images, strict=True)), sp.I: -sp.I}
    both = [*curve.expressions, *(e.xreplace(change) for e in curve.expressions)]
    symbols = ring(both, first=(*curve.unknowns, *functions(both)))
    relations = [left - right for left, right in curve.relations]
    own = [symbols.polynomial(relation) for relation in relations]
    seen = [symbols.polynomial(relation.xreplace(change)) for relation in relations]
    if not all(any(p in (q, -q) for q in own) for p in seen):
        return False
    gaps = (function - function.xreplace(change) for function in (curve.z, curve.G))
    return all(_vanishes_on(own, symbols.fraction(gap).numerator) for gap in gaps)


def _vanishes_on(relations: Sequence[Polynomial], polynomial: Polynomial) -> bool:
    """Whether a polynomial is zero by itself, or by containing the only relation."""
    if polynomial.is_zero() or len(relations) != 1:
        return polynomial.is_zero()
    return all(polynomial.gcd(factor) == factor for factor in factorization(relations[0]).factors)


def reflected(u: Sequence[acb], mirror: Mirror) -> list[acb]:
    """The mirror image of the conjugate point."""
    return [sign * u[position].conjugate() for sign, position in mirror]


def mirrored_solution(
    program: Program, curve: Curve, place: Place, bits: int, start: Start
) -> list[acb] | None:
    """Balls with one solution that some mirror of the curve maps to its conjugate, or None.

    A box around a centre with this symmetry has it too, so its only solution has it; z and G
    are real there.
    """
    u = double(program, start.u, place, bits, start.bits)
    if u is None:
        return None
    for mirror in mirrors(curve):
        image = reflected(u, mirror)
        if all(abs(a - b) < abs(a) * 2.0 ** (4 - bits // 2) for a, b in zip(u, image, strict=True)):
            centre = [((a + b) / 2).mid() for a, b in zip(u, image, strict=True)]
            return proved(program, centre, place, bits + 16, bits // 2 - 2)
    return None
