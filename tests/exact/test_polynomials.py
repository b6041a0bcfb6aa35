"""Polynomials seen in one variable: factors, subresultants, refusals."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from freeprob.errors import BudgetExceededError, NotAlgebraicError
from freeprob.exact.algebra.door import Ring
from freeprob.exact.algebra.polynomials import (
    common_root,
    irreducible_factors,
    resultant,
    subresultants,
    trimmed,
)
from freeprob.exact.algebra.tower import eliminated

RING = Ring(sp.symbols("u v p"))
U, V, P = RING.context.gens()
EXPONENTS = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 1))
POLYNOMIALS = st.dictionaries(
    EXPONENTS, st.integers(-5, 5).filter(bool), min_size=1, max_size=5
).map(RING.context.from_dict)


@given(POLYNOMIALS, POLYNOMIALS)
@settings(max_examples=80, deadline=None)
def test_irreducible_factors_are_those_of_flint(one, other) -> None:
    product = one * other
    known = {str(factor) for factor, _ in product.factor()[1]}
    found = irreducible_factors(product)
    assert all(len(factor.factor()[1]) == 1 for factor in found if not factor.is_constant())
    signs = {str(f) for f in found if not f.is_constant()}
    assert {text for f in found if str(f) in signs for text in (str(f), str(-f))} >= known


def test_a_linear_subresultant_finds_the_common_root() -> None:
    root = P + 2
    one, other = (U - root) * (U**2 + V), (U - root) * (U**3 - U + P)
    linear = subresultants(one * (U + 1), other, 0)[-1]
    assert linear.degrees()[0] == 1
    assert linear.compose(root, V, P, ctx=RING.context).is_zero()


def test_a_double_root_modulo_a_factor_is_one_point() -> None:
    # at v = 1 both have the double root u = 2, as at a node
    one, other = (U - 2) ** 2 * (U + 5) + (V - 1) * U, (U - 2) ** 2 * (U + 1) + (V - 1)
    top, bottom = common_root(subresultants(one, other, 0), V - 1, 0)
    assert ((top - 2 * bottom) % (V - 1)).is_zero()
    assert common_root(subresultants((U - 1) * (U - 2), (U - 1) * (U - 2) + V, 0), V, 0) is None


def test_trimming_drops_what_vanishes_modulo_a_factor() -> None:
    assert trimmed((V - 1) * U**2 + V * U + 3, V - 1, 0) == V * U + 3
    assert trimmed((V - 1) * U, V - 1, 0).is_zero()


def test_a_root_at_infinity_is_no_factor() -> None:
    # at v = p the first unknown is infinite in both equations: no point of the curve
    first, second = (V - P) * U - 1, (V - P) * U**2 + U + V
    raw = first.resultant(second, 0)
    assert (raw // (V - P)) * (V - P) == raw
    (left,) = eliminated([first, second], [0], [0, 1, 2], 10**9)
    assert left.polynomial in (V**2 - V * P + 2, -(V**2) + V * P - 2)


def test_equations_that_agree_determine_no_curve() -> None:
    with pytest.raises(NotAlgebraicError, match="do not determine a curve"):
        eliminated([U * V - 1, (U * V - 1) * 0], [0], [0, 1], 10**9)


def test_large_resultants_are_refused_before_they_start() -> None:
    dense = sum(U**i * V**j for i in range(30) for j in range(30))
    with pytest.raises(BudgetExceededError, match=r"predicted to take .* operations"):
        resultant(dense + 1, dense - U, 0, budget=10**6)
