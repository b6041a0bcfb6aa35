"""The local expansion of the physical branch by going round a point.

Where several branches of a curve cross, no single critical point shows how G behaves. Continued
round the place, the branch comes back after p turns; its values on the p-fold circle are those of
a Laurent series in (z - e)^(1/p), whose coefficients a discrete Fourier transform gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from flint import arb, ctx, fmpq

from freeprob.errors import ConvergenceError, NoClosedFormError
from freeprob.exact.system import System
from freeprob.geometry.algebraic import RealAlgebraic
from freeprob.geometry.sides import Location, Spot, start_at, to_dyadic
from freeprob.numeric.arithmetic import FloatArithmetic
from freeprob.numeric.branch import physical_branch
from freeprob.numeric.paths import carried
from freeprob.numeric.straight_line import Program, evaluate

_STEPS = 128
_ARC = 2
_MOST_TURNS = 12
_RADII = (0.1, 0.02, 4e-3, 8e-4)
_NEGLIGIBLE = 1e-7


@final
@dataclass(frozen=True)
class Winding:
    """G = Σ c_j (z - e)^(j/p) near e; ``terms`` maps j to c_j for the terms that count."""

    p: int
    terms: tuple[tuple[int, complex], ...]

    @property
    def is_regular(self) -> bool:
        """Whether G is analytic at e."""
        return self.p == 1 and all(j >= 0 for j, _ in self.terms)

    @property
    def _first(self) -> tuple[int, complex]:
        """The leading term that is not real on the whole axis."""
        for j, c in self.terms:
            sides = (c.imag, (c * np.exp(1j * np.pi * j / self.p)).imag)
            if max(map(abs, sides)) > _NEGLIGIBLE * abs(c):
                return j, c
        return self.terms[0]

    @property
    def exponent(self) -> fmpq:
        """Exponent of the density next to e."""
        return fmpq(self._first[0], self.p)

    @property
    def has_density(self) -> bool:
        """Whether the density tends to a positive number."""
        return self._first[0] == 0

    def angle(self, turn: int, right: bool) -> fmpq:
        """Argument of the leading term in units of π on one side of e."""
        j, c = self._first
        own = float(np.angle(c)) / np.pi
        return fmpq(*own.as_integer_ratio()) + (fmpq(0) if right else fmpq(j, self.p))

    def size(self, bits: int) -> arb:
        """Modulus of the leading coefficient, to what the transform gives."""
        with ctx.workprec(bits + 16):
            value = arb(abs(self._first[1]))
            return value + arb(0, 1e-9) * value

    def exact_power(self) -> RealAlgebraic:
        """Not known exactly."""
        raise NoClosedFormError(
            "the constant of this edge has no exact form here: ask for a few digits with dps="
        )


def winding(system: System, location: Location, spacing: float) -> Winding | None:
    """The expansion at a real place, or None where the circle meets other branch points.

    Parameters
    ----------
    system
        Without parameters.
    location
        The place e.
    spacing
        Distance to the nearest other place where the branch may be singular.
    """
    program, e = physical_branch(system).program, float(location.ball(64).mid())
    for fraction in _RADII:
        height = to_dyadic(spacing * fraction)
        radius = float(height)
        if radius < 1e-8 * abs(e):
            return None
        try:
            start = start_at(system, Spot(location, height))
        except ConvergenceError:
            continue
        values = _circle(program, np.array([complex(u) for u in start.u]), e, radius)
        found = None if values is None else _expanded(values, radius)
        if found is not None:
            return found
    return None


def _circle(program: Program, u: np.ndarray, e: float, radius: float) -> np.ndarray | None:
    """Values of G on whole turns round e until the unknowns come back."""
    angle, step = np.pi / 2, 2 * np.pi / _STEPS
    first, values = u, []
    for turn in range(_MOST_TURNS):
        for k in range(_STEPS):
            values.append(complex(evaluate(program, list(u), FloatArithmetic())[-1]))
            theta = angle + (turn * _STEPS + k) * step
            arc = theta + step * np.arange(_ARC + 1) / _ARC
            moved = carried(program, u, e + radius * np.exp(1j * arc))
            if moved is None:
                return None
            u = moved
        if np.max(np.abs(u - first)) < 1e-8 * np.max(np.abs(first)):
            return np.array(values)
    return None


def _expanded(values: np.ndarray, radius: float) -> Winding | None:
    """Coefficients of the Laurent series in the p-th root."""
    count = len(values)
    p = count // _STEPS
    theta = np.pi / 2 + 2 * np.pi * np.arange(count) / _STEPS
    powers = np.arange(-count // 4, count // 2)
    sizes = np.array([np.mean(values * np.exp(-1j * j * theta / p)) for j in powers])
    scale = np.max(np.abs(values))
    far = (powers > count // 4) | (powers < -p)
    if np.max(np.abs(sizes[far])) > _NEGLIGIBLE * scale:
        return None
    terms = [
        (int(j), complex(c * radius ** (-j / p)))
        for j, c in zip(powers, sizes, strict=True)
        if abs(c) > 1e-9 * scale and j <= 2 * p + 2
    ]
    return Winding(p, tuple(terms)) if terms else None
