"""Atoms of systems that are not eliminated: poles of G where the branch itself is singular.

A pole of G on the axis lies in a square that steps do not cross. There 1/G has a simple zero with
derivative 1/mass, to which secants from lower and lower heights converge. That a law has no
atoms needs nothing more. Around a pole in a gap, integrals of G and z G give mass and place, which
are named where they are rational to all digits asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import sympy as sp
from flint import acb, arb, ctx, fmpq

from freeprob.errors import CertificationError, NoClosedFormError
from freeprob.exact.systems.system import System
from freeprob.geometry.candidates.crossings import RationalPlace, simplest
from freeprob.geometry.candidates.folds_by_scan import OWN, has_density, tiles
from freeprob.geometry.candidates.winding import winding
from freeprob.geometry.signs.sides import starts_at, to_dyadic
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.branch.quadtree import Tiles
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import Program, linearise

_GROWING = -0.05  # power of the height with which |G| grows
_REFINEMENTS = 3  # of zeros of divisors, which large squares show roughly
_FINER = 16  # each time from this part of the height
_DEPTHS = (12, 24)  # binary orders below the size of a square from which secants start
_SAME = 1e-2
_FALLING = 0.9
_DPS = 45
_NODES = 32  # on the upper half of a circle
_INSIDE = 8  # its radius is this part of the way to the next singularity
_DENOMINATOR = 10**12


class Pole(NamedTuple):
    """A place where G may have a pole, its size there, and half the way to the next singularity."""

    place: float
    size: float
    room: float


def branch_atoms(system: System) -> Iterator[tuple[sp.Rational, sp.Rational]]:
    """Places and masses of all atoms of a system without parameters.

    Raises
    ------
    NoClosedFormError
        If there is an atom whose place or mass is not known to be rational.
    CertificationError
        If the values near a place point neither at an atom nor at none.
    """
    for pole in _sorted_poles(system)[1]:
        if _has_mass(system, pole):
            yield _under_density(system, pole)
    for lump in lumps(system):
        if lump.is_atom:
            values = _rational(lump.place), _rational(lump.mass)
            if values[0] is None or values[1] is None:
                raise _unnamed(float(lump.place.mid()))
            yield values[0], values[1]


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


class Lump(NamedTuple):
    """Mass between two gaps, around a pole or what looks like one."""

    place: arb
    mass: arb
    is_atom: bool
    around: tuple[float, float]


@lru_cache(maxsize=16)
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
    beside = has_density(system, ends).reshape(-1, 2).any(axis=1) if poles else []
    return tuple(
        [pole for pole, flag in zip(poles, beside, strict=True) if flag == wanted]
        for wanted in (False, True)
    )


def _poles(system: System) -> list[Pole]:
    """Where |G| grows on the way down to the axis."""
    squares = tiles(system)
    size = squares.bounds[:, 1] - squares.bounds[:, 0]
    seen: list[tuple[float, float]] = []
    for divisor, zero in enumerate(_zeros(system, squares)):
        # the squares above a pole show it best
        near = np.abs(zero - squares.perches.z.real) <= size
        places, widths = zero[near].real, size[near]
        if divisor:
            places, widths = _refined(system, divisor - 1, places, widths)
        seen += zip(widths.tolist(), places.tolist(), strict=True)
    found: dict[float, float] = {}
    for width, place in sorted(seen):
        # a pole that large squares show less well has been seen from smaller ones
        if all(abs(place - other) > 2 * max(width, found[other]) for other in found):
            found[place] = width
    bounds = squares.bounds[squares.singular]
    return [Pole(place, width, _room(place, bounds, found)) for place, width in found.items()]


def _refined(
    system: System, divisor: int, places: np.ndarray, widths: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Newton's method for a zero of a divisor, from lower and lower heights above it.

    Places over which the branch is not followed so far down keep their widths.
    """
    branch = physical_branch(system)
    places, widths = places.copy(), widths.copy()
    for _ in range(_REFINEMENTS):
        start = places + 1j * widths / _FINER
        walk, reached = branch.perches.walk(start)
        values, slopes = _along(branch.program.divisors, walk.u, walk.slope)
        with np.errstate(all="ignore"):
            zeros = start - values[divisor] / slopes[divisor]
        better = reached & (np.abs(zeros - places) <= widths)
        widths[better] /= _FINER
        places[better] = zeros[better].real
    return places, widths


def _room(place: float, bounds: np.ndarray, others: Iterable[float]) -> float:
    """Half the distance from a place to the next singularity or pole.

    Squares within sixty times their size are the place's own.
    """
    size = bounds[:, 1] - bounds[:, 0]
    away = np.minimum(abs(bounds[:, 0] - place), abs(bounds[:, 1] - place))
    apart = [abs(other - place) for other in others if other != place]
    return float(min([*away[away > OWN * size], *apart, abs(place) + 1.0])) / 2


def _zeros(system: System, squares: Tiles) -> list[np.ndarray]:
    """Zeros of 1/G, then those of each divisor of G, as every square shows them."""
    return [_zeros_of_reciprocal(system, squares), *_zeros_of_divisors(system, squares)]


def _zeros_of_reciprocal(system: System, squares: Tiles) -> np.ndarray:
    """Where 1/G vanishes by Newton's method, over squares in which the branch is singular."""
    u, slope = squares.perches.u, squares.perches.slope
    values, slopes = _along(physical_branch(system).program, u, slope)
    with np.errstate(all="ignore"):
        powers = (1j * squares.perches.z.imag * slopes[-1] / values[-1]).real
        zeros = squares.perches.z + values[-1] / slopes[-1]
    return np.where(squares.singular & (powers < _GROWING), zeros, np.nan)


def _zeros_of_divisors(system: System, squares: Tiles) -> list[np.ndarray]:
    """Where what G divides by vanishes: there the branch itself may be regular."""
    u, slope = squares.perches.u, squares.perches.slope
    values, slopes = _along(physical_branch(system).program.divisors, u, slope)
    with np.errstate(all="ignore"):
        zeros = [squares.perches.z - value / s for value, s in zip(values, slopes, strict=True)]
    return [np.where(squares.singular, np.nan, zero) for zero in zeros]


def _along(program: Program, u: np.ndarray, slope: np.ndarray) -> tuple[list, list]:
    """Results of a program on the branch, and their derivatives by z."""
    with np.errstate(all="ignore"):
        values, partials = linearise(program, list(u), FloatArithmetic())
        slopes = [sum(part * slope[i] for i, part in row.items()) for row in partials]
    count = u.shape[1]
    return [value + np.zeros(count) for value in values], [s + np.zeros(count) for s in slopes]


def _has_mass(system: System, pole: Pole) -> bool:
    """Whether the mass that 1/G shows at a zero stays the same from height to height."""
    place, masses = Place.of(complex(pole.place)).real, []
    for depth in _DEPTHS:
        zero, mass = _secant(system, place, to_dyadic(pole.size) / 2**depth)
        place = zero.real.mid().fmpq()
        masses.append(float(mass.real))
    ratio = abs(masses[1] / masses[0])
    if ratio < _FALLING:
        return False
    if abs(ratio - 1) < _SAME and masses[1] > 0:
        return True
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
