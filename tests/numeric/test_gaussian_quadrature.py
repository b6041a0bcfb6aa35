"""Gaussian means by the trapezoidal rule: all digits asked for, and no silent wrong ones."""

from __future__ import annotations

import mpmath
import pytest

from freeprob.errors import ConvergenceError
from freeprob.numeric.gaussian.gaussian_quadrature import gaussian_mean

SMOOTH = {
    # function of (context, z), mean in closed form
    "square": (lambda c, z: z * z, lambda c: c.one),
    "cosine": (lambda c, z: c.cos(3 * z), lambda c: c.exp(c.mpf(-9) / 2)),
    "erf": (
        lambda c, z: c.erf(z) ** 2,
        lambda c: 2 / c.pi * c.asin(c.mpf(2) / 3),
    ),
    "near poles": (
        lambda c, z: 1 / (1 + 25 * z * z),
        lambda c: c.sqrt(c.pi / 2) / 5 * c.exp(c.mpf(1) / 50) * c.erfc(1 / c.sqrt(50)),
    ),
}


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("dps", [15, 40])
@pytest.mark.parametrize("even", [False, True])
def test_every_digit(name: str, dps: int, even: bool) -> None:
    function, closed = SMOOTH[name]
    value = gaussian_mean(lambda c: ((lambda z: function(c, z)), []), dps, even=even)
    context = mpmath.MPContext()
    context.dps = dps + 20
    expected = closed(context)
    assert abs(context.mpf(value) - expected) < context.mpf(10) ** (1 - dps) * abs(expected)


def test_an_undeclared_kink_of_high_order_is_resolved_by_halving() -> None:
    undeclared = gaussian_mean(lambda c: ((lambda z: abs(z - c.mpf(1) / 3) ** 7), []), 20)
    declared = gaussian_mean(lambda c: ((lambda z: abs(z - c.mpf(1) / 3) ** 7), [c.mpf(1) / 3]), 20)
    assert abs(undeclared / declared - 1) < 1e-19


@pytest.mark.parametrize("power", [1, 3, 5])
def test_undeclared_kinks_are_refused(power: int) -> None:
    with pytest.raises(ConvergenceError, match="not declared"):
        gaussian_mean(lambda c: ((lambda z: abs(z - c.mpf(1) / 3) ** power), []), 20)


def test_declared_kinks_are_cut_out() -> None:
    value = gaussian_mean(lambda c: ((lambda z: abs(z)), [c.zero]), 30)
    context = mpmath.MPContext()
    context.dps = 40
    assert abs(context.mpf(value) - context.sqrt(2 / context.pi)) < context.mpf(10) ** -29


def test_means_that_vanish_are_refused() -> None:
    with pytest.raises(ConvergenceError, match="exactly zero"):
        gaussian_mean(lambda c: ((lambda z: c.sin(z + 1) - c.sin(1) * c.cos(z)), []), 15)
