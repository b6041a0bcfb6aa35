"""Digits of the reference on random layers and of Pastur's closed cases that stand nowhere else."""

from __future__ import annotations

import itertools

import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets
from tests.nets.reference_digits import agrees

Q = sp.Rational
HALF = Q(1, 2)
RELU = (1, sp.pi / (2 * (sp.pi - 1)))
w = sp.Symbol("w", real=True)
# slope 1 at the origin: the sigmoid of Pennington, Schoenholz and Ganguli
ERF = nets.Activation(sp.erf(sp.sqrt(sp.pi) * w / 2), w)


@pytest.mark.parametrize(
    ("f", "phi", "psi", "gamma", "value"),
    [
        (RELU, HALF, Q(3, 4), 1, "0.5111393724154517414906"),
        (RELU, HALF, Q(3, 4), Q(1, 100), "-0.2684002037665317804417"),
        (nets.sign, 1, 1, 1, "0.6421893721889849320268"),
        ((1, 0), HALF, Q(3, 4), 1, "0.4415184401122528879993"),
        ((1, 0), HALF, Q(3, 4), Q(1, 100), "-0.2964766556926216838755"),
        ((1, 1), HALF, Q(3, 4), 1, "0.5806177207678816079888"),
        ((1, 1), HALF, Q(3, 4), Q(1, 100), "0.0477076916156024278944"),
        (nets.erf, HALF, Q(3, 4), 1, "0.6950018903692393100572"),
    ],
)
def test_the_p_of_pennington_and_worah(f, phi, psi, gamma, value) -> None:
    """1.8: 1 + ψ(P - 1) = zG."""
    transform = sp.Float(str(nets.gram_law(f, phi, psi).cauchy(-gamma, dps=30).real), 30)
    assert agrees(1 + (-gamma * transform - 1) / psi, value)


@pytest.mark.parametrize(
    ("f", "transform", "error"),
    [
        (nets.linear, "-.69227", None),
        (nets.relu, "-.80123", ".42346"),
        (nets.abs_, "-.77111", None),
        (nets.sign, "-.63201", ".30201"),
        (nets.erf, "-.77580", ".4512"),
        (nets.cos, "-.85043", None),
        (nets.Activation(w**3 / sp.sqrt(15), w), "-.62796", None),
    ],
)
def test_layers_of_the_finite_size_comparison(f, transform, error) -> None:
    """1.8: n₀ = 900, n₁ = 1200, m = 1500; G(-1), and the training error at γ = 1/10."""
    assert agrees(nets.gram_law(f, "3/5", "3/4").cauchy(-1, dps=10).real, transform)
    if error is not None:
        assert agrees(nets.memorization_error(f, "3/5", "3/4", "1/10", dps=10), error)


def test_densities_without_a_linear_part() -> None:
    """1.8: Marchenko-Pastur of ratio n₁/m = 2/3."""
    law = nets.gram_law((1, 0), HALF, Q(3, 4))
    values = ("0.545555658892259318", "0.355881271708588529", "0.190820073292788399")
    for x, value in zip((HALF, 1, 2), values, strict=True):
        assert agrees(law.density(x, dps=20), value)
    ((low, high),) = law.support()
    for end, sign in ((low, -1), (high, 1)):
        assert sp.simplify(end - (1 + sign * sp.sqrt(Q(2, 3))) ** 2) == 0


def test_means_of_the_normalised_erf() -> None:
    """4.5: ζ and η' of the regression by the tangent kernel."""
    f = nets.erf.normalized(1)
    assert agrees(f.zeta(1), "0.9135828428288513312357")
    assert agrees(f.expect(1, power=2, derivative=1), "1.225700003785690707079")


@pytest.mark.parametrize(
    ("f", "depth", "weights", "variance", "top", "density", "second"),
    [
        (nets.linear, 1, "iid", 1, "4", "0.275664447710896024755663", 2),
        (nets.linear, 2, "iid", 1, "6.75", "0.178979127488028462957065", 3),
        (nets.linear, 3, "iid", 1, "9.48148148148148148148", "0.136877799175635574026498", 4),
        (nets.relu, 1, "iid", 2, "5.82842712474619009760338", "0.159154943091895335768884", 3),
        (nets.relu, 2, "iid", 2, "11.0901699437494742410229", "0.0964941665041155409381635", 5),
        (nets.relu, 3, "orthogonal", 2, "6.75", "0.0850078741616349947861587", 4),
    ],
)
def test_closed_cases_of_pastur(f, depth, weights, variance, top, density, second) -> None:
    """Mean field 1.5: upper edge, density at 1, second moment."""
    law = nets.jacobian_law(f, depth, weights, variance)
    assert agrees(law.support(dps=25)[-1][1], top)
    assert agrees(law.density(1, dps=26), density)
    assert law.moments(2) == [1, second]


def test_an_atom_of_flat_slopes() -> None:
    """Mean field 1.5: Haar, L = 4, p = 9/10, w² = 1.1: an atom 3/5 at 1.1⁴."""
    law = fp.boxtimes_power(fp.Atomic({0: "1/10", 1: "9/10"}), 4).dilate(Q(11, 10) ** 4)
    assert law.atoms() == {0: Q(1, 10), Q(11, 10) ** 4: Q(3, 5)}


def test_lengths_and_slopes_of_tanh() -> None:
    """Mean field 1.5: the critical point at bias variance 1/20, and a network on its way."""
    (point,) = nets.critical_points(nets.tanh, bias_variance="1/20", dps=24)
    length = "0.5700478816407641499902"
    assert agrees(point.weight_variance, "1.760954639606739131632")
    assert agrees(point.length, length)
    first, second = (nets.tanh.expect(Q(length), power, 1) for power in (2, 4))
    assert agrees(first, "0.567873798397965857361")
    assert agrees(second, "0.432851613816594246806")
    assert agrees(second / first**2, "1.342256078308131510909")
    layer = nets.Layer(nets.tanh, weight_variance="3/2", bias_variance="1/10")
    lengths = nets.Network([layer] * 3, data="19/15").lengths()
    slopes = [nets.tanh.expect(q, 2, 1) for q in lengths]
    shown = ("2", "0.879963618495923", "0.656727283594467")
    means = ("0.34950829774660", "0.48742496861833", "0.54139971591301")
    for value, digits in itertools.chain(
        zip(lengths, shown, strict=True), zip(slopes, means, strict=True)
    ):
        assert agrees(value, digits)


def test_the_largest_eigenvalue_of_a_hundred_gaussian_layers() -> None:
    """6.2: p = 1/2, L = 100, and L = 1."""
    deep = nets.jacobian_law(nets.relu, 100, "iid", 2)
    assert agrees(deep.support(dps=22)[-1][1], "543.66089607846778192")


def test_masses_between_places() -> None:
    """6.4: relu, orthogonal, L = 4, in (1/2, 2)."""
    law = nets.jacobian_law(nets.relu, 4, weight_variance=2)
    assert agrees(law.cdf(2, dps=8) - law.cdf(HALF, dps=8), ".10615")


def test_double_scaling_limits() -> None:
    """6.3 and 6.4."""
    smooth = nets.double_scaling_law("smooth", "1/4")
    ((low, high),) = smooth.support(dps=22)
    assert agrees(high, "2.4237626004352247065")
    assert agrees(low, "0.32131892080996667547")
    assert agrees(sp.sqrt(sp.Float(str(high), 25)), "1.5568437944878171709")
    flat = nets.double_scaling_law("bernoulli", "1/4")
    ((place, mass),) = flat.atoms().items()
    assert agrees(place, "1.28402541668774")
    assert mass == Q(3, 4)
    assert agrees(flat.density(HALF, dps=22), "0.13786549955245076026")
    assert flat.density([1.0, 2.0]).tolist() == [0, 0]
    one = nets.double_scaling_law("smooth", 1)
    assert agrees(one.cauchy(-1, dps=24).real, "-0.5989418624584529643494")
    for x, value in ((HALF, "0.60866101619359939361"), (2, "0.12538742457993986478")):
        assert agrees(one.density(x, dps=22), value)


def test_depth_on_the_way_to_the_limit() -> None:
    """6.3: erf(√π h/2) at σ₀² = 1/4, L = 8: the upper edge; the lower one is 0, like x²."""
    q, depth = sp.Symbol("q", positive=True), 8
    spread = (1 + sp.pi * q) / sp.sqrt(1 + 2 * sp.pi * q)
    length = Q(str(sp.nsolve(depth * (spread - 1) - Q(1, 4), q, 0.3, prec=30)))
    law = nets.jacobian_law(ERF, depth, "orthogonal", sp.sqrt(1 + sp.pi * length), length)
    ((low, high),) = law.support(dps=12)
    assert low == 0
    assert agrees(high, "1.99253812255")
