"""Real powers of |x|: published closed forms, the Hermite series in digits, integer exponents."""

from __future__ import annotations

import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import UndefinedOperationError
from freeprob.nets import Activation, GaussianDual, GaussianExpectation

x, k = sp.symbols("x k", real=True)
q, q1, q2, p = sp.symbols("q q1 q2 p", positive=True)
n = sp.Symbol("n", integer=True, nonnegative=True)
KINDS = {
    "even": sp.Abs(x) ** p,
    "odd": sp.sign(x) * sp.Abs(x) ** p,
    "positive part": sp.Max(0, x) ** p,
}
HALVES = [sp.Rational(1, 2), sp.Rational(3, 2), sp.Rational(7, 3)]
# unequal variances, both signs of the covariance
PAIRS = [
    (sp.Rational(7, 5), sp.Rational(2, 5), sp.Rational(3, 5)),
    (sp.Rational(1, 2), -sp.Rational(1, 4), sp.Rational(9, 5)),
    (sp.Integer(2), sp.Rational(1, 3), sp.Rational(4, 3)),
]


def power(kind: str, exponent: object = p) -> Activation:
    return Activation(KINDS[kind].subs(p, exponent), x)


def test_means_of_published_form() -> None:
    moment = (2 * q) ** (p / 2) * sp.gamma((p + 1) / 2) / sp.sqrt(sp.pi)
    even = power("even")
    for form, expected in (
        (even.mean(q), moment),
        (even.expect(q, 2), moment.subs(p, 2 * p)),
        (power("odd").mean(q), sp.Integer(0)),
        (power("positive part").mean(q), moment / 2),
        (power("positive part").expect(q, 2), moment.subs(p, 2 * p) / 2),
    ):
        for exponent in HALVES:
            gap = (form - expected).subs({p: exponent, q: sp.Rational(7, 5)})
            assert abs(gap.evalf(30)) < 1e-28
    steep = Activation(sp.Abs(x) ** (p + 2), x)
    own = steep.expect(q, 2, derivative=1) - (p + 2) ** 2 * moment.subs(p, 2 * p + 2)
    assert abs(own.subs({p: sp.Rational(1, 3), q: 2}).evalf(30)) < 1e-25
    bend = steep.expect(q, 2, derivative=2) - ((p + 2) * (p + 1)) ** 2 * moment.subs(p, 2 * p)
    assert abs(bend.subs({p: sp.Rational(1, 3), q: 2}).evalf(30)) < 1e-25


@pytest.mark.parametrize("kind", KINDS)
def test_means_against_quadrature(kind: str) -> None:
    for exponent in HALVES:
        f = power(kind, exponent)
        for order in (1, 2):
            numeric = GaussianExpectation(f(x) ** order, x, sp.Rational(7, 5))
            form = f.expect(sp.Rational(7, 5), order)
            assert not form.has(GaussianExpectation)
            if form != 0:
                assert abs(form.evalf(25) - numeric.evalf(25)) < 1e-23


@pytest.mark.parametrize("kind", KINDS)
def test_kernels_against_thirty_digits_of_the_hermite_series(kind: str) -> None:
    f = power(kind, sp.Rational(3, 2))
    form = f.dual(q1, k, q2)
    assert not form.has(GaussianDual)
    for pair in PAIRS:
        numeric = GaussianDual(f(x), f(x), x, *pair).evalf(30)
        value = form.subs(dict(zip((q1, k, q2), pair, strict=True))).evalf(32)
        assert abs(value - numeric) < sp.Float("1e-28") * max(1, abs(numeric))
        moved = form.subs({q1: pair[0], k: pair[1] * sp.Rational(101, 100), q2: pair[2]}).evalf(32)
        assert abs(moved - numeric) > 1e-5


def published(kind: str) -> sp.Expr:
    """The hypergeometric forms for |x|^p and sgn(x)|x|^p, and a quarter of their sum for x_+^p."""
    c, half = k / sp.sqrt(q1 * q2), sp.Rational(1, 2)
    scale = (q1 * q2) ** (p / 2) / sp.pi
    even = 2**p * sp.gamma((p + 1) / 2) ** 2 * sp.hyper((-p / 2, -p / 2), (half,), c**2)
    upper = (half - p / 2, half - p / 2)
    odd = 2 ** (p + 1) * sp.gamma(p / 2 + 1) ** 2 * c * sp.hyper(upper, (3 * half,), c**2)
    return scale * {"even": even, "odd": odd, "positive part": (even + odd) / 4}[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_published_kernels(kind: str) -> None:
    gap = power(kind).dual(q1, k, q2) - published(kind)
    slope = power(kind).dual_derivative(q1, k, q2) - published(kind).diff(k)
    for exponent in (-sp.Rational(1, 4), *HALVES):
        for pair in PAIRS:
            values = {p: exponent} | dict(zip((q1, k, q2), pair, strict=True))
            assert abs(gap.subs(values).evalf(30)) < 1e-26
            if exponent > 0:
                assert abs(slope.subs(values).evalf(30)) < 1e-26


@pytest.mark.parametrize("kind", KINDS)
def test_integer_exponents_meet_the_moment_rule(kind: str) -> None:
    """Two derivations: a hypergeometric series at p = 1, 2, 3, and Stein's recursion."""
    general, slope = power(kind).dual(q1, k, q2), power(kind).dual_derivative(q1, k, q2)
    for exponent in (1, 2, 3):
        f = power(kind, exponent)
        for pair in PAIRS:
            values = dict(zip((q1, k, q2), pair, strict=True))
            own = f.dual(*pair) - general.subs({p: exponent} | values)
            assert abs(own.evalf(30)) < 1e-26
            own = f.dual_derivative(*pair) - slope.subs({p: exponent} | values)
            assert abs(own.evalf(30)) < 1e-26


def test_mixtures_of_powers() -> None:
    f = Activation(sp.Abs(x) ** sp.Rational(3, 2) + x**2 - 3 * x + 1, x)
    for pair in PAIRS[:2]:
        numeric = GaussianDual(f(x), f(x), x, *pair).evalf(20)
        assert abs(f.dual(*pair).evalf(22) - numeric) < 1e-17
    assert f.dual(2, 2, 2) == f.expect(2, 2)


def test_hermite_coefficients() -> None:
    """The published finite sum over the coefficients of He_n, and the formula in n."""
    for kind in KINDS:
        formula = power(kind, sp.Rational(3, 2)).hermite(n, 2)
        for index in range(7):
            given = power(kind, sp.Rational(3, 2)).hermite(index, 2)
            assert abs((formula.subs(n, index).doit() - given).evalf(30)) < 1e-27
    f = power("positive part")
    for index in range(7):
        coefficients = sp.Poly(sp.hermite_prob(index, x), x).all_coeffs()[::-1]
        total = sum(
            c * 2 ** ((p + j) / 2) * sp.gamma((p + j + 1) / 2) / (2 * sp.sqrt(sp.pi))
            for j, c in enumerate(coefficients)
        )
        gap = f.hermite(index) - total / sp.sqrt(sp.factorial(index))
        assert abs(gap.subs(p, sp.Rational(5, 4)).evalf(30)) < 1e-27


def test_singularities_are_infinite_or_refused() -> None:
    root = power("even", sp.Rational(1, 2))
    assert root.expect(q, 2, derivative=1) is sp.oo
    assert nets.MeanField(root, 1, "0.1").chi_1(dps=15) == sp.oo
    with pytest.raises(UndefinedOperationError, match="not integrable"):
        root.expect(q, derivative=2)
    with pytest.raises(UndefinedOperationError, match="weights that are not all positive"):
        nets.gaussian_expectation(1 / x, x, q)
    with pytest.raises(UndefinedOperationError, match=r"unless 2\*p - 1 > 0"):
        power("even").expect(q, 2, derivative=1)
    with pytest.raises(UndefinedOperationError, match="depends on its parameters"):
        power("even").expect(q, derivative=2)
    with pytest.raises(UndefinedOperationError, match="larger exponent"):
        Activation(sp.Piecewise((0, x < 0), (1 / x, True)), x).dual(1, sp.Rational(1, 2), 1)


def test_deep_kernels_of_a_real_power() -> None:
    kernel = nets.nngp(power("positive part", sp.Rational(3, 2)), 2, "1.6", "0.1")
    a, b = [1, 0, 1], [0, 1, 1]
    assert kernel.matrix([a, b])[0, 1] == pytest.approx(float(kernel(a, b, dps=15)), rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_float_kernels(kind: str) -> None:
    f = power(kind, sp.Rational(3, 2))
    for fast, exact in (
        (f.dual_function(), f.dual),
        (f.dual_derivative_function(), f.dual_derivative),
    ):
        for k in ("0.3", "-0.8", "1.4", "1.41421356"):
            expected = float(exact(1, sp.Rational(k), 2).evalf(25))
            assert float(fast(1.0, float(k), 2.0)) == pytest.approx(expected, rel=1e-12)
    assert float(f.dual_function()(2.0, 2.0, 2.0)) == pytest.approx(
        float(f.expect(2, 2)), rel=1e-13
    )
