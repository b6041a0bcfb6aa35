"""Supports, edges, distribution functions and quantiles of functions of a Gaussian variable."""

from __future__ import annotations

from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad
from scipy.stats import chi2, lognorm, norm

import freeprob as fp
from freeprob import nets
from freeprob.errors import FreeprobError, NoClosedFormError

X = sp.Symbol("x", real=True)


def image(expression: sp.Expr) -> fp.Law:
    return fp.image(expression, {X: fp.Normal()})


SUPPORTS = [
    (fp.Normal(1, 4), [(-sp.oo, sp.oo)]),
    (image(X**2), [(0, sp.oo)]),
    (image(X**3 - 3 * X), [(-sp.oo, sp.oo)]),
    (image(X**4 - 2 * X**2), [(-1, sp.oo)]),
    (image(-sp.exp(X)), [(-sp.oo, 0)]),
    (image(sp.tanh(X)), [(-1, 1)]),
    (image(sp.Max(X, 0)), [(0, sp.oo)]),
    (nets.tanh.slope_law(1), [(0, 1)]),
    (nets.erf.slope_law(1), [(0, 4 / sp.pi)]),
    (nets.sigmoid.slope_law(2), [(0, sp.Rational(1, 16))]),
    (nets.softplus.slope_law(1), [(0, 1)]),
    (nets.elu(1).slope_law(1), [(0, 1)]),
    (nets.arctan.slope_law(1), [(0, 1)]),
    (nets.tanh.slope_law(1).dilate(-2).shift(1), [(-1, 1)]),
    (fp.mixture({image(sp.exp(X)): "1/2", fp.PointMass(-1): "1/2"}), [(0, sp.oo)]),
    (fp.mixture({fp.Normal(): "1/2", fp.Semicircle(1): "1/2"}), [(-sp.oo, sp.oo)]),
    (fp.mixture({image(sp.tanh(X)): "1/2", image(3 + sp.tanh(X)): "1/2"}), [(-1, 1), (2, 4)]),
]


@pytest.mark.parametrize(("law", "cuts"), SUPPORTS, ids=lambda value: str(value)[:40])
def test_supports_are_the_values_exactly(law: fp.Law, cuts: list) -> None:
    assert law.support() == cuts
    digits = law.support(dps=15)
    assert [tuple(map(float, cut)) for cut in digits] == [tuple(map(float, cut)) for cut in cuts]


def test_critical_values_without_a_formula_have_digits() -> None:
    law = nets.swish.slope_law(1)
    with pytest.raises(NoClosedFormError, match="dps"):
        law.support()
    s = np.linspace(-9, 9, 400001)
    slope = np.exp(-s) * s / (1 + np.exp(-s)) ** 2 + 1 / (1 + np.exp(-s))
    ((low, high),) = law.support(dps=12)
    assert low == 0
    assert float(high) == pytest.approx(max(slope**2), rel=1e-9)
    ((low, high),) = nets.gelu.slope_law(1).support()
    top = (1 + sp.erf(1)) / 2 + sp.exp(-1) / sp.sqrt(sp.pi)
    assert low == 0
    assert sp.N(high - top**2, 30, chop=True) == 0


def test_edges_at_critical_values() -> None:
    (edge,) = image(X**2).edges(dps=12)
    assert (edge.exponent, edge.side) == (-sp.S.Half, "right")
    assert float(edge.constant) == pytest.approx(1 / np.sqrt(2 * np.pi), rel=1e-11)
    left, right = image(X**3).edges(dps=12)
    assert {left.exponent, right.exponent} == {-sp.Rational(2, 3)}
    assert float(left.constant) == pytest.approx(1 / (3 * np.sqrt(2 * np.pi)), rel=1e-11)
    # towards the limit 0 of the slopes logarithms are at work
    with pytest.raises(FreeprobError, match="logarithm"):
        nets.tanh.slope_law(1).edges(dps=8)


REFERENCES = [
    (fp.Normal(1, 4), norm(1, 2)),
    (image(X**2), chi2(1)),
    (image(sp.exp(X)), lognorm(1)),
    (image(3 * sp.exp(X / 2) - 1), lognorm(0.5, -1, 3)),
    (image(-(X**2)).dilate(-1), chi2(1)),
    (fp.mobius(image(1 / X), 1, 2, 1, 0), norm(1, 2)),
]


@pytest.mark.parametrize(("law", "reference"), REFERENCES, ids=lambda value: str(value)[:40])
def test_against_scipys_distributions(law: fp.Law, reference) -> None:
    p = np.array([1e-12, 0.01, 0.3, 0.5, 0.9, 0.999])
    x = reference.ppf(p)
    assert law.cdf(x) == pytest.approx(reference.cdf(x), rel=1e-11)
    assert law.quantile(p) == pytest.approx(x, rel=1e-9, abs=1e-12)
    assert law.density(x) == pytest.approx(reference.pdf(x), rel=1e-10)
    assert float(law.cdf(x[2], dps=25)) == pytest.approx(reference.cdf(x[2]), rel=1e-13)
    assert [law.quantile(0), law.quantile(1)] == list(reference.ppf([0, 1]))


def test_all_digits_of_a_distribution_function() -> None:
    value = image(X**3 - 3 * X).cdf("1/2", dps=30)
    roots = [sp.CRootOf(X**3 - 3 * X - sp.S.Half, k).evalf(50) for k in range(3)]
    parts = [(1 + sp.erf(root / sp.sqrt(2))) / 2 for root in roots]
    assert abs(sp.Float(str(value), 32) - (parts[0] + parts[2] - parts[1])) < 1e-29


def _normal_quantile(p: mpmath.mpf) -> mpmath.mpf:
    return mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1)


# of monotone functions and of the square: quantiles are theirs at quantiles of the normal law
QUANTILES = {
    "plain": (X, _normal_quantile),
    "square": (X**2, lambda p: _normal_quantile((1 + p) / 2) ** 2),
    "steep": (sp.tanh(3 * X), lambda p: mpmath.tanh(3 * _normal_quantile(p))),
    "with an atom": (sp.Max(0, X), lambda p: max(mpmath.mpf(0), _normal_quantile(p))),
}


@pytest.mark.parametrize("name", QUANTILES)
@pytest.mark.parametrize("p", ["1/2", "1/10", "3/4", "999999/1000000", "1/10000000000"])
def test_all_digits_of_quantiles(name: str, p: str) -> None:
    g, exact = QUANTILES[name]
    law = fp.image(g, {X: fp.Normal()})
    share = sp.Rational(p)
    with mpmath.workdps(60):
        right = exact(mpmath.mpf(share.p) / share.q)
        found = law.quantile(p, dps=30)
        assert mpmath.almosteq(found, right, 1e-29, 1e-60)
        if right:  # the twin: another level has another quantile
            other = law.quantile(share + sp.Rational(1, 10**15), dps=30)
            assert not mpmath.almosteq(other, right, 1e-29)
    assert law.quantile(float(share)) == pytest.approx(float(right), rel=1e-9, abs=1e-15)


def test_ends_of_the_support_are_quantiles_with_digits() -> None:
    quartic = fp.image(X**4 - 3 * X**2 + X, {X: fp.Normal()})
    low, high = quartic.quantile(["0", "1"], dps=30)
    with mpmath.workdps(40):
        root = min(mpmath.polyroots([4, 0, -6, 1], extraprec=200), key=mpmath.re).real
        assert abs(low - (root**4 - 3 * root**2 + root)) < 1e-28
    assert high == mpmath.inf
    assert list(fp.Normal().quantile([0, 1], dps=20)) == [-mpmath.inf, mpmath.inf]
    assert list(fp.image(sp.tanh(X), {X: fp.Normal()}).quantile([0, 1], dps=40)) == [-1, 1]


def test_distribution_functions_at_the_middle_of_a_bisection() -> None:
    # the preimage of the mean is met exactly, where no sign is known
    for law, x in ((fp.Normal(1, 2), 1), (fp.image(X**3, {X: fp.Normal()}), 0)):
        assert law.cdf(x, dps=25) == mpmath.mpf("0.5")


def test_quantiles_next_to_a_minimum_are_relatively_right() -> None:
    # F of a square falls like a root: masses of 1e-20 next to 0 were differences of halves
    law = fp.image(X**2, {X: fp.Normal()})
    assert law.quantile(1e-20) == pytest.approx(np.pi / 2 * 1e-40, rel=1e-9)
    assert law.cdf(1e-40) == pytest.approx(np.sqrt(2 / np.pi) * 1e-20, rel=1e-9)


@pytest.mark.parametrize("f", [nets.tanh, nets.gelu, nets.swish, nets.softplus, nets.elu(1)])
def test_slopes_against_a_sample(f: nets.Activation) -> None:
    law = f.slope_law(1)
    values = law.sample(4000)
    for p in (0.1, 0.35, 0.6, 0.8):
        x = law.quantile(p)
        assert law.cdf(x) >= p - 1e-12
        assert np.mean(values <= x + 1e-12) == pytest.approx(law.cdf(x), abs=2e-3)
    # a 10 % larger variance is not the same law
    wrong = f.slope_law("121/100")
    assert max(abs(wrong.cdf(law.quantile(p)) - p) for p in (0.1, 0.35, 0.8)) > 5e-3


def test_atoms_jump() -> None:
    law = nets.elu(1).slope_law(1)
    below = np.nextafter(1.0, 0)
    assert law.cdf([below, 1.0]) == pytest.approx([0.5, 1.0], abs=1e-12)
    assert law.quantile([0.5, 0.75, 1.0]) == pytest.approx([1, 1, 1], abs=1e-9)


def test_densities_are_infinite_at_critical_values() -> None:
    assert image(X**2).density([0.0, -1.0]).tolist() == [np.inf, 0]
    assert image(X**3).density(0.0) == np.inf
    assert fp.Normal().density(30.0) == pytest.approx(norm.pdf(30), rel=1e-12)


@pytest.mark.slow
def test_a_sum_with_a_normal_law_has_a_distribution_function() -> None:
    """Against F(x) = ∫ over the density on a fine grid, from the branch alone."""
    law = fp.boxplus(fp.Normal(), fp.Semicircle(1))
    grid = np.linspace(-7, 0.5, 3001)
    assert law.cdf(0.5) == pytest.approx(np.trapezoid(law.density(grid), grid), abs=1e-6)


@pytest.mark.parametrize(
    ("g", "kinks"),
    [
        (sp.Max(X, 0) - sp.Min(X, -1), (-1, 0)),
        (sp.Max(X, 0), (0,)),
        (sp.tanh(X) ** 2, (0,)),
        (X * sp.Heaviside(X - 1), (1,)),
        (1 / (X - 1), (1,)),
    ],
    ids=str,
)
def test_potentials_are_means_of_logarithms(g: sp.Expr, kinks: tuple[int, ...]) -> None:
    """Atoms at ends, steps, poles and tails below all powers: no cuts are needed."""
    law = fp.image(g, {X: fp.Normal("1/5", "13/10")}).shift(2)
    values = sp.lambdify(X, g, [{"Heaviside": lambda x, _: float(x > 0)}, "numpy"])
    weight = norm(0.2, np.sqrt(1.3)).pdf

    def mean(z: complex) -> float:
        ends = sorted({-11.0, *kinks, 0.0, 11.0})
        return sum(
            quad(lambda x: np.log(abs(z - values(x))) * weight(x), *ab, epsabs=1e-11, limit=400)[0]
            for ab in pairwise(ends)
        )

    points = [0.37 + 0.5j, -0.4 + 0.01j, 1.5 - 2j, -40]
    expected = [mean(z) for z in points]
    assert law.log_potential(np.array(points) + 2) == pytest.approx(expected, abs=1e-9)
    y = sp.Symbol("y")
    assert law.expect(1 / (1 + (y - 2) ** 2), y) == pytest.approx(
        -law.cauchy(2 + 1j).imag, abs=1e-10
    )
    # the slope along a line is the real part of G
    z, h = 2.3 + 0.5j, 1e-3
    steps = z + h * np.array([-2, -1, 1, 2])
    rise = law.log_potential(steps) @ np.array([1, -8, 8, -1]) / (12 * h)
    assert rise == pytest.approx(law.cauchy(z).real, abs=1e-9)


NORMAL_SUM = fp.boxplus(fp.Normal(), fp.Semicircle("1/2"))
SEEN_FROM_BELOW = [
    (fp.Normal().dilate(-1), fp.Normal()),
    (fp.Normal("1/3", 2).dilate(-2).shift(1), fp.Normal("1/3", 8)),
    (image(sp.Max(X, 0)).dilate(-2), image(-2 * sp.Max(X, 0))),
    (image(sp.exp(X)).dilate(-1), image(-sp.exp(X))),
    (fp.boxplus(fp.Normal(), fp.Normal().dilate(-1)), fp.boxplus_power(fp.Normal(), 2)),
    (NORMAL_SUM.dilate(-1), NORMAL_SUM),
    (fp.mobius(NORMAL_SUM, 1, 0, 0, -2), NORMAL_SUM.dilate("1/2")),
    (fp.boxplus(image(X**2), fp.Semicircle(1)).dilate(-1).square(),
     fp.boxplus(image(X**2), fp.Semicircle(1)).square()),
]  # fmt: skip


@pytest.mark.parametrize(("law", "same"), SEEN_FROM_BELOW, ids=lambda value: str(value)[:40])
def test_maps_that_exchange_the_half_planes(law: fp.Law, same: fp.Law) -> None:
    for z in (1 + 1j, -0.5 + 0.02j, 0.3 - 0.4j):
        assert law.cauchy(z) == pytest.approx(same.cauchy(z), rel=1e-11)
    assert law.density(-0.6) == pytest.approx(same.density(-0.6), rel=1e-11)
    assert abs(law.cauchy(1 + 1j, dps=20) - same.cauchy(1 + 1j, dps=20)) < 1e-19


def test_a_reflected_normal_law_has_faddeevas_transform() -> None:
    from scipy.special import wofz

    z = np.array([1 + 1j, -0.5 + 0.02j, 3 + 1e-6j])
    expected = -1j * np.sqrt(np.pi / 2) * wofz(z / np.sqrt(2))
    assert fp.Normal().dilate(-1).cauchy(z) == pytest.approx(expected, rel=1e-12)


SIGNS = [
    (sp.Max(X - sp.Rational(1, 3), 0), True),
    (sp.Abs(X - 1), True),
    (sp.Max(X, 0) + sp.Max(-X, 1), True),
    (X**-2, True),
    (sp.Max(X, -1), False),
    (X**3 - X, False),
    (sp.log(sp.Abs(X)), False),
]


@pytest.mark.parametrize(("function", "expected"), SIGNS, ids=str)
def test_values_on_the_half_line(function: sp.Expr, expected: bool) -> None:
    assert image(function).on_half_line is expected


def test_roots_of_functions_are_refused_with_what_is_known() -> None:
    # their transform is that of the squares on both sides of the axis
    root = fp.symmetrize(image(sp.Abs(X)))
    assert root.sample(20, rng=0).shape == (20,)
    for ask in (lambda: root.cauchy(-1.3 + 0.3j), lambda: root.density(-1.7)):
        with pytest.raises(NoClosedFormError, match="law of squares"):
            ask()


def test_unbounded_laws_on_the_half_line() -> None:
    law = fp.mixture({fp.Cauchy().square(): "1/2", fp.MarchenkoPastur(1): "1/2"})
    assert law.on_half_line
    assert fp.boxtimes(fp.Cauchy().square().dilate(2), fp.MarchenkoPastur(1)).on_half_line


def test_values_below_the_half_line_are_zero_at_once() -> None:
    product = fp.boxtimes(image(sp.Abs(X)), nets.erf.slope_law(1))
    found = product.cdf([[-1, 0.5], [-0.2, 0.5]])
    assert list(found[:, 0]) == [0, 0]
    assert list(found[:, 1]) == pytest.approx([product.cdf(0.5)] * 2, rel=1e-12)
    assert product.density(-0.2) == product.cdf("-1/5", dps=20) == 0
    jumps = fp.CompoundFreePoisson("1/3", image(sp.Max(X, 0)))
    assert jumps.cdf(-1.7) == 0
    assert list(jumps.density([-1.7, -0.1])) == [0, 0]


# equal slopes on both sides of a jump: the derivative alone is that of an affine function
JUMPS: dict[str, tuple[sp.Expr, float]] = {
    "written in pieces": (sp.Piecewise((X - 1, X < 0), (X + 1, True)), 1.0),
    "by a sign": (X + sp.sign(X), 1.0),
    "of a slope of its own": (sp.Piecewise((2 * X - 1, X < 0), (2 * X + 1, True)) / 2, 0.5),
}


@pytest.mark.parametrize(("function", "half"), JUMPS.values(), ids=JUMPS)
def test_a_jump_between_equal_slopes_is_seen(function: sp.Expr, half: float) -> None:
    law = fp.image(function, {X: fp.Normal()})
    # (|w| + a)² of w = ±|w|, and E|w| = √(2/π)
    expected = 1 + 2 * half * np.sqrt(2 / np.pi) + half**2
    assert [float(m) for m in law.moments(2)] == pytest.approx([0, expected])
    assert law.density(0) == 0 == law.density([0.9 * half])[0]
    shifted = fp.image(function.xreplace({X: X + 1}), {X: fp.Normal(-1, 1)})
    assert [float(m) for m in shifted.moments(2)] == pytest.approx([0, expected])
    assert fp.image(X + half, {X: fp.Normal()}) == fp.Normal(half, 1)


GAPS: dict[str, tuple[sp.Expr, float | sp.Expr, float]] = {
    "jump": (X + sp.sign(X), sp.Rational(1, 2), -1.0),
    "bent": (sp.Piecewise((-(X**2) - 1, X < 0), (X**2 + 2, True)), sp.Rational(1, 2), -1.0),
    "pole": (1 / X, sp.Rational(1, 2), 0.0),
    "beside the middle": (
        sp.Piecewise((X - 1, X < 1), (X + 1, True)),
        (1 + sp.erf(1 / sp.sqrt(2))) / 2,
        0.0,
    ),
    "two gaps": (X + sp.Heaviside(X) + sp.Heaviside(X - 1), sp.Rational(1, 2), 0.0),
}


@pytest.mark.parametrize(("function", "level", "low"), GAPS.values(), ids=GAPS)
def test_the_quantile_of_a_gap_is_its_lower_end(
    function: sp.Expr, level: sp.Expr, low: float
) -> None:
    law = fp.image(function, {X: fp.Normal()})
    assert law.quantile(float(level)) == pytest.approx(low, abs=1e-12)
    assert law.quantile([float(level), 0.999])[0] == pytest.approx(low, abs=1e-12)
    assert abs(law.quantile(level, dps=25) - low) < 1e-24
    # a level a little higher is reached behind the gap, one a little lower before it
    before, behind = law.quantile([float(level) - 1e-6, float(level) + 1e-6])
    assert before < low < behind
    assert law.quantile(level - sp.Rational(1, 10**6), dps=25) == pytest.approx(before, abs=1e-6)
    assert law.quantile(level + sp.Rational(1, 10**6), dps=25) == pytest.approx(behind, abs=1e-6)
