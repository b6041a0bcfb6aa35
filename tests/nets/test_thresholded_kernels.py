"""Kernels with thresholds: published forms in tails of Gaussian pairs, for unequal variances."""

from __future__ import annotations

import pytest
import sympy as sp

from freeprob import nets
from freeprob.nets import Activation, BivariateNormalTail, GaussianDual

x, k = sp.symbols("x k", real=True)
q1, q2 = sp.symbols("q1 q2", positive=True)
PAIRS = [
    (sp.Rational(7, 5), sp.Rational(2, 5), sp.Rational(3, 5)),
    (sp.Rational(1, 2), -sp.Rational(1, 4), sp.Rational(9, 5)),
    (sp.Integer(2), sp.Rational(1, 3), sp.Rational(4, 3)),
]


def density(t: sp.Expr) -> sp.Expr:
    return sp.exp(-(t**2) / 2) / sp.sqrt(2 * sp.pi)


def above(t: sp.Expr) -> sp.Expr:
    """P(X > t)."""
    return sp.erfc(t / sp.sqrt(2)) / 2


def both_above(a: sp.Expr, b: sp.Expr, rho: sp.Expr) -> sp.Expr:
    """L(a, b, rho) = P(X > a, Y > b) for unit variances."""
    return BivariateNormalTail(a, b, 1, rho, 1)


def ramps(a: sp.Expr, b: sp.Expr, rho: sp.Expr) -> sp.Expr:
    """E (X - a)_+ (Y - b)_+."""
    s = sp.sqrt(1 - rho**2)
    joint = sp.exp(-(a**2 - 2 * rho * a * b + b**2) / (2 * s**2)) / (2 * sp.pi * s)
    total = (rho + a * b) * both_above(a, b, rho) + s**2 * joint
    total -= b * density(a) * above((b - rho * a) / s)
    return total - a * density(b) * above((a - rho * b) / s)


class TestPiecewiseLinear:
    """c0 + c1 x + sum d_j (x - t_j)_+: only the tail probability L enters."""

    c0, c1 = -sp.Rational(1, 2), sp.Rational(1, 3)
    jumps = ((sp.Rational(-1), sp.Rational(2, 3)), (sp.Rational(3, 4), sp.Rational(-3, 2)))

    def activation(self) -> Activation:
        bends = [d * sp.Max(0, x - t) for t, d in self.jumps]
        return Activation(sp.Add(self.c0, self.c1 * x, *bends), x)

    def kernel(self, q1: sp.Expr, k: sp.Expr, q2: sp.Expr) -> sp.Expr:
        one, two = sp.sqrt(q1), sp.sqrt(q2)
        rho = k / (one * two)
        total = self.c0**2 + self.c1**2 * k
        for t, d in self.jumps:
            means = sum(r * density(t / r) - t * above(t / r) for r in (one, two))
            total += d * (self.c0 * means + self.c1 * k * (above(t / one) + above(t / two)))
        for t, d in self.jumps:
            for u, e in self.jumps:
                total += one * two * d * e * ramps(t / one, u / two, rho)
        return total

    def slope(self, q1: sp.Expr, k: sp.Expr, q2: sp.Expr) -> sp.Expr:
        one, two = sp.sqrt(q1), sp.sqrt(q2)
        rho = k / (one * two)
        total = self.c1**2
        for t, d in self.jumps:
            total += self.c1 * d * (above(t / one) + above(t / two))
        for t, d in self.jumps:
            for u, e in self.jumps:
                total += d * e * both_above(t / one, u / two, rho)
        return total

    def test_published_forms(self) -> None:
        f = self.activation()
        kernel, slope = f.dual(q1, k, q2), f.dual_derivative(q1, k, q2)
        for pair in PAIRS[:2]:
            values = dict(zip((q1, k, q2), pair, strict=True))
            assert abs(kernel.subs(values).evalf(22) - self.kernel(*pair).evalf(22)) < 1e-18
            assert abs(slope.subs(values).evalf(22) - self.slope(*pair).evalf(22)) < 1e-18


class Exponential:
    """x_+ + alpha (exp(r x) - 1) 1_(x<0): elu for r = 1, celu for r = 1/alpha."""

    def __init__(self, alpha: sp.Expr, rate: sp.Expr) -> None:
        self.alpha, self.rate = alpha, rate

    def activation(self) -> Activation:
        negative = self.alpha * (sp.exp(self.rate * x) - 1)
        return Activation(sp.Piecewise((negative, x < 0), (x, True)), x)

    @staticmethod
    def both_negative(a: sp.Expr, b: sp.Expr, rho: sp.Expr) -> sp.Expr:
        """V = E exp(a X + b Y) 1_(X<0, Y<0)."""
        tilt = sp.exp((a**2 + b**2 + 2 * rho * a * b) / 2)
        return tilt * both_above(a + rho * b, b + rho * a, rho)

    @staticmethod
    def mixed(b: sp.Expr, rho: sp.Expr) -> sp.Expr:
        """U = E X_+ exp(b Y) 1_(Y<0)."""
        a, s = -rho * b, sp.sqrt(1 - rho**2)
        first = density(a) * above((b + rho * a) / s) - rho * density(b) * above((a + rho * b) / s)
        return sp.exp(b**2 / 2) * (first - a * both_above(a, b, -rho))

    @staticmethod
    def steps(b: sp.Expr, rho: sp.Expr) -> sp.Expr:
        """B = E 1_(X>0) exp(b Y) 1_(Y<0)."""
        return sp.exp(b**2 / 2) * both_above(-rho * b, b, -rho)

    def kernel(self, q1: sp.Expr, k: sp.Expr, q2: sp.Expr) -> sp.Expr:
        one, two, alpha = sp.sqrt(q1), sp.sqrt(q2), self.alpha
        rho, zero = k / (one * two), sp.Integer(0)
        a, b = self.rate * one, self.rate * two
        total = one * two * ramps(zero, zero, rho)
        total += alpha * one * (self.mixed(b, rho) - self.mixed(zero, rho))
        total += alpha * two * (self.mixed(a, rho) - self.mixed(zero, rho))
        V = self.both_negative
        corners = V(a, b, rho) - V(a, zero, rho) - V(zero, b, rho) + V(zero, zero, rho)
        return total + alpha**2 * corners

    def slope(self, q1: sp.Expr, k: sp.Expr, q2: sp.Expr) -> sp.Expr:
        one, two, zero = sp.sqrt(q1), sp.sqrt(q2), sp.Integer(0)
        rho, size = k / (one * two), self.alpha * self.rate
        a, b = self.rate * one, self.rate * two
        total = both_above(zero, zero, rho) + size * (self.steps(a, rho) + self.steps(b, rho))
        return total + size**2 * self.both_negative(a, b, rho)


ALPHA = sp.Rational(3, 2)
UNITS = {"elu": Exponential(ALPHA, sp.Integer(1)), "celu": Exponential(ALPHA, 1 / ALPHA)}


@pytest.mark.parametrize("name", UNITS)
def test_exponential_linear_units(name: str) -> None:
    unit = UNITS[name]
    f = unit.activation()
    for pair in PAIRS[:2]:
        assert abs(f.dual(*pair).evalf(22) - unit.kernel(*pair).evalf(22)) < 1e-18
        assert abs(f.dual_derivative(*pair).evalf(22) - unit.slope(*pair).evalf(22)) < 1e-18
    other = Exponential(ALPHA, 1 / ALPHA**2)
    assert abs(f.dual(*PAIRS[0]).evalf(15) - other.kernel(*PAIRS[0]).evalf(15)) > 1e-3


def test_selu_is_a_scaled_elu() -> None:
    scale = nets.selu(sp.Integer(1))
    alpha = -nets.selu(sp.Integer(-1)) / (1 - sp.exp(-1)) / scale
    unit = Exponential(alpha, sp.Integer(1))
    for own, form in ((nets.selu.dual, unit.kernel), (nets.selu.dual_derivative, unit.slope)):
        expected = (scale**2 * form(*PAIRS[0])).evalf(20)
        assert abs(own(*PAIRS[0]).evalf(20) - expected) < 1e-17


def test_continuously_differentiable_elu_against_the_hermite_series() -> None:
    f = UNITS["celu"].activation()
    form = f.dual(q1, k, q2)
    assert not form.has(GaussianDual)
    numeric = GaussianDual(f(x), f(x), x, *PAIRS[1]).evalf(20)
    value = form.subs(dict(zip((q1, k, q2), PAIRS[1], strict=True))).evalf(22)
    assert abs(value - numeric) < 1e-18
    # alpha drops out of the slope at 0, so f' has no jump and E f''^2 is finite
    assert f.expect(1, 2, 2).is_finite is not False
    assert nets.elu(ALPHA).expect(1, 2, 2) is sp.oo


def test_jumps_have_a_kernel_whose_slope_diverges_at_correlation_one() -> None:
    root = sp.sqrt(q1 * q2 - k**2)
    for f, slope in ((nets.step, 1 / (2 * sp.pi * root)), (nets.sign, 2 / (sp.pi * root))):
        gap = f.dual(q1, k, q2).diff(k) - slope
        for pair in PAIRS:
            values = dict(zip((q1, k, q2), pair, strict=True))
            assert abs(gap.subs(values).evalf(30)) < 1e-27
