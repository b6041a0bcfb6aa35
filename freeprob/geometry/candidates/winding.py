"""The local expansion of the physical branch by going round a point.

Where several branches of a curve cross, no single critical point shows how G behaves. Continued
round the place, the branch comes back after p turns; its values on the p-fold circle are those of
a Laurent series in (z - e)^(1/p), whose coefficients a discrete Fourier transform gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import final

import numpy as np
import sympy as sp
from flint import acb, arb, ctx, fmpq

from freeprob.errors import CertificationError, ConvergenceError
from freeprob.exact.systems.system import System, flatten
from freeprob.geometry.candidates.local_terms import PowerLaw
from freeprob.geometry.signs.sides import RealNumber, Spot, start_at, to_dyadic
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.branch.digits import Start, enclosed
from freeprob.numeric.precision import digits_in
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.straight_line import Program, evaluate
from freeprob.numeric.stepping.balls import result
from freeprob.numeric.stepping.paths import carried, carried_together

_STEPS = 128
_ARC = 2
_ROUGH = 16  # steps of a turn that is only counted; each is cut where it is long
_MOST_TURNS = 12  # where the number of sheets is not known
_RADII = (0.1, 0.02, 4e-3, 8e-4)  # of circles, in units of the distance to the next place
_NEGLIGIBLE = 1e-7  # coefficients of high powers: others show a second singular place inside
_BACK = 1e-8  # unknowns that return to this have closed their circle: sheets differ by far more
_NOISE = 1e-9  # coefficients below this share of the values are rounding of the mean over a circle
_ROOM = 1e-8  # smallest circle, relative to its centre: float64 holds eight digits of it
# imaginary parts that float64 sees, in units of the largest term, and what rounding leaves of
# none; between them coefficients of so many bits decide
_SEEN, _UNSEEN, _PROOF_BITS = 1e-6, 1e-12, 96


@final
@dataclass(frozen=True)
class Ring:
    """Points of a circle round a place and rough unknowns there, k turns in ``_STEPS`` steps each.

    Each is a pair of a complex offset from the place and the unknowns.
    """

    program: Program
    location: RealNumber
    radius: fmpq
    unknowns: tuple[tuple[complex, ...], ...] = field(repr=False)

    @property
    def turns(self) -> int:
        """How often it goes round."""
        return len(self.unknowns) // _STEPS

    def coefficient(self, j: int, bits: int) -> acb:
        """The coefficient of (z - e)^(j/turns), by a rule that errs like 10^-digits.

        Raises
        ------
        CertificationError
            If there are too few points for so many bits, or a value at one is not proved.
        """
        digits = digits_in(bits) + 5
        stride = next((s for s in (4, 2, 1) if _STEPS // s >= digits), None)
        if stride is None:
            raise CertificationError(
                f"{digits} digits of a coefficient need more points than the {_STEPS} of a turn"
            )
        count, total = len(self.unknowns), acb(0)
        with ctx.workprec(bits + 32):
            for k in range(0, count, stride):
                turn = fmpq(1, 2) + fmpq(2 * k * self.turns, count)
                total += self._value(k, turn, bits) * acb(-turn * fmpq(j, self.turns)).exp_pi_i()
            scale = arb(self.radius) ** (arb(-j) / self.turns)
            value = total * scale * stride / count
            error = (abs(value) * arb(10) ** (2 - digits)).abs_upper()
            return value + acb(arb(0, error), arb(0, error))

    def _value(self, k: int, turn: fmpq, bits: int) -> acb:
        """G at a point, whose direction is given in units of π."""
        offset = (acb(turn).exp_pi_i() * self.radius).mid()
        start = Start([acb(u) for u in self.unknowns[k]], 64)
        place = Beside(self.location, offset.real.fmpq(), offset.imag.fmpq())
        unknowns = enclosed(self.program, place, bits + 16, start)
        if unknowns is None:
            raise CertificationError(f"G was not proved beside {float(place().real.mid())}")
        return result(self.program, unknowns)


@final
@dataclass(frozen=True)
class Beside:
    """The point location + x + i y, as numeric rooms read a place."""

    location: RealNumber
    x: fmpq
    y: fmpq

    def __call__(self) -> acb:
        """The point as a ball at FLINT's precision."""
        return acb(self.location.ball(int(ctx.prec)) + self.x, arb(self.y))

    @property
    def is_real(self) -> bool:
        """It may be on another sheet than the one reached from above."""
        return False

    @property
    def depth(self) -> int:
        """Bits of the distance from the location."""
        return max(int(part.q).bit_length() for part in (self.x, self.y))


@final
@dataclass(frozen=True)
class Winding:
    """G = Σ c_j (z - e)^(j/p) near e; ``terms`` maps j to c_j for the terms that count."""

    p: int
    terms: tuple[tuple[int, complex], ...]
    ring: Ring = field(compare=False)

    @property
    def is_regular(self) -> bool:
        """Whether G is analytic at e."""
        return self.p == 1 and all(j >= 0 for j, _ in self.terms)

    def on_side(self, turn: int, right: bool) -> PowerLaw | None:
        """The first term with an imaginary part on this side; there is one turn only."""
        for j, _ in self.terms:
            if self._has_imaginary_part(j, right):
                return PowerLaw(right, self.p, fmpq(j, self.p), partial(self._constant, j, right))
        return None

    def _constant(self, j: int, right: bool, bits: int) -> arb:
        """Modulus of the imaginary part of a term at distance 1, over π."""
        with ctx.workprec(bits + 16):
            c = self.ring.coefficient(j, bits)
            if not right:
                c *= acb(fmpq(j, self.p)).exp_pi_i()
            return abs(c.imag) / arb.pi()

    def _has_imaginary_part(self, j: int, right: bool) -> bool:
        """Whether a term is not real on one side, by float64 or by balls."""
        # powers of a radius may be outside the range of float64
        radius, c = arb(self.ring.radius), dict(self.terms)[j]
        powers = {k: radius ** arb(fmpq(k, self.p)) for k, _ in self.terms}
        scale = max(arb(abs(c)) * powers[k] for k, c in self.terms)
        part = abs((c if right else c * np.exp(1j * np.pi * j / self.p)).imag)
        seen = float(arb(part) * powers[j] / scale)
        if seen > _SEEN or seen < _UNSEEN:
            return bool(seen > _SEEN)
        size = self._constant(j, right, _PROOF_BITS) * powers[j]
        return bool(size > scale * arb(2) ** (-_PROOF_BITS // 2))


def winding(
    system: System, location: RealNumber, spacing: float, turns: int | None = None
) -> Winding | None:
    """The expansion at a real place, or None where the circle meets other branch points.

    Parameters
    ----------
    system
        Without parameters.
    location
        The place e.
    spacing
        Distance to the nearest other place where the branch may be singular.
    turns
        In how many the branch is to come back, by default as many as it may take: where it is
        analytic one is enough.
    """
    turns = turns or _most_turns(system)
    # the widest circle is the rule; where it shows nothing the others go round together
    for fractions in (_RADII[:1], _RADII[1:]):
        radii = [spacing * fraction for fraction in fractions]
        for ring in _circles(system, location, radii, turns):
            found = _expanded(ring)
            if found is not None:
                return found
    return None


def is_analytic(system: System, location: RealNumber, spacing: float) -> bool:
    """Whether the branch is analytic at a real place, as one turn round it shows."""
    around = winding(system, location, spacing, 1)
    return around is not None and around.is_regular


def _circles(
    system: System, location: RealNumber, radii: Sequence[float], turns: int
) -> Iterator[Ring]:
    """Whole turns round e until the unknowns come back, on circles that close."""
    program, e = physical_branch(system).program, float(location.ball(64).mid())
    heights, starts = [], []
    for height in map(to_dyadic, radii):
        if float(height) < _ROOM * abs(e):
            break
        try:
            start = start_at(system, Spot(location, height))
        except ConvergenceError:
            continue
        heights.append(height)
        starts.append([complex(u) for u in start.u])
    if not starts:
        return
    # where no circle closes a few points of each turn show it
    sizes = np.array([float(height) for height in heights])
    closed = _closing(program, e, sizes, np.array(starts).T, turns)
    for i in np.flatnonzero(closed):
        points = _around(program, e, float(heights[i]), np.array(starts[i]), turns)
        if points is not None:
            yield Ring(program, location, heights[i], tuple(points))


def _most_turns(system: System) -> int:
    """At least the number of sheets of a rational map, which no circle takes more turns than."""
    curve = flatten(system)
    if not (curve.is_uniformised and curve.is_algebraic):
        return _MOST_TURNS
    (u,) = curve.unknowns
    sizes = (
        sum(sp.degree(base, u) * power for base, power in (f.as_base_exp() for f in factors))
        for factors in map(sp.Mul.make_args, sp.fraction(sp.together(curve.z)))
    )
    return max(_MOST_TURNS, *map(int, sizes))


def _closing(
    program: Program, e: float, radii: np.ndarray, u: np.ndarray, turns: int
) -> np.ndarray:
    """Which circles, one for each column of unknowns, come back in so many turns."""
    first, closed, left = u, np.zeros(len(radii), dtype=bool), np.arange(len(radii))
    turn = np.exp(1j * (np.pi / 2 + 2 * np.pi / _ROUGH * np.arange(_ROUGH + 1)))
    for _ in range(turns):
        u, alive = carried_together(program, u, e + turn[:, None] * radii[left])
        back = alive & _is_back(u, first[:, left])
        closed[left[back]] = True
        on = alive & ~back
        u, left = u[:, on], left[on]
        if not len(left):
            break
    return closed


def _is_back(u: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Whether unknowns are those at the start, one column for each circle."""
    return np.max(np.abs(u - first), axis=0) < _BACK * np.max(np.abs(first), axis=0)


def _around(
    program: Program, e: float, radius: float, u: np.ndarray, turns: int
) -> list[tuple[complex, ...]] | None:
    """Unknowns at the points of each turn until they come back; None if they do not."""
    first, points = u, []
    for k in range(turns * _STEPS):
        points.append(tuple(map(complex, u)))
        theta = np.pi / 2 + 2 * np.pi / _STEPS * (k + np.arange(_ARC + 1) / _ARC)
        moved = carried(program, u, e + radius * np.exp(1j * theta))
        if moved is None:
            return None
        u = moved
        if (k + 1) % _STEPS == 0 and _is_back(u, first):
            return points
    return None


def _expanded(ring: Ring) -> Winding | None:
    """Coefficients of the Laurent series in the p-th root."""
    values = evaluate(ring.program, list(np.array(ring.unknowns).T), FloatArithmetic())[-1]
    count, p, radius = len(values), ring.turns, float(ring.radius)
    theta = np.pi / 2 + 2 * np.pi * np.arange(count) * p / count
    powers = np.arange(-count // 4, count // 2)
    sizes = np.array([np.mean(values * np.exp(-1j * j * theta / p)) for j in powers])
    scale = np.max(np.abs(values))
    far = (powers > count // 4) | (powers < -p)
    if np.max(np.abs(sizes[far])) > _NEGLIGIBLE * scale:
        return None
    terms = [
        (int(j), complex(c * radius ** (-j / p)))
        for j, c in zip(powers, sizes, strict=True)
        if abs(c) > _NOISE * scale and j <= 2 * p + 2
    ]
    return Winding(p, tuple(terms), ring) if terms else None
