"""Mass to the left of a point in a gap: an integral of G up the imaginary direction."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from flint import arb, ctx, fmpq

from freeprob.errors import ConvergenceError, NoClosedFormError, UndefinedOperationError
from freeprob.exact.moments import moments
from freeprob.exact.system import System
from freeprob.numeric.branch import physical_branch
from freeprob.numeric.contour import continuous_cdf
from freeprob.numeric.digits import digits_of
from freeprob.numeric.places import Place

_REACH = 37.0
_PLACES = 14  # decimals of the float64 answer


def mass_left(system: System, x: float, width: float) -> float:
    """Mass of (-∞, x) for x in a gap: 1/2 + (1/π) ∫₀^∞ Re G(x + iy) dy.

    With y = e^s the integrand is analytic for |Im s| < π/2, because G is analytic in the upper
    half plane and, through the gap, at x; so the trapezoidal rule with step h errs by
    exp(-π²/h). Two atoms with the law's mean and variance are taken off first: they make the
    integrand small at infinity.

    Parameters
    ----------
    system
        Structured system of a law without free parameters.
    x
        A point of a gap.
    width
        About the distance from x to the spectrum.
    """
    if not _reference(system):
        return float(_by_panels(system, Place.of(complex(x)), _PLACES))
    step, heights = _nodes(system, width, _REACH)
    y = np.exp(np.array(heights))
    G = physical_branch(system).cauchy(x + 1j * y)
    known = 0.0
    for atom in _reference(system):
        G = G - 0.5 / (x + 1j * y - atom)
        known += 0.5 * (x > atom)
    return float(known + step / np.pi * np.sum(G.real * y))


def _by_panels(system: System, x: Place, dps: int) -> arb:
    """The same integral for a law without moments, whose tails it takes in powers of y^(-1/2)."""
    digits = digits_of(system)
    perch = digits.perch(x)
    if perch is None:
        raise ConvergenceError(f"no step leads to the point {float(x().real)} of a gap")
    program, top = digits.branch.program, digits.branch.radius / 4
    value = continuous_cdf(program, perch, x, (), dps, top, 2)
    with ctx.workprec(int(3.33 * dps) + 40):
        return value + arb(0, arb(10) ** (1 - dps))


def _nodes(system: System, width: float, digits: float) -> tuple[float, list[float]]:
    """Step and nodes in s = log y for an error of e^-digits."""
    # few bits, so that the nodes are exact floats
    step = math.floor(1024 * math.pi**2 / (digits + 4)) / 1024
    low, high = math.floor(math.log(width) - digits), math.log(_scale(system)) + digits / 3 + 2
    return step, [low + step * i for i in range(int((high - low) / step) + 2)]


def _scale(system: System) -> float:
    low, high = _reference(system) or (0.0, 1.0)
    return max(high - low, 1e-300)


@lru_cache(maxsize=64)
def _reference(system: System) -> tuple[float, ...]:
    """Two places whose equal atoms have the law's mean and variance; none without moments."""
    try:
        first, second = (float(moment) for moment in moments(system, 2))
    except (UndefinedOperationError, NoClosedFormError):
        return ()
    spread = max(second - first**2, 0.0) ** 0.5
    return (first - spread, first + spread)


def left_ball(system: System, x: fmpq, width: float, bits: int) -> arb:
    """The same integral to any precision."""
    digits = bits * math.log(2)
    if not _reference(system):
        return _by_panels(system, Place(x), int(bits * 0.302))
    step, heights = _nodes(system, width, digits)
    atoms_at = [arb(fmpq(*atom.as_integer_ratio())) for atom in _reference(system)]
    evaluator = digits_of(system)
    with ctx.workprec(bits + 32):
        total = sum((fmpq(1, 2) * (x > atom.mid().fmpq()) for atom in atoms_at), fmpq(0))
        result = arb(total)
        for s in heights:
            y = arb(s).exp().mid().fmpq()
            G = evaluator.cauchy(Place(x, y), int(bits * 0.302)).real
            for atom in atoms_at:
                G -= (x - atom) / (2 * ((x - atom) ** 2 + arb(y) ** 2))
            result += G * y * arb(step) / arb.pi()
        return result + arb(0, arb(2) ** (8 - bits))
