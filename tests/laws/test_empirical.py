"""Laws of values that one holds: 1 to 10,000 atoms on one path, against independent equations."""

from __future__ import annotations

import pickle
from itertools import pairwise

import mpmath
import numpy as np
import pandas
import pytest
import sympy as sp
from scipy.optimize import brentq
from sklearn import datasets

import freeprob as fp
from freeprob.errors import BudgetExceededError, InvalidParameterError, UndefinedOperationError

Q = sp.Rational


def ladder(count: int, ratio: object = Q(1, 2)) -> fp.Law:
    """Population values i/k, times a Marchenko-Pastur law."""
    places = {Q(i, count): Q(1, count) for i in range(1, count + 1)}
    return fp.sample_covariance(fp.Atomic(places), ratio)


def silverstein(values: np.ndarray, ratio: float, z: complex) -> complex:
    """G(z) from the companion transform m: z = -1/m + c mean(t/(1 + t m)), Silverstein 1995.

    The map of the fixed point takes the upper half plane into itself; Newton's method ends it.
    """
    m = -1 / z
    for _ in range(3000):
        before, m = m, -1 / (z - ratio * np.mean(values / (1 + values * m)))
        if abs(m - before) < 1e-12 * abs(m):
            break
    for _ in range(5):
        defect = -1 / m + ratio * np.mean(values / (1 + values * m)) - z
        m -= defect / (1 / m**2 - ratio * np.mean((values / (1 + values * m)) ** 2))
    # m + (1 - c)/z = c s and G = -s
    return -(m + (1 - ratio) / z) / ratio


@pytest.mark.parametrize(
    ("count", "density"), [(20, 1.7207984), (50, 1.7089557), (100, 1.7048542), (400, 1.7017284)]
)
def test_the_density_of_many_equal_atoms(count: int, density: float) -> None:
    """Digits of Silverstein's equation solved by bisection."""
    assert ladder(count).density(0.1) == pytest.approx(density, abs=6e-8)


def test_two_hundred_atoms_have_four_cuts_with_exact_masses() -> None:
    law = ladder(200)
    assert law.cauchy(-1.0) == pytest.approx(-0.7204027122000343, rel=1e-13)
    assert str(law.cauchy(-1, dps=15).real) == "-0.720402712200034"
    ends = [float(end) for cut in law.support(dps=12) for end in cut]
    expected = [
        *(0.00210849, 0.00279330, 0.00414860, 0.00545492),
        *(0.00615641, 0.00797545, 0.00817059, 1.88864227),
    ]
    assert ends == pytest.approx(expected, abs=6e-9)
    assert law.cut_masses() == [Q(1, 200), Q(1, 200), Q(1, 200), Q(197, 200)]
    assert {edge.exponent for edge in law.edges(dps=10)} == {Q(1, 2)}


@pytest.mark.parametrize(("count", "cuts"), [(30, 2), (50, 2), (2000, 14)])
def test_numbers_of_cuts(count: int, cuts: int) -> None:
    assert len(ladder(count).support(dps=8)) == cuts


def test_edges_are_zeros_of_silversteins_map() -> None:
    """z(m) = -1/m + c mean(t/(1 + tm)) has its extremes at the edges (Silverstein-Choi 1995)."""
    t = np.linspace(0.2, 3, 25) ** 2
    law = fp.sample_covariance(t, 0.4)

    def slope(m: float) -> float:
        return 1 / m**2 - 0.4 * np.mean(t**2 / (1 + t * m) ** 2)

    top = brentq(slope, -1 / t.max() * (1 - 1e-9), -1e-3)
    edge = -1 / top + 0.4 * np.mean(t / (1 + t * top))
    assert float(law.support(dps=15)[-1][1]) == pytest.approx(edge, rel=1e-11)


@pytest.mark.parametrize("ratio", ["1/2", "5/4"])
def test_transforms_agree_with_silversteins_equation(ratio: str) -> None:
    values = np.random.default_rng(0).gamma(2.0, 0.5, 60)
    law = fp.sample_covariance(values, ratio)
    for z in (0.5 + 0.2j, 2.0 + 0.05j, -1.0 + 1.0j):
        assert abs(law.cauchy(z) - silverstein(values, float(Q(ratio)), z)) < 1e-10


def covariance_of(name: str) -> tuple[np.ndarray, float]:
    """Eigenvalues of a data set's covariance, zeros of constant columns too, and p/n."""
    rows = getattr(datasets, f"load_{name}")().data
    rows = rows - rows.mean(axis=0)
    values = np.linalg.eigvalsh(rows.T @ rows / len(rows))
    return np.where(values < 1e-12 * values.max(), 0, values), rows.shape[1] / len(rows)


@pytest.mark.parametrize("name", ["digits", "breast_cancer", "a power"])
def test_measured_covariances_agree_with_silversteins_equation(name: str) -> None:
    """Next to the axis and high above it, at small, middle and large eigenvalues."""
    power = np.arange(1, 10_001) ** -1.5
    values, ratio = (power, 0.5) if name == "a power" else covariance_of(name)
    law, other = (fp.sample_covariance(values, share) for share in (ratio, 1.1 * ratio))
    for place in np.quantile(values[values > 0], [0.3, 0.8, 1]):
        for z in (place * (1 + 0.05j), place * (0.5 + 1j)):
            assert abs(law.cauchy(z) / silverstein(values, ratio, z) - 1) < 1e-10
    # the twin
    z = np.quantile(values, 0.7) * (1 + 0.05j)
    assert abs(other.cauchy(z) / silverstein(values, ratio, z) - 1) > 1e-3


def test_distribution_function_quantiles_and_matrices_agree() -> None:
    law = ladder(50)
    x = np.array([0.01, 0.3, 1.0])
    middle = float(law.support(dps=10)[0][1] + law.support(dps=10)[1][0]) / 2
    assert law.cdf(middle) == pytest.approx(0.02, abs=1e-12)
    assert law.quantile(law.cdf(x)) == pytest.approx(x, rel=1e-9)
    assert law.check(n=300, draws=4).passed


def test_a_wrong_ratio_does_not_pass() -> None:
    """The twin of the simulation above."""
    wrong = fp.ensembles.spectra(ladder(50, "13/20").matrix_model(), 300, 4, 0)
    assert not ladder(50).compare_to(wrong).passed


def test_two_laws_of_many_atoms_convolve() -> None:
    """Subordination by an independent fixed-point iteration on the same arrays."""
    rng = np.random.default_rng(1)
    first, second = rng.standard_normal((2, 40, 80))
    a, b = (np.linalg.eigvalsh(x @ x.T / 80) for x in (first, second))
    law = fp.boxplus(fp.Empirical(a), fp.Empirical(b))

    def inverse(u: complex, values: np.ndarray) -> complex:
        return 1 / np.mean(1 / (u - values)) - u

    z, w = 1.5 + 0.3j, 1.5 + 0.3j
    for _ in range(2000):
        w = z + inverse(z + inverse(w, a), b)
    assert law.cauchy(z) == pytest.approx(np.mean(1 / (w - a)), rel=1e-12)
    assert float(law.mean) == pytest.approx(a.mean() + b.mean(), rel=1e-13)
    assert law.cdf(float(law.support(dps=15)[-1][1])) == pytest.approx(1, abs=1e-9)


def test_ten_thousand_eigenvalues_are_one_law() -> None:
    values = np.arange(1, 10_001) ** -1.5
    law = fp.sample_covariance(values, 0.5)
    z = 0.01 + 0.02j
    G = law.cauchy(z)
    # the equation itself: ω = z/(1 + c y), y = zG - 1 = mean(a/(ω - a))
    y = z * G - 1
    omega = z / (1 + 0.5 * y)
    assert abs(np.mean(values / (omega - values)) - y) < 1e-12
    assert law.density(np.geomspace(1e-4, 1, 50)).min() >= 0
    assert law.moments(1)[0] == pytest.approx(values.mean())


def test_pole_sums_hold_their_values() -> None:
    """Float sums within their error bounds, balls around the true value, next to the poles too."""
    from flint import acb, ctx, fmpq

    from freeprob.numeric.programs.pole_sums import PoleStep, PoleTable

    places = [fmpq(i * i, 7) for i in range(1, 300)]
    weights = [fmpq(i % 7 + 1, 1196) for i in range(1, 300)]
    table = PoleTable(tuple(places), tuple(weights))
    with ctx.workprec(300):
        points = (acb(fmpq(1, 3)), acb(fmpq(900, 7), fmpq(1, 50)), acb(-5), acb(2, 1e-6))
    # past a dozen sums moments are used
    for u in (*points, *points):
        for order in (1, 2, 3):
            step = PoleStep(table, order)
            with ctx.workprec(200):
                terms = (w / (u - a) ** order for a, w in zip(places, weights, strict=True))
                true = sum(terms, acb(0))
            with ctx.workprec(120):
                ball = step.balls(u)
            assert ball.overlaps(true)
            assert ball.imag.is_zero() == u.imag.is_zero()
            assert float(ball.rad()) < 1e-28 * float(abs(true).mid())
            error = abs(step.floats(complex(u)) - complex(true))
            assert error <= np.finfo(float).eps * step.rounding(complex(u)) * 2
    assert table.moments


def test_one_law_whatever_its_values_come_in() -> None:
    values = [0.5, 1.25, 1.25, 3.0]
    law = fp.Empirical(values)
    assert law == fp.Empirical(np.array(values)) == fp.Empirical(pandas.Series(values))
    assert law == fp.Empirical(["1/2", "5/4", 3], ["1/4", "1/2", "1/4"])
    assert law.atoms() == {Q(1, 2): Q(1, 4), Q(5, 4): Q(1, 2), sp.Integer(3): Q(1, 4)}
    assert fp.Empirical(np.diag([1.0, 2.0])).atoms() == {1: Q(1, 2), 2: Q(1, 2)}
    assert pickle.loads(pickle.dumps(law)) == law
    assert law.func(*law.args) == law
    assert law.dilate(2).atoms() == fp.Empirical([1, 2.5, 2.5, 6]).atoms()
    assert law.moments(2) == [Q(3, 2), Q(99, 32)]


def test_many_atoms_and_many_values_are_the_same_law() -> None:
    places = [Q(i, 20) for i in range(1, 41)]
    one, other = fp.Empirical(places), fp.Atomic(places)
    assert one.atoms() == other.atoms()
    for law in (one, other):
        companion = fp.sample_covariance(law, "1/3").companion("1/3")
        assert companion.cauchy(0.2 + 0.1j) == pytest.approx(
            fp.law(letter(law)).cauchy(0.2 + 0.1j), rel=1e-9
        )


def letter(law: fp.Law) -> sp.MatrixExpr:
    """The same covariance by letters: XᵀAX/n has its eigenvalues and zeros; here A^(1/2) is D."""
    size = sp.Symbol("N", positive=True)
    X = fp.Ginibre("X", size, 3 * size)
    A = fp.Deterministic("A", law, size)
    return X.T * A * X / (3 * size)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "at least one"),
        ([1.0, float("nan")], "finite"),
        ([1.0, float("inf")], "finite"),
        ([1.0, 2j], "number"),
        ("12", "list"),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), "symmetric"),
        (np.ones((2, 3)), "symmetric"),
        (np.array([[1.0, 1j], [-1j, 1.0]]), "complex"),
        ([[1.0], [2.0, 3.0]], "rows of different lengths"),
        ([sp.Symbol("a")], "Atomic"),
    ],
)
def test_bad_values_are_refused(values: object, message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        fp.Empirical(values)


def test_what_is_too_large_says_so() -> None:
    with pytest.raises(BudgetExceededError, match="quantile"):
        fp.Empirical(np.arange(10**6))
    with pytest.raises(BudgetExceededError, match="density"):
        ladder(100).equation(*sp.symbols("G z"))
    with pytest.raises(UndefinedOperationError, match="negative"):
        fp.sample_covariance([-1, 2, 3], "1/2")
    with pytest.raises(InvalidParameterError, match="sum to 1"):
        fp.Empirical([1, 2], [0.5, 0.6])
    assert fp.sample_covariance([1, 1, 1, 10], 0.5).moments(1) == [Q(13, 4)]


def test_single_and_equal_values_are_constants() -> None:
    law = fp.Empirical([2.5, 2.5])
    assert law.atoms() == {Q(5, 2): 1}
    assert fp.sample_covariance(law, "1/2").support() == fp.MarchenkoPastur("1/2", "5/2").support()


def test_atoms_of_two_large_laws_are_known_at_once() -> None:
    """Light atoms meet no others: a million pairs are not tried."""
    one = fp.Empirical(np.arange(1, 1001))
    heavy = fp.Empirical([0, *range(1, 1001)], [Q(1, 2), *[Q(1, 2000)] * 1000])
    assert fp.boxplus(one, heavy).atoms() == {}
    assert fp.boxtimes(one, heavy).atoms() == {0: Q(1, 2)}
    assert fp.boxplus(heavy, fp.Atomic({3: "2/3", 4: "1/3"})).atoms() == {3: Q(1, 6)}


DATA = fp.Empirical(np.arange(1, 61) / 60)
OF_DATA = [
    fp.sample_covariance(np.arange(1, 61) / 60, "1/2"),
    fp.sample_covariance(np.arange(1, 61) / 60, 2).dilate(3).shift(-1),
    fp.boxplus(DATA, fp.Semicircle(2)),
    fp.boxplus(DATA, fp.MarchenkoPastur(1)),
    fp.boxplus_power(DATA, 3),
    fp.compress(DATA, "1/2"),
    fp.CompoundFreePoisson(2, DATA),
]


@pytest.mark.parametrize("law", OF_DATA, ids=lambda law: str(law)[:30])
def test_potentials_tell_the_distribution_function(law: fp.Law) -> None:
    """Im ∫ G dz in closed form against the integrated density of another route."""
    from freeprob.laws.numbers.probabilities import distribution_of

    x = np.linspace(-3, 9, 61) + 0.01
    assert law.cdf(x) == pytest.approx(distribution_of(law).cdf(x), abs=1e-12)


@pytest.mark.parametrize("law", OF_DATA[:4], ids=lambda law: str(law)[:30])
def test_digits_of_distribution_functions(law: fp.Law) -> None:
    """The same potential over balls against an integral of G above the point."""
    from freeprob.laws.numbers.spectrum_for_numbers import atoms_of
    from freeprob.numeric.distributions import evaluate

    low, high = law.support(dps=20)[0]
    with mpmath.workdps(20):
        x = str(low + (high - low) / 3)
    integral = evaluate.cdf(law.system, x, None, atoms_of(law), 22)
    assert abs(law.cdf(x, dps=20) - integral) < mpmath.mpf(10) ** -20
    for place, mass in law.atoms().items():
        assert float(law.cdf(place, dps=20)) == float(mass)
        assert law.cdf(place - 1, dps=20) == 0


def test_digits_of_masses_beside_dozens_of_cuts() -> None:
    """In gaps they are whole numbers of values, exactly."""
    law = fp.sample_covariance(np.arange(1, 2001) ** -1.5, "1/2")
    with mpmath.workdps(40):
        assert abs(law.cdf("0.3", dps=30) - mpmath.mpf("0.999")) < mpmath.mpf(10) ** -32
    inside = law.cdf("0.001", dps=30)
    assert float(inside) == pytest.approx(law.cdf(0.001), abs=1e-13)
    assert law.cdf(-1, dps=30) == 0
    assert law.cdf(5, dps=30) == 1


def test_dozens_of_narrow_cuts_have_a_distribution_function() -> None:
    values = np.arange(1, 2001) ** -1.5
    law = fp.sample_covariance(values, "1/2")
    cuts = law.support(dps=12)
    assert len(cuts) > 12
    gaps = [(float(a[1]) + float(b[0])) / 2 for a, b in pairwise(cuts)]
    # exact separation (Bai-Silverstein 1999): a gap has whole population values on its left
    counts = 2000 * law.cdf(gaps)
    assert counts == pytest.approx(np.round(counts), abs=1e-9)
    assert np.all(np.diff(np.round(counts)) >= 1)
    x = np.geomspace(1e-7, 1.2, 1501)
    mass = np.diff(law.cdf(x))
    sums = np.sum(mass / (1j - np.sqrt(x[1:] * x[:-1])))
    assert sums == pytest.approx(law.cauchy(1j), abs=1e-4)


@pytest.mark.parametrize(("tail", "zeros"), [(1e-17, 0), (1e-17, 3), (1e-60, 2)])
def test_values_of_very_different_sizes(tail: float, zeros: int) -> None:
    """Covariances of real data have eigenvalues that are 0 up to rounding."""
    values = np.concatenate([np.zeros(zeros), tail * np.arange(1, 4), np.arange(1, 30) / 3])
    law = fp.sample_covariance(values, "1/2")
    cuts = law.support(dps=8)
    assert float(cuts[-1][1]) == pytest.approx(
        float(fp.sample_covariance(np.maximum(values, 0), "1/2").support(dps=8)[-1][1])
    )
    assert all(low < high for low, high in cuts)
    assert law.density(3.0) > 0


@pytest.mark.parametrize("law", [ladder(200), OF_DATA[1], OF_DATA[2]], ids=["many", "2", "plus"])
def test_floats_next_to_edges_have_densities(law: fp.Law) -> None:
    """Numbers that float64 does not tell from an edge lie in a gap, or in a cut by its constant."""
    for edge in law.edges(dps=40):
        place, sign = edge.location, -1 if edge.side == "left" else 1
        here = float(place)
        for x in (np.nextafter(here, -np.inf), here, np.nextafter(here, np.inf)):
            with mpmath.workdps(50):
                distance = sign * (mpmath.mpf(float(x)) - place)
                wanted = float(edge.constant * mpmath.sqrt(max(distance, 0)))
            assert law.density(float(x)) == pytest.approx(wanted, rel=1e-5)


def test_ten_thousand_values_answer_long_grids() -> None:
    """Point by point: pieces of dozens of cuts would take minutes."""
    values = np.arange(1, 10_001) ** -1.5
    law = fp.sample_covariance(values, "1/2")
    x = np.linspace(0.01, 1.2, 1600)
    assert np.sum(law.density(x)) * (x[1] - x[0]) == pytest.approx(
        np.diff(law.cdf(x[[0, -1]]))[0], abs=1e-3
    )


def test_probabilities_of_many_values_and_a_uniform_law_are_integrals() -> None:
    rng = np.random.default_rng(3)
    weights = rng.random(2000)
    values = fp.Empirical(np.round(rng.normal(size=2000), 2), weights=weights / weights.sum())
    law = fp.boxplus(values, fp.Uniform(-2, 1.5))
    nodes, own = np.polynomial.legendre.leggauss(30)
    mass = own @ law.density(0.15 + 0.05 * nodes) * 0.05
    low, high = law.cdf(np.array([0.1, 0.2]))
    assert high - low == pytest.approx(mass, abs=1e-12)
    assert law.quantile(low) == pytest.approx(0.1, abs=1e-11)
    assert float(law.cdf("0.1", dps=15)) == pytest.approx(low, abs=1e-12)
