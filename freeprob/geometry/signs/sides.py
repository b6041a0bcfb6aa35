"""Gap or cut: the nature of a real point, decided by interval Newton on the physical branch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, final

import numpy as np
import sympy as sp
from flint import acb, acb_mat, arb, ctx, fmpq

from freeprob.errors import ConvergenceError
from freeprob.exact.systems.system import Curve, System
from freeprob.geometry.signs.mirrors import mirrored_solution
from freeprob.geometry.signs.reality import real_solution
from freeprob.numeric.branch.digits import Start, digits_of
from freeprob.numeric.programs.lowering import compile_curve
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program, evaluate, linearise
from freeprob.numeric.stepping.balls import BALLS, result

_PRECISIONS = (80, 160, 320)
_DEPTH = 128
_CUT_DIGITS = 8
_APART = 128  # bits that tell most places apart
_ONE_FLOAT = 2.0**-50  # relative distance of float64 numbers, and two guard bits
_FAR = 2  # decimal orders: the first height at which local behaviour is looked for


class RealNumber(Protocol):
    """A real number enclosed to any precision."""

    def ball(self, bits: int) -> arb:
        """A ball of relative radius about 2^-bits."""
        ...

    def expression(self) -> sp.Expr:
        """The number, exact.

        Raises
        ------
        NoClosedFormError
            Where it is known by its digits only.
        """
        ...


@final
@dataclass(frozen=True)
class Spot:
    """The point location + i height, as numeric rooms read a place; height 0 means + i0."""

    location: RealNumber
    height: fmpq = fmpq(0)  # noqa: RUF009 - fmpq is immutable

    def __call__(self) -> acb:
        """The point as a ball at FLINT's precision."""
        return acb(self.location.ball(int(ctx.prec)), arb(self.height))

    @property
    def is_real(self) -> bool:
        """Whether the height is 0."""
        return self.height == 0

    @property
    def nearby(self) -> Place:
        """A rational point far nearer than the height."""
        bits = 2 * max(0, int(self.height.q).bit_length()) + 64
        return Place(self.location.ball(bits).mid().fmpq(), self.height)

    @property
    def depth(self) -> int:
        """Bits down to which the place is told from a nearby edge."""
        return _DEPTH


def above(location: RealNumber, spacing: float, orders: int = _FAR) -> Spot:
    """A point above a candidate, at 10^-orders of the distance to its neighbours."""
    return Spot(location, to_dyadic(spacing * 10.0**-orders))


def approach(system: System, places: Sequence[Place | Spot]) -> None:
    """Walk once what many places share of the way from infinity, before each is asked alone."""
    digits_of(system).branch.perches.above(np.array([complex(place()) for place in places]))


def start_at(system: System, place: Place | Spot) -> Start:
    """The unknowns near a point of the closed upper half plane, to start a proof from.

    Raises
    ------
    ConvergenceError
        If the branch could not be followed there.
    """
    return starts_at(system, [place])[0]


def starts_at(system: System, places: Sequence[Place | Spot]) -> list[Start]:
    """The same at many points, which float64 reaches together.

    Raises
    ------
    ConvergenceError
        If the branch could not be followed to one of them.
    """
    found = _tracked(system, places)
    starts = []
    for place, start in zip(places, found, strict=True):
        if start is None:
            # where float64 loses the branch, balls at a rational point nearby go on
            start = digits_of(system).near(place.nearby if isinstance(place, Spot) else place)
        if start is None:
            raise ConvergenceError(f"the physical branch could not be followed to {place()}")
        starts.append(start)
    return starts


def _tracked(system: System, places: Sequence[Place | Spot]) -> list[Start | None]:
    """What float64 finds, at all places together."""
    z = np.array([complex(place()) for place in places])
    unknowns, arrived = digits_of(system).branch.tracked(z)
    return [
        Start([acb(complex(u)) for u in unknowns[:, i]], 64) if arrived[i] else None
        for i in range(len(places))
    ]


def is_cut(system: System, x: fmpq, shown: Curve | None = None, start: Start | None = None) -> bool:
    """Whether the density is positive at x; ``False`` means that x lies in a gap.

    A solution on the physical branch that is proved to be its own conjugate, up to a symmetry of
    the curve, and where G decreases, proves a gap; a ball for G with negative imaginary part
    proves a cut. ``shown`` is a curve with the unknowns G and z, on which G may be real where no
    symmetry of the structured curve says so; ``start`` are the unknowns near x, if known.

    Raises
    ------
    ConvergenceError
        If neither was proved.
    """
    evaluator, place = digits_of(system), Place(x)
    start = start or start_at(system, place)
    program = evaluator.branch.program
    for bits in _PRECISIONS:
        real = real_solution(program, place, bits, start)
        with ctx.workprec(bits + 16):
            # the Cauchy transform of a law given by its density is not real on its own cut
            if real is not None and not result(program, real).imag.is_zero():
                return True
            if real is not None:
                if _slope(program, real).real < 0:
                    return False
                continue
            solution = evaluator.unknowns(place, bits, start)
            if solution is not None and result(program, solution).imag < 0:
                return True
            real = mirrored_solution(program, evaluator.branch.curve, place, bits, start)
            if real is not None and _slope(program, real).real < 0:
                return False
            if shown is not None and solution is not None:
                point = evaluate(program, solution, BALLS)[-2:]
                if _is_real_on(compile_curve(shown), point[1], place, bits):
                    return False
    # on the cut of a function only values beside it are known to balls
    if not program.is_real and evaluator.density(place, _CUT_DIGITS) > 0:
        return True
    raise ConvergenceError(f"whether the spectrum has a gap at {x} could not be proved")


def _is_real_on(program: Program, G: acb, place: Place, bits: int) -> bool:
    """Whether G is the real value of a polynomial's root near it, on a decreasing sheet."""
    start = Start([G.mid(), place().mid()], bits)
    real = real_solution(program, place, bits, start)
    if real is None:
        return False
    # the proof holds one root in a box of this relative radius
    same = abs(real[0] - G) < abs(G) * arb(2) ** (-(bits // 2))
    return bool(same) and bool(_slope(program, real).real < 0)


def _slope(program: Program, unknowns: Sequence[acb]) -> acb:
    """dG/dz at a point of the curve: -∫ dμ(t)/(x - t)², so negative in a gap."""
    size = len(unknowns)
    _, partials = linearise(program, list(unknowns), BALLS)
    rows = [[acb(partials[i].get(j, 0)) for j in range(size)] for i in range(size)]
    unit = acb_mat([[acb(int(i == size - 1))] for i in range(size)])
    velocity = acb_mat(rows).solve(unit)
    return sum((acb(partials[size].get(j, 0)) * velocity[j, 0] for j in range(size)), acb(0))


def sides(
    system: System,
    locations: Sequence[RealNumber],
    beside: Sequence[Spot] = (),
    shown: Curve | None = None,
) -> list[bool]:
    """Whether each interval between consecutive real numbers, and each outer one, is a cut.

    ``beside`` are points that will be asked for later: the way to them is shared.

    Raises
    ------
    ConvergenceError
        If an interval stays undecided.
    """
    intervals = list(probes(locations))
    places = [Place(points[0]) for points in intervals]
    approach(system, [*places, *beside])
    starts = _tracked(system, places)
    return [_decide(system, *pair, shown) for pair in zip(intervals, starts, strict=True)]


def _decide(
    system: System, test_points: Sequence[fmpq], start: Start | None, shown: Curve | None
) -> bool:
    """The nature of an interval by the first test point where it is proved.

    ``start`` belongs to the first of them.
    """
    error = None
    for x in test_points:
        try:
            return is_cut(system, x, shown, start if x == test_points[0] else None)
        except ConvergenceError as caught:
            error = caught
    raise ConvergenceError(
        f"no test point of the interval around {float(test_points[0])} could be decided"
    ) from error


def probes(locations: Sequence[RealNumber]) -> Iterator[list[fmpq]]:
    """Test points in each interval between real numbers and beyond them, the best first."""
    outer = [fmpq(1, 2), fmpq(4, 3), fmpq(1, 10), fmpq(15, 4)]
    if not locations:
        yield [fmpq(1, 3), fmpq(-5, 7), fmpq(11, 3)]
        return
    first, last = (_simple(locations[i].ball(64)) for i in (0, -1))
    width = max(last - first, abs(first), abs(last), fmpq(1, 1000))
    yield [first - width * step for step in outer]
    for left, right in pairwise(locations):
        yield between(left, right)
    yield [last + width * step for step in outer]


def between(left: RealNumber, right: RealNumber) -> list[fmpq]:
    """Dyadic points between two numbers, with few bits."""
    fractions = (fmpq(5, 11), fmpq(4, 7), fmpq(5, 13), fmpq(3, 4), fmpq(2, 7))
    bits = 64
    while True:  # ends: the numbers are different
        low, high = left.ball(bits), right.ball(bits)
        with ctx.workprec(bits + 16):
            gap = high - low
            points = [low + gap * fraction for fraction in fractions]
            width = gap / 64
        # a narrow interval far from 0 needs bits for the distance, too
        if all(arb(place.rad()) < width for place in points):
            return [_rounded(place.mid(), float(width.mid())) for place in points]
        bits *= 2


def _simple(ball: arb) -> fmpq:
    """A dyadic rational within the ball's own size of it."""
    return _rounded(ball.mid(), max(abs(float(ball.mid())), 1e-3) / 64)


def _rounded(middle: arb, width: float) -> fmpq:
    """The dyadic rational with the fewest bits within a width of an exact ball."""
    grid = to_dyadic(width)
    value = middle.fmpq() / grid
    return fmpq((2 * value.p + value.q) // (2 * value.q)) * grid


def to_dyadic(width: float) -> fmpq:
    """The power of 2 just below a positive float."""
    return fmpq(2) ** (math.frexp(width)[1] - 1)


def require_resolved(places: Sequence[RealNumber]) -> None:
    """Refuse a law that float64, which tells intervals apart, sees as one number far from 0.

    Raises
    ------
    ConvergenceError
        If all places lie within one number of float64.
    """
    if len(places) < 2:
        return
    low, high = places[0].ball(_APART), places[-1].ball(_APART)
    if not abs(high - low) > abs(low) * _ONE_FLOAT:
        raise ConvergenceError(
            f"the whole spectrum near {float(low.mid()):.6g} lies within one number of float64: "
            "shift the law to 0, as in law.shift(-mean)"
        )
