"""Powers of radicals that are rational again: in rings they are independent generators."""

from __future__ import annotations

import sympy as sp

from freeprob.exact.algebra.door import Polynomial, Ring
from freeprob.exact.algebra.factoring import factorization
from freeprob.exact.algebra.polynomials import coefficients_in, degree, depends_on, primitive_in


def folded(polynomial: Polynomial, ring: Ring) -> Polynomial:
    """P(G, z) with i² = -1, √2² = 2, …, where it stays irreducible; else as it is."""
    result = polynomial
    for index, generator in enumerate(ring.generators):
        relation = _relation(generator)
        if relation is None or degree(result, index) < relation[0]:
            continue
        order, value = relation
        variable, total = ring.context.gens()[index], ring.constant(0)
        for power, coefficient in enumerate(coefficients_in(result, index)):
            times, rest = divmod(power, order)
            total += coefficient * ring.constant(value) ** times * variable**rest
        result = total
    if result == polynomial or result.is_zero():
        return polynomial
    factors = [factor for factor in factorization(result).factors if depends_on(factor, (0, 1))]
    return primitive_in(factors[0], (0, 1)) if len(factors) == 1 else polynomial


def _relation(generator: sp.Expr) -> tuple[int, int] | None:
    """(q, n) if the generator is the q-th root n^(1/q) of an integer, i among them."""
    if generator is sp.I:
        return 2, -1
    if not generator.is_Pow:
        return None
    base, exponent = generator.as_base_exp()
    if not (base.is_Integer and exponent.is_Rational and exponent.p > 0):
        return None
    return int(exponent.q), int(base) ** int(exponent.p)
