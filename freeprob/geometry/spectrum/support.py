"""The support: cuts between decided edges, and points inside cuts where the branch is singular."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple, final

import numpy as np
import sympy as sp
from flint import acb, arb

from freeprob.errors import (
    BudgetExceededError,
    CertificationError,
    ConvergenceError,
    InvalidParameterError,
    NoClosedFormError,
    NotAlgebraicError,
)
from freeprob.exact.operations.gaussian_mixtures import gaussian_mixture
from freeprob.exact.systems.critical_equations import POINTS_BUDGET
from freeprob.exact.systems.poles import poles_of
from freeprob.exact.systems.system import Curve, Node, System, flatten
from freeprob.geometry.candidates.algebraic_numbers import RealAlgebraic
from freeprob.geometry.candidates.candidates import candidates
from freeprob.geometry.candidates.charts_at_infinity import charts
from freeprob.geometry.candidates.components import physical_curve
from freeprob.geometry.candidates.crossings import RationalPlace, crossings, turnings
from freeprob.geometry.candidates.eliminated_curve import eliminated_curve, rational_curve
from freeprob.geometry.candidates.folds_between_poles import folds_between_poles
from freeprob.geometry.candidates.folds_by_scan import Scanned, check_scan, scanned
from freeprob.geometry.candidates.function_ends import FunctionEnd
from freeprob.geometry.candidates.winding import is_analytic
from freeprob.geometry.images.function_places import Value, places_of
from freeprob.geometry.images.product_places import BY, places_of_several, several_variables
from freeprob.geometry.outlines.map_places import Image
from freeprob.geometry.outlines.outlines import Rule, filled, has_outline, maps_gaps, outline
from freeprob.geometry.outlines.shares import Outline
from freeprob.geometry.signs.sides import (
    RealNumber,
    Spot,
    above,
    require_resolved,
    sides,
    starts_at,
)
from freeprob.geometry.spectrum.branch_poles import lumps
from freeprob.numeric.branch.digits import Start, enclosed
from freeprob.numeric.precision import rounded, to_mpf
from freeprob.numeric.programs.lowering import compile_curve
from freeprob.routes import Route, Routed, first, remembered

_LARGE = 10.0  # unknowns beyond this are looked at in the chart around their infinity
_NEAR = 6  # decimal orders
_STAYED = 1e-3  # relative distance from its start at which a proved solution is still that one
_APART, _SAME = 64, 256  # bits that tell most places apart, and to which the same ones agree
Location = RealAlgebraic | Scanned | RationalPlace | Image | Value


@final
@dataclass(frozen=True)
class Boundary:
    """A point of the support where the physical branch is not analytic.

    ``left`` and ``right`` say whether the density is positive just left and just right of it.
    """

    location: Location
    left: bool
    right: bool
    spacing: float


@final
@dataclass(frozen=True)
class Support:
    """The support of the absolutely continuous part, decided.

    ``cuts`` are the maximal intervals on whose interior the density is positive except at isolated
    points; ``None`` stands for an infinite end. ``boundaries`` are their ends and all points inside
    them where the density is not analytic; ``how`` says which route found them.
    """

    cuts: tuple[tuple[Location | None, Location | None], ...]
    boundaries: tuple[Boundary, ...]
    how: Routed[Found] = field(repr=False, compare=False)


def support(system: System, budget: int = POINTS_BUDGET) -> Support:
    """Decide the support of an algebraic system without parameters.

    Past the budget, in predicted word operations, edges are searched on the branch itself.

    Raises
    ------
    InvalidParameterError
        If parameters are symbols.
    """
    return _support(system, budget)


@remembered(maxsize=512)
def _support(system: System, budget: int) -> Support:
    if system.parameters:
        names = ", ".join(sorted(str(symbol) for symbol in system.parameters))
        raise InvalidParameterError(
            f"the support depends on {names}: give values with law.subs({{...}})"
        )
    how = first("the support was not found", _routes(system, budget))
    found = how.value
    return _with_ends(found.places, found.natures, found.regular, how)


class Found(NamedTuple):
    """Places where something may happen, natures between them, and which are regular after all."""

    places: tuple[Location, ...]
    natures: Sequence[bool]
    regular: Container[int] = frozenset()


def _by_construction(system: System, budget: int) -> Iterator[Route[Found]]:
    """The ways that need no equation: from values, functions or parts."""
    if poles_of(system) is not None:
        yield Route(
            "sums over poles",
            lambda: Found((), (False,), frozenset()),
            proved=True,
            by="a law that is given by its atoms has no density",
        )
    mixture = gaussian_mixture(system)
    if mixture is not None and mixture.parts:
        yield Route(
            "values of functions",
            lambda: Found(*places_of(mixture), frozenset()),
            by="the density is positive at all values of the functions; a grid of 64 points a unit "
            "controls that no critical point is missed",
        )
    several = several_variables(system)
    if several is not None:
        yield Route("values of variables", lambda: Found(*places_of_several(several)), True, BY)
    if isinstance(system, Node) and has_outline(system.operation):
        yield Route(
            "outlines of the parts",
            lambda: _from_parts(system, budget),
            proved=True,
            by="images and unions of the parts' edges",
        )


def _routes(system: System, budget: int) -> Iterator[Route[Found]]:
    """The ways to the support, in the order in which they are tried."""
    yield from _by_construction(system, budget)
    if several_variables(system) is not None:
        return  # integrals over several variables have no curve to be read
    rational = rational_curve(system)
    yield Route(
        "exact candidates",
        lambda: _resolved(system, candidates(rational or physical_curve(system), budget), rational),
        proved=True,
        by="every edge is a critical value or a singular point of the curve, and balls decide "
        "whether the density is positive between them",
        refuses=(BudgetExceededError, NotAlgebraicError),
    )
    functions = not flatten(system).is_algebraic
    if functions and isinstance(system, Node) and maps_gaps(system.operation):
        yield Route(
            "a part without gaps",
            lambda: _from_parts(system, budget, filled),
            proved=True,
            by="subordination maps gaps into gaps of the parts, and one has none",
        )
    yield Route(
        "folds between poles",
        lambda: _between_poles(system),
        proved=True,
        by="between neighbouring poles z' has at most two zeros, it is positive in gaps, and a "
        "ball holds each edge",
        refuses=(NotAlgebraicError,),
    )
    yield Route(
        "search on the branch",
        lambda: _searched(system),
        by="the edges found are proved by balls; a scan of the branch controls that none is missed",
        refuses=(ConvergenceError,),
    )
    yield Route(
        "candidates of the eliminated curve",
        lambda: _eliminated(system),
        proved=True,
        by="every edge is a singular value of P(G, z), and balls decide the signs between them",
        refuses=(NotAlgebraicError,),
    )


def _from_parts(system: Node, budget: int, rule: Rule = outline) -> Found:
    """The whole may be simpler than its parts, as the even part of a Cauchy law is."""
    found = rule(system.operation, [outline_of(part, budget) for part in system.parts])
    if found is None:
        raise NotAlgebraicError("the parts' outlines do not decide that of the whole")
    return Found(found.places, found.natures, frozenset())


def _decided(system: System, places: tuple[Location, ...], shown: Curve | None) -> Found:
    natures = _natures(system, places, shown)
    return Found(places, natures, _regular(system, places, natures))


def _resolved(system: System, places: tuple[Location, ...], shown: Curve | None) -> Found:
    require_resolved(places)
    return _decided(system, places, shown)


def _between_poles(system: System) -> Found:
    places = folds_between_poles(system)
    if places is None:
        raise NotAlgebraicError("z is no sum Aω + B + Σ wᵢ/(ω - aᵢ) with rational numbers")
    return Found(places, [i % 2 == 1 for i in range(len(places) + 1)], frozenset())


def _searched(system: System) -> Found:
    places = searched(system)
    natures = _natures(system, places, None)
    check_scan(system, [place.ball(64) for place in places], natures)
    return Found(places, natures, _regular(system, places, natures))


def _eliminated(system: System) -> Found:
    curve = eliminated_curve(system)
    if curve is None:
        raise NotAlgebraicError("the structured curve was not eliminated within its budget")
    return _decided(system, candidates(curve), curve)


def _regular(
    system: System, places: tuple[Location, ...], natures: Sequence[bool]
) -> frozenset[int]:
    """Candidates inside cuts at which the branch turns out to be analytic."""
    curve, spacings = physical_curve(system), _spacings(places)
    inside = [i for i, (left, right) in enumerate(pairwise(natures)) if left and right]
    starts = starts_at(system, [above(places[i], spacings[i], _NEAR) for i in inside])
    return frozenset(
        i
        for i, start in zip(inside, starts, strict=True)
        if not isinstance(places[i], FunctionEnd)
        and (_is_regular(curve, places[i], start) or is_analytic(system, places[i], spacings[i]))
    )


def _with_ends(
    places: tuple[Location, ...],
    natures: Sequence[bool],
    regular: Container[int],
    how: Routed[Found],
) -> Support:
    """The support whose density is not analytic at the places that are not regular."""
    boundaries = [
        Boundary(place, natures[i], natures[i + 1], _spacing(places, i))
        for i, place in enumerate(places)
        if (natures[i] or natures[i + 1]) and i not in regular
    ]
    return Support(_cuts(natures, boundaries), tuple(boundaries), how)


def searched(system: System) -> tuple[Location, ...]:
    """Candidates found on the branch itself, in increasing order."""
    found = scanned(system)
    explained = [float(place.ball(64).mid()) for place in found]
    for lump in lumps(system):
        low, high = lump.around
        if not lump.is_atom and not any(low < place < high for place in explained):
            raise ConvergenceError(
                f"the cut near {float(lump.place.mid()):.12g} is too narrow to be followed"
            )
    places: list[Location] = [*found, *crossings(system, explained)]
    explained = [float(place.ball(64).mid()) for place in places]
    places += turnings(system, explained)
    return _distinct(places)


def _distinct(places: Sequence[Location]) -> tuple[Location, ...]:
    """Places in increasing order, each once; ends of functions come first."""
    found: list[Location] = []
    for place in sorted(places, key=lambda place: float(place.ball(_APART).mid())):
        if not found or not all(found[-1].ball(b).overlaps(place.ball(b)) for b in (_APART, _SAME)):
            found.append(place)
        elif isinstance(place, FunctionEnd):
            found[-1] = place
    return tuple(found)


def outline_of(system: System, budget: int = POINTS_BUDGET) -> Outline:
    """Where the density is not analytic, and its nature between those places."""
    found = support(system, budget)
    natures = [edge.right for edge in found.boundaries]
    first = found.cuts[:1] and found.cuts[0][0] is None
    return Outline(tuple(edge.location for edge in found.boundaries), (bool(first), *natures))


def composed_outline(system: System, budget: int = POINTS_BUDGET) -> Outline | None:
    """The same from the parts of a mixture or of an image under a map; None for other laws."""
    if not isinstance(system, Node) or not has_outline(system.operation):
        return None
    try:
        return outline(system.operation, [outline_of(part, budget) for part in system.parts])
    except (BudgetExceededError, CertificationError, ConvergenceError):
        return None  # the whole may be simpler than its parts, as the even part of a Cauchy law is


def _natures(system: System, places: tuple[Location, ...], shown: Curve | None) -> list[bool]:
    """Which intervals between candidates are cuts; the way to what is asked next is shared."""
    beside = [above(*pair) for pair in zip(places, _spacings(places), strict=True)]
    return sides(system, places, beside, shown)


def _spacings(places: tuple[Location, ...]) -> list[float]:
    """Distance of each candidate from its nearest neighbour."""
    return [_spacing(places, i) for i in range(len(places))]


def cuts(system: System, dps: int | None = None, budget: int = POINTS_BUDGET) -> list[tuple]:
    """The intervals of positive density, ends exact or with ``dps`` right digits."""
    return [
        (_written(system, low, -1, dps), _written(system, high, 1, dps))
        for low, high in support(system, budget).cuts
    ]


def _written(system: System, end: Location | None, sign: int, dps: int | None) -> Any:
    """An end of a cut for the reader."""
    if end is None:
        return sign * sp.oo if dps is None else to_mpf(arb.pos_inf() * sign, dps)
    return exact_place(system, end) if dps is None else rounded(end.ball, dps)


def exact_place(system: System, place: RealNumber) -> sp.Expr:
    """A boundary as an exact number, from the eliminated curve where the place has digits only.

    Raises
    ------
    NoClosedFormError
        If elimination is out of reach.
    """
    try:
        return place.expression()
    except NoClosedFormError:
        eliminated = eliminated_curve(system)
        known = () if eliminated is None else candidates(eliminated)
        # critical values of the structured curve are among those of P
        near = [number for number in known if number.ball(_SAME).overlaps(place.ball(_SAME))]
        if len(near) != 1:
            raise
        return near[0].expression()


def _spacing(places: tuple[Location, ...], i: int) -> float:
    """Distance from a candidate to its nearest neighbour."""
    here = places[i].ball(64)
    others = [*places[max(i - 1, 0) : i], *places[i + 1 : i + 2]]
    distances = [float(abs(here - other.ball(64)).lower()) for other in others]
    return min([*distances, max(1.0, abs(float(here.mid())))])


def _cuts(
    natures: Sequence[bool], boundaries: list[Boundary]
) -> tuple[tuple[Location | None, Location | None], ...]:
    """Maximal intervals of positive density."""
    ends: list[Location | None] = [None] if natures[0] else []
    ends += [edge.location for edge in boundaries if edge.left != edge.right]
    ends += [None] if natures[-1] else []
    return tuple(zip(ends[::2], ends[1::2], strict=True))


def _is_regular(curve: Curve, place: Location, start: Start) -> bool:
    """Whether the physical branch is analytic at a candidate, poles of unknowns apart.

    Interval Newton at z = place, from the unknowns just above, decides in a chart where they are
    finite.
    """
    original = np.array([complex(u) for u in start.u])
    for chart in charts(curve, (np.abs(original) > _LARGE).tolist()):
        own = [acb(complex(u)) for u in chart.from_original(original)]
        solution = enclosed(compile_curve(chart.curve), Spot(place), 128, Start(own, 64))
        if solution is not None and is_near(solution, own):
            return True
    return False


def is_near(solution: Sequence[acb], start: Sequence[acb]) -> bool:
    """Whether interval Newton stayed at the solution that the branch above pointed at."""
    return all(abs(u - s) < _STAYED * (1 + abs(s)) for u, s in zip(solution, start, strict=True))
