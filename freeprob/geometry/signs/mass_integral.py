"""Mass to the left of a point in a gap: an integral of G up the imaginary direction."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import log

import numpy as np
from flint import acb, arb, ctx, fmpq

from freeprob.errors import ConvergenceError, NoClosedFormError, UndefinedOperationError
from freeprob.exact.moments.moments import moments
from freeprob.exact.systems.system import System
from freeprob.geometry.signs.sides import starts_at
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.distributions.cdf_integral import continuous_cdf
from freeprob.numeric.precision import bits_of, digits_in
from freeprob.numeric.programs.points import Place

_PLACES = 14  # decimals of the float64 answer
_ROUNDS = 6
_ONE_FLOAT = 2.0**-52  # relative distance of float64 numbers
_REACH = 8  # in standard deviations, at least how far the spectrum is taken to go
Sums = Callable[[list[arb], list[arb]], arb]


def mass_left(system: System, x: float, width: float) -> float:
    """Mass of (-∞, x) for x in a gap: 1/2 + (1/π) ∫₀^∞ Re G(x + iy) dy.

    G is analytic in y but for imaginary ones between the distances w and s from x to the nearest
    and the farthest point of the spectrum. With y = w sc(u | 1 - w²/s²) the integrand has period
    2K and is analytic for |Im u| < K', so the trapezoidal rule with N nodes errs by
    exp(-π N K'/K).

    Parameters
    ----------
    system
        Structured system of a law without free parameters.
    x
        A point of a gap.
    width
        About the distance from x to the spectrum.

    Raises
    ------
    ConvergenceError
        If the gap is narrower than float64 numbers are apart there.

    Source: Hale, Higham and Trefethen 2008, section 2.
    """

    def total(heights: list[arb], weights: list[arb]) -> arb:
        y = np.array([float(height) for height in heights])
        G = physical_branch(system).cauchy(x + 1j * y)
        return arb(float(np.sum(G.real * [float(weight) for weight in weights])))

    if width < abs(x) * _ONE_FLOAT:
        raise ConvergenceError(
            f"float64 numbers near {x:.6g} are farther apart than {width:.3g}, the width of a gap "
            "there: shift the law to 0, as in law.shift(-mean)"
        )
    value = _by_periods(system, x, width, total, 53)
    if value is None:
        value = _by_panels(system, Place.of(complex(x)), _PLACES)
    return float(value.mid())


def left_ball(system: System, x: fmpq, width: float, bits: int) -> arb:
    """The same integral to any precision."""
    evaluator, dps = digits_of(system), digits_in(bits)

    def total(heights: list[arb], weights: list[arb]) -> arb:
        places = [Place(x, height.mid().fmpq()) for height in heights]
        terms = zip(places, starts_at(system, places), weights, strict=True)
        parts = (evaluator.cauchy(at, dps, start).real * weight for at, start, weight in terms)
        return sum(parts, arb(0))

    with ctx.workprec(bits + 32):
        value = _by_periods(system, float(x.p) / float(x.q), width, total, bits)
        return _by_panels(system, Place(x), dps) if value is None else value


def _by_periods(system: System, x: float, width: float, total: Sums, bits: int) -> arb | None:
    """The integral by the trapezoidal rule; None if the spectrum reaches infinity."""
    known = _mean_and_spread(system)
    if known is None:
        return None
    near, far = width / 2, abs(x - known[0]) + _REACH * known[1]
    before, nodes = None, bits * log(2) / (2 * np.pi)
    with ctx.workprec(bits + 16):
        for _ in range(_ROUNDS):
            rate = _rate(near / (near + far))
            heights = _nodes(near, rate, 4 + int(nodes / float(rate)))
            value = arb(1) / 2 + total(*heights) / arb.pi()
            # twice the nodes square the error
            if before is not None and abs(value - before).mid() < arb(2) ** (-bits // 2 - 4):
                return value.mid() + arb(0, arb(2) ** (8 - bits))
            # the spectrum may be nearer than was said
            before, nodes, near = value, 2 * nodes, near / 8
    return None


def _rate(ratio: float) -> arb:
    """K'/K for a complementary modulus."""
    small = arb(ratio)
    return small.agm(1) / (1 - small**2).sqrt().agm(1)


def _nodes(near: float, rate: arb, count: int) -> tuple[list[arb], list[arb]]:
    """Heights y = w sc(u) at the middles of ``count`` parts of (0, K), and their weights dy."""
    tau = acb(0, rate)
    _, t2, t3, t4 = (value.real for value in acb.modular_theta(acb(0), tau))
    half_period = arb.pi() * t3**2 / 2
    heights, weights = [], []
    for j in range(count):
        s1, s2, s3, s4 = (
            value.real for value in acb.modular_theta(acb(fmpq(2 * j + 1, 4 * count)), tau)
        )
        heights.append(near * (t3 / t4) * s1 / s2)
        # sc' = dn/cn², cn = (t4/t2) s2/s4, dn = (t4/t3) s3/s4
        slope = (t2**2 / (t3 * t4)) * s3 * s4 / s2**2
        weights.append(near * slope * half_period / count)
    return heights, weights


def _by_panels(system: System, x: Place, dps: int) -> arb:
    """The same integral for a law with tails, which it takes in powers of y^(-1/2)."""
    digits = digits_of(system)
    perch = digits.perch(x)
    if perch is None:
        raise ConvergenceError(f"no step leads to the point {float(x().real)} of a gap")
    program, top = digits.branch.program, digits.branch.radius / 4
    value = continuous_cdf(program, perch, x, (), dps, arb(top), 2)
    with ctx.workprec(bits_of(dps) + 40):
        return value + arb(0, arb(10) ** (1 - dps))


@lru_cache(maxsize=64)
def _mean_and_spread(system: System) -> tuple[float, float] | None:
    """Mean and standard deviation; None without moments."""
    try:
        first, second = moments(system, 2)
    except (UndefinedOperationError, NoClosedFormError):
        return None
    # exact: far from 0 the variance is lost in the rounding of the second moment
    return float(first), max(float(second - first**2), 0.0) ** 0.5
