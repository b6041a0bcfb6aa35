"""Derivatives by parameters: difference quotients of digits, the polynomial, closed forms."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import ConvergenceError, InvalidParameterError

C, S, P = sp.symbols("c s p", positive=True)
HALF, THIRD = sp.Rational(1, 2), sp.Rational(1, 3)
STEP = sp.Rational(1, 10**12)
SUM = fp.boxplus(fp.MarchenkoPastur(C), fp.Semicircle(S))
CASES = [
    (SUM, C, {C: HALF, S: 1}, 1),
    (SUM, S, {C: HALF, S: 1}, 1),
    (fp.symmetrize(fp.boxtimes(fp.MarchenkoPastur(1), fp.MarchenkoPastur(C))), C, {C: 2}, 1),
    (fp.mixture({fp.Semicircle(S): P, fp.Arcsine(-2, 2): 1 - P}), P, {P: THIRD, S: 1}, HALF),
    (fp.compress(fp.Atomic({-1: THIRD, 1: 1 - THIRD}), P), P, {P: HALF}, sp.Rational(1, 4)),
    (fp.information_plus_noise(fp.Atomic({1: HALF, 4: HALF}), HALF, S), S, {S: 1}, 4),
    (
        fp.boxplus(fp.Atomic({-1: P, 1: 1 - P}), fp.Atomic({0: S / 3, 2: 1 - S / 3})),
        P,
        {P: THIRD, S: 1},
        HALF,
    ),
]


def quotient(law: fp.Law, symbol: sp.Symbol, at: dict, read: object) -> object:
    low, high = (read(law.subs({**at, symbol: at[symbol] + sign * STEP})) for sign in (-1, 1))
    with mpmath.workdps(40):
        return (high - low) / 2 * 10**12


@pytest.mark.parametrize(("law", "symbol", "at", "x"), CASES)
def test_difference_quotients(law: fp.Law, symbol: sp.Symbol, at: dict, x: sp.Expr) -> None:
    found = law.sensitivity(symbol)
    speed = quotient(law, symbol, at, lambda sample: sample.density(x, dps=40))
    assert abs(found.density(x, at, dps=20) - speed) < 1e-18
    assert found.density(float(x), at) == pytest.approx(float(speed), rel=1e-10, abs=1e-13)
    z = 0.3 + 1j
    speed = quotient(law, symbol, at, lambda sample: sample.cauchy(z, dps=40))
    assert abs(found.cauchy(z, at, dps=20) - speed) < 1e-18
    both = found.cauchy(np.array([z, z.conjugate()]), at)
    assert both == pytest.approx(np.array([complex(speed), complex(speed).conjugate()]), rel=1e-12)


def test_the_polynomial_gives_the_same() -> None:
    """dG/dc = -P_c/P_G."""
    G, z = sp.symbols("G z")
    P_ = SUM.polynomial(G, z).as_expr()
    at = {C: HALF, S: sp.Integer(1)}
    point = sp.Rational(3, 10) + sp.I
    value = sp.sympify(SUM.subs(at).cauchy(point, dps=40))
    for symbol in (C, S):
        ratio = -P_.diff(symbol) / P_.diff(G)
        wanted = complex(ratio.subs({**at, z: point, G: value}))
        assert SUM.sensitivity(symbol).cauchy(complex(point), at) == pytest.approx(
            wanted, rel=1e-13
        )


def test_closed_forms() -> None:
    """Semicircle: the density at 0 is 1/(π√s)."""
    found = fp.Semicircle(S).sensitivity(S)
    assert found.moments(6) == [0, 1, 0, 4 * S, 0, 15 * S**2]
    value = found.density(0, {S: 4}, dps=30)
    with mpmath.workdps(40):
        assert abs(value + 1 / (16 * mpmath.pi)) < 1e-30
    assert found.density(5, {S: 4}, dps=30) == 0
    assert found.density([5.0, -6.0], {S: 4}).tolist() == [0, 0]
    shifted = fp.boxplus(fp.Uniform(-1, 1), fp.Semicircle(S)).sensitivity(S)
    step = 1e-5
    low, high = (
        fp.boxplus(fp.Uniform(-1, 1), fp.Semicircle(1 + sign * sp.Rational(1, 10**5)))
        for sign in (-1, 1)
    )
    speed = (high.density(0.5) - low.density(0.5)) / (2 * step)
    assert shifted.density(0.5, {S: 1}) == pytest.approx(speed, rel=1e-7)


def test_what_is_refused() -> None:
    found = SUM.sensitivity(C)
    for bad in (
        lambda: SUM.sensitivity(P),
        lambda: found.density(1, {C: 1}),
        lambda: found.density(1j, {C: 1, S: 1}),
        lambda: found.density(1j, {C: 1, S: 1}, dps=20),
        lambda: found.cauchy(1, {C: -1, S: 1}),
        lambda: found.cauchy(1, {C: sp.sqrt(2), S: 1}),
    ):
        with pytest.raises(InvalidParameterError):
            bad()
    with pytest.raises(ConvergenceError):
        fp.Semicircle(S).sensitivity(S).density(2, {S: 1}, dps=20)
