"""Jacobians: digits of random-layers 6 and mean-field 1.5, other routes, real networks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets
from freeprob.errors import InvalidParameterError, UndefinedOperationError

HALF = sp.Rational(1, 2)
SIGNS = fp.Atomic({-1: HALF, 1: HALF})
W = sp.Symbol("w", real=True)


# Pennington, Schoenholz and Ganguli 2018: G(-1) and densities at 1/2, 1, 2, by an independent
# solution of z(x) = z
@pytest.mark.parametrize(
    ("f", "depth", "weights", "variance", "value", "density"),
    [
        (nets.relu, 2, "orthogonal", 2, "-0.72360679774997896964",
         (0.120309828385084, 0.0918881492369653, 0.0795774715459477)),
        (nets.relu, 4, "orthogonal", 2, "-0.78400132955367565587",
         (0.121931306663163, 0.0758285916497307, 0.0475768761843355)),
        (nets.relu, 2, "iid", 2, "-0.77184450634603818079",
         (0.160179591108364, 0.0964941665041155, 0.0550358772008962)),
        (nets.relu, 4, "iid", 2, "-0.83398035374811730288",
         (0.110979891457496, 0.0595780783904812, 0.0310948822451454)),
        (nets.linear, 3, "iid", 1, "-0.72449195900051561159", (None, 0.136877799175636, None)),
    ],
)  # fmt: skip
def test_piecewise_linear_networks(f, depth, weights, variance, value, density):
    law = nets.jacobian_law(f, depth, weights, weight_variance=variance)
    assert str(law.cauchy(-1, dps=20).real) == value
    for x, expected in zip((0.5, 1, 2), density, strict=True):
        if expected is not None:
            assert law.density(x) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("p", "depth", "top", "atom"),
    [
        ("1/2", 4, "9.4814814814814814815", None),
        ("9/10", 50, "14.950295815791195326", None),
        ("9/10", 4, None, "3/5"),
    ],
)
def test_bernoulli_slopes_on_both_sides_of_the_transition(p, depth, top, atom):
    p = sp.Rational(p)
    # 1 within a quantile of the normal law has slope 1 with probability p exactly
    slopes = fp.Atomic({0: 1 - p, 1: p})
    law = fp.boxtimes_power(slopes, depth).dilate(p**-depth)
    assert law.atoms()[0] == 1 - p
    if atom is not None:
        assert law.atoms()[p**-depth] == sp.Rational(atom)
    else:
        assert law.atoms() == {0: 1 - p}
        assert str(law.support(dps=20)[-1][1]) == top


def test_hard_tanh_is_bernoulli_with_an_error_function():
    q = sp.Symbol("q", positive=True)
    assert nets.hard_tanh.slope_law(q).weights[1] == sp.erf(1 / sp.sqrt(2 * q))
    design = nets.isometry_design(nets.hard_tanh, 16, "1/4")
    p = float(sp.erf(1 / np.sqrt(2 * design[0])))
    assert p == pytest.approx(16 / 16.25, abs=1e-13)
    assert design[1] == pytest.approx(16.25 / 16, abs=1e-12)
    law = nets.jacobian_law(nets.hard_tanh, 16, weight_variance=design[1], q=design[0])
    masses = sorted(float(mass) for mass in law.atoms().values())
    assert masses == pytest.approx([1 - p, 1 - 16 * (1 - p)], abs=1e-10)


def test_unequal_layers_follow_the_lengths():
    law = nets.jacobian_law(nets.relu, 2, "iid", weight_variance=2, input_norm=HALF)
    assert law.moments(2) == [1, 5]
    reference = 0.81755191982704 - 0.91236844968196j
    assert abs(law.cauchy(0.5 + 0.3j) - reference) < 1e-13
    # the slopes of hard_tanh shrink with q_1 = 2, q_2 = E f²
    law = nets.jacobian_law(nets.hard_tanh, 2, input_norm=2)
    second = nets.hard_tanh.expect(2, power=2)
    factors = [nets.hard_tanh.expect(q, 2, 1) for q in (2, second)]
    assert float(law.moments(1)[0]) == pytest.approx(float(sp.Mul(*factors)), rel=1e-14)


def test_lists_by_layer():
    one = nets.jacobian_law([nets.relu, nets.linear], 2, "iid", weight_variance=[2, 3], q=[1, 2])
    two = fp.boxtimes(fp.Atomic({0: HALF, 1: HALF}), fp.FussCatalan(2)).dilate(6)
    assert one.moments(4) == two.moments(4)


def test_rectangular_layers_that_are_square():
    for weights in ("iid", "orthogonal"):
        square = nets.jacobian_law(nets.relu, 2, weights, weight_variance=2)
        chain = nets.jacobian_law(nets.relu, 2, weights, weight_variance=2, widths=[3, 3, 3])
        assert chain.moments(4) == square.moments(4)


def _jacobian(f, widths, weights, variance, norm, rng, bias=None):
    """J by the chain rule at one input of one network."""
    x = np.full(widths[0], np.sqrt(norm))
    jacobian = np.eye(widths[0])
    for before, after in itertools.pairwise(widths):
        w = rng.standard_normal((after, before)) / np.sqrt(before)
        if weights == "orthogonal":
            u, _, v = np.linalg.svd(w, full_matrices=False)
            w = u @ v * np.sqrt(max(after / before, 1))
        h = np.sqrt(variance) * w @ x + (bias(after) if bias else 0)
        jacobian = f[1](h)[:, None] * (np.sqrt(variance) * w @ jacobian)
        x = f[0](h)
    return jacobian


CLIP = (lambda h: np.clip(h, -1, 1), lambda h: (np.abs(h) < 1) * 1.0)
RELU = (lambda h: np.maximum(h, 0), lambda h: (h > 0) * 1.0)


@pytest.mark.parametrize("weights", ["iid", "orthogonal"])
@pytest.mark.parametrize(
    ("f", "pair", "widths", "signs"),
    [(nets.hard_tanh, CLIP, (1, 1, 1), True), (nets.relu, RELU, (5, 10, 7), False)],
)
def test_real_networks_agree_and_wrong_variances_do_not(f, pair, widths, weights, signs):
    rng, draws, variance, z = np.random.default_rng(3), 40, 1.5, 0.5 + 0.3j
    sizes = [240 // max(widths) * n for n in widths]
    bias = (lambda n: rng.choice([-1.0, 1.0], n)) if signs else None
    values = []
    for _ in range(draws):
        j = _jacobian(pair, sizes, weights, variance, 1.0, rng, bias)
        values.append(np.mean(1 / (z - np.linalg.eigvalsh(j @ j.T))))
    error = 3 * np.std(values) / np.sqrt(draws)
    distances = []
    for scale in ("3/2", "33/20"):
        law = nets.jacobian_law(
            f,
            2,
            weights,
            sp.Rational(scale),
            input_norm=1,
            widths=widths,
            bias_law=SIGNS if signs else None,
        )
        distances.append(abs(law.cauchy(z) - np.mean(values)))
    assert distances[0] < error < distances[1]


def test_double_scaling():
    bernoulli = nets.double_scaling_law("bernoulli", "1/4")
    assert bernoulli.atoms() == {sp.exp(sp.Rational(1, 4)): sp.Rational(3, 4)}
    assert str(bernoulli.support(dps=20)[0][1]) == "0.67957045711476130884"
    assert str(bernoulli.cauchy(-1, dps=20).real) == "-0.55079624187319147768"
    smooth = nets.double_scaling_law("smooth", 1)
    assert [str(x) for x in smooth.support(dps=16)[0]] == [
        "0.07573933482692804",
        "4.857178136196782",
    ]
    assert smooth.density(1) == pytest.approx(0.29676357818129289, rel=1e-13)
    assert nets.double_scaling_law("smooth", sp.Symbol("v", positive=True)).moments(2)[1] == (
        1 + sp.Symbol("v", positive=True)
    )


@pytest.mark.parametrize(
    ("f", "depth", "variance", "weights"),
    [
        (nets.tanh, 10, 0.25, "orthogonal"),
        (nets.erf, 8, 0.25, "orthogonal"),
        (nets.elu(), 3, 1, "orthogonal"),
        (nets.tanh, 4, 5, "iid"),
        (nets.exp, 4, 400, "orthogonal"),
        (nets.tanh, 4, 1e-6, "orthogonal"),
        (nets.Activation(W * sp.exp(W**2), W), 4, 50, "orthogonal"),
    ],
)
def test_isometry_design_is_critical_and_has_the_spread(f, depth, variance, weights):
    q, weight, bias = nets.isometry_design(f, depth, variance, weights)
    exact = sp.Rational(q)
    energy, second, fourth = (
        sp.N(f.expect(exact, *orders), 40) for orders in ((2, 0), (2, 1), (4, 1))
    )
    assert weight == pytest.approx(float(1 / second), rel=1e-15)
    assert bias == pytest.approx(float(exact - energy / second), rel=1e-12)
    spread = depth * (fourth / second**2 - 1 + int(weights == "iid"))
    assert float(spread) == pytest.approx(variance, rel=1e-13)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: nets.jacobian_law(nets.relu, 0), InvalidParameterError),
        (lambda: nets.jacobian_law(nets.relu, 2, "haar"), InvalidParameterError),
        (lambda: nets.jacobian_law(nets.relu, 2, q=-1), InvalidParameterError),
        (lambda: nets.jacobian_law(nets.relu, 2, weight_variance=[1]), InvalidParameterError),
        (lambda: nets.jacobian_law(nets.relu, 2, widths=(1, 2)), InvalidParameterError),
        (lambda: nets.jacobian_law(nets.relu, 2, widths=(1, 0, 2)), InvalidParameterError),
        (lambda: nets.jacobian_law(nets.relu, 2, q=1, bias_law=SIGNS), InvalidParameterError),
        (lambda: nets.jacobian_law(nets.sign, 2), UndefinedOperationError),
        (lambda: nets.jacobian_law("relu", 2), InvalidParameterError),
        (lambda: nets.double_scaling_law("rough", 1), InvalidParameterError),
        (lambda: nets.double_scaling_law("smooth", 0), InvalidParameterError),
        (lambda: nets.isometry_design(nets.linear, 4, 1), UndefinedOperationError),
        (lambda: nets.isometry_design(nets.tanh, 4, 1, "iid"), UndefinedOperationError),
        (lambda: nets.isometry_design(nets.tanh, 4, -1), InvalidParameterError),
        (lambda: nets.relu.slope_law(0), InvalidParameterError),
        (lambda: nets.relu.slope_law(1, fp.Semicircle(1)), UndefinedOperationError),
    ],
)
def test_bad_input(call, error):
    with pytest.raises(error):
        call()
