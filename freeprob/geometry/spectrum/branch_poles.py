"""Atoms of systems that are not eliminated: poles of G where the branch itself is singular.

A pole of G on the axis lies in a square that steps do not cross. There 1/G has a simple zero with
derivative 1/mass, to which secants from lower and lower heights converge. That a law has no
atoms needs nothing more. Around a pole in a gap, integrals of G and z G give mass and place, which
are named where they are rational to all digits asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import sympy as sp
from flint import acb, arb, ctx, fmpq

from freeprob.errors import CertificationError, NoClosedFormError
from freeprob.exact.systems.system import System
from freeprob.geometry.candidates.crossings import RationalPlace, simplest
from freeprob.geometry.candidates.folds_by_scan import OWN, has_density, tiles, window
from freeprob.geometry.candidates.winding import winding
from freeprob.geometry.signs.rounding import constant_ball
from freeprob.geometry.signs.sides import starts_at, to_dyadic
from freeprob.geometry.spectrum.rational_poles import poles_of_rational
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program, linearise
from freeprob.numeric.stepping.continuation import Complexes
from freeprob.numeric.stepping.quadtree import Tiles
from freeprob.routes import remembered

_GROWING = -0.05  # power of the height with which |G| grows
_TEETH = 512  # points of the window from which zeros of divisors are looked for
_CLOSE = 8  # times what they are known to: places so near are one
_GRADED = 16  # halvings of their distance towards what was found
_REFINEMENTS = 4  # of zeros of divisors
_SURE = 2  # of them must succeed
_FINER = 16  # each time from this part of the height
_RESOLVED = 1e-13  # relative: float64 sees no nearer to a zero
_DEPTHS = (12, 24)  # binary orders below the size of a square from which secants start
# the same where the mass falls: density next to an atom of mass m weighs more than m down to m²
_LOWEST = (48, 96, 192, 384)
_LOWER = (24, *_LOWEST)  # the same for digits of its mass
_AGREED = 1e-17  # masses from two heights: next to density they differ by a power of the height
_SAME = 1e-2  # a mass that stays to this from one height to the other belongs to an atom
_FALLING = 0.9  # one that falls by more belongs to none: a power of the height takes it to 0
_DPS = 45
_NODES = 32  # on the upper half of a circle
_INSIDE = 8  # its radius is this part of the way to the next singularity
_DENOMINATOR = 10**12
_SHARE = 0.471  # of the way to the next singularity: points at simple shares may be singular too


class Pole(NamedTuple):
    """A place where G may have a pole, its size, and less than half the way to the next one."""

    place: float
    size: float
    room: float


def branch_atoms(
    system: System, sure: Mapping[sp.Expr, sp.Expr] = MappingProxyType({})
) -> Iterator[tuple[sp.Expr, sp.Expr]]:
    """Places and masses of all atoms of a system without parameters.

    Parameters
    ----------
    system
        Structured system of a law.
    sure
        Atoms that are known: they may be smaller than what can be seen under a density.

    Raises
    ------
    NoClosedFormError
        If there is an atom whose place or mass is not known to be rational.
    CertificationError
        If the values near a place point neither at an atom nor at none.
    """
    yield from sure.items()
    others, outside = _others(system, sure)
    for pole in others:
        if _has_mass(system, pole):
            yield _under_density(system, pole)
    for lump in outside:
        if lump.is_atom:
            values = _rational(lump.place), _rational(lump.mass)
            if values[0] is None or values[1] is None:
                raise _unnamed(float(lump.place.mid()))
            yield values[0], values[1]


def _others(system: System, sure: Mapping[sp.Expr, sp.Expr]) -> tuple[list[Pole], list[Lump]]:
    """Poles next to density, and mass between gaps, away from known atoms."""
    places = [float(constant_ball(place)(64).mid()) for place in sure]
    poles = [
        pole
        for pole in _sorted_poles(system)[1]
        if not any(abs(pole.place - place) <= _CLOSE * pole.size for place in places)
    ]
    outside = [
        lump
        for lump in lumps(system)
        if not any(lump.around[0] < place < lump.around[1] for place in places)
    ]
    return poles, outside


def _unnamed(place: float) -> NoClosedFormError:
    return NoClosedFormError(
        f"the law has an atom near {place:.12g} whose place or mass is not known exactly"
    )


def _under_density(system: System, pole: Pole) -> tuple[sp.Rational, sp.Rational]:
    """Place and mass of an atom next to density, from turns of G round the simplest place."""
    place = RationalPlace(simplest(pole.place - pole.size, pole.place + pole.size))
    around = winding(system, place, 2 * pole.room)
    if around is None:
        raise _unnamed(pole.place)
    residue, double = (around.ring.coefficient(k * around.p, 3 * _DPS) for k in (-1, -2))
    with ctx.workprec(8 * _DPS):
        error = arb(10) ** (5 - _DPS)
        mass = _rational(residue.real + arb(0, error))
        # a pole elsewhere on the circle's disk has a second moment
        if mass is None or not abs(double) < error:
            raise _unnamed(pole.place)
    return place.expression(), mass


def seen_atoms(system: System, sure: Mapping[sp.Expr, sp.Expr]) -> Iterator[tuple[arb, arb]]:
    """Places and masses of all atoms of a system without parameters, as balls.

    Raises
    ------
    CertificationError
        If the values near a place point neither at an atom nor at none.
    """
    rational = poles_of_rational(system, 4 * _DPS)
    if rational is not None:
        yield from rational
        return
    for place, mass in sure.items():
        yield constant_ball(place)(4 * _DPS), constant_ball(mass)(4 * _DPS)
    others, outside = _others(system, sure)
    for pole in others:
        if _has_mass(system, pole):
            yield _settled(system, pole)
    for lump in outside:
        if lump.is_atom:
            yield lump.place, lump.mass


def _settled(system: System, pole: Pole) -> tuple[arb, arb]:
    """Place and mass of an atom next to density, from secants low enough to agree."""
    place, before = fmpq(*pole.place.as_integer_ratio()), None
    for depth in _LOWER:
        zero, mass = _secant(system, place, to_dyadic(pole.size) / 2**depth)
        place = zero.real.mid().fmpq()
        if before is not None:
            with ctx.workprec(8 * _DPS):
                change = abs(mass.real - before).upper()
                if change < _AGREED * abs(before):
                    return arb(place), mass.real + arb(0, change)
        before = mass.real
    raise CertificationError(f"the mass of the atom near {pole.place} did not settle")


class Lump(NamedTuple):
    """Mass between two gaps, around a pole or what looks like one."""

    place: arb
    mass: arb
    is_atom: bool
    around: tuple[float, float]


@remembered(maxsize=16)
def lumps(system: System) -> tuple[Lump, ...]:
    """Atoms in gaps, and cuts too narrow to be told from one by the squares over them."""
    found = []
    for pole in _sorted_poles(system)[0]:
        place, mass, spread = _residues(system, pole)
        if not mass.contains(0):
            around = (pole.place - pole.room, pole.place + pole.room)
            found.append(Lump(place, mass, bool(spread.contains(0)), around))
    return tuple(found)


def _sorted_poles(system: System) -> tuple[list[Pole], list[Pole]]:
    """Where |G| grows on the way down to the axis: in gaps, and next to density."""
    poles = _poles(system)
    ends = [x for pole in poles for x in (pole.place - pole.room, pole.place + pole.room)]
    if not poles:
        return [], []
    beside = np.asarray(np.reshape(has_density(system, ends), (-1, 2)).any(axis=1))
    apart: tuple[list[Pole], list[Pole]] = ([], [])
    for place, pole in enumerate(poles):
        apart[bool(beside[place])].append(pole)
    return apart


def _poles(system: System) -> list[Pole]:
    """Where |G| grows on the way down to the axis."""
    squares = tiles(system)
    size = squares.bounds[:, 1] - squares.bounds[:, 0]
    zero = _zeros_of_reciprocal(system, squares)
    # the squares above a pole show it best
    near = np.abs(zero - squares.perches.z.real) <= size
    coarse, places = _comb(system)
    least = coarse / _FINER**_REFINEMENTS
    found = _apart(size[near], zero[near].real, {}, least)
    fine = size <= coarse
    centres = np.concatenate([places, squares.perches.z.real[fine]])
    widths = np.concatenate([np.full(len(places), coarse), size[fine]])
    found = _apart(*_zeros_of_divisors(system, centres, widths), found, least)
    # functions of z have no squares of their own: look again, ever closer to what was found
    steps = coarse * 2.0 ** -np.arange(1, _GRADED)
    around = np.array([x + side * steps for x in found for side in (-1, 1)]).reshape(-1)
    again = np.tile(steps, 2 * len(found)) / 2
    found = _apart(*_zeros_of_divisors(system, around, again), found, least)
    bounds = squares.bounds[squares.singular]
    return [Pole(place, width, _room(place, bounds, found)) for place, width in found.items()]


def _apart(
    widths: np.ndarray, places: np.ndarray, known: dict[float, float], least: float
) -> dict[float, float]:
    """Places with what they are known to, the sharpest first: rougher ones nearby are the same.

    Nothing is known to less than the least width.
    """
    found = dict(known)
    widths = np.maximum(widths, least)
    for width, place in sorted(zip(widths.tolist(), places.tolist(), strict=True)):
        if all(abs(place - other) > _CLOSE * max(width, found[other]) for other in found):
            found[place] = width
    return found


def _comb(system: System) -> tuple[float, np.ndarray]:
    """Points all over the window, and their distance."""
    low, high = window(system)
    step = (high - low) / _TEETH
    return step, low + step * (np.arange(_TEETH) + 0.5)


def _zeros_of_divisors(
    system: System, places: np.ndarray, widths: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Zeros of what G divides by, where the branch itself may be regular: widths and places.

    Newton's method from lower and lower heights above each place, as far down as the branch is
    followed.
    """
    branch = physical_branch(system)
    found = [(widths[:0], places[:0])]
    for divisor in range(len(branch.program.divisors.outputs)):
        x, width = places, widths
        for round_ in range(_REFINEMENTS):
            start = x + 1j * width
            walk, reached = branch.perches.walk(start)
            values, slopes = _along(branch.program.divisors, walk.u, walk.slope)
            with np.errstate(all="ignore"):
                zeros = start - values[divisor] / slopes[divisor]
            step = np.abs(zeros - x)
            near = reached & (step <= 2 * width)
            sharper = np.maximum(width / _FINER, step / 2)
            x, width = np.where(near, zeros.real, x), np.where(near, sharper, width)
            width = np.maximum(width, _RESOLVED * np.abs(x))
            if round_ < _SURE:  # further down the branch may be lost next to the zero
                x, width = x[near], width[near]
        found.append((width, x))
    return np.concatenate([w for w, _ in found]), np.concatenate([x for _, x in found])


def _room(place: float, bounds: np.ndarray, others: Iterable[float]) -> float:
    """Nearly half the distance from a place to the next singularity or pole.

    Squares within sixty times their size are the place's own.
    """
    size = bounds[:, 1] - bounds[:, 0]
    away = np.minimum(abs(bounds[:, 0] - place), abs(bounds[:, 1] - place))
    apart = [abs(other - place) for other in others if other != place]
    return float(min([*away[away > OWN * size], *apart, abs(place) + 1.0])) * _SHARE


def _zeros_of_reciprocal(system: System, squares: Tiles) -> Complexes:
    """Where 1/G vanishes by Newton's method, over squares in which the branch is singular."""
    u, slope = squares.perches.u, squares.perches.slope
    values, slopes = _along(physical_branch(system).program, u, slope)
    with np.errstate(all="ignore"):
        powers = (1j * squares.perches.z.imag * slopes[-1] / values[-1]).real
        zeros = squares.perches.z + values[-1] / slopes[-1]
    return np.where(squares.singular & (powers < _GROWING), zeros, np.nan)


def _along(program: Program, u: np.ndarray, slope: np.ndarray) -> tuple[list, list]:
    """Results of a program on the branch, and their derivatives by z."""
    with np.errstate(all="ignore"):
        values, partials = linearise(program, list(u), FloatArithmetic())
        slopes = [sum(part * slope[i] for i, part in row.items()) for row in partials]
    count = u.shape[1]
    return [value + np.zeros(count) for value in values], [s + np.zeros(count) for s in slopes]


def _has_mass(system: System, pole: Pole) -> bool:
    """Whether 1/G has a zero at a place whose mass stays from height to height.

    Next to density a small mass shows low down only: what falls is followed further.
    """
    place, masses = fmpq(*pole.place.as_integer_ratio()), []
    height = to_dyadic(pole.size)
    for depth in (*_DEPTHS, *_LOWEST):
        above, height = height, to_dyadic(pole.size) / 2**depth
        zero, mass = _secant(system, place, height)
        shift = abs(zero - place) if masses else abs(zero.imag)
        if not shift < arb(above if masses else height):
            # the line through two values points at a zero that is not there, as of 1/log z
            return False
        place = zero.real.mid().fmpq()
        masses.append(float(mass.real))
        if len(masses) > 1 and abs(masses[-1] / masses[-2] - 1) < _SAME and masses[-1] > 0:
            return True
    if abs(masses[-1]) < _FALLING * abs(masses[-2]):
        return False
    raise CertificationError(f"whether the law has an atom near {pole.place} could not be decided")


def _secant(system: System, place: fmpq, height: fmpq) -> tuple[acb, acb]:
    """The zero of 1/G and the inverse of its slope, from two heights above a place."""
    points = [Place(place, height), Place(place, 2 * height)]
    values = [digits_of(system).cauchy(point, 2 * _DPS) for point in points]
    with ctx.workprec(8 * _DPS):
        (first, second), (f, g) = [point() for point in points], [1 / value for value in values]
        mass = (second - first) / (g - f)
        return first - f * mass, mass


def _residues(system: System, pole: Pole) -> tuple[arb, arb, arb]:
    """Mean, mass and variance inside a circle round a pole in a gap: means of zⁿ G over it."""
    with ctx.workprec(8 * _DPS):
        centre, radius = acb(pole.place), acb(pole.room) / (_INSIDE / 2)
        turns = [acb(fmpq(2 * j + 1, 2 * _NODES)).exp_pi_i() for j in range(_NODES)]
        points = [(centre + turn * radius).mid() for turn in turns]
        places = [Place(z.real.fmpq(), z.imag.fmpq()) for z in points]
        starts = starts_at(system, places)
        values = [
            digits_of(system).cauchy(place, _DPS, start) * radius
            for place, start in zip(places, starts, strict=True)
        ]
        error = arb(0, arb(10) ** (2 - _DPS))
        # the lower half is the mirror image
        mass, first, second = (
            sum((G * turn**n for G, turn in zip(values, turns, strict=True)), acb(0)).real / _NODES
            + error
            for n in (1, 2, 3)
        )
        if mass.contains(0):
            return centre.real, mass, arb(0)
        mean = first / mass
        return centre.real + radius.real * mean, mass, second / mass - mean**2


def _rational(value: arb) -> sp.Rational | None:
    """The rational of a small denominator in a ball."""
    with ctx.workprec(8 * _DPS):
        found = sp.Rational(str(value.mid().fmpq())).limit_denominator(_DENOMINATOR)
        return found if value.contains(fmpq(int(found.p), int(found.q))) else None
