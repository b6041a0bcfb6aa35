"""Numbers beyond all units are refused at once, in every room, and those at the border are read."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import ensembles, landscapes, nets
from freeprob.errors import BudgetExceededError, ConvergenceError, InvalidParameterError
from freeprob.landscapes import damping, local
from freeprob.parameters import exact

w, x = sp.Symbol("w"), sp.Symbol("x", commutative=False)
BEYOND = [
    *("1e1001", "1e-1001", "1e999999999", Decimal("1E+999999"), Decimal("1E-999999")),
    *(np.longdouble("1e4000"), 10**4000, sp.Integer(10) ** 4000, sp.Rational(1, 10**4000)),
    *(mpmath.mpf(10) ** 4000, mpmath.mpf(10) ** -4000),
]
LAW, GLASS = fp.Semicircle(1), landscapes.PSpin(3)
MIXED = landscapes.MixedPSpin(w**2 / 2 + w**3 / 2)
DRIFTED = landscapes.DriftedField(GLASS, w**2 / 4, w)
RESIDUAL = nets.ResidualField(nets.erf, 1, 0, 1)
NETWORK = nets.Network([nets.Layer(nets.erf)])
DOORS: dict[str, Callable[[object], object]] = {
    "a point": lambda v: LAW.cauchy(v, dps=15),
    "a radial derivative's energy": GLASS.hessian_law,
    "that of a mixture": MIXED.hessian_law,
    "that of a drift": DRIFTED.hessian_law,
    "a residual length": lambda v: RESIDUAL.trajectory(2, v, product=1),
    "another length": lambda v: RESIDUAL.trajectory(2, 2, other_second=v, product=1),
    "a ridge": lambda v: nets.memorization_error(nets.relu, 1, "1/2", v),
    "a determinant's place": lambda v: landscapes.determinant_factor(LAW, [3], v, dps=10),
    "a damping": lambda v: damping.two_resolvents(LAW, LAW, v, w, w, dps=10),
    "a Hermite coefficient's variance": lambda v: nets.erf.hermite(2, v),
    "outputs": NETWORK.fisher_law,
    "a finite density's place": lambda v: ensembles.goe_density(3, v, dps=10),
    "a finite density's variance": lambda v: ensembles.gue_density(3, 0.5, v, dps=10),
    "a determinant's": lambda v: ensembles.goe_determinant(3, v, dps=10),
    "a rate's": lambda v: ensembles.extreme_eigenvalue_rate(v, dps=10),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("value", BEYOND, ids=lambda v: f"{type(v).__name__} {v!s:.12}")
def test_a_number_beyond_all_units_is_refused(door: str, value: object) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        DOORS[door](value)
    assert str(caught.value).strip()


def test_numbers_at_the_border_are_read() -> None:
    assert exact("1e1000") == sp.Integer(10) ** 1000
    assert exact(Decimal("1e-1000")) == sp.Rational(1, 10**1000)
    long = "0." + "3" * 4000  # long, and of the size of 1
    assert exact(long) == sp.Rational(int("3" * 4000), 10**4000)
    context = mpmath.MPContext()
    context.dps = 2000
    value = fp.Semicircle(1).cauchy(context.mpf(3) + context.mpf(1) / 3, dps=30)
    assert abs(value - (5 - 4) / mpmath.mpf(3)) < 1e-12


WRONG = {
    "a record as a point": lambda: ensembles.goe_density(
        3, np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]), dps=10
    ),
    "a class as a point": lambda: ensembles.goe_density(3, sp.sin, dps=10),
    "a function as a variance": lambda: ensembles.gue_density(3, 1, sp.Lambda(w, w), dps=10),
    "a symbol as a point": lambda: ensembles.goe_determinant(3, w, dps=10),
    "a class as a function": lambda: LAW.fluctuation(int),
    "a law's class as a function": lambda: LAW.expect(fp.Semicircle, w),
    "an index that does not commute": lambda: nets.erf.hermite(x),
    "a value of a number": lambda: fp.testing.check_law(fp.MarchenkoPastur("1/2"), {1: 2}),
    "a value of text": lambda: fp.testing.check_law(fp.MarchenkoPastur("1/2"), {"c": 2}),
}


@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG)
def test_what_is_no_number_or_function_is_told(call: Callable[[], object]) -> None:
    with pytest.raises(InvalidParameterError):
        call()


def test_a_function_in_the_place_of_a_limit_s_value_is_told() -> None:
    N, c = sp.symbols("N c", positive=True)
    gram = fp.Ginibre("X", N, N / 2, 2 / N)
    trace = fp.normalized_trace((gram * gram.T + c * sp.Identity(N)).inverse()).limit(c, 0)
    with pytest.raises(InvalidParameterError):
        trace.subs(w, sp.Lambda(w, w))


def test_finite_densities_read_numbers_of_every_kind_alike() -> None:
    wanted = ensembles.goe_density(3, sp.Rational(1, 2), dps=20)
    for half in ("1/2", "0.5", 0.5, Decimal("0.5"), np.float32(0.5), mpmath.mpf("0.5")):
        assert ensembles.goe_density(3, half, dps=20) == wanted


@pytest.mark.parametrize("beta", [0, 1e-300, 0.5, 1, 4, 200])
def test_spacings_at_the_ends_of_floats(beta: float) -> None:
    assert local.surmise(beta, 1e308) == 0
    assert local.surmise(beta, 1e3) == 0
    assert local.ratio_density(beta, 1e308) == 0
    # p(r) = p(1/r)/r²
    assert abs(local.ratio_density(beta, 4.0) * 16 - local.ratio_density(beta, 0.25)) < 1e-13


def test_the_drift_s_factor_of_a_very_low_energy() -> None:
    """At ψ = τ²/4 its mean is (1 + slope/2)^(-1/2) to leading order, a peak of width 1e-49."""
    for power in (6, 20, 98):
        assert abs(DRIFTED.factor(-(10**power)) / (2**0.5 * 10 ** (-power / 2)) - 1) < 1e-5
    with pytest.raises(ConvergenceError):
        DRIFTED.factor(-1e308)


@pytest.mark.parametrize("place", [0, 1, "-1/2"])
def test_a_point_mass_keeps_the_contract(place: object) -> None:
    fp.testing.check_law(fp.PointMass(place))


def test_quantiles_beyond_floats_are_told() -> None:
    with pytest.raises(ConvergenceError):
        fp.Cauchy().quantile(5e-324, dps=10)


def test_exact_states_that_grow_too_long_are_told() -> None:
    with pytest.raises(BudgetExceededError):
        RESIDUAL.trajectory(7, 2, product=1)
    assert len(RESIDUAL.trajectory(7, 2, product=1, dps=15)) == 8
