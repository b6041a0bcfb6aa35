"""Laws of functions of two independent variables on the axis, against closed forms."""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import stats
from scipy.integrate import quad
from scipy.special import ellipk, k0, ndtr

import freeprob as fp
from freeprob.errors import CertificationError, ConvergenceError
from freeprob.testing import check_law

X, Y = sp.symbols("x y")
N, U = fp.Normal(), fp.Uniform(0, 1)


def law_of(expression: object, x: fp.Law = N, y: fp.Law = N) -> fp.Law:
    return fp.image(expression, {X: x, Y: y})


# name: law, its density, points and support
KNOWN: dict[str, tuple[fp.Law, Callable[[float], float], list[float], list[tuple]]] = {
    "sum of normals": (
        law_of(X + Y),
        lambda t: stats.norm.pdf(t, scale=np.sqrt(2)),
        [0.0, 0.5, -3.0, 30.0],
        [(-sp.oo, sp.oo)],
    ),
    "product of normals": (
        law_of(X * Y),
        lambda t: k0(abs(t)) / np.pi if t else np.inf,
        [0.0, 1e-12, -1e-3, 0.5, 30.0],
        [(-sp.oo, sp.oo)],
    ),
    "ratio of normals": (
        law_of(X / Y),
        lambda t: 1 / (np.pi * (1 + t * t)),
        [0.0, 0.5, -3.0, 1e6],
        [(-sp.oo, sp.oo)],
    ),
    "sum of uniforms": (
        law_of(X + Y, U, U),
        lambda t: max(0.0, min(t, 2 - t)),
        [-0.5, 0.0, 1e-9, 0.5, 1.0, 1.7, 2.5],
        [(0, 2)],
    ),
    "product of uniforms": (
        law_of(X * Y, U, U),
        lambda t: -np.log(t) if 0 < t < 1 else 0.0 if t else np.inf,
        [-0.5, 0.0, 1e-9, 0.5, 0.999, 1.0, 2.5],
        [(0, 1)],
    ),
    "sum of squares": (
        law_of(X**2 + Y**2),
        lambda t: np.exp(-t / 2) / 2 if t >= 0 else 0.0,
        [-0.5, 0.0, 1e-9, 0.5, 30.0],
        [(0, sp.oo)],
    ),
    "sum of arcsine variables": (
        law_of(X + Y, fp.Arcsine(-1, 1), fp.Arcsine(-1, 1)),
        lambda t: ellipk(1 - t * t / 4) / np.pi**2,
        [-2.0, -0.5, 0.0, 1.0, 2.0],
        [(-2, 2)],
    ),
    "ratio of uniforms": (
        law_of(X / Y, U, fp.Uniform(1, 2)),
        lambda t: 1.5 if 0 <= t <= 0.5 else (1 / t**2 - 1) / 2 if 0 < t < 1 else 0.0,
        [-0.5, 0.0, 0.2, 0.5, 0.7, 1.0],
        [(0, 1)],
    ),
    "irrational constants": (
        law_of(sp.pi * X * Y + sp.sqrt(2), U, U),
        lambda t: max(0.0, np.log(np.pi / (t - np.sqrt(2)))) / np.pi if t > 1.5 else 0.0,
        [0.3, 1.6, 4.0, 5.0],
        [(sp.sqrt(2), sp.sqrt(2) + sp.pi)],
    ),
    "eigenvalues of a matrix": (
        law_of(sp.Matrix([[X, Y], [Y, -X]])),
        lambda t: abs(t) * np.exp(-t * t / 2) / 2,
        [-1.5, 0.0, 0.01, 0.5, 9.0],
        [(-sp.oo, sp.oo)],
    ),
}
each = pytest.mark.parametrize("name", KNOWN)


@each
def test_densities_are_those_in_closed_form(name: str) -> None:
    law, density, points, _ = KNOWN[name]
    expected = np.array([density(t) for t in points])
    np.testing.assert_allclose(law.density(points), expected, rtol=1e-12, atol=1e-300)


@each
def test_distribution_functions_are_integrals_of_the_densities(name: str) -> None:
    law, density, _, _ = KNOWN[name]
    ends = (1.7, 2.1) if name == "irrational constants" else (0.3, 0.6)
    low, high = law.cdf(ends)
    assert abs(high - low - quad(density, *ends, points=[0.5])[0]) < 1e-13
    assert abs(law.cdf(law.quantile(0.37)) - 0.37) < 1e-11


@each
def test_supports_are_exact(name: str) -> None:
    law, _, _, support = KNOWN[name]
    assert law.support() == support
    assert law.dilate(2).support() == [(2 * low, 2 * high) for low, high in support]


def test_digits_are_right() -> None:
    with mpmath.workdps(50):
        expected = mpmath.besselk(0, mpmath.mpf("0.5")) / mpmath.pi
        assert abs(law_of(X * Y).density("1/2", dps=18) - expected) < mpmath.mpf(10) ** -18
        value = law_of(X / Y).cauchy("1/2", dps=15)
        assert abs(value - 1 / (mpmath.mpf("0.5") + 1j)) < mpmath.mpf(10) ** -15


@each
def test_digits_where_densities_are_zero_or_infinite(name: str) -> None:
    """An integral of exactly 0 has no first digit: balls about it were asked for more and more."""
    law, density, points, _ = KNOWN[name]
    for t in points:
        value = density(t)
        if value == 0 or np.isinf(value):
            assert float(law.density(t, dps=15)) == value


def test_digits_of_limits_from_one_side_are_refused() -> None:
    with pytest.raises(ConvergenceError, match=r"jumps at 0, to 0\.5"):
        law_of(X**2 + Y**2).density(0, dps=12)


def test_probabilities_of_two_kinds_of_laws() -> None:
    """F(t) = E Φ((t - s²)/s) over s of the Marchenko-Pastur law."""
    law = law_of(X * Y + X**2, fp.MarchenkoPastur(1), N)

    def conditional(angle: float) -> float:
        s = 4 * np.cos(angle) ** 2
        return ndtr((-1 - s * s) / s) * 4 / np.pi * np.sin(angle) ** 2

    assert abs(law.cdf(-1.0) - quad(conditional, 0, np.pi / 2, epsabs=1e-14)[0]) < 1e-13


@pytest.mark.parametrize("t", [-1.3, 0.7, 2.4])
def test_probabilities_of_bounded_laws(t: float) -> None:
    """F(t) = ∫ P(X ≤ t - y) dy on (0, 1) for X of a semicircle law."""

    def primitive(t: float) -> float:
        x = np.clip(t / 2, -1, 1)
        root = np.sqrt(1 - x * x)
        below = 0.5 + (np.arcsin(x) + x * root) / np.pi
        return t * below + 4 * root**3 / (3 * np.pi)

    law = law_of(X + Y, fp.Semicircle(1), U)
    assert abs(law.cdf(t) - (primitive(t) - primitive(t - 1))) < 1e-13


@pytest.mark.parametrize("x", [fp.Semicircle(1), fp.Arcsine(-1, 2), fp.MarchenkoPastur(1)], ids=str)
def test_derivatives_of_sums_with_uniform_variables(x: fp.Law) -> None:
    """G(z) = ∫ G_x(z - y) dy on (0, 1), so that G'(z) is a difference."""
    law = law_of(X + Y, x, U)
    # one above panels on a grid, one that is integrated over one variable after the other
    for z in (0.4 + 0.3j, 0.4 + 0.001j):
        assert abs(law.cauchy(z, derivative=1) / (x.cauchy(z) - x.cauchy(z - 1)) - 1) < 1e-11


def test_free_convolutions_see_the_axis() -> None:
    """A sum of normals is a normal, also under free convolutions."""
    points = np.linspace(-2, 2, 5)
    first = fp.boxplus(law_of(X + Y), fp.Semicircle(1)).density(points)
    second = fp.boxplus(fp.Normal(0, 2), fp.Semicircle(1)).density(points)
    np.testing.assert_allclose(first, second, rtol=1e-12)


def test_products_with_wishart_matrices_are_those_of_simulation() -> None:
    rng, n = np.random.default_rng(3), 400
    law = fp.boxtimes(law_of(X + Y, U, U), fp.MarchenkoPastur("1/2"))
    root = np.sqrt(np.sum(rng.random((2, n)), axis=0))[:, None]
    white = rng.normal(size=(n, 2 * n)) / np.sqrt(2 * n)
    eigenvalues = np.linalg.eigvalsh((root * white) @ (root * white).T)
    share = np.mean(eigenvalues <= 0.25)
    assert abs(law.cdf(0.25) - share) < 0.02
    # the twin: other weights of the same mean
    assert abs(fp.boxtimes(fp.Uniform(0, 2), fp.MarchenkoPastur("1/2")).cdf(0.25) - share) > 0.05


@pytest.mark.slow
def test_samples_pass_and_those_of_another_law_fail() -> None:
    law = law_of(X * Y)
    assert law.check(n=100, draws=2, rng=0).passed
    other = np.random.default_rng(1).normal(size=(2, 100)).prod(axis=0) + 0.8
    assert not law.compare_to(other, independent=1).passed


@pytest.mark.slow
def test_contract() -> None:
    check_law(law_of(X + Y, U, U))


def test_refusals_say_what_works() -> None:
    law = law_of(X + Y, U, U)
    with pytest.raises(ConvergenceError, match="without dps"):
        law.cdf(0.5, dps=20)
    with pytest.raises(CertificationError, match="support"):
        law.edges(dps=8)
    assert "integrals over one variable" in law.explain().summary()


W = sp.Symbol("w")
HIDDEN = {
    "three variables": fp.image(X + Y + W, {X: U, Y: U, W: U}),
    "degree three in both": law_of(X**3 * Y**3 + 1, U, U),
    "a transcendental function": law_of(sp.exp(X) + Y, U, U),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_other_functions_are_known_off_the_spectrum(name: str) -> None:
    """What is asked on it is refused at once: integrals of G above the points took minutes."""
    law = HIDDEN[name]
    assert law.cdf([-1.0, 5.0]) == pytest.approx([0, 1], abs=1e-15)
    assert law.density(5.0) == 0
    with pytest.raises(ConvergenceError, match="degree two at most"):
        law.cdf(1.5)
    with pytest.raises(ConvergenceError, match="quantiles lie in the spectrum"):
        law.quantile(0.5)
    with pytest.raises(ConvergenceError, match=r"support was not found: .* large sample"):
        law.support()
    with pytest.raises(ConvergenceError, match="degree two at most"):
        law.log_potential(5.0)
    points = law.sample(400, rng=0)
    assert 0 < points.min() < points.max() < 5


def test_irrational_constants_of_higher_degree_are_refused() -> None:
    """A support without a cut was the answer where no way had found one."""
    law = law_of(X**3 * Y + sp.pi * X * Y**2 + X**2, U, U)
    with pytest.raises(ConvergenceError, match="irrational constants"):
        law.support()
