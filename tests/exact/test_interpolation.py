"""Evaluation and interpolation against remainder sequences."""

from __future__ import annotations

import sympy as sp
from flint import fmpq, fmpz_poly
from hypothesis import given, settings
from hypothesis import strategies as st

from freeprob.exact.algebra.door import Ring
from freeprob.exact.algebra.resultants_by_interpolation import (
    dense_resultant,
    formal_resultant,
    interpolated,
)

RING = Ring(sp.symbols("u x y p"))


def polynomials(degree):
    exponents = st.tuples(st.integers(0, degree), st.integers(0, 2), st.integers(0, 2), st.just(0))
    return st.dictionaries(exponents, st.integers(-9, 9).filter(bool), min_size=1, max_size=8).map(
        RING.context.from_dict
    )


@given(polynomials(4), polynomials(3))
@settings(max_examples=60, deadline=None)
def test_dense_resultants_are_resultants(one, other) -> None:
    if min(one.degrees()[0], other.degrees()[0]) < 1:
        return
    assert dense_resultant(one, other, 0, (1, 2)) == one.resultant(other, 0)


@given(st.lists(st.integers(-99, 99), min_size=1, max_size=7), st.integers(-5, 5))
def test_interpolation_returns_the_polynomial(coefficients, first) -> None:
    polynomial = fmpz_poly(coefficients)
    values = [fmpq(polynomial(first + i)) for i in range(len(coefficients))]
    assert interpolated(values, first) == polynomial


def test_formal_degrees_count() -> None:
    one, other = fmpz_poly([3, 2]), fmpz_poly([5, -1, 4])
    u, x = (RING.context.gens()[i] for i in (0, 1))
    lifted = (x * u**3 + 2 * u + 3).resultant(4 * u**2 - u + 5, 0)
    assert formal_resultant(one, other, 3, 2) == lifted.subs({"x1": 0}).coeffs()[0]
    lifted = (2 * u + 3).resultant(x * u**3 + 4 * u**2 - u + 5, 0)
    assert formal_resultant(one, other, 1, 3) == lifted.subs({"x1": 0}).coeffs()[0]
    assert formal_resultant(one, other, 2, 3) == 0
