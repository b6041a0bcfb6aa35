"""Distribution function and quantiles to any number of digits."""

from __future__ import annotations

from math import lcm

import numpy as np
from flint import arb, ctx

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.exact.systems.system import System
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.distributions.cdf_integral import continuous_cdf
from freeprob.numeric.distributions.cuts import Atom, Cut, End
from freeprob.numeric.distributions.distribution import distribution
from freeprob.numeric.precision import bits_of
from freeprob.numeric.programs.points import Place

_ROUNDS = 40
_NEAR = 1e-12
_GUARD = 40


def precise_cdf(
    system: System, x: Place, cuts: tuple[Cut, ...] | None, atoms: tuple[Atom, ...], dps: int
) -> arb:
    """F(x) = μ(-∞, x] with an error below 10^-dps.

    Raises
    ------
    ConvergenceError
        At an edge that the cuts do not name.
    """
    digits = digits_of(system)
    beside = _in_gap(x, cuts, dps) or x
    perch = digits.perch(beside)
    if perch is None:
        raise ConvergenceError(
            f"{float(x().real):.17g} is an edge or a cusp without a gap next to it: "
            "take a point nearby"
        )
    top = digits.branch.radius / 4
    root = lcm(*(end.root for cut in cuts or () for end in cut.ends if not end.is_finite))
    value = continuous_cdf(digits.branch.program, perch, beside, atoms, dps + 4, top, root)
    with ctx.workprec(_bits(dps)):
        for atom in atoms:
            if not atom.place().real > x().real:
                value = value + atom.mass().real
        tiny = arb(10) ** -(dps + 1)
        return arb(0) if value < tiny else arb(1) if value > 1 - tiny else value


def _bits(dps: int) -> int:
    return bits_of(dps) + _GUARD


def _in_gap(x: Place, cuts: tuple[Cut, ...] | None, dps: int) -> Place | None:
    """A plain point of the gap that holds x, where F is the same; None inside a cut."""
    bits = _bits(dps) + 4 * x.depth
    with ctx.workprec(bits):
        here, before = x().real, None
        for cut in cuts or ():
            if here < cut.left.at(bits) or _touches(here, cut.left, bits):
                return _plain(before, cut.left.location[0])
            if not (here > cut.right.at(bits) or _touches(here, cut.right, bits)):
                return None
            before = cut.right.location[0]
        return _plain(before, None) if before is not None else None


def _touches(here: arb, end: End, bits: int) -> bool:
    """Whether a point is an end, as far as all its digits tell; unsure ends never are."""
    return end.uncertainty == 0 and end.at(bits).overlaps(here)


def _plain(low: float | None, high: float | None) -> Place:
    """A point between two ends that no symmetry makes special."""
    if low is None:
        if high is None:
            return Place.of(0j)
        return Place.of(complex(high - 1 - abs(high) / 2))
    if high is None:
        return Place.of(complex(low + 1 + abs(low) / 2))
    return Place.of(complex(low + 0.41 * (high - low)))


def precise_quantile(
    system: System, p: Place, cuts: tuple[Cut, ...], atoms: tuple[Atom, ...], dps: int
) -> arb:
    """The smallest x with F(x) ≥ p, by Newton's method from float64 on.

    Raises
    ------
    InvalidParameterError
        If p is outside [0, 1].
    ConvergenceError
        If p is so near to the mass left of a gap that the digits do not tell them apart.
    """
    level = float(p().real)
    if not 0 <= level <= 1:
        raise InvalidParameterError(f"probabilities must lie in [0, 1], got {level:.17g}")
    found = distribution(system, cuts, atoms)
    before = 0.0
    place, total, piece = found.events[0]
    for place, total, piece in found.events:  # noqa: B007 - the last one counts
        if level <= total + _NEAR:
            break
        before = total
    last = total - level < _NEAR
    if piece is None:
        atom = next(atom for atom in atoms if atom.location == place)
        if last:
            _require_at_most(p, precise_cdf(system, atom.place, cuts, atoms, dps), dps)
        with ctx.workprec(_bits(dps)):
            return atom.place().real
    end, side = piece.half.end, piece.half.side
    if last and side < 0 and end.ball is not None:
        following = [cut.left.location[0] for cut in cuts if cut.left.location[0] > place]
        beyond = _plain(end.location[0], min(following, default=None))
        _require_at_most(p, precise_cdf(system, beyond, cuts, atoms, dps), dps)
        return end.ball(_bits(dps))
    if level == 0 and side > 0 and before == 0 and end.ball is not None:
        return end.ball(_bits(dps))
    return _refined(system, p, float(found.quantile(np.array(level))), cuts, atoms, dps)


def _require_at_most(p: Place, mass: arb, dps: int) -> None:
    """Refuse a probability just above the mass left of a gap."""
    with ctx.workprec(_bits(dps)):
        if p().real - mass > arb(10) ** -dps:
            raise ConvergenceError(
                "the probability exceeds the mass left of a gap by less than 1e-12: "
                "its quantile is the next edge to that accuracy"
            )


def _as_place(value: arb) -> Place:
    """A ball's midpoint."""
    return Place(value.mid().fmpq())


def _refined(
    system: System, p: Place, start: float, cuts: tuple[Cut, ...], atoms: tuple[Atom, ...], dps: int
) -> arb:
    """Newton's method on F(x) = p; digits double from those of float64."""
    digits, x, known = digits_of(system), Place.of(complex(start)), 13
    for _ in range(_ROUNDS):
        working = min(2 * known, dps + 8)
        value = precise_cdf(system, x, cuts, atoms, working)
        density = digits.density(x, working // 2 + 8)
        with ctx.workprec(_bits(working)):
            step = (value - p().real) / density
            moved = (x().real - step).mid()
            share = float(abs(step).mid() / abs(moved)) if moved != 0 else 1.0
            x = _as_place(moved)
        seen = int(-np.log10(share)) if share > 0 else dps
        if working == dps + 8 and 2 * seen >= dps + 8:
            with ctx.workprec(_bits(dps)):
                tiny = digits.branch.radius * arb(10) ** -(dps + 4)
                return arb(0) if abs(moved) < tiny else moved
        known = max(known, min(2 * seen, dps + 8) - 4)
    raise ConvergenceError(f"the quantile at {float(p().real):.17g} did not settle")
