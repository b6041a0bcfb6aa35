"""Fisher matrices of one hidden layer: digits, identities of the mean, real matrices."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets
from freeprob.errors import InvalidParameterError, UndefinedOperationError

SHAPES = [(1, 1, 1), (2, 1, 3), (1, 3, 2), (3, 2, 1)]


# random-layers 7, by the trapezoidal rule in both angles
@pytest.mark.parametrize(
    ("f", "value"),
    [(nets.relu, "-0.7419809261788193619425"), (nets.linear, "-0.7105934218550561910448")],
)
def test_reference_digits(f, value):
    law = nets.fisher_law(f)
    assert str(law.cauchy(-1, dps=22).real) == value
    assert law.cauchy(-1.0).real == pytest.approx(float(value), rel=1e-14)


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("f", [nets.linear, nets.relu, nets.erf])
def test_the_mean_eigenvalue(f, shapes):
    n0, n1, n2 = map(sp.Integer, shapes)
    slope, eta = f.expect(1, power=2, derivative=1), f.eta(1)
    wanted = (n0 * n2 * slope + n1 * n2 * eta) / (n1 * (n0 + n2))
    (mean,) = nets.fisher_law(f, shapes).moments(1)
    assert abs(sp.N(mean - wanted, 20)) < 1e-15


@pytest.mark.parametrize("shapes", SHAPES)
def test_only_linear_networks_are_degenerate(shapes):
    n0, n1, n2 = shapes
    linear = nets.fisher_law(nets.linear, shapes)
    # ŷ = W₂W₁x: the rank of (W₂ᵀ ⊗ 1, 1 ⊗ W₁) leaves that many zeros
    r1, r2 = min(n0, n1), min(n1, n2)
    zeros = r1 * r2 + n0 * (n1 - r2) + n2 * (n1 - r1)
    assert linear.atoms()[0] == sp.Rational(zeros, n1 * (n0 + n2))
    for f in (nets.relu, nets.erf):
        assert 0 not in nets.fisher_law(f, shapes).atoms()


def fisher(ends: tuple[float, float, float], shapes: tuple[int, ...], rng) -> np.ndarray:
    """The matrix of η, ζ, η' to leading order, from its definition by Kronecker products."""
    (eta, zeta, slope), (n0, n1, n2) = ends, shapes
    w1 = rng.standard_normal((n1, n0)) / np.sqrt(n0)
    w2 = rng.standard_normal((n2, n1)) / np.sqrt(n1)
    first = zeta * w2.T @ w2 + (slope - zeta) * n2 / n1 * np.eye(n1)
    second = zeta * w1 @ w1.T + (eta - zeta) * np.eye(n1)
    cross = zeta * np.kron(w2.T, w1.T)
    return np.block([[np.kron(first, np.eye(n0)), cross], [cross.T, np.kron(np.eye(n2), second)]])


@pytest.mark.parametrize("shapes", [(1, 1, 1), (2, 1, 3), (1, 2, 1)])
def test_real_matrices_and_a_twin(shapes):
    rng, z = np.random.default_rng(0), -0.3
    numbers = tuple(
        float(v) for v in (nets.relu.eta(1), nets.relu.zeta(1), nets.relu.expect(1, 2, 1))
    )
    sizes = tuple(6 * n for n in shapes)
    values = [np.mean(1 / (z - np.linalg.eigvalsh(fisher(numbers, sizes, rng)))) for _ in range(6)]
    theory = nets.fisher_law(nets.relu, shapes).cauchy(z).real
    assert np.mean(values) == pytest.approx(theory, rel=0.02)
    wrong = nets.fisher_law(nets.relu, (1, 1, 3) if shapes[0] == 1 else (1, 1, 1)).cauchy(z).real
    assert abs(wrong / theory - 1) > 0.05


def test_a_network_reaches_it():
    network = nets.Network([nets.Layer(nets.relu, ratio=2)])
    assert network.fisher_law(3) == nets.fisher_law(nets.relu, (1, 2, 3))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: nets.fisher_law(nets.sign), "jumps"),
        (lambda: nets.fisher_law(nets.relu, (1, 1)), "three numbers"),
        (lambda: nets.fisher_law(nets.relu, (1, 0, 1)), "positive"),
        (lambda: nets.fisher_law(nets.relu, (1, sp.Symbol("n"), 1)), "three numbers"),
        (lambda: nets.fisher_law("relu"), "Activation"),
    ],
)
def test_bad_arguments(call, match):
    with pytest.raises((InvalidParameterError, UndefinedOperationError), match=match):
        call()


X, Y = sp.symbols("x y")


@pytest.mark.parametrize(
    ("law", "draw"),
    [
        (
            fp.MarchenkoPastur("1/2"),
            lambda rng, n: fp.MarchenkoPastur("1/2").quantile(rng.random(n)),
        ),
        (fp.MarchenkoPastur(3), lambda rng, n: fp.MarchenkoPastur(3).quantile(rng.random(n))),
        (fp.Semicircle(2, 1), lambda rng, n: fp.Semicircle(2, 1).quantile(rng.random(n))),
        (fp.Uniform(-1, 2), lambda rng, n: rng.uniform(-1, 2, n)),
        (fp.Arcsine(0, 3), lambda rng, n: 1.5 + 1.5 * np.cos(np.pi * rng.random(n))),
        (fp.Normal(1, 2), lambda rng, n: 1 + np.sqrt(2) * rng.standard_normal(n)),
    ],
)
def test_images_of_every_kind_of_variable(law, draw):
    """f = x y + y²/2 with a uniform y: G by two routes, moments by expansion."""
    image = fp.image(X * Y + Y**2 / 2, {X: law, Y: fp.Uniform(0, 1)})
    rng, z = np.random.default_rng(1), 0.4 + 0.8j
    x, y = draw(rng, 40000), rng.random(40000)
    values = 1 / (z - x * y - y**2 / 2)
    assert abs(values.mean() - image.cauchy(z)) < 5 * np.std(values) / 200
    m = law.moments(2)
    assert image.moments(2) == [
        m[0] / 2 + sp.Rational(1, 6),
        m[1] / 3 + m[0] / 4 + sp.Rational(1, 20),
    ]
    # G from its own expansion far out
    far = image.cauchy(400j)
    series = sum(complex(v) / (400j) ** (k + 1) for k, v in enumerate([1, *image.moments(6)]))
    assert far == pytest.approx(series, abs=1e-12)


def test_convolutions_and_matrices():
    both = fp.image(X + Y, {X: fp.Normal(), Y: fp.Normal(1, 2)})
    assert both.cauchy(0.3 + 0.5j) == pytest.approx(fp.Normal(1, 3).cauchy(0.3 + 0.5j), abs=1e-14)
    assert str(both.cauchy(3j, dps=20)) == str(fp.Normal(1, 3).cauchy(3j, dps=20))
    # a diagonal matrix is a mixture of its entries, constants are atoms
    signs = fp.Atomic({-1: sp.S.Half, 1: sp.S.Half})
    law = fp.image(sp.diag(X, 2, X * Y), {X: fp.Semicircle(1), Y: signs})
    assert law.atoms() == {2: sp.Rational(1, 3)}
    assert law.moments(2) == [sp.Rational(2, 3), 2]
    # three by three without rational eigenvalues
    matrix = sp.Matrix([[0, X, 0], [X, 0, Y], [0, Y, 1]])
    cubic = fp.image(matrix, {X: fp.Uniform(0, 1), Y: fp.Semicircle(1)})
    assert cubic.moments(2) == [sp.Rational(1, 3), sp.Rational(11, 9)]
    assert complex(cubic.cauchy(1 + 1j, dps=15)) == pytest.approx(cubic.cauchy(1 + 1j), abs=1e-13)
    assert cubic.sample(31, rng=0).shape == (31,)


def test_free_sums_with_an_image_have_densities():
    product = fp.image(X * Y, {X: fp.Uniform(0, 1), Y: fp.Uniform(0, 1)})
    law, x = fp.boxplus(product, fp.Semicircle(1)), 0.3
    value = law.cauchy(x)
    assert product.cauchy(x - value) == pytest.approx(value, rel=1e-12)
    assert law.density(x) == pytest.approx(-value.imag / np.pi, rel=1e-14)


def test_what_images_refuse():
    uniform = {X: fp.Uniform(0, 1), Y: fp.Uniform(0, 1)}
    with pytest.raises(fp.errors.NoClosedFormError, match="analytic"):
        fp.image(abs(X - Y), uniform)
    with pytest.raises(fp.errors.NoClosedFormError, match="boxplus"):
        fp.image(X + Y, {X: fp.Cauchy(0, 1), Y: fp.Uniform(0, 1)})
    with pytest.raises(fp.errors.InvalidParameterError, match="symmetric"):
        fp.image(sp.Matrix([[X, Y], [0, X]]), uniform)
    with pytest.raises(fp.errors.NoClosedFormError, match="polynomials"):
        fp.image(sp.exp(X * Y), uniform).moments(1)
    with pytest.raises(fp.errors.ConvergenceError, match="off the real axis"):
        fp.image(sp.exp(X * Y), uniform).density(1.5)
