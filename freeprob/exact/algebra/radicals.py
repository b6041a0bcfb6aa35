"""Powers of radicals that are rational again: in rings they are independent generators."""

from __future__ import annotations

import sympy as sp

from freeprob.errors import NotAlgebraicError
from freeprob.exact.algebra.door import Polynomial, Ring
from freeprob.exact.algebra.factoring import factorization
from freeprob.exact.algebra.polynomials import coefficients_in, degree, depends_on, primitive_in


def folded(polynomial: Polynomial, ring: Ring) -> Polynomial:
    """P(G, z) with i² = -1, √2² = 2, √(c + 1)² = c + 1, …, if irreducible then; else as it is."""
    result = polynomial
    for index, generator in enumerate(ring.generators):
        relation = _relation(generator, ring)
        if relation is None or degree(result, index) < relation[0]:
            continue
        order, value = relation
        variable, total = ring.context.gens()[index], ring.constant(0)
        for power, coefficient in enumerate(coefficients_in(result, index)):
            times, rest = divmod(power, order)
            total += coefficient * value**times * variable**rest
        result = total
    if result == polynomial or result.is_zero():
        return polynomial
    factors = [factor for factor in factorization(result).factors if depends_on(factor, (0, 1))]
    return primitive_in(factors[0], (0, 1)) if len(factors) == 1 else polynomial


def _relation(generator: sp.Expr, ring: Ring) -> tuple[int, Polynomial] | None:
    """(q, v) if the generator is the q-th root of a polynomial v in the others, i among them."""
    if generator is sp.I:
        return 2, ring.constant(-1)
    if not generator.is_Pow:
        return None
    base, exponent = generator.as_base_exp()
    if not (exponent.is_Rational and exponent.p > 0):
        return None
    try:
        value = ring.fraction(base**exponent.p)
    except NotAlgebraicError:  # the base of a nested root is no polynomial in the others
        return None
    return (int(exponent.q), value.numerator) if value.denominator.is_one() else None
