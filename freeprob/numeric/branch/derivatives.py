"""Derivatives of G on the physical branch, by Taylor series of the unknowns on the curve."""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy as np
from flint import acb, arb, ctx, fmpq

from freeprob.errors import ConvergenceError
from freeprob.exact.systems.system import System
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.branch.digits import Digits, digits_of
from freeprob.numeric.precision import FLOAT_DIGITS, agrees, bits_of
from freeprob.numeric.programs.arithmetic import Complexes, FloatArithmetic
from freeprob.numeric.programs.linear import solve, solve_batch
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.taylor import implicit_series
from freeprob.numeric.stepping.balls import BALLS, exponent
from freeprob.numeric.stepping.continuation import LIFT

_FLOAT = FloatArithmetic()
_ATTEMPTS = 8
_LIFTED = LIFT**0.5


def derivatives(system: System, z: Complexes, order: int) -> Complexes:
    """The derivative of an order at points with Im z ≥ 0, flat; real z means z + i0.

    Points whose unknowns float64 does not decide are taken by digits.
    """
    branch = physical_branch(system)
    arrival = branch.follow(z)
    u = np.where((z.imag == 0) & (arrival.G.imag == 0), arrival.unknowns.real, arrival.unknowns)
    with np.errstate(all="ignore"):
        terms = implicit_series(branch.program, list(u.astype(complex)), order, _FLOAT, solve_along)
        out: Complexes = np.broadcast_to(terms[order] * factorial(order), z.shape).copy()
    # what the height of x + iε leaves of real values
    out = np.where(np.abs(out.imag) <= _LIFTED * np.abs(out.real), out.real, out)
    for i in np.flatnonzero(arrival.undecided | ~np.isfinite(out)):
        out[i] = complex(precise_derivative(system, Place.of(complex(z[i])), order, FLOAT_DIGITS))
    return out


def solve_along(rows: list[list[Any]], right: list[Any]) -> list[np.ndarray]:
    """Solve at all points at once."""
    count = max(np.size(value) for value in (*right, *(entry for row in rows for entry in row)))
    matrix = np.array([[np.broadcast_to(entry, (count,)) for entry in row] for row in rows])
    columns = np.array([[np.broadcast_to(value, (count,))] for value in right])
    return list(solve_batch(matrix, columns)[:, 0])


def _balls(rows: list[list[Any]], right: list[Any]) -> list[acb]:
    """Solve over balls."""
    (step,) = solve([[acb(entry) for entry in row] for row in rows], [acb(v) for v in right])
    return step


def precise_derivative(system: System, place: Place, order: int, dps: int) -> acb:
    """The derivative at a point with Im z ≥ 0, its parts known to ``dps`` digits or negligible.

    Raises
    ------
    ConvergenceError
        At edges and atoms, where there is none.
    """
    digits = digits_of(system)
    lifted = place.is_real and not digits.branch.program.is_real
    bits = bits_of(dps) + 64 + 16 * order
    for attempt in range(_ATTEMPTS):
        at, error = place, None
        if lifted:
            # functions with branches need to know the side; one more derivative bounds the lift
            depth = bits_of(dps) + 100 * 2**attempt
            at, error = Place(place.real, fmpq(1, 2**depth)), depth
        value = _enclosed(digits, at, order, bits if error is None else 2 * bits + error, error)
        if value is not None:
            known = _known(value, dps)
            if known is not None:
                return known
        bits += bits // 2
    raise ConvergenceError(
        f"G has no derivative that could be found at {complex(place()):.17g}: an edge, an atom or "
        "another singular point; take a point nearby"
    )


def _enclosed(digits: Digits, place: Place, order: int, bits: int, lift: int | None) -> acb | None:
    """A ball for the derivative from proved balls for the unknowns; None without proof."""
    start = digits.near(place)
    unknowns = digits.unknowns(place, bits, start) if start else None
    if unknowns is None:
        return None
    with ctx.workprec(bits + 16):
        program = digits.branch.program
        try:
            terms = implicit_series(program, unknowns, order + (lift is not None), BALLS, _balls)
        except ZeroDivisionError:
            return None
        value = acb(terms[order]) * factorial(order)
        if lift is not None:
            slope = acb(terms[order + 1]) * factorial(order + 1)
            unsure = arb(0, (2 * abs(slope) * arb(2) ** (-lift)).abs_upper())
            value += acb(unsure, unsure)
    return value if value.is_finite() else None


def _known(value: acb, dps: int) -> acb | None:
    """The value if each part has its digits, or is below 10^(-2 dps) of the other and so is 0."""
    floor = exponent(value) - 2 * bits_of(dps)
    parts = [arb(0) if exponent(acb(p)) < floor else p for p in (value.real, value.imag)]
    return acb(*parts) if all(p.is_zero() or agrees(p, dps) for p in parts) else None
