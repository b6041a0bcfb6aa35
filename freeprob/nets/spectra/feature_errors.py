"""Errors of regression on random features in terms of two traces: formulas, optimum, evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple, final

import numpy as np
import sympy as sp
from flint import arb, ctx, fmpq

from freeprob.errors import ConvergenceError, UndefinedOperationError
from freeprob.exact.equations.steps import Step
from freeprob.models.traces.trace_grids import enclosures, on_grid
from freeprob.models.traces.traces import TraceEquivalent
from freeprob.nets.spectra.feature_traces import FeatureRegression, feature_symbols

_GUARD = 64
# ridges, relative to η, between which minima are looked for, 8 to the decade
_SMALLEST, _LARGEST = 1e-8, 1e6
_POINTS = 113
# where the error still grows at this ridge and at all larger ones, the best ridge is 0
_NEXT_TO_NOTHING = sp.Rational(1, 10**30)
_WITNESS_DIGITS = 30
_HOLDS = 1e-15  # half of the digits of the witness: a wrong step misses by far more
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


def stationary_ridge(
    regression: FeatureRegression, values: Mapping[sp.Symbol, sp.Rational], noise: arb, bits: int
) -> arb:
    """The γ of least test error, as a ball with about that many bits.

    A coarse table finds the least value; next to it the zero of

        τ₁³ dE_test/dγ = -τ₁ (σ²τ₁'' + τ₂'') + 2 τ₁' (σ²τ₁' + τ₂')

    is bracketed by its signs, which balls prove.

    Raises
    ------
    UndefinedOperationError
        If the error falls to the end of the table.
    """
    s = feature_symbols()
    one, two = regression.tau1(), regression.tau2()
    first = [one, one.diff(s.gamma), two.diff(s.gamma)]
    traces = [*first, one.diff(s.gamma, s.gamma), two.diff(s.gamma, s.gamma)]
    table = float(values[s.eta]) * np.geomspace(_SMALLEST, _LARGEST, _POINTS)
    rows = {symbol: np.array([float(value)]) for symbol, value in values.items()}
    tau, slope1, slope2 = on_grid(first, rows | {s.gamma: table}, None)
    errors = -(float(noise.mid()) * slope1 + slope2) / tau**2

    def rise(gamma: sp.Rational) -> arb:
        """What has the sign of dE_test/dγ."""
        known = {**values, s.gamma: gamma}
        found = enclosures([trace.at_values(known) for trace in traces], bits + _GUARD)
        t, a, b, c, d = (value.real for value in found)
        with ctx.workprec(bits + _GUARD):
            return -t * (noise * c + d) + 2 * a * (noise * a + b)

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


@final
@dataclass(frozen=True)
class FeatureEvidence:
    """Traces of the kernel and of the predictor at random parameters."""

    regression: FeatureRegression

    @property
    def variable(self) -> sp.Expr:
        """τ₁."""
        return error_symbols().tau1

    @property
    def place(self) -> str:
        """Where the points lie."""
        return "of the parameters"

    def refuted(self, steps: Sequence[Step], random: Random) -> list[Step]:
        """The steps that do not hold at one random point."""
        known = self._witness(random)
        failed = []
        for step in steps:
            sides = [side.xreplace(known).evalf(_WITNESS_DIGITS) for side in step.equation.args]
            size = 1 + max(abs(side) for side in sides)
            if not abs(sides[0] - sides[1]) < _HOLDS * size:
                failed.append(step)
        return failed

    def _witness(self, random: Random) -> dict[sp.Symbol, sp.Expr]:
        """Numbers for all symbols; the errors by traces of squares and of the predictor."""
        s, names, own = feature_symbols(), error_symbols(), self.regression
        drawn = [sp.Rational(random.randint(3, 40), 10) for _ in range(6)]
        values = dict(zip(s, drawn, strict=True))
        values[s.zeta] = values[s.zeta] if own.linear else sp.S.Zero
        values[s.eta] = values[s.zeta] + (values[s.eta] if own.curved else 0)
        values[s.slope] += values[s.zeta]
        noise = sp.Rational(random.randint(1, 20), 10)

        def number(*traces: TraceEquivalent) -> sp.Expr:
            found = (t.at_values(values).evaluate(dps=_WITNESS_DIGITS) for t in traces)
            return sp.Add(*(sp.Float(str(value), _WITNESS_DIGITS) for value in found))

        inverse, gram = own.kernel.inverse(), own.gram
        squares = (
            number(TraceEquivalent.of(gram * inverse**2)),
            number(TraceEquivalent.of(inverse**2)),
        )
        signal = 1 - 2 * number(*own.mean()) + number(*own.signal(""))
        one, two = number(own.tau1()), number(own.tau2())
        return values | {
            names.tau1: one,
            names.tau2: two,
            names.slope1: -squares[1],
            names.slope2: -squares[0],
            names.noise: noise,
            names.train: values[s.gamma] ** 2 * (squares[0] + noise * squares[1]),
            names.test: signal + noise * number(*own.noise("")),
        }
