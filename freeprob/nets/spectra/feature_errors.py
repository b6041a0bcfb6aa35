"""Errors of regression on random features in terms of two traces: formulas and optimum."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import sympy as sp
from flint import arb, ctx, fmpq

from freeprob.errors import ConvergenceError, UndefinedOperationError
from freeprob.nets.spectra.feature_laws import FeatureLaw
from freeprob.nets.spectra.feature_traces import feature_symbols

_GUARD = 64
# ridges, relative to η, between which minima are looked for, 8 to the decade
_SMALLEST, _LARGEST = 1e-8, 1e6
_POINTS = 113
# where the error still grows at this ridge and at all larger ones, the best ridge is 0
_NEXT_TO_NOTHING = sp.Rational(1, 10**30)
_STEPS = 100


class ErrorSymbols(NamedTuple):
    """τ₁, τ₂, their slopes in γ, σ², E_train, E_test."""

    tau1: sp.Symbol
    tau2: sp.Symbol
    slope1: sp.Symbol
    slope2: sp.Symbol
    noise: sp.Symbol
    train: sp.Symbol
    test: sp.Symbol


def error_symbols() -> ErrorSymbols:
    """The symbols of :func:`error_equations`."""
    return ErrorSymbols(*sp.symbols("tau_1 tau_2 tau_1' tau_2' sigma^2 E_train E_test"))


def error_equations(symbols: ErrorSymbols) -> list[sp.Eq]:
    """E_train = -γ²(σ²τ₁' + τ₂') and E_test = E_train/(γτ₁)² - σ²."""
    tau1, _, slope1, slope2, noise, train, test = symbols
    gamma = feature_symbols().gamma
    return [
        sp.Eq(train, -(gamma**2) * (noise * slope1 + slope2)),
        sp.Eq(test, train / (gamma * tau1) ** 2 - noise),
    ]


def stationary_ridge(law: FeatureLaw, noise: arb, bits: int) -> arb:
    """The γ of least test error, as a ball with about that many bits.

    A coarse table finds the least value; next to it the zero of

        τ₁³ dE_test/dγ = -τ₁ (σ²τ₁'' + τ₂'') + 2 τ₁' (σ²τ₁' + τ₂')

    is bracketed by its signs, which balls prove.

    Raises
    ------
    UndefinedOperationError
        If the error falls to the end of the table.
    """
    table = float(law.eta) * np.geomspace(_SMALLEST, _LARGEST, _POINTS)
    found, _ = law.floats(table)
    errors = -(float(noise.mid()) * found.slope1 + found.slope2) / found.tau1**2

    def rise(gamma: sp.Rational) -> arb:
        """What has the sign of dE_test/dγ."""
        tau, _, a, b, c, d = law.balls(gamma, bits + _GUARD)
        with ctx.workprec(bits + _GUARD):
            return -tau * (noise * c + d) + 2 * a * (noise * a + b)

    place = int(np.argmin(errors))
    if place == len(table) - 1:
        raise UndefinedOperationError(
            "the test error falls for ever as the ridge grows: these features predict nothing"
        )
    low = _NEXT_TO_NOTHING if place == 0 else sp.Rational(float(table[place - 1]))
    if place == 0 and rise(low) > 0:
        return arb(0)
    return _zero(rise, low, sp.Rational(float(table[place + 1])), bits)


def _zero(
    rise: Callable[[sp.Rational], arb], low: sp.Rational, high: sp.Rational, bits: int
) -> arb:
    """The zero between a negative and a positive value: secants, halving where they leave.

    Source: Dekker 1969.
    """
    points = [(low, rise(low)), (high, rise(high))]
    for _ in range(_STEPS):
        (before, old), (here, new) = points[-2:]
        with ctx.workprec(bits + _GUARD):
            x, y = _arb(before), _arb(here)
            following = _dyadic(y - new * (y - x) / (new - old))
            if following is None or not low < following < high:
                following = _dyadic((_arb(low) * _arb(high)).sqrt())
        if abs(following - here) * 2**bits <= following:
            margin = following / 2**bits
            ends = following - margin, following + margin
            if rise(ends[0]) < 0 < rise(ends[1]):
                with ctx.workprec(bits + _GUARD):
                    return _arb(ends[0]).union(_arb(ends[1]))
        value = rise(following)
        if value < 0:
            low = following
        elif value > 0:
            high = following
        points.append((following, value))
    raise ConvergenceError("the ridge of least test error was not enclosed: ask for fewer digits")


def _arb(value: sp.Rational) -> arb:
    return arb(fmpq(int(value.p), int(value.q)))


def _dyadic(value: arb) -> sp.Rational | None:
    """The midpoint of a ball, exact."""
    if not value.is_finite():
        return None
    mantissa, exponent = value.mid().man_exp()
    return sp.Integer(int(mantissa)) * sp.Integer(2) ** int(exponent)
