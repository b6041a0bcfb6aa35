"""The spectrum in the pieces on which numbers are computed: cuts, the powers at their ends, atoms.

Cuts come with proof and local terms, with proof and powers seen on the branch, or from the branch
alone. Whichever answers is held against the mass: cuts and atoms must carry 1 together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import inf
from typing import final

from freeprob.exact.systems.system import System
from freeprob.geometry.candidates.local_terms import LocalTerm
from freeprob.geometry.spectrum.edges import local_behaviours
from freeprob.geometry.spectrum.matching import local_terms
from freeprob.geometry.spectrum.support import Boundary, support
from freeprob.numeric.distributions import evaluate
from freeprob.numeric.distributions.cuts import Atom, Cut, End, split_at
from freeprob.numeric.distributions.distribution import MASS_TOLERANCE, carried, distribution
from freeprob.numeric.distributions.precise import Hull
from freeprob.routes import REFUSALS, Route, Routed, first

_STEEP = 8  # orders of roots from which a small root is a distance that floats may not hold

Cuts = tuple[Cut, ...]
Atoms = tuple[Atom, ...]


@final
@dataclass(frozen=True)
class Spectrum:
    """Cuts, ended also at cusps and other points where the density is not analytic, and atoms."""

    cuts: Cuts
    atoms: Atoms


def spectrum(system: System, atoms: Atoms) -> Routed[Spectrum]:
    """The pieces of a system without parameters whose atoms are given; they carry mass 1.

    Raises
    ------
    ConvergenceError
        If no route leads to cuts that carry what the atoms leave.
    """
    places = [atom.location for atom in atoms]

    def controlled(find: Callable[[System], Cuts]) -> Spectrum:
        cuts = split_at(find(system), places)
        distribution(system, cuts, atoms)
        return Spectrum(cuts, atoms)

    return first(
        "the spectrum was not found in pieces that carry mass 1",
        [
            Route(name, partial(controlled, find), by="cuts and atoms carry mass 1 to 1e-9")
            for name, find in _CUTS
        ],
    )


def missing_mass(system: System, atoms: Atoms) -> float | None:
    """What cuts and atoms leave of mass 1, by the cuts that leave least; None without cuts."""
    places, least = [atom.location for atom in atoms], None
    for _, find in _CUTS:
        try:
            left = 1 - carried(system, split_at(find(system), places), atoms).total
        except REFUSALS:
            continue
        if least is None or abs(left) < abs(least):
            least = left
        if abs(least) < MASS_TOLERANCE:
            break
    return least


def hull_of(system: System) -> Hull | None:
    """The ends of the support, infinite ones too; None where it is not found."""
    try:
        cuts = support(system).cuts
    except REFUSALS:
        return None
    if not cuts:
        return ()
    low, high = cuts[0][0], cuts[-1][1]
    nowhere = Fraction(0)
    return (
        End((-inf, 0.0), nowhere) if low is None else End.of(low.ball, nowhere),
        End((inf, 0.0), nowhere) if high is None else End.of(high.ball, nowhere),
    )


def _by_local_terms(system: System) -> Cuts:
    """Proved places, and how the density goes there."""
    return _with_tails(
        system,
        [
            End.of(boundary.location.ball, density.exponent, density.p, _constant(density))
            for boundary, density in local_behaviours(system)
        ],
    )


def _constant(density: LocalTerm) -> float | None:
    """The constant of a steep end, where floats do not reach the density next to it."""
    return float(density.constant(64).mid()) if density.p > _STEEP else None


def _by_powers(system: System) -> Cuts:
    """Proved places; how the density goes there is seen on the branch."""
    return _with_tails(
        system,
        [
            evaluate.finite_end(system, edge.location.ball, side, edge.spacing)
            for edge in support(system).boundaries
            for side, positive in ((-1, edge.left), (1, edge.right))
            if positive
        ],
    )


def _by_corners(system: System) -> Cuts:
    """Proved places without power laws, as at logarithms: pieces shrink towards them to rounding.

    What lies nearer must be without mass, as it is below densities that grow like logarithms.
    """
    return _with_tails(
        system, [end for edge in support(system).boundaries for end in _corner(system, edge)]
    )


def _corner(system: System, edge: Boundary) -> list[End]:
    """The ends at one place: by local terms where the density has some there."""
    try:
        return [
            End.of(edge.location.ball, density.exponent, density.p, _constant(density))
            for density in local_terms(system, edge)
        ]
    except REFUSALS:
        sides = (edge.left, edge.right)
        return [End.of(edge.location.ball, Fraction(0)) for positive in sides if positive]


def _with_tails(system: System, ends: list[End]) -> Cuts:
    """Cuts between finite ends, and infinite ends where the support has them."""
    intervals = support(system).cuts
    if intervals and intervals[0][0] is None:
        ends.insert(0, evaluate.infinite_end(system, -1))
    if intervals and intervals[-1][1] is None:
        ends.append(evaluate.infinite_end(system, 1))
    return tuple(Cut(low, high) for low, high in zip(ends[::2], ends[1::2], strict=True))


_CUTS = (
    ("edges with local terms", _by_local_terms),
    ("edges, powers on the branch", _by_powers),
    ("edges, ends without power law", _by_corners),
    ("the branch on a grid", evaluate.scanned_cuts),
)
