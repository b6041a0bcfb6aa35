"""Distribution function and quantiles to any number of digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, lcm

import numpy as np
from flint import acb, arb, ctx, fmpq

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.exact.systems.system import System
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.distributions.cdf_integral import continuous_cdf, continuous_potential
from freeprob.numeric.distributions.cuts import Atom, Cut, End
from freeprob.numeric.distributions.distribution import distribution
from freeprob.numeric.distributions.mass_beside_end import end_beside, mass_beside_end
from freeprob.numeric.distributions.piecewise_density import Piecewise
from freeprob.numeric.precision import BITS_PER_DIGIT, bits_of
from freeprob.numeric.programs.points import Place
from freeprob.numeric.stepping.balls import exponent

# the ends between which the density lies; empty where there is none
Hull = tuple[()] | tuple[End, End]

_ROUNDS = 40
_ASKS = 6  # times that more digits are asked for, until the first of a small number show
# float64 masses are right to this: nearer to the mass left of a place it is decided by digits
_BESIDE = 4  # guard digits of a quantile that is an end of a cut to all its digits
_NEAR = 1e-11  # levels so near a jump's are told from it by digits: the float mass has more
_GUARD = 40
_CENTRAL = 1e-8  # in radii: a float64 quantile so near to 0 may be 0 itself
_FLOAT_DIGITS = 11  # digits of a float64 quantile, counted from the end next to it


def precise_cdf(
    system: System,
    x: Place,
    cuts: tuple[Cut, ...] | None,
    atoms: tuple[Atom, ...],
    dps: int,
    hull: Hull | None = None,
) -> arb:
    """F(x) = μ(-∞, x] to ``dps`` digits: relative ones, so that small probabilities have them too.

    Without cuts the hull of the density tells where F is that of the atoms, if it is known.

    Raises
    ------
    ConvergenceError
        If the integral does not settle.
    """
    known = _outside(x, hull_of(cuts) if cuts is not None else hull, atoms, dps)
    if known is not None:
        return known
    working = dps
    for _ in range(_ASKS):
        value = _cdf(system, x, cuts, atoms, working)
        lost = _lost_digits(value)
        if lost + dps <= working:
            return value
        working = dps + lost + 2
    raise ConvergenceError(
        f"the probability left of {float(x().real):.17g} was not told from 0: it is below "
        f"10^-{working}"
    )


def _lost_digits(value: arb) -> int:
    """Zeros behind the decimal point."""
    return max(0, ceil(-exponent(acb(value)) / BITS_PER_DIGIT))


def hull_of(cuts: Sequence[Cut]) -> Hull:
    """The two ends of all cuts; none of them without cuts."""
    return (cuts[0].left, cuts[-1].right) if cuts else ()


def _outside(x: Place, hull: Hull | None, atoms: tuple[Atom, ...], dps: int) -> arb | None:
    """F(x) left or right of all density, where it is that of the atoms; None elsewhere."""
    if hull is None:
        return None
    bits = _bits(dps) + 4 * x.depth
    with ctx.workprec(bits):
        here = x().real
        if not hull or here < hull[0].at(bits) or _touches(here, hull[0], bits):
            return sum((a.mass().real for a in atoms if not a.place().real > here), arb(0))
        if here > hull[-1].at(bits) or _touches(here, hull[-1], bits):
            return arb(1) - sum((a.mass().real for a in atoms if a.place().real > here), arb(0))
    return None


def _cdf(
    system: System, x: Place, cuts: tuple[Cut, ...] | None, atoms: tuple[Atom, ...], dps: int
) -> arb:
    """F(x) with an error below 10^-dps."""
    digits = digits_of(system)
    near = end_beside(x, cuts or (), atoms, _bits(dps) + 4 * x.depth)
    if near is not None:
        held = mass_beside_end(digits, x, near, dps)
        gap = Place.of(complex(near.gap))
        known = _outside(gap, hull_of(cuts or ()), atoms, dps)
        there = known if known is not None else _cdf(system, gap, cuts, atoms, dps)
        with ctx.workprec(_bits(dps)):
            return there - near.outward * held
    beside = _in_gap(x, cuts, dps) or x
    perch = digits.perch(beside)
    edge = None if perch else _edge(beside, cuts or (), dps, digits.branch.radius)
    with ctx.workprec(64):
        top = (2 * abs(beside().real)).max(arb(digits.branch.radius / 4)).mid()
    root = lcm(*(end.root for cut in cuts or () for end in cut.ends if not end.is_finite))
    perch = perch or digits.high(beside)
    value = continuous_cdf(digits.branch.program, perch, beside, atoms, dps + 4, top, root, edge)
    with ctx.workprec(_bits(dps)):
        for atom in atoms:
            if not atom.place().real > x().real:
                value = value + atom.mass().real
        return value


def precise_shannon(potential: Callable[[Place, int], arb], gamma: Place, dps: int) -> arb:
    """∫ log(1 + γx) μ(dx) = log|γ| + U(-1/γ) to ``dps`` digits, U with digits behind the point.

    Raises
    ------
    ConvergenceError
        As by :func:`significant_digits`.
    """
    if gamma().real.is_zero():
        return arb(0)

    def value(working: int) -> arb:
        bits = _bits(working) + gamma.depth
        place = Place(lambda more: _minus_inverse(gamma, more + bits))
        U = potential(place, working)
        with ctx.workprec(bits):
            return abs(gamma().real).log() + U

    return significant_digits(value, dps)


def _minus_inverse(place: Place, bits: int) -> arb:
    """-1/x as a ball."""
    with ctx.workprec(bits):
        return -1 / place().real


def significant_digits(value: Callable[[int], arb], dps: int) -> arb:
    """A number known to digits behind the point, to ``dps`` digits of its own.

    Raises
    ------
    ConvergenceError
        If it is so near to 0 that its digits do not show.
    """
    working = dps
    for _ in range(_ASKS):
        found = value(working)
        lost = _lost_digits(found) if found.is_finite() else 0
        if lost + dps <= working:
            return found
        working = dps + lost + 2
    raise ConvergenceError(f"the number was not told from 0: it is below 10^-{working}")


def precise_log_potential(
    system: System, z: Place, cuts: tuple[Cut, ...] | None, atoms: tuple[Atom, ...], dps: int
) -> arb:
    """∫ log|z - x| μ(dx), Im z ≥ 0, with an error below 10^-dps; -∞ at an atom.

    Cuts may be unknown, not empty, where there is a density: None.

    Raises
    ------
    ConvergenceError
        If the integral does not settle.
    """
    digits, bits = digits_of(system), _bits(dps) + z.depth
    with ctx.workprec(bits):
        value = arb(0)
        for atom in atoms:
            distance = abs(z() - atom.place())
            if distance.contains(0):
                return arb.neg_inf()
            value += atom.mass().real * distance.log()
    if cuts == ():
        return value
    perch = digits.perch(z) if z.is_real else None
    with ctx.workprec(64):
        # off the axis G is analytic down to it
        edge = None if z.is_real else (1, z().imag.mid())
        top = (2 * abs(z())).max(arb(digits.branch.radius / 4)).mid()
    root = lcm(*(end.root for cut in cuts or () for end in cut.ends if not end.is_finite))
    if perch is None and edge is None:
        edge = _edge(z, cuts or (), dps, digits.branch.radius)
    perch = perch or digits.high(z)
    program = digits.branch.program
    rest = continuous_potential(program, perch, z, atoms, dps + 4, top, root, edge)
    with ctx.workprec(_bits(dps)):
        return value + rest


def _edge(x: Place, cuts: tuple[Cut, ...], dps: int, radius: float) -> tuple[int, arb]:
    """The root in which G is analytic at an edge, and a distance within which it is; 0 unknown."""
    bits = _bits(dps) + 4 * x.depth
    ends = [end for cut in cuts for end in cut.ends if end.is_finite]
    with ctx.workprec(bits):
        here = x().real
        touching = [end for end in ends if _touches(here, end, bits)]
        away = [abs(end.at(bits) - here) for end in ends if end not in touching]
    nearest = min((float(distance) for distance in away), default=radius / 16)
    return (lcm(*(end.root for end in touching)) if touching else 0), arb(nearest / 2)


def _bits(dps: int) -> int:
    return bits_of(dps) + _GUARD


def _in_gap(x: Place, cuts: tuple[Cut, ...] | None, dps: int) -> Place | None:
    """A plain point of the gap that holds x, where F is the same; None inside a cut."""
    bits = _bits(dps) + 4 * x.depth
    with ctx.workprec(bits):
        here, before = x().real, None
        for cut in cuts or ():
            touching = before is None or before < cut.left.location[0]
            if here < cut.left.at(bits) or (touching and _touches(here, cut.left, bits)):
                return _plain(before, cut.left.location[0])
            if not (here > cut.right.at(bits) or _touches(here, cut.right, bits)):
                return None
            before = cut.right.location[0]
        return _plain(before, None) if before is not None else None


def _touches(here: arb, end: End, bits: int) -> bool:
    """Whether a point is an end, as far as all its digits tell; unsure ends never are."""
    return end.uncertainty == 0 and end.at(bits).overlaps(here)


def _plain(low: float | None, high: float | None) -> Place | None:
    """A point between two ends that no symmetry makes special; None where cuts touch."""
    if low is None:
        if high is None:
            return Place.of(0j)
        return Place.of(complex(high - 1 - abs(high) / 2))
    if high is None:
        return Place.of(complex(low + 1 + abs(low) / 2))
    return Place.of(complex(low + 0.41 * (high - low))) if low < high else None


def precise_quantile(
    system: System, p: Place, cuts: tuple[Cut, ...], atoms: tuple[Atom, ...], dps: int
) -> arb:
    """The smallest x with F(x) ≥ p, by Newton's method from float64 on.

    Raises
    ------
    InvalidParameterError
        If p is outside [0, 1].
    ConvergenceError
        If Newton's method does not settle.
    """
    with ctx.workprec(_bits(dps) + p.depth):
        level = p().real
        if level < 0 or level > 1:
            raise InvalidParameterError(f"probabilities must lie in [0, 1], got {level.str(10)}")
    events = distribution(system, cuts, atoms).events
    before = arb(0)
    for i, (place, total, piece) in enumerate(events):
        mass, same = arb(total), False
        if abs(float(level) - total) < _NEAR or i == len(events) - 1:
            mass, same = _mass_up_to(system, events, i, cuts, atoms, dps, p)
        if level > mass and not same:
            before = mass
            continue
        if piece is None:
            atom = next(atom for atom in atoms if atom.location == place)
            with ctx.workprec(_bits(dps)):
                return atom.place().real
        with ctx.workprec(_bits(dps) + p.depth):
            inner = level - before if piece.half.side > 0 else mass - level
        if inner == 0 or (same and piece.half.side < 0):
            return piece.half.end.at(_bits(dps))
        edge = _edge_with_digits(system, piece, inner, before, mass, cuts, atoms, dps)
        if edge is not None:
            return edge
        return _refined(system, p, _start(piece, inner), _lost_digits(inner), cuts, atoms, dps)
    raise ConvergenceError("the masses do not reach 1")


def _edge_with_digits(
    system: System,
    piece: Piecewise,
    inner: arb,
    before: arb,
    mass: arb,
    cuts: tuple[Cut, ...],
    atoms: tuple[Atom, ...],
    dps: int,
) -> arb | None:
    """The end of a cut, where all places that leave so little mass agree with it in all digits."""
    end, side = piece.half.end, piece.half.side
    if not end.is_finite or not abs(inner) < arb(10) ** -dps:
        return None
    more = 3 * dps + _BESIDE
    with ctx.workprec(_bits(more)):
        place = end.at(_bits(more))
        beside = abs(place).mid() * arb(10) ** (-dps - _BESIDE)
        if not beside > 0:
            return None
        x = _as_place(place + side * beside)
        total = precise_cdf(system, x, cuts, atoms, more)
        held = total - before if side > 0 else mass - total
        return place + arb(0, beside) if held > inner else None


def _mass_up_to(
    system: System,
    events: list[tuple[float, float, Piecewise | None]],
    i: int,
    cuts: tuple[Cut, ...],
    atoms: tuple[Atom, ...],
    dps: int,
    p: Place,
) -> tuple[arb, bool]:
    """The mass of the first i + 1 events to far more digits, and whether these are all p's too."""
    place, total, piece = events[i]
    if i == len(events) - 1:
        return arb(1), False
    if piece is None:
        x = next(atom.place for atom in atoms if atom.location == place)
    elif piece.half.side > 0:
        return arb(total), False  # the middle of a cut is no special place
    else:
        x = Place(piece.half.end.at)
    more = 2 * dps + ceil(p.depth / BITS_PER_DIGIT)
    with ctx.workprec(_bits(more)):
        mass = precise_cdf(system, x, cuts, atoms, more)
        return mass, bool(abs(mass - p().real) < arb(10) ** (2 - more))


def _start(piece: Piecewise, inner: arb) -> Place:
    """The place that leaves a mass between itself and the end, as float64 has it."""
    half = piece.half
    t = float(piece.place_of(np.array([float(inner)]))[0])
    if not half.end.is_finite or t == 0:
        return Place.of(complex(float(half.point(np.array(t)))))
    bits = 200 + 2 * abs(exponent(acb(arb(t) ** half.q)))
    with ctx.workprec(bits):
        return _as_place(half.end.at(bits) + half.side * arb(t) ** half.q)


def _as_place(value: arb) -> Place:
    """A ball's midpoint."""
    return Place(value.mid().fmpq())


def _refined(
    system: System,
    p: Place,
    x: Place,
    lost: int,
    cuts: tuple[Cut, ...],
    atoms: tuple[Atom, ...],
    dps: int,
) -> arb:
    """Newton's method on F(x) = p; digits double from those of float64.

    ``lost`` digits of the mass are shared with an end next to x: that many more are needed.
    """
    digits, known = digits_of(system), _FLOAT_DIGITS
    if abs(float(x().real)) < _CENTRAL * digits.branch.radius:
        enough = 2 * dps + lost
        with ctx.workprec(_bits(enough)):
            at_zero = precise_cdf(system, Place(fmpq(0)), cuts, atoms, enough)
            if abs(at_zero - p().real) < arb(10) ** (2 - enough):
                return arb(0)
    for _ in range(_ROUNDS):
        working = min(2 * known, dps + 8)
        value = _cdf(system, x, cuts, atoms, working + lost)
        density = digits.density(x, working // 2 + 8)
        with ctx.workprec(_bits(working) + 4 * bits_of(lost)):
            step = (value - p().real) / density
            moved = (x().real - step).mid()
            share = float(abs(step).mid() / abs(moved)) if moved != 0 else 1.0
            x = _as_place(moved)
        seen = int(-np.log10(share)) if share > 0 else dps
        if working == dps + 8 and 2 * seen >= dps + 8:
            return moved
        known = max(known, min(2 * seen, dps + 8) - 4)
    raise ConvergenceError(f"the quantile at {float(p().real):.17g} did not settle")
