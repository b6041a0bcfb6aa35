"""Spectra of nonlinear layers: the reference digits of Pennington-Worah and Fan-Wang."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets
from freeprob.errors import InvalidParameterError, UndefinedOperationError

Q = sp.Rational
RELU = (1, sp.pi / (2 * (sp.pi - 1)))
z, G = sp.symbols("z G")


@pytest.mark.parametrize(
    ("f", "phi", "psi", "gamma", "value"),
    [
        (RELU, "1/2", "3/4", 1, "-0.633354529311588806118"),
        (RELU, "1/2", "3/4", "1/100", "-4.86998471751011646687"),
        (nets.relu.centered(1).normalized(1), "1/2", "3/4", 1, "-0.633354529311588806118"),
        (nets.sign, 1, 1, 1, "-0.642189372188984932027"),
        ((1, 0), "1/2", "3/4", 1, "-0.581138830084189665999"),
        ((1, 0), "1/2", "3/4", "1/100", "-2.76425082305337370934"),
        ((1, 1), "1/2", "3/4", 1, "-0.685463290575911205992"),
        ((1, 1), "1/2", "3/4", "1/100", "-28.5780768711701820921"),
        (nets.erf, "1/2", "3/4", 1, "-0.771251417776929482543"),
    ],
)
def test_transforms_at_negative_points(f, phi, psi, gamma, value) -> None:
    """Reference digits agree between the quartic and the covariance of rows."""
    law = nets.gram_law(f, phi, psi)
    assert abs(law.cauchy(-Q(gamma), dps=20).real - sp.Float(value, 25)) < 1e-18


@pytest.mark.parametrize(
    ("f", "phi", "psi", "densities", "edges"),
    [
        (
            RELU,
            "1/2",
            "3/4",
            ("0.461945992543316822", "0.231058472592960974", "0.111163224316446833"),
            ("0.0160201022565039684", "5.5293421933578667"),
        ),
        (
            (1, 2 / sp.pi),
            1,
            1,
            ("0.420468827067366006", "0.23725348724988609", "0.117046155836570093"),
            (0, "5.43022005181395302"),
        ),
        (
            (1, 1),
            "1/2",
            "3/4",
            ("0.310315937219786393", "0.17909146924108128", "0.0954100366463941997"),
            ("0.0102096712336863782", "6.66524570561910993"),
        ),
    ],
)
def test_densities_edges_and_atoms(f, phi, psi, densities, edges) -> None:
    law = nets.gram_law(f, phi, psi)
    for x, value in zip((Q(1, 2), 1, 2), densities, strict=True):
        assert law.density(float(x)) == pytest.approx(float(value), rel=1e-12)
    ((a, b),) = law.support(dps=15)
    assert float(a) == pytest.approx(float(edges[0]), rel=1e-13, abs=1e-15)
    assert float(b) == pytest.approx(float(edges[1]), rel=1e-13)
    assert law.atoms() == ({0: Q(1, 4)} if f == (1, 1) else {})


def test_the_quartic_is_derived_with_four_symbols() -> None:
    """Pennington and Worah: P = 1 + (η - ζ) t PφPψ + PφPψ t ζ/(1 - PφPψ t ζ), Pψ = zG."""
    eta, zeta, phi, psi = sp.symbols("eta zeta phi psi", positive=True)
    polynomial = nets.gram_law((eta, zeta), phi, psi).polynomial(G, z)
    assert sp.degree(polynomial, G) == 4
    t, p = 1 / (z * psi), (z * G - 1) / psi
    both = (1 + p * phi) * (1 + p * psi)
    claimed = sp.numer(
        sp.together(-1 - p + 1 + (eta - zeta) * t * both + both * t * zeta / (1 - both * t * zeta))
    )
    ratio = sp.cancel(claimed / polynomial.as_expr())
    assert not ratio.free_symbols & {G}
    assert ratio != 0


def test_moments_with_symbols() -> None:
    eta, zeta, phi, psi = sp.symbols("eta zeta phi psi", positive=True)
    m1, m2, m3 = nets.gram_law((eta, zeta), phi, psi).moments(3)
    assert m1 == eta
    assert sp.expand(m2 - eta**2 * (1 + phi / psi) - zeta**2 / psi) == 0
    third = (
        eta**3 * (1 + 3 * phi / psi + phi**2 / psi**2)
        + 3 * eta * zeta**2 * (1 / psi + phi / psi**2)
        + zeta**3 / psi**2
    )
    assert sp.expand(m3 - third) == 0


def test_without_linear_part_the_data_are_forgotten() -> None:
    for data in (None, fp.Atomic({"1/2": "1/2", "3/2": "1/2"})):
        law = nets.gram_law((1, 0), Q(1, 2), Q(3, 4), data)
        assert law.moments(5) == fp.MarchenkoPastur(Q(2, 3)).moments(5)


@pytest.mark.parametrize("f", [nets.tanh, nets.gelu, {nets.relu: "1/4", nets.erf: "3/4"}])
def test_data_of_another_length_are_seen_at_their_length(f) -> None:
    """f at columns of squared length q n₀ is f(√q ·) at length 1, in one layer as in many."""
    values, q = [0.5, 2.0, 3.5, 4.0], sp.Rational(5, 2)
    x = sp.Symbol("x")

    def stretched(kind):
        return nets.Activation(kind(sp.sqrt(q) * x), x)

    same = {stretched(g): share for g, share in f.items()} if isinstance(f, dict) else stretched(f)
    long = nets.gram_law(f, 2, "3/2", fp.Empirical(values))
    unit = nets.gram_law(same, 2, "3/2", fp.Empirical([0.2, 0.8, 1.4, 1.6]))
    assert long.cauchy(-0.7) == pytest.approx(unit.cauchy(-0.7), rel=1e-12)


def test_one_layer_and_its_companion_agree_on_data_of_any_length() -> None:
    """XᵀX of ``propagate`` is the other side of ``gram_law``, n₁/m its scale."""
    data, phi, psi = fp.Empirical([0.5, 2.0, 3.5, 4.0]), Q(2), Q(3, 2)
    rows = nets.gram_law(nets.tanh, phi, psi, data)
    columns = nets.propagate(data, nets.tanh, psi / phi).dilate(phi / psi)
    z = -0.7
    other = (psi / phi) * columns.cauchy(z) + (1 - psi / phi) / z
    assert rows.cauchy(z) == pytest.approx(other, rel=1e-12)


def test_tangent_kernels_ask_for_inputs_of_length_one() -> None:
    f = nets.tanh.centered(1).normalized(1)
    values = np.array([0.3, 1.1, 2.3, 0.7])
    law = nets.ntk_law(f, [1], fp.Empirical(values / values.mean()))
    assert float(law.moments(1)[0]) == pytest.approx(float(f.expect(1, 2, 1)) + 1, rel=1e-9)
    with pytest.raises(InvalidParameterError, match=r"has mean 1\.1"):
        nets.ntk_law(f, [1], fp.Empirical(values))


def test_mixtures_of_features_share_their_data() -> None:
    """Half normalised relu, half cos; τ₁ at ridge 0.1 is 3.76284395881, averaging (η, ζ) is wrong.

    n₀ = 700, n₁ = 1000, m = 900 and K = YᵀY/n₁ + g in the reference.
    """
    phi, psi, ridge = Q(7, 9), Q(7, 10), Q(1, 10)
    relu = nets.relu.centered(1).normalized(1)
    law = nets.gram_law({relu: "1/2", nets.cos: "1/2"}, phi, psi)
    point = -ridge * Q(1000, 900)
    rows = phi / psi  # n₁/m
    trace = rows * -law.cauchy(float(point)).real + (1 - rows) / float(-point)
    assert float(trace * Q(1000, 900)) == pytest.approx(3.76284395881, rel=1e-10)
    eta = (1 + nets.cos.eta(1)) / 2
    zeta = relu.zeta(1) / 2
    averaged = nets.gram_law((eta, zeta), phi, psi)
    wrong = rows * -averaged.cauchy(float(point)).real + (1 - rows) / float(-point)
    assert float(wrong * Q(1000, 900)) == pytest.approx(3.4868, abs=1e-4)


def test_a_real_layer_with_a_twin() -> None:
    """f(WX) drawn: relu, n₀ = 450, n₁ = 600, m = 750; another activation is told apart."""
    rng = np.random.default_rng(2)
    w = rng.normal(size=(600, 450)) / np.sqrt(450)
    y = np.maximum(w @ rng.normal(size=(450, 750)), 0) - 1 / np.sqrt(2 * np.pi)
    values = np.linalg.eigvalsh(y @ y.T / 750)
    simulated = -np.mean(1 / (1 + values))
    assert nets.gram_law(nets.relu, "3/5", "3/4").cauchy(-1.0).real == pytest.approx(
        simulated, abs=4e-3
    )
    assert abs(nets.gram_law(nets.abs_, "3/5", "3/4").cauchy(-1.0).real - simulated) > 1e-2


@pytest.mark.parametrize(
    ("f", "function"), [(nets.relu, lambda x: np.maximum(x, 0)), (nets.cos, np.cos)]
)
def test_the_mean_of_an_activation_is_one_outlier(f, function) -> None:
    """Activations that are not centred: its place and overlap, and the bulk of the centred ones.

    Lengths of rows and columns fluctuate, which moves the outlier, of order n, by order 1.
    """
    n0, n1, m = 300, 400, 500
    law = nets.gram_law(f, Q(n0, m), Q(n0, n1))
    spike = float(f.mean(1)) * np.sqrt(n1)
    (outlier,) = law.outliers([spike], kind="rectangular", ratio=Q(n1, m))
    found = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        y = function(rng.normal(size=(n1, n0)) / np.sqrt(n0) @ rng.normal(size=(n0, m)))
        vectors, values, _ = np.linalg.svd(y / np.sqrt(m), full_matrices=False)
        found.append([values[0] ** 2, vectors[:, 0].sum() ** 2 / n1, values[1] ** 2])
    place, overlap, edge = np.mean(found, axis=0)
    assert place == pytest.approx(outlier.location**2, rel=0.02)
    assert overlap == pytest.approx(outlier.overlap, abs=5e-3)
    assert edge == pytest.approx(float(law.support(dps=10)[-1][1]), rel=0.06)
    # half of the features more are told apart
    (twin,) = law.outliers([spike * 1.5**0.5], kind="rectangular", ratio=Q(n1, m))
    assert abs(twin.location**2 / place - 1) > 0.2


@pytest.mark.parametrize(
    ("shapes", "point", "value"),
    [
        ((1000, 800, [1000]), "1/5", 2.324056028900),
        ((1000, 800, [1000, 1200]), 1, 0.695698172196),
    ],
)
def test_conjugate_kernels(shapes, point, value) -> None:
    """Fan and Wang: (1/n) tr (K + z)⁻¹ with normalised erf and data MP(n/d₀)."""
    n, inputs, widths = shapes
    erf = nets.erf.normalized(1)
    data = fp.MarchenkoPastur(Q(n, inputs))
    law = nets.conjugate_kernel_law(erf, [Q(n, d) for d in widths], data)
    assert -law.cauchy(-Q(point), dps=15).real == pytest.approx(value, rel=1e-11)


@pytest.mark.parametrize(
    ("n", "inputs", "widths", "point", "value"),
    [
        (1000, 800, [1000], 1, 0.446801767615),
        (1000, 800, [1000, 1200], Q(1, 5), 0.432929273366),
        (800, 1500, [1800, 2000], Q(1, 5), 0.339520681355),
    ],
)
def test_tangent_kernels(n, inputs, widths, point, value) -> None:
    """Fan and Wang 2020, theorem 3.7; digits of the recursion in the reference."""
    erf = nets.erf.normalized(1)
    law = nets.ntk_law(erf, [Q(n, d) for d in widths], fp.MarchenkoPastur(Q(n, inputs)))
    assert -law.cauchy(float(-point)).real == pytest.approx(value, rel=1e-10)


def test_linear_tangent_kernel_of_orthonormal_inputs() -> None:
    """1 + XᵀX with X Gaussian of size d x n."""
    law = nets.ntk_law(nets.linear, [2])
    assert law.moments(4) == fp.MarchenkoPastur(2).shift(1).moments(4)


def test_a_layer_that_keeps_and_one_that_forgets() -> None:
    data = fp.Atomic({Q(1, 2): Q(1, 2), Q(3, 2): Q(1, 2)})
    kept = nets.propagate(data, (1, 1), Q(1, 10**6))
    assert kept.moments(2)[1] == pytest.approx(float(data.moments(2)[1]), rel=1e-5)
    assert nets.propagate(data, (1, 0), 1).moments(4) == fp.MarchenkoPastur(1).moments(4)


@pytest.mark.parametrize(
    "call",
    [
        lambda: nets.gram_law(nets.relu, 0, 1),
        lambda: nets.gram_law(nets.relu, 1, -1),
        lambda: nets.gram_law((1, 2), 1, 1),
        lambda: nets.gram_law((0, 0), 1, 1),
        lambda: nets.gram_law("relu", 1, 1),
        lambda: nets.gram_law({nets.relu: "1/2"}, 1, 1),
        lambda: nets.gram_law({nets.relu: 0, nets.abs_: 1}, 1, 1),
        lambda: nets.gram_law(nets.relu, 1, 1, data=3),
        lambda: nets.ntk_law(nets.relu, [1]),
        lambda: nets.ntk_law((1, 1), [1]),
        lambda: nets.conjugate_kernel_law(nets.erf, []),
        lambda: nets.conjugate_kernel_law(nets.erf, 2),
        lambda: nets.propagate(fp.MarchenkoPastur(1), {nets.relu: 1}, 1),
    ],
)
def test_wrong_input_is_refused(call) -> None:
    with pytest.raises(InvalidParameterError):
        call()


def test_data_with_negative_mass_are_refused() -> None:
    with pytest.raises(UndefinedOperationError):
        nets.gram_law(nets.relu, 1, 1, data=fp.Semicircle(1))
    with pytest.raises(UndefinedOperationError):
        nets.propagate(fp.Semicircle(1, 1), nets.relu, 1)
