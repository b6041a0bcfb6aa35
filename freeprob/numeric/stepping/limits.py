"""Limits of the Cauchy transform at points where the branch has no step to the axis.

At an edge, an atom, or a point where an unknown is infinite, G(x + ih) is followed down in h. The
density of the part without atoms is the limit of -d(h Im G)/dh/π: the term m/h of an atom drops
out. It is 0 at a soft edge, where it falls like a power of h, and ∞ at a hard one, where it grows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from flint import acb, arb, ctx

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.numeric.precision import bits_of
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program
from freeprob.numeric.stepping.balls import double, exponent, result
from freeprob.numeric.stepping.descent import Perch, precision_at, steps

_STRIDE = 24  # binary orders of height between samples
_SAMPLES = 60
_ALIKE = 3  # orders in a row that must agree to be a power law: over 3 * 24 binary orders of height
_SPREAD = 0.2  # relative difference among them; next to a point of order p it falls like h^(1/q)
# a power law of an algebraic density has an order p/q with q at most the degree of its equation;
# a limit that is still being reached shows orders that fall below any bound
_LEAST_ORDER = 0.02
_STEADY = 5  # equal changes of G over equal changes of log h, by which a logarithm is told
_EQUAL = 1e-6  # and equal is up to this: the last change is of the size of the height


class Sample(NamedTuple):
    """A height and G there."""

    height: arb
    G: acb


def samples_from_above(program: Program, perch: Perch, x: Place, bits: int) -> Iterator[Sample]:
    """G(x + ih) to ``bits`` relative bits at lower and lower heights."""
    due = exponent(acb(perch.z.imag)) - _STRIDE
    for lower, _ in steps(program, perch, x):
        depth = exponent(acb(lower.z.imag))
        if depth <= due:
            due = depth - _STRIDE
            place = Place(x.real, lower.z.imag.mid().fmpq())
            # bits below the point, or below 1, and those that far points need beside
            below = precision_at(lower.z) + abs(depth)
            u = double(program, lower.u, place, bits + below, precision_at(lower.z))
            if u is None:
                raise ConvergenceError(f"Newton's method stalls next to {float(lower.z.real):.17g}")
            with ctx.workprec(bits + 2 * below):
                yield Sample(lower.z.imag, result(program, u).mid())


def cauchy_limit(samples: Iterator[Sample], dps: int, where: str) -> acb:
    """G(x + i0) once it no longer moves; 0 if it falls steadily with the height.

    Raises
    ------
    InvalidParameterError
        If G is infinite at x: an atom or a hard edge.
    ConvergenceError
        If no limit shows.
    """
    bits = bits_of(dps) + 8
    previous, growing, falling, rates = None, 0, 0, []
    for sample in islice(samples, _SAMPLES):
        if previous is not None:
            change = exponent(sample.G - previous.G)
            if change < exponent(sample.G) - bits:
                return sample.G
            fall = (previous.height / sample.height).log()
            rates.append(complex((sample.G - previous.G) / fall))
            if len(rates) >= _STEADY and _constant(rates[-_STEADY:]):
                raise InvalidParameterError(f"G is infinite at {where}, as a logarithm is at 0")
            growing = growing + 1 if exponent(sample.G) > exponent(previous.G) else 0
            falling = falling + 1 if exponent(sample.G) < exponent(previous.G) - 8 else 0
        if growing >= 8:
            raise InvalidParameterError(f"G is infinite at {where}: an atom or a hard edge")
        if falling >= 8:
            return acb(0)
        previous = sample
    raise ConvergenceError(
        f"G(x + ih) has not settled to {dps} digits at the lowest height: the point is an edge; "
        "ask for fewer digits"
    )


def _constant(rates: Sequence[complex]) -> bool:
    """Whether all are equal and not 0."""
    size = max(map(abs, rates))
    return 0 < size < float("inf") and max(abs(r - rates[-1]) for r in rates) < _EQUAL * size


def density_limit(samples: Iterator[Sample], dps: int) -> arb:
    """The limit of -d(h Im G)/dh/π: a number, 0 at a soft edge or in a gap, ∞ at a hard edge.

    Raises
    ------
    ConvergenceError
        If neither a limit nor a power law shows.
    """
    bits = bits_of(dps) + 8
    orders: list[float] = []
    upper = density = None
    for sample in islice(samples, _SAMPLES):
        if upper is not None:
            with ctx.workprec(4 * bits + 64 + 2 * abs(exponent(acb(sample.height)))):
                moved = upper.height * upper.G.imag - sample.height * sample.G.imag
                value = -moved / ((upper.height - sample.height) * arb.pi())
            # what G alone leaves in rounding: next to an atom without density there is nothing
            depth = abs(exponent(acb(sample.height)))
            if exponent(acb(value)) < exponent(sample.G) - bits - 2 * depth:
                return arb(0)
            if density is not None:
                change = exponent(acb(value - density))
                if change < exponent(acb(value)) - bits:
                    return value.mid()
                ratio = (value / density).mid()
                falls = exponent(acb(upper.height)) - exponent(acb(sample.height))
                orders.append(_order(ratio, falls))
            density = value
        upper = sample
        last = orders[-_ALIKE:]
        if len(orders) > _ALIKE and max(last) - min(last) < _SPREAD * abs(last[-1]):
            if last[-1] > _LEAST_ORDER:
                return arb(0)
            if last[-1] < -_LEAST_ORDER:
                return arb.pos_inf()
    raise ConvergenceError("the density shows neither a limit nor a power law at this point")


def _order(ratio: arb, falls: int) -> float:
    """The power of h by which the density falls, from the ratio over so many halvings."""
    if ratio <= 0:
        return float("nan")
    return -float(ratio.log() / arb(2).log()) / falls
