"""Mass of each cut: gap labels where the operations fix them, else an integral of G."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import sympy as sp
from flint import arb, ctx, fmpq

from freeprob.errors import ConvergenceError, NoClosedFormError
from freeprob.exact.systems.facts import Unknown
from freeprob.exact.systems.system import System
from freeprob.geometry.signs.mass_integral import left_ball, mass_left
from freeprob.geometry.signs.rounding import constant_ball
from freeprob.geometry.signs.sides import between
from freeprob.geometry.spectrum.atoms import atoms, no_instance
from freeprob.geometry.spectrum.labels import labels
from freeprob.geometry.spectrum.support import support
from freeprob.numeric.precision import rounded

_NEAR = 1e-9  # of the label: the integral has twelve digits
_APART = 1e-6  # of the next label, without which the integral singles out none


def masses(system: System, dps: int | None = None) -> list[Any]:
    """Mass of the density on each cut, exact, or with ``dps`` right digits.

    Raises
    ------
    NoClosedFormError
        If the exact masses are not known; their digits still are.
    """
    exact = _exact(system)
    if exact is not None:
        return exact if dps is None else [rounded(constant_ball(mass), dps) for mass in exact]
    if dps is None:
        raise NoClosedFormError(
            "the masses of the cuts of this law are not known exactly: ask for digits with dps="
        )
    count = len(support(system).cuts)
    return [rounded(lambda bits, i=i: _balls(system, bits)[i], dps) for i in range(count)]


@lru_cache(maxsize=64)
def _balls(system: System, bits: int) -> list[arb]:
    """The masses as balls."""
    lefts = [left_ball(system, x, width, bits) for x, width in _gap_points(system)]
    with ctx.workprec(bits):
        return _differences(system, lefts, lambda mass: constant_ball(mass)(bits))


def _exact(system: System) -> list[sp.Expr] | None:
    """The masses by gap labels, if these are known."""
    known = labels(system) if len(support(system).cuts) > 1 else frozenset()
    if isinstance(known, Unknown):
        return None
    lefts = [_label(system, x, width, known) for x, width in _gap_points(system)]
    return [sp.expand(part) for part in _differences(system, lefts, lambda mass: mass)]


def _differences(system: System, lefts: Sequence, read: Callable[[sp.Expr], Any]) -> list[Any]:
    """Mass on the left of each gap turned into masses of cuts, atoms taken out."""
    points = [None, *(x for x, _ in _gap_points(system)), None]
    levels = [read(sp.S.Zero), *lefts, read(sp.S.One)]
    found = atoms(system, no_instance)
    parts = []
    for i in range(len(support(system).cuts)):
        part = levels[i + 1] - levels[i]
        for place, mass in found.items():
            if _is_between(place, points[i], points[i + 1]):
                part = part - read(mass)
        parts.append(part)
    return parts


def _is_between(place: sp.Expr, low: fmpq | None, high: fmpq | None) -> bool:
    """Whether an exact number lies between two rationals, where None is infinite."""
    ball = constant_ball(place)(64)
    return (low is None or ball > low) and (high is None or ball < high)


@lru_cache(maxsize=64)
def _gap_points(system: System) -> tuple[tuple[fmpq, float], ...]:
    """A point of each gap between cuts, apart from atoms, and the width of the gap."""
    found = [constant_ball(place)(64) for place in atoms(system, no_instance)]
    cuts, chosen = support(system).cuts, []
    inner = [(low, high) for (_, low), (high, _) in pairwise(cuts) if low and high]
    for low, high in inner:
        width = float((high.ball(256) - low.ball(256)).mid())
        points = between(low, high)
        free = [
            x for x in points if all(abs(float((atom - x).mid())) > width / 64 for atom in found)
        ]
        if not free:
            raise ConvergenceError(f"no point of the gap near {float(points[0])} is free of atoms")
        chosen.append((free[0], width))
    return tuple(chosen)


def _apart(atom: arb, x: fmpq) -> float:
    """Distance from an atom to a point."""
    return abs(float((atom - x).mid()))


def _label(system: System, x: fmpq, width: float, known: frozenset[sp.Expr]) -> sp.Expr:
    """The label that the mass to the left of x has."""
    value = mass_left(system, float(x), width)
    distances = sorted((abs(float(label) - value), str(label), label) for label in known)
    if distances[0][0] > _NEAR or (len(distances) > 1 and distances[1][0] < _APART):
        raise ConvergenceError(
            f"the mass {value} to the left of {float(x)} singles out no value that theory allows"
        )
    return distances[0][2]
