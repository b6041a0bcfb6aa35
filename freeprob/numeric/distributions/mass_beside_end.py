"""The mass between an end of a cut and a point next to it, to any number of digits.

Above the axis G is analytic on a half circle about the end e that starts in the gap beside it and
ends at x, where the next singularity is far away. There Im G = 0 on the gap, and so

    μ between e and x = (r/π) |Im ∫₀^π G(e + r exp(iθ)) i exp(iθ) dθ|,    r = |x - e|.

Few digits cancel, however small r is, while an integral on the line above x passes all scales from
r to 1.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from flint import acb, arb, ctx

from freeprob.errors import ConvergenceError
from freeprob.numeric.branch.digits import Digits
from freeprob.numeric.distributions.cuts import Atom, Cut, End
from freeprob.numeric.distributions.vertical_integral import legendre
from freeprob.numeric.precision import bits_of
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program
from freeprob.numeric.stepping.balls import double, exponent, result
from freeprob.numeric.stepping.descent import Perch, approach, precision_at

# share of the distance to the next singularity: θ ↦ G is then analytic in a strip of width log(1/r)
_NEAR = 2.0**-10
_GUARD = 40
_DOUBLINGS = 10  # of 128 bits: 10^-1000, the least number that is read, has 3,300


class Beside(NamedTuple):
    """An end that a point of a cut is next to, and a point of the gap on its other side.

    No other singularity is nearer to the end than ``room``.
    """

    end: End
    outward: int  # the direction from the end into the gap
    gap: float
    room: float


def end_beside(
    x: Place, cuts: tuple[Cut, ...], atoms: tuple[Atom, ...], bits: int
) -> Beside | None:
    """The end of a cut, next to a gap, that a point inside the cut is near to; None elsewhere."""
    ends = [(end, side) for cut in cuts for end, side in ((cut.left, -1), (cut.right, 1))]
    places = [*(end.location[0] for end, _ in ends), *(atom.location for atom in atoms)]
    with ctx.workprec(bits):
        here = x().real
        for end, outward in ends:
            place = end.location[0]
            if not end.is_finite or end.uncertainty or places.count(place) > 1:
                continue
            away = [outward * (other - place) for other in places]
            outside = min((d for d in away if d > 0), default=1 + abs(place))
            room = min(outside, *(-d for d in away if d < 0))
            inside = outward * (end.at(bits) - here)
            if inside > 0 and inside < arb(_NEAR * room):
                return Beside(end, outward, place + outward * 0.41 * outside, room)
    return None


def mass_beside_end(digits: Digits, x: Place, near: Beside, dps: int) -> arb:
    """The mass between the end and x to ``dps`` digits of its own.

    Raises
    ------
    ConvergenceError
        If a rule with fewer nodes does not agree as it must.
    """
    perch = digits.perch(x)
    if perch is None:
        raise ConvergenceError(f"no way to {float(x().real):.17g} was found from above")
    circle = partial(_on_half_circle, digits.branch.program, perch, x, near)
    coarse, fine = circle(3 * dps // 4), circle(dps)
    if not abs(fine - coarse) < abs(fine) * arb(10) ** -(3 * dps // 4):
        raise ConvergenceError(
            f"the mass next to the end {near.end.location[0]:.17g} still moves by "
            f"{abs(fine - coarse).str(3)} when refined"
        )
    return fine


def _order(x: Place, end: End) -> int:
    """The binary exponent of the distance from an end.

    Raises
    ------
    ConvergenceError
        If the place of the end is not known so well.
    """
    for doubling in range(_DOUBLINGS):
        bits = 128 << doubling
        with ctx.workprec(bits):
            apart = end.at(bits) - x().real
        if apart.rel_accuracy_bits() > 8:
            return exponent(acb(apart))
    raise ConvergenceError(f"{float(x().real):.17g} was not told from an end of the support")


def _on_half_circle(program: Program, perch: Perch, x: Place, near: Beside, dps: int) -> arb:
    """The integral by a Gauss-Legendre rule in the angle, from x on."""
    bits = bits_of(dps) + _GUARD
    # at soft ends G differs from its value there by r^(1/2), and r may be small next to the end
    lost = max(0, exponent(acb(near.room)) - _order(x, near.end))
    deep = bits + max(0, exponent(x())) + lost
    with ctx.workprec(deep):
        end = near.end.at(deep).mid()
        radius = abs(end - x().real).mid()
    rule = legendre(int(1.06 * dps) + 6, bits)
    turns, values = [], []
    for share, _ in rule:
        with ctx.workprec(deep):
            angle = arb.pi() * share
            turns.append(acb(-near.outward * angle.cos(), angle.sin()))
            point = (end + radius * turns[-1]).mid()
        target = Place(point.real.fmpq(), point.imag.fmpq())
        perch = approach(program, perch, target)
        u = double(program, perch.u, target, 2 * deep, precision_at(perch.z))
        if u is None:
            raise ConvergenceError(f"Newton's method stalled next to {complex(point):.6g}")
        with ctx.workprec(deep):
            values.append(result(program, u).mid())
    with ctx.workprec(deep):
        # a real constant adds nothing: without the value next to the gap the rule is exact for it
        level = values[-1].real
        parts = zip(rule, values, turns, strict=True)
        total = sum((w * ((G - level) * turn).real for (_, w), G, turn in parts), arb(0))
        return abs(radius * total).mid()
