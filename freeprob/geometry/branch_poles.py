"""Atoms of systems that are not eliminated: poles of G where the branch itself is singular.

A pole of G on the axis lies in a square that steps do not cross. There 1/G has a simple zero with
derivative 1/mass, to which secants from lower and lower heights converge. That a law has no
atoms needs nothing more. Around a pole in a gap, integrals of G and z G give mass and place, which
are named where they are rational to all digits asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import sympy as sp
from flint import acb, arb, ctx, fmpq

from freeprob.errors import CertificationError, NoClosedFormError
from freeprob.exact.system import System
from freeprob.geometry.scan import OWN, has_density, singular_squares
from freeprob.geometry.sides import to_dyadic
from freeprob.numeric.arithmetic import FloatArithmetic
from freeprob.numeric.branch import physical_branch
from freeprob.numeric.digits import digits_of
from freeprob.numeric.places import Place
from freeprob.numeric.straight_line import linearise

_GROWING = -0.05  # power of the height with which |G| grows
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
    for pole in _poles(system):
        values: list[sp.Rational | None] = [None]
        if not has_density(system, [pole.place - pole.room, pole.place + pole.room]).any():
            place, mass = _residues(system, pole)
            if mass.contains(0):
                continue
            values = [_rational(place), _rational(mass)]
        elif not _has_mass(system, pole):
            continue
        if None in values:
            raise NoClosedFormError(
                f"the law has an atom near {pole.place:.12g} whose place or mass is not known "
                "exactly"
            )
        yield values[0], values[1]


def _poles(system: System) -> list[Pole]:
    """Where |G| grows on the way down to the axis."""
    bounds, perches = singular_squares(system)
    G, slope = _cauchy_and_slope(system, perches.u, perches.slope)
    with np.errstate(all="ignore"):
        powers = (1j * perches.z.imag * slope / G).real
        zeros = (perches.z + G / slope).real
    found: dict[float, float] = {}
    for square in np.flatnonzero(powers < _GROWING):
        size, zero = float(bounds[square, 1] - bounds[square, 0]), float(zeros[square])
        # the square below the pole shows it best
        if abs(zero - perches.z[square].real) <= size and all(abs(zero - x) > size for x in found):
            found[zero] = size
    return [Pole(place, size, _room(place, bounds)) for place, size in found.items()]


def _room(place: float, bounds: np.ndarray) -> float:
    """Half the distance from a place to the next singularity.

    Squares within sixty times their size are the place's own.
    """
    size = bounds[:, 1] - bounds[:, 0]
    away = np.minimum(abs(bounds[:, 0] - place), abs(bounds[:, 1] - place))
    return float(np.min(away[away > OWN * size], initial=abs(place) + 1.0)) / 2


def _cauchy_and_slope(
    system: System, u: np.ndarray, slope: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """G and dG/dz on the branch."""
    with np.errstate(all="ignore"):
        values, partials = linearise(physical_branch(system).program, list(u), FloatArithmetic())
        along = [partial * slope[i] for i, partial in partials[-1].items()]
        return values[-1] * np.ones(u.shape[1]), np.sum(along, axis=0)


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


def _residues(system: System, pole: Pole) -> tuple[arb, arb]:
    """Place and mass of a pole in a gap: means of G and of z G over a circle."""
    with ctx.workprec(8 * _DPS):
        centre, radius = acb(pole.place), acb(pole.room) / (_INSIDE / 2)
        mass, moment = arb(0), arb(0)
        for j in range(_NODES):
            turn = acb(fmpq(2 * j + 1, 2 * _NODES)).exp_pi_i() * radius
            z = (centre + turn).mid()
            G = digits_of(system).cauchy(Place(z.real.fmpq(), z.imag.fmpq()), _DPS)
            # the lower half is the mirror image
            mass += (G * turn).real / _NODES
            moment += (G * turn * turn).real / _NODES
        error = arb(0, arb(10) ** (2 - _DPS))
        return centre.real + moment / mass + error, mass + error


def _rational(value: arb) -> sp.Rational | None:
    """The rational of a small denominator in a ball."""
    with ctx.workprec(8 * _DPS):
        found = sp.Rational(str(value.mid().fmpq())).limit_denominator(_DENOMINATOR)
        return found if value.contains(fmpq(int(found.p), int(found.q))) else None
