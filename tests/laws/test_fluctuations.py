"""Fluctuations of sums over eigenvalues: exact values, two routes to numbers, and simulations."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.ensembles import spectra
from freeprob.errors import (
    ConvergenceError,
    InvalidParameterError,
    NoClosedFormError,
    UndefinedOperationError,
)
from freeprob.laws.base import Law
from freeprob.laws.functionals.fluctuations import resolvent_scales

from .catalogue import HALF, MP, SC

x, c, g = sp.symbols("x c g", positive=True)
TRIPLE, OTHER = fp.Atomic([0, 1, 3]), fp.Atomic({1: HALF, 2: "1/3", 5: "1/6"})

# each kind of model once
MODELS: list[Law] = [
    SC(),
    MP(HALF),
    MP(1),
    MP(2),
    fp.FreePoisson(2, -1),
    fp.CompoundFreePoisson(2, fp.Atomic([1, 3])),
    fp.FussCatalan(2),
    fp.KestenMcKay(3),
    fp.Wachter(2, 3),
    fp.Arcsine(-2, 2),
    fp.boxplus(TRIPLE, OTHER),
    fp.boxplus(TRIPLE, SC()),
    fp.boxplus(MP(HALF), SC()),
    fp.boxplus_power(TRIPLE, 3),
    fp.boxtimes(fp.Atomic([1, 2]), OTHER),
    fp.boxtimes(SC(), fp.Atomic([1, 2])),
    fp.boxtimes(MP(1), MP(HALF)),
    fp.boxtimes_power(OTHER, 2),
    fp.sample_covariance(fp.Atomic([1, 3]), HALF),
    fp.information_plus_noise(fp.Atomic([1, 4]), HALF),
    fp.information_plus_noise(MP(HALF), HALF),
    fp.compress(TRIPLE, "2/3"),
    MP(HALF).companion(HALF),
    fp.mixture([SC(), MP(HALF)]),
    MP(HALF).dilate(2).shift(-1),
    fp.boxplus(TRIPLE, SC()).square(),
    fp.rectangular_boxplus(fp.Atomic([-1, 1]), fp.symmetrize(MP(HALF)), HALF),
    fp.rectangular_boxplus(
        fp.symmetrize(fp.Atomic([1, 2])), fp.Atomic({-2: "1/4", 0: HALF, 2: "1/4"}), 1
    ),
]


def test_real_wishart_matrices_have_the_variances_of_jonsson_and_the_means_of_bai_silverstein() -> (
    None
):
    found = [MP(HALF).fluctuation(x**k, x) for k in range(1, 5)]
    assert [each.covariance for each in found] == [1, 10, sp.Rational(1425, 16), 774]
    assert [each.mean_shift for each in found] == [0, HALF, sp.Rational(9, 4), 8]
    assert MP(c).fluctuation(x, x).covariance == 2 * c


def test_the_log_determinant_of_a_wishart_matrix() -> None:
    # Bai and Silverstein 2004, (1.17): variance -2 log(1 - c), mean log(1 - c)/2
    found = MP(HALF).fluctuation(sp.log(x), x)
    assert found.covariance == 2 * sp.log(2)
    assert found.mean_shift == -sp.log(2) / 2
    assert MP(HALF).fluctuation(sp.log(x), x, beta=2).covariance == sp.log(2)
    capacity = MP(c).fluctuation(sp.log(1 + g * x), x).covariance
    number = MP(HALF).fluctuation(lambda v: np.log1p(3 * v), x).covariance
    assert float(capacity.subs({c: HALF, g: 3})) == pytest.approx(number, rel=1e-13)


def annular(p: int, q: int, cumulants: list[sp.Expr]) -> sp.Expr:
    """Sum over the non-crossing permutations of a (p, q)-annulus of products of free cumulants.

    Mingo and Nica 2004: they are the π with #π + #(π⁻¹γ) = p + q that join the cycles of γ.
    """
    size = p + q
    turn = [*range(1, p), 0, *range(p + 1, size), p]
    total = sp.S.Zero
    for order in permutations(range(size)):
        inverse = np.argsort(order)
        cycles = cycles_of(order)
        if len(cycles) + len(cycles_of([turn[inverse[i]] for i in range(size)])) != size:
            continue
        if any(min(cycle) < p <= max(cycle) for cycle in cycles):
            total += sp.Mul(*(cumulants[len(cycle) - 1] for cycle in cycles))
    return total


def cycles_of(order: object) -> list[list[int]]:
    found, seen = [], set()
    for start in range(len(order)):
        if start not in seen:
            cycle = [start]
            while order[cycle[-1]] != start:
                cycle.append(int(order[cycle[-1]]))
            seen.update(cycle)
            found.append(cycle)
    return found


@pytest.mark.parametrize("law", [SC(2), MP(c), fp.boxplus(MP(HALF), SC())], ids=str)
@pytest.mark.parametrize(("p", "q"), [(1, 1), (1, 3), (2, 2), (2, 3), (3, 3), (2, 4)])
def test_power_sums_agree_with_free_cumulants_on_the_annulus(law: Law, p: int, q: int) -> None:
    # laws without cumulants of second order
    found = law.fluctuation(x**p, x, x**q, beta=2).covariance
    assert sp.expand(found - annular(p, q, law.free_cumulants(p + q))) == 0


@pytest.mark.slow
def test_fourth_powers_agree_with_free_cumulants_on_the_annulus() -> None:
    for q in (3, 4):
        found = MP(c).fluctuation(x**4, x, x**q, beta=2).covariance
        assert sp.expand(found - annular(4, q, MP(c).free_cumulants(8))) == 0


def test_a_rotated_sum_has_the_variance_of_the_reference() -> None:
    law = fp.boxplus(TRIPLE, OTHER)
    found = [law.fluctuation(x**p, x, x**q, beta=2).covariance for p, q in ((2, 2), (2, 3))]
    assert found == [sp.Rational(112, 9), sp.Rational(512, 3)]


def test_gaussian_orthogonal_matrices_have_johanssons_means_and_variances() -> None:
    # mean (f(2) + f(-2))/4 - f_0/2, variance ½ Σ k f_k²: Johansson 1998
    found = SC().fluctuation(sp.cos(x), x)
    k = np.arange(2, 60, 2)
    from scipy.special import jv

    coefficients = 2 * (-1) ** (k // 2) * jv(k, 2)
    assert found.covariance == pytest.approx(np.sum(k * coefficients**2) / 2, rel=1e-14)
    assert found.mean_shift == pytest.approx(np.cos(2) / 2 - jv(0, 2) / 2, rel=1e-13)


@pytest.mark.parametrize("law", MODELS, ids=str)
def test_boundary_values_agree_with_the_expansion_at_infinity(law: Law) -> None:
    exact = law.fluctuation(x**3 - x, x, x**2)
    number = law.fluctuation(lambda v: v**3 - v, x, lambda v: v**2)
    scale = float(law.fluctuation(x**3 - x, x).covariance * law.fluctuation(x**2, x).covariance)
    assert number.covariance == pytest.approx(float(exact.covariance), abs=1e-11 * scale**0.5)
    shift = float(exact.mean_shift)
    assert number.mean_shift == pytest.approx(shift, rel=1e-10, abs=1e-11 * scale**0.25)


@pytest.mark.parametrize("fourth", [-2, 1])
@pytest.mark.parametrize(
    "law", [SC(2), MP(HALF), fp.boxplus(TRIPLE, SC()), fp.sample_covariance(OTHER, 2)], ids=str
)
def test_the_same_with_a_fourth_cumulant(law: Law, fourth: int) -> None:
    exact = law.fluctuation(x**3, x, fourth_cumulant=fourth)
    number = law.fluctuation(lambda v: v**3, x, fourth_cumulant=fourth)
    assert number.covariance == pytest.approx(float(exact.covariance), rel=1e-10)
    assert number.mean_shift == pytest.approx(float(exact.mean_shift), rel=1e-10, abs=1e-10)


def test_signs_as_entries() -> None:
    # of a symmetric matrix of ±1/√n off the diagonal the sum of squares does not fluctuate there
    found = SC().fluctuation(x**2, x, fourth_cumulant=-2)
    assert found.covariance == 0
    assert SC().fluctuation(x**4, x, fourth_cumulant=-2).mean_shift == 3
    # Var Σ a_ij²/n of a p x n matrix is c (κ + 2)
    assert MP(c).fluctuation(x, x, fourth_cumulant=-2).covariance == 0


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize("law", MODELS[::2], ids=str)
def test_two_hundred_matrices_have_the_variance(law: Law, beta: int) -> None:
    values = np.sum(np.cos(spectra(law.matrix_model(), 60, 200, rng=1, beta=beta)), axis=1)
    found = law.fluctuation(sp.cos(x), x, beta=beta)
    assert deviation(values, found.covariance) < 4
    mean = 60 * law.expect(sp.cos(x), x)
    error = np.sqrt(found.covariance / 200) + 2 / 60
    assert abs(values.mean() - mean - found.mean_shift) < 4 * error


def deviation(values: np.ndarray, variance: float) -> float:
    """Of a sample variance, in its standard errors if the variance is right."""
    return abs(values.var(ddof=1) / variance - 1) / np.sqrt(2 / (len(values) - 1))


def test_matrices_of_another_kind_do_not_have_it() -> None:
    values = np.sum(np.cos(spectra(MP(HALF).matrix_model(), 60, 200, rng=1)), axis=1)
    assert deviation(values, MP(HALF).fluctuation(sp.cos(x), x, beta=2).covariance) > 4
    rotated = spectra(fp.boxplus(TRIPLE, SC()).matrix_model(), 60, 200, rng=1)
    sums = np.sum(np.cos(rotated), axis=1)
    wrong = fp.boxplus(TRIPLE, fp.Arcsine(-np.sqrt(2), np.sqrt(2)))
    assert deviation(sums, wrong.fluctuation(sp.cos(x), x).covariance) > 4


def test_thirty_digits() -> None:
    exact = MP(HALF).fluctuation(sp.log(1 + x), x)
    own = mpmath.MPContext()
    own.dps = 60
    digits = MP(HALF).fluctuation(lambda v: own.log(1 + own.mpf(v)), dps=30)
    for name in ("covariance", "mean_shift"):
        assert str(getattr(digits, name)) == str(sp.N(getattr(exact, name), 30))
        assert str(getattr(MP(HALF).fluctuation(sp.log(1 + x), x, dps=30), name)) == str(
            sp.N(getattr(exact, name), 30)
        )


def test_beta_is_1_or_2() -> None:
    # things that cannot be compared with numbers, or have no one truth, included
    for beta in (4, True, None, "1", Decimal("sNaN"), np.eye(2), np.array([]), 1j, [1], sp.nan):
        with pytest.raises(InvalidParameterError, match="beta is 1 or 2"):
            SC().fluctuation(x, x, beta=beta)
        with pytest.raises(InvalidParameterError, match="beta"):
            SC().check(n=20, draws=2, beta=beta)


def test_what_is_refused() -> None:
    for law in (fp.boolean_sum(SC(), MP(1)), fp.monotone(SC(), MP(1))):
        with pytest.raises(UndefinedOperationError, match="no self-adjoint matrices"):
            law.fluctuation(x, x)
    with pytest.raises(UndefinedOperationError, match="fourth cumulant"):
        fp.boxplus(TRIPLE, OTHER).fluctuation(x, x, fourth_cumulant=1)
    with pytest.raises(UndefinedOperationError, match="unbounded"):
        fp.boxplus(SC(), fp.Cauchy(0, 1)).fluctuation(sp.exp(-(x**2)), x)
    with pytest.raises(NoClosedFormError):
        MP(c).fluctuation(sp.exp(x), x)
    with pytest.raises(ConvergenceError, match="not smooth"):
        SC().fluctuation(lambda v: abs(v))
    with pytest.raises(ConvergenceError, match="symmetric"):
        # eigenvalues come in pairs: they meet their partners, too
        fp.boxplus(fp.Atomic([0, 1]), fp.Atomic([0, 2])).fluctuation(sp.exp(x), x)
    with pytest.raises(ConvergenceError, match="infinite"):
        MP(1).fluctuation(sp.log(x), x)
    with pytest.raises(UndefinedOperationError, match="infinite at an atom"):
        MP(2).fluctuation(sp.log(x), x)


def test_deterministic_laws_do_not_fluctuate() -> None:
    found = fp.Uniform(0, 1).fluctuation(sp.exp(x), x)
    assert (found.mean_shift, found.covariance) == (0, 0)


def test_fixed_eigenvalues_have_no_shift_where_functions_are_smooth() -> None:
    # Σ log((i - ½)/n) - n ∫ log x is ½ log 2 in the limit, and 1/x has no integral over 0
    spread, fuss_catalan = fp.Uniform(0, 1), fp.FussCatalan(sp.Rational(3, 2))
    for law, f in ((spread, sp.log(x)), (spread.shift(-HALF), 1 / x), (fuss_catalan, sp.log(x))):
        for dps in (None, 20):
            with pytest.raises(ConvergenceError, match="not smooth"):
                law.fluctuation(f, x, dps=dps)
    with pytest.raises(UndefinedOperationError, match="infinite at an atom"):
        fp.Atomic([0, 1]).fluctuation(sp.log(x), x)
    assert spread.fluctuation(sp.log(1 + x), x).mean_shift == 0


def test_an_exact_zero_has_digits() -> None:
    found = MP(HALF).fluctuation(x, x, dps=20)
    assert (found.mean_shift, found.covariance) == (0, 1)
    found = fp.Uniform(0, 1).fluctuation(sp.log(1 + x), x, dps=20)
    assert (found.mean_shift, found.covariance) == (0, 0)


@pytest.mark.parametrize(
    "law",
    [
        fp.Cauchy(c, 1),
        fp.boxplus(fp.Cauchy(0, 1), SC()),
        fp.boxtimes(fp.Cauchy(0, 1), MP(1)),
        fp.mixture([fp.Cauchy(0, 1), SC()]),
        fp.Cauchy(0, 1).square(),
        fp.compress(fp.Cauchy(0, 1), HALF),
    ],
    ids=str,
)
def test_power_sums_need_moments(law: Law) -> None:
    # the expansion of zG(z) above the axis is complex: its covariances were negative ones
    for f in (x, x**2):
        with pytest.raises(UndefinedOperationError, match="bounded support"):
            law.fluctuation(f, x)


@pytest.mark.parametrize("law", [*MODELS[:24:3], *MODELS[24:], MP(HALF).inverse()], ids=str)
@pytest.mark.parametrize("beta", [1, 2])
def test_resolvents_above_the_axis_fluctuate_as_their_parts_do(law: Law, beta: int) -> None:
    # derivatives of L at (z, z̄), and Σ Re and Σ Im of 1/(z - λ) as functions on the cuts
    z = 1.5 + 1.25j
    shift, deviation = (values[0] for values in resolvent_scales(law, beta)(np.array([z])))
    parts = [
        law.fluctuation(lambda v, part=part: getattr(1 / (z - v), part), beta=beta)
        for part in ("real", "imag")
    ]
    assert deviation**2 == pytest.approx(sum(part.covariance for part in parts), rel=1e-8)
    expected = parts[0].mean_shift + 1j * parts[1].mean_shift
    assert abs(shift - expected) < 1e-8


def test_resolvents_of_roots_on_the_imaginary_axis_are_those_of_squares_in_a_gap() -> None:
    law = fp.symmetrize(MP(HALF))
    near, at = (resolvent_scales(law, 1)(np.array([z])) for z in (1e-3 + 1j, 1j))
    assert at[1] == pytest.approx(near[1], rel=1e-4)
    found = law.fluctuation(lambda v: (1 / (1j - v)).imag)
    assert at[1] ** 2 == pytest.approx(found.covariance, rel=1e-7)
    assert at[0].imag == pytest.approx(found.mean_shift, rel=1e-7)


@pytest.mark.parametrize(
    "law",
    [fp.boxtimes(MP(HALF), SC()), fp.boxplus(fp.Atomic([-1, 1]), SC()), fp.KestenMcKay(3)],
    ids=str,
)
def test_resolvents_of_symmetric_laws_on_the_imaginary_axis(law: Law) -> None:
    # even functions on the curve do not tell z from -z, its conjugate there, and their poles cancel
    beside, at, shifted = (
        resolvent_scales(law, 1)(np.array([z])) for z in (1e-3 + 1j, 1j, 1e-8 + 1j)
    )
    assert at[1] == pytest.approx(beside[1], rel=1e-5)
    assert shifted[1] == pytest.approx(at[1], rel=1e-8)
    parts = [
        law.fluctuation(lambda v, p=part: getattr(1 / (1j - v), p)) for part in ("real", "imag")
    ]
    assert at[1] ** 2 == pytest.approx(sum(part.covariance for part in parts), rel=1e-8)
    assert at[0].imag == pytest.approx(parts[1].mean_shift, rel=1e-8)


def test_a_comparison_takes_derived_scales() -> None:
    n, draws = 300, 6
    result = MP(HALF).check(n=n, draws=draws)
    for k, statistic in enumerate(result.statistics[:4], start=1):
        found = MP(HALF).fluctuation(x**k, x)
        limit = float(MP(HALF).moments(k)[-1])
        assert statistic.theory == pytest.approx(limit + float(found.mean_shift) / n)
        # its standard error, and half an eigenvalue of rounding
        error = float(found.covariance) ** 0.5 / (n * draws**0.5)
        assert error <= statistic.scale <= 3 * error


def test_moments_that_are_integrals_enter_by_sight() -> None:
    """Formulas in dozens of constants: no product of series asks whether a sum of them is 0."""
    w = sp.Symbol("w")
    slopes = fp.image(sp.tanh(w) ** 2, {w: fp.Normal()})
    first, second = slopes.moments(2)
    two = fp.boxtimes_power(slopes, 2).fluctuation(x, x)
    assert sp.expand(two.covariance - 2 * (second - first**2) ** 2) == 0
    # the formula is that of any law with these moments
    deep = fp.boxtimes_power(slopes, 4).fluctuation(x**3, x)
    values = dict(zip(slopes.moments(6), TRIPLE.moments(6), strict=True))
    same = fp.boxtimes_power(TRIPLE, 4).fluctuation(x**3, x)
    assert deep.covariance.subs(values) == same.covariance
    assert deep.mean_shift.subs(values) == same.mean_shift
