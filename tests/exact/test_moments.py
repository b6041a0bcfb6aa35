from __future__ import annotations

from math import comb

import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import InvalidParameterError, NoClosedFormError, UndefinedOperationError
from freeprob.exact.algebra.fields import PrimeField
from freeprob.exact.moments.expansion import moment_series
from freeprob.exact.moments.moments import moments
from freeprob.exact.operations.multiplicative import FreeProduct
from freeprob.exact.systems.leaves import from_cauchy, from_moment_inverse, from_polynomial
from freeprob.exact.systems.system import Node
from tests.exact.partitions import kreweras, noncrossing, summed

c, t, v = sp.symbols("c t v", positive=True)
X = sp.Symbol("x")
HALF = sp.Rational(1, 2)


def test_semicircle_moments_are_catalan_numbers() -> None:
    catalan = [comb(2 * k, k) // (k + 1) for k in range(1, 11)]
    assert fp.Semicircle(1).moments(20)[1::2] == catalan
    assert not any(fp.Semicircle(1).moments(20)[::2])


def test_marchenko_pastur_moments_are_narayana_polynomials() -> None:
    for k, moment in enumerate(fp.MarchenkoPastur(c, v).moments(8), start=1):
        narayana = sum(
            sp.Rational(comb(k, j) * comb(k, j + 1), k) * c ** (k - 1 - j) for j in range(k)
        )
        assert sp.expand(moment - v**k * narayana) == 0


def test_long_and_short_expansions_have_the_same_moments() -> None:
    # short ones come by reversion, long ones by Newton's iteration
    catalan = [comb(2 * k, k) // (k + 1) for k in range(1, 81)]
    assert fp.MarchenkoPastur(1).moments(80) == catalan
    assert fp.MarchenkoPastur(1).moments(40) == catalan[:40]
    law = fp.boxplus(fp.Atomic({0: HALF, 3: HALF}), fp.MarchenkoPastur(HALF))
    assert law.moments(140)[:40] == law.moments(40)


def test_atoms_have_power_sums_as_moments() -> None:
    weights = {sp.Integer(-1): HALF, sp.Rational(1, 3): sp.Rational(1, 3), c: sp.Rational(1, 6)}
    for k, moment in enumerate(fp.Atomic(weights).moments(7), start=1):
        assert sp.expand(moment - sum(p * a**k for a, p in weights.items())) == 0


def test_irrational_atoms_keep_their_exact_moments() -> None:
    law = fp.Atomic({sp.sqrt(2): HALF, -sp.sqrt(2): HALF})
    assert law.moments(4) == [0, 2, 0, 4]


def test_free_sum_of_fair_coins_is_the_arcsine_law() -> None:
    coin = fp.Atomic({-1: HALF, 1: HALF})
    assert fp.boxplus(coin, coin).moments(8)[1::2] == [comb(2 * k, k) for k in range(1, 5)]


def test_free_power_multiplies_cumulants() -> None:
    law = fp.boxplus_power(fp.MarchenkoPastur(c), t)
    kappa = [t * c ** (k - 1) for k in range(1, 5)]
    for n, moment in enumerate(law.moments(4), start=1):
        assert sp.expand(moment - summed(noncrossing(n), kappa)) == 0


def test_products_of_wisharts_have_fuss_catalan_moments() -> None:
    for s in (2, 3, 4):
        node = Node(FreeProduct(), (fp.MarchenkoPastur(1).system,) * s)
        expected = [sp.Rational(comb((s + 1) * k, k), s * k + 1) for k in range(1, 9)]
        assert moments(node, 8) == expected


def test_free_product_sums_over_kreweras_complements() -> None:
    first = fp.Atomic({-1: HALF, 0: sp.Rational(1, 3), 2: sp.Rational(1, 6)})
    second = fp.MarchenkoPastur(2)
    kappa, other = first.free_cumulants(5), second.moments(5)
    expected = [
        sp.Add(*(summed(iter([p]), kappa) * summed(iter([kreweras(p, n)]), other)
                 for p in noncrossing(n)))
        for n in range(1, 6)
    ]  # fmt: skip
    assert moments(Node(FreeProduct(), (first.system, second.system)), 5) == expected


def test_a_factor_of_mean_zero_is_multiplied_exactly() -> None:
    # sX with X free Poisson of rate 1: even moments are those of three free Poisson factors
    node = Node(FreeProduct(), (fp.Semicircle(1).system, fp.MarchenkoPastur(1).system))
    assert moments(node, 6) == [0, 1, 0, 4, 0, 22]
    point = Node(FreeProduct(), (fp.PointMass(0).system, fp.MarchenkoPastur(1).system))
    assert moments(point, 4) == [0, 0, 0, 0]


def test_two_factors_of_mean_zero_are_refused() -> None:
    node = Node(FreeProduct(), (fp.Semicircle(1).system, fp.Semicircle(2).system))
    with pytest.raises(UndefinedOperationError, match="mean zero"):
        moments(node, 4)


def test_leaves_of_every_chart_agree() -> None:
    expected = fp.MarchenkoPastur(HALF).moments(12)
    by_product = from_moment_inverse(lambda y: (1 + y) * (1 + y / 2) / y)
    by_polynomial = from_polynomial(lambda g, z: z * g**2 / 2 - (z - HALF) * g + 1)
    by_root = from_cauchy(lambda z: (z - HALF - z * sp.sqrt(1 - 3 / z + 1 / (4 * z**2))) / z)
    for leaf in (by_product, by_polynomial, by_root):
        assert moments(leaf, 12) == expected


def test_moments_of_an_analytic_law_come_from_its_logarithm() -> None:
    uniform = from_cauchy(lambda z: sp.log((z + 1) / (z - 1)) / 2)
    assert moments(uniform, 6) == [0, sp.Rational(1, 3), 0, sp.Rational(1, 5), 0, sp.Rational(1, 7)]


def test_a_law_without_moments_says_so() -> None:
    cauchy = from_cauchy(lambda z: 1 / (z + sp.I))
    with pytest.raises(UndefinedOperationError, match="no moments"):
        moments(cauchy, 2)
    half = from_cauchy(lambda z: 1 / (z + sp.sqrt(z)))
    with pytest.raises(UndefinedOperationError):
        moments(half, 2)


def test_modular_moments_are_images_of_the_rational_ones() -> None:
    prime = 2**61 - 1
    law = fp.boxplus(fp.MarchenkoPastur(c), fp.Semicircle(t))
    series = moment_series(law.system, 8, PrimeField(prime, ((c, 5), (t, 3))))
    expected = [int(m.subs({c: 5, t: 3})) % prime for m in law.moments(8)]
    assert [int(series.coefficient(k)) for k in range(1, 9)] == expected


@pytest.mark.parametrize("number", [-1, 1.5, "3", True])
def test_a_bad_number_of_terms_is_refused(number: object) -> None:
    with pytest.raises(InvalidParameterError, match="whole number"):
        fp.Semicircle(1).moments(number)


JUMPS = [
    fp.information_plus_noise(fp.PointMass(1), 1),
    fp.information_plus_noise(fp.Atomic({0: HALF, 2: HALF}), HALF, 3),
    fp.CompoundFreePoisson(2, fp.information_plus_noise(fp.PointMass(1), 1)),
    fp.rectangular_boxplus(fp.symmetrize(fp.MarchenkoPastur(1)), fp.Semicircle(1), HALF).square(),
    fp.boolean_sum(fp.MarchenkoPastur(1), fp.information_plus_noise(fp.PointMass(2), 1)),
    fp.monotone(fp.information_plus_noise(fp.PointMass(2), 1), fp.Semicircle(1)),
    fp.compress(fp.boxplus_power(fp.information_plus_noise(fp.PointMass(1), 1), 3), HALF),
    fp.boxtimes(fp.information_plus_noise(fp.PointMass(1), 1), fp.MarchenkoPastur(1)),
    fp.Semicircle(1),
    fp.Uniform(-1, 1),
    fp.PointMass(0),
]


@pytest.mark.parametrize("jumps", JUMPS, ids=str)
def test_cumulants_of_compound_laws_are_moments_of_their_jumps(jumps: fp.Law) -> None:
    for rate in (1, sp.Rational(2, 3)):
        law = fp.CompoundFreePoisson(rate, jumps)
        assert law.free_cumulants(6) == [rate * moment for moment in jumps.moments(6)]
        assert law.moments(1) == [rate * jumps.mean] == [law.mean]


def test_moments_over_noisy_jumps() -> None:
    # κ = 2, 7, 30, 143: those of (1 + X)(1 + X)ᵀ
    law = fp.CompoundFreePoisson(1, fp.information_plus_noise(fp.PointMass(1), 1))
    assert law.moments(4) == [2, 11, 80, 665]


@pytest.mark.parametrize("jumps", JUMPS[:5], ids=str)
def test_every_operation_reads_the_moments_of_nested_laws(jumps: fp.Law) -> None:
    """A law and the law of its equation, which is expanded as one leaf, have equal moments."""
    G, z = sp.symbols("G z")
    for law in (jumps, fp.boxplus(jumps, fp.Semicircle(1))):
        given = fp.AlgebraicLaw(law.polynomial(G, z), G, z)
        assert given.moments(5) == law.moments(5)


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        # ∫ x⁻ᵏ dx over (1, 2), and so on: integrals by hand
        (fp.Uniform(1, 2).inverse(), [sp.log(2), sp.Rational(1, 2), sp.Rational(3, 8)]),
        (fp.Uniform(-2, -1).inverse(), [-sp.log(2), sp.Rational(1, 2)]),
        (fp.Uniform(0, 1).shift(1).dilate(2).inverse(), [sp.log(2) / 2, sp.Rational(1, 8)]),
        (
            fp.mobius(fp.Uniform(0, 1), 1, 0, 1, 1),
            [1 - sp.log(2), sp.Rational(3, 2) - 2 * sp.log(2)],
        ),
        (
            fp.DensityLaw(2 * X, X, 0, 1).shift(1).inverse(),
            [2 - 2 * sp.log(2), 2 * sp.log(2) - 1],
        ),
        (
            fp.boxplus(fp.Uniform(1, 2).inverse(), fp.MarchenkoPastur(1)),
            [1 + sp.log(2), sp.Rational(5, 2) + 2 * sp.log(2)],
        ),
    ],
    ids=str,
)
def test_images_of_laws_with_a_logarithm(law: fp.Law, expected: list) -> None:
    found = law.moments(len(expected))
    assert [sp.simplify(a - b) for a, b in zip(found, expected, strict=True)] == [0] * len(found)


@pytest.mark.parametrize("law", [fp.Uniform(0, 1).inverse(), fp.Uniform(-1, 1).inverse()], ids=str)
def test_images_with_infinite_moments_have_none(law: fp.Law) -> None:
    with pytest.raises(NoClosedFormError):
        law.moments(1)
