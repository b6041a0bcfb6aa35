"""Means, eta and zeta of the activations (Pennington and Worah 2017), row by row."""

from __future__ import annotations

import pytest
import sympy as sp

from freeprob import nets
from freeprob.nets import Activation
from tests.nets.reference_digits import agrees

x = sp.Symbol("x", real=True)
q, s, slope = sp.symbols("q s a", positive=True)
pi, half = sp.pi, sp.Rational(1, 2)
SCALES = (sp.Integer(1), sp.Rational(17, 10))


def below(t: sp.Expr) -> sp.Expr:
    """The normal distribution function."""
    return sp.erfc(-t / sp.sqrt(2)) / 2


density = sp.exp(-1 / (2 * s**2)) * sp.sqrt(2 / pi) / s
inside = sp.erf(1 / (s * sp.sqrt(2)))
gelu_mean = s**2 / sp.sqrt(2 * pi * (1 + s**2))
gelu_square = s**2 * (
    sp.Rational(1, 4)
    + sp.asin(s**2 / (1 + s**2)) / (2 * pi)
    + s**2 / (pi * (1 + s**2) * sp.sqrt(1 + 2 * s**2))
)
elu_mean = s / sp.sqrt(2 * pi) + sp.exp(s**2 / 2) * below(-s) - half
elu_square = s**2 / 2 + sp.exp(2 * s**2) * below(-2 * s) - 2 * sp.exp(s**2 / 2) * below(-s) + half
cubic = 9 * s**2 * (s**2 - 1) ** 2
ROWS = {
    # activation, mean, eta, zeta at standard deviation s
    "x": (nets.linear, 0, s**2, s**2),
    "relu": (nets.relu, s / sp.sqrt(2 * pi), s**2 * (half - 1 / (2 * pi)), s**2 / 4),
    "leaky": (
        nets.leaky_relu(slope),
        s * (1 - slope) / sp.sqrt(2 * pi),
        s**2 * ((1 + slope**2) / 2 - (1 - slope) ** 2 / (2 * pi)),
        s**2 * (1 + slope) ** 2 / 4,
    ),
    "abs": (nets.abs_, s * sp.sqrt(2 / pi), s**2 * (1 - 2 / pi), 0),
    "erf": (
        nets.erf,
        0,
        2 / pi * sp.asin(2 * s**2 / (1 + 2 * s**2)),
        4 * s**2 / (pi * (1 + 2 * s**2)),
    ),
    "erf(x/sqrt 2)": (
        Activation(sp.erf(x / sp.sqrt(2)), x),
        0,
        2 / pi * sp.asin(s**2 / (1 + s**2)),
        2 * s**2 / (pi * (1 + s**2)),
    ),
    "erf(sqrt(pi) x/2)": (
        Activation(sp.erf(sp.sqrt(pi) * x / 2), x),
        0,
        2 / pi * sp.asin(pi * s**2 / (2 + pi * s**2)),
        2 * s**2 / (2 + pi * s**2),
    ),
    "sign": (nets.sign, 0, 1, 2 / pi),
    "step": (nets.step, half, sp.Rational(1, 4), 1 / (2 * pi)),
    "normal cdf": (
        nets.normal_cdf,
        half,
        sp.asin(s**2 / (1 + s**2)) / (2 * pi),
        s**2 / (2 * pi * (1 + s**2)),
    ),
    "sin": (nets.sin, 0, (1 - sp.exp(-2 * s**2)) / 2, s**2 * sp.exp(-(s**2))),
    "cos": (nets.cos, sp.exp(-(s**2) / 2), (1 - sp.exp(-(s**2))) ** 2 / 2, 0),
    "exp": (
        nets.exp,
        sp.exp(s**2 / 2),
        sp.exp(2 * s**2) - sp.exp(s**2),
        s**2 * sp.exp(s**2),
    ),
    "x^2": (nets.monomial(2), s**2, 2 * s**4, 0),
    "x^2 - 1": (Activation(x**2 - 1, x), s**2 - 1, 2 * s**4, 0),
    "x^3": (nets.monomial(3), 0, 15 * s**6, 9 * s**6),
    "He_3": (Activation(x**3 - 3 * x, x), 0, 15 * s**6 - 18 * s**4 + 9 * s**2, cubic),
    "hard tanh": (
        nets.hard_tanh,
        0,
        s**2 * (inside - density) + 1 - inside,
        s**2 * inside**2,
    ),
    "gelu": (nets.gelu, gelu_mean, gelu_square - gelu_mean**2, s**2 / 4),
    "gaussian": (
        nets.gaussian,
        1 / sp.sqrt(1 + s**2),
        1 / sp.sqrt(1 + 2 * s**2) - 1 / (1 + s**2),
        0,
    ),
    "elu": (
        nets.elu(),
        elu_mean,
        elu_square - elu_mean**2,
        (s / 2 + s * sp.exp(s**2 / 2) * below(-s)) ** 2,
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_row(name: str) -> None:
    f, *forms = ROWS[name]
    derived = (f.mean(q), f.eta(q), f.zeta(q))
    for scale in SCALES:
        for own, form in zip(derived, forms, strict=True):
            value = own.subs({q: scale**2, slope: sp.Rational(2, 7)}).evalf(32)
            expected = sp.sympify(form).subs({s: scale, slope: sp.Rational(2, 7)}).evalf(32)
            assert abs(value - expected) < 1e-26 * max(1, abs(expected))


def test_rows_differ_from_each_other() -> None:
    """The comparison can fail: no two rows have the same three numbers."""
    values = [
        tuple(sp.sympify(form).subs({s: SCALES[1], slope: 2}).evalf(10) for form in forms)
        for _, *forms in ROWS.values()
    ]
    assert len(set(values)) == len(ROWS)


DIGITS = {
    # mean, eta, zeta at variance 1
    "linear": ("0", "1", "1"),
    "relu": (None, "0.340845056908104664", "0.25"),
    "abs_": (None, "0.363380227632418657", "0"),
    "erf": ("0", "0.464559054397539979", "0.424413181578387562"),
    "sign": ("0", "1", "0.636619772367581343"),
    "sin": ("0", "0.432332358381693654", "0.367879441171442322"),
    "cos": (None, "0.199788200446864024", "0"),
    "gelu": (None, "0.345644011024351007", "0.25"),
    "tanh": ("0", "0.39429449039784117442", "0.36687916436241091726"),
    "softplus": ("0.80605918334743978453", "0.27151450180055873184", "0.25"),
    "swish": ("0.20662096414190703726", "0.31308329699442092254", "0.25"),
    "sigmoid": ("0.5", "0.043379035858092962738", "0.042692222822931233695"),
    "arctan": ("0", "0.44970091643490215726", "0.42991566234652494420"),
    "mish": ("0.24040388837479144371", "0.39454816283016358603", "0.31781130834861602669"),
}


@pytest.mark.parametrize("name", DIGITS)
def test_printed_digits(name: str) -> None:
    f = getattr(nets, name)
    for value, text in zip((f.mean(1), f.eta(1), f.zeta(1)), DIGITS[name], strict=True):
        assert text is None or agrees(value, text)


def test_exact_numbers() -> None:
    scaled = Activation(sp.erf(x / sp.sqrt(2)), x)
    assert (scaled.eta(1), scaled.zeta(1)) == (sp.Rational(1, 3), 1 / pi)
    assert nets.normal_cdf.eta(1) == sp.Rational(1, 12)
    assert nets.normal_cdf.zeta(1) == 1 / (4 * pi)
    for k in range(2, 7):
        assert (nets.hermite(k).eta(1), nets.hermite(k).zeta(1)) == (1, 0)
        assert nets.hermite(k).eta(2) != 1
    assert abs(nets.selu.mean(1).evalf(30)) < 1e-27
    assert abs(nets.selu.eta(1).evalf(30) - 1) < 1e-27


def test_slopes_for_the_tangent_kernel() -> None:
    """E f'(s z)^2."""
    assert nets.relu.expect(q, 2, 1) == half
    assert nets.linear.expect(q, 2, 1) == 1
    assert nets.erf.expect(q, 2, 1) == 4 / (pi * sp.sqrt(1 + 4 * q))
    assert Activation(x**2 - 1, x).expect(q, 2, 1) == 4 * q


def test_normalised_family_between_abs_and_linear() -> None:
    for alpha, text in [
        ("1", "0"),
        ("1/4", "0.497663588591934601"),
        ("-1", "1"),
        ("0", "0.733471103462129930"),
    ]:
        f = nets.leaky_relu(-sp.Rational(alpha)).centered(1).normalized(1)
        assert agrees(f.zeta(1), text)
        assert agrees(f.eta(1), "1")


def test_odd_part_x_gives_zeta_a_quarter() -> None:
    for name in ("relu", "gelu", "swish", "softplus", "gelu_tanh"):
        assert getattr(nets, name).zeta(q) == q / 4
