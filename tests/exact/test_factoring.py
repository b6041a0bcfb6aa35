"""Factors of polynomials with coefficients of any size."""

from __future__ import annotations

from fractions import Fraction as Q
from pathlib import Path

import pytest
import sympy as sp
from flint import fmpz
from hypothesis import given, settings
from hypothesis import strategies as st

import freeprob as fp
from freeprob.exact.algebra.door import Ring
from freeprob.exact.algebra.factoring import factorization

RING = Ring(sp.symbols("u v p"))
U, V, P = RING.context.gens()
EXPONENTS = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 1))


def polynomials(size: int) -> st.SearchStrategy:
    terms = st.dictionaries(
        EXPONENTS, st.integers(-size, size).filter(bool), min_size=1, max_size=4
    )
    return terms.map(RING.context.from_dict)


def product(found):
    total = RING.constant(found.content)
    for factor, power in found.powers:
        total *= factor**power
    return total


@given(st.lists(polynomials(10**40), min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_factors_multiply_to_the_polynomial_and_are_primitive(parts) -> None:
    polynomial = RING.constant(1)
    for part in parts:
        polynomial *= part
    found = factorization(polynomial)
    assert product(found) == polynomial
    assert all(factor.content() == 1 for factor in found.factors)
    assert all(len(factorization(factor).factors) == 1 for factor in found.factors)


@given(polynomials(5), polynomials(5))
@settings(max_examples=60, deadline=None)
def test_small_factors_are_those_of_flint_over_the_integers(one, other) -> None:
    content, powers = (one * other).factor()
    assert factorization(one * other) == (content, powers)


def test_factors_that_differ_beyond_machine_integers() -> None:
    found = factorization((U - 3) * (U - 10**16) * (U - 10**40 * V) ** 2)
    assert found.factors == [U - 10**16, U - 3, U - 10**40 * V]
    assert factorization(RING.constant(0)) == (fmpz(0), [])
    assert factorization(RING.constant(-6)) == (fmpz(-6), [])


# values: field-cases B1, from the cubic, the law of ratio 2/9, and f(1/x)/x²
@pytest.mark.parametrize(
    ("law", "x", "density"),
    [
        (lambda: fp.boxplus(fp.MarchenkoPastur(1 / 3), fp.Semicircle(1)), 1, 0.2776072099240),
        (lambda: fp.compress(fp.MarchenkoPastur(1 / 3), 2 / 3), 1, 0.6562126412070),
        (lambda: fp.MarchenkoPastur(1 / 3).inverse(), 0.9, 0.6011364151928),
    ],
)
def test_floats_of_sixteen_digits_enter_operations(law, x, density) -> None:
    assert law().density(x) == pytest.approx(density, rel=1e-12)


def test_ten_decimals_of_an_atom() -> None:
    law = fp.boxplus(fp.Atomic({"0.3333333333": "1/2", 1: "1/2"}), fp.Semicircle(1))
    near = fp.boxplus(fp.Atomic({Q(1, 3): "1/2", 1: "1/2"}), fp.Semicircle(1))
    assert law.cauchy(1j) == pytest.approx(near.cauchy(1j), abs=1e-9)


def test_large_and_small_parameters() -> None:
    assert fp.MarchenkoPastur(10**10).support() == [((10**5 - 1) ** 2, (10**5 + 1) ** 2)]
    assert fp.Semicircle("1e-40").cdf(0) == pytest.approx(0.5, abs=1e-12)
    # the small ratio is a semicircle of variance 1e-10 around 1, whose quantile is -0.3988…/1e5
    small, flat = fp.MarchenkoPastur("1e-10").quantile(0.3), fp.Semicircle(1).quantile(0.3)
    assert (small - 1) * 1e5 == pytest.approx(flat, abs=1e-4)


def test_the_S_transform_of_thirty_atoms_vanishes_on_itself() -> None:
    S, w = sp.symbols("S w")
    law = fp.Atomic({Q(i, 7): Q(1, 30) for i in range(1, 31)})
    equation = law.transform_equation("S", S, w)
    # at ψ(1/s) = Σ mᵢ aᵢ/(s - aᵢ) = w, S = (1 + w)/(w s)
    s = sp.Rational(9)
    psi = sum(sp.Rational(i, 7) / 30 / (s - sp.Rational(i, 7)) for i in range(1, 31))
    assert equation.lhs.subs({w: psi, S: (1 + psi) / (psi * s)}) == 0


def test_no_other_module_factors_in_several_variables() -> None:
    # python-flint's own .factor() overflows there; these factor in one variable
    univariate = {"factoring.py", "places.py", "algebraic_numbers.py", "trace_limits.py"}
    sources = Path(fp.__file__).parent.rglob("*.py")
    assert {path.name for path in sources if ".factor()" in path.read_text()} == univariate
