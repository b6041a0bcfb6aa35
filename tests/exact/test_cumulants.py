from __future__ import annotations

import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from freeprob.exact.algebra.field_choice import field_of
from freeprob.exact.algebra.fields import PrimeField, RationalField
from freeprob.exact.algebra.series import Series
from freeprob.exact.moments.cumulants import (
    boolean_cumulant_series,
    classical_cumulant_series,
    free_cumulant_series,
    moments_of_boolean_cumulants,
    moments_of_classical_cumulants,
    moments_of_free_cumulants,
)
from tests.exact.partitions import intervals, noncrossing, set_partitions, summed

KAPPA = sp.symbols("kappa1:6")
FIELD = field_of(KAPPA)
GENERIC = Series.of(FIELD, [FIELD.integer(1), *map(FIELD.read, KAPPA)])

rationals = st.fractions(min_value=-3, max_value=3, max_denominator=7)


def written(series: Series) -> list[sp.Expr]:
    return [sp.expand(FIELD.write(series.coefficient(k))) for k in range(1, 6)]


def test_moments_sum_over_noncrossing_partitions() -> None:
    expected = [summed(noncrossing(n), KAPPA) for n in range(1, 6)]
    assert written(moments_of_free_cumulants(GENERIC)) == expected


def test_moments_sum_over_interval_partitions() -> None:
    expected = [summed(intervals(n), KAPPA) for n in range(1, 6)]
    assert written(moments_of_boolean_cumulants(GENERIC)) == expected


def test_moments_sum_over_all_partitions() -> None:
    expected = [summed(set_partitions(range(n)), KAPPA) for n in range(1, 6)]
    assert written(moments_of_classical_cumulants(GENERIC)) == expected


def rational_series(values: list) -> Series:
    field = RationalField()
    return Series.of(field, [field.read(sp.Rational(v.numerator, v.denominator)) for v in values])


@settings(max_examples=40, deadline=None)
@given(st.lists(rationals, min_size=1, max_size=12))
def test_cumulants_and_moments_invert_each_other(values: list) -> None:
    moments = rational_series([1, *values])
    for there, back in (
        (free_cumulant_series, moments_of_free_cumulants),
        (boolean_cumulant_series, moments_of_boolean_cumulants),
        (classical_cumulant_series, moments_of_classical_cumulants),
    ):
        cumulants = there(moments)
        assert cumulants.end == moments.end
        assert back(cumulants).dense.coeffs() == moments.dense.coeffs()


def test_the_prime_field_is_the_image_of_the_rationals() -> None:
    prime = 2**61 - 1
    field = PrimeField(prime, ((KAPPA[0], 3), (KAPPA[1], 5), (KAPPA[2], 7)))
    modular = Series.of(field, [field.integer(1), *(field.read(k) for k in KAPPA[:3])])
    exact = rational_series([1, 3, 5, 7])
    expected = [int(v.p) for v in moments_of_free_cumulants(exact).dense.coeffs()]
    assert [int(v) for v in moments_of_free_cumulants(modular).dense.coeffs()] == expected
