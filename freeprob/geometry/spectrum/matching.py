"""How the density goes next to a boundary of the support: what is recognised, and its control."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from flint import arb, ctx, fmpq

from freeprob.errors import (
    BudgetExceededError,
    CertificationError,
    ConvergenceError,
    NotAlgebraicError,
)
from freeprob.exact.operations.gaussian_mixtures import gaussian_mixture
from freeprob.exact.systems.critical_equations import POINTS_BUDGET
from freeprob.exact.systems.system import Curve, System
from freeprob.geometry.candidates.candidates import points_over, real_points
from freeprob.geometry.candidates.charts_at_infinity import Chart, charts
from freeprob.geometry.candidates.components import physical_curve
from freeprob.geometry.candidates.crossings import RationalPlace
from freeprob.geometry.candidates.eliminated_curve import eliminated_curve, rational_curve
from freeprob.geometry.candidates.folds_by_scan import FoldLocation
from freeprob.geometry.candidates.function_ends import FunctionEnd
from freeprob.geometry.candidates.germs import Germ, SingularTerm
from freeprob.geometry.candidates.local_terms import Expansion, LocalTerm
from freeprob.geometry.candidates.winding import winding
from freeprob.geometry.images.function_places import FunctionExpansion, Value
from freeprob.geometry.images.product_places import several_variables
from freeprob.geometry.outlines.map_places import Image
from freeprob.geometry.outlines.observed import Observed
from freeprob.geometry.signs.rounding import Constant
from freeprob.geometry.signs.sides import RealNumber, Spot, start_at, to_dyadic
from freeprob.geometry.spectrum.support import Boundary
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import evaluate

_CLOSER = 0.2  # a first-order prediction is wrong by far less than another root of z - e
_LARGE = 10.0  # unknowns beyond this are looked at in the chart around their infinity
_HEIGHTS = range(2, 13)  # decimal orders of the square of a root, or of its power p
_REAL_ONLY = 4  # as long as no more orders are needed, real critical points are looked at alone
# binary orders of |x - e|^(1/p) at which densities are compared with what was recognised: they
# agree to the square root of that distance, or logarithms are at work
_CONTROLS = (10, 20, 40)
_CONTROL_DIGITS = 18
_STEEP = 24  # orders of roots beyond which densities at the controls take seconds
_DEPTH = 128  # bits of a place beyond those of its distance from a boundary


class Arrival(NamedTuple):
    """The expansion of the physical branch at a boundary, and the root of z - e it follows."""

    expansion: Expansion
    turn: int


def local_terms(system: System, boundary: Boundary, budget: int = POINTS_BUDGET) -> list[LocalTerm]:
    """How the density goes next to a boundary, on each side where it is positive.

    Critical points over the boundary come first, then what going round it shows, then a limit of
    the density itself. Each is held against values of the density on that side.

    Raises
    ------
    CertificationError
        If no power law is recognised, as next to a logarithm.
    """
    wanted = [right for right, positive in _natures(boundary) if positive]
    found: dict[bool, LocalTerm] = {}
    for expansion, turn in _arrivals(system, boundary, budget):
        for right in wanted:
            term = None if right in found else _on_side(expansion, turn, right)
            if term is not None and (
                _is_foretold(expansion) or is_confirmed(system, boundary, term)
            ):
                found[right] = term
        if len(found) == len(wanted):
            return [found[right] for right in wanted]
    place = float(boundary.location.ball(64).mid())
    raise CertificationError(
        f"the density near {place:.12g} follows no power law that could be recognised: it may have "
        "a logarithm there"
    )


def _is_foretold(expansion: Expansion) -> bool:
    """Whether an expansion is a theorem's, or was held against the unknowns where densities end."""
    if isinstance(expansion, FunctionExpansion):
        return True
    return isinstance(expansion, SingularTerm) and expansion.p > _STEEP


def _natures(boundary: Boundary) -> tuple[tuple[bool, bool], tuple[bool, bool]]:
    """Sides, and whether the density is positive there."""
    return (False, boundary.left), (True, boundary.right)


def _on_side(expansion: Expansion, turn: int, right: bool) -> LocalTerm | None:
    """The leading term on one side; None where its coefficient could not be proved."""
    try:
        return expansion.on_side(turn, right)
    except (CertificationError, ConvergenceError):
        return None


def _arrivals(system: System, boundary: Boundary, budget: int) -> Iterator[Arrival]:
    """Expansions that may be the physical one, the exact ones first."""
    if several_variables(system) is not None:
        raise CertificationError(
            "how densities of functions of several variables go next to their edges is not "
            "recognised: support() tells the ends, density() the numbers next to them"
        )
    mixture = gaussian_mixture(system)
    if mixture is not None and isinstance(boundary.location, Value):
        yield Arrival(FunctionExpansion(mixture, boundary.location), 0)
        return
    for reader in EXPANSIONS:
        arrival = reader(system, boundary, budget)
        if arrival is not None:
            yield arrival


def _at_function_end(system: System, boundary: Boundary, budget: int) -> Arrival | None:
    """Where a density given by a function ends, it is looked at."""
    if not isinstance(boundary.location, FunctionEnd):
        return None
    return Arrival(Observed(system, boundary.location, 2), 0)


def _at_critical_point(system: System, boundary: Boundary, budget: int) -> Arrival | None:
    """A critical point of z over the boundary; places of parts are none of the whole curve."""
    if isinstance(boundary.location, FunctionEnd | Constant | RationalPlace | Image):
        return None
    try:
        return _predicted(system, boundary, budget)
    except NotAlgebraicError:
        # places of parts lie on curves whose own critical points have irrational equations
        return None


def _around(system: System, boundary: Boundary, budget: int) -> Arrival | None:
    """What going round the boundary shows."""
    around = winding(system, boundary.location, boundary.spacing)
    return None if around is None else Arrival(around, 0)


def _observed(system: System, boundary: Boundary, budget: int) -> Arrival:
    """What the density shows: a square root may hide below a positive one."""
    return Arrival(Observed(system, boundary.location, 2), 0)


Reader = Callable[[System, Boundary, int], Arrival | None]
# types of edges: each reader finds the expansion of the branch at a boundary, or knows none
EXPANSIONS: tuple[Reader, ...] = (
    _at_function_end,
    _at_critical_point,
    _around,
    _observed,
)


def is_confirmed(system: System, boundary: Boundary, term: LocalTerm) -> bool:
    """Whether the density next to a boundary is what a local term says."""
    with ctx.workprec(64):
        constant = term.constant(64)
    return any(_is_near(system, boundary, term, constant, orders) for orders in _CONTROLS)


def _is_near(
    system: System, boundary: Boundary, term: LocalTerm, constant: arb, orders: int
) -> bool:
    """The same at one distance."""
    distance = to_dyadic(boundary.spacing) / 2 ** (orders * term.p)
    bits = int(distance.q).bit_length() + _DEPTH
    x = boundary.location.ball(bits).mid().fmpq() + (distance if term.right else -distance)
    try:
        density = digits_of(system).density(Place(x), _CONTROL_DIGITS)
    except ConvergenceError:
        return False
    with ctx.workprec(64):
        ratio = density / (constant * arb(distance) ** arb(term.exponent))
        return bool(abs(ratio - 1) < arb(2) ** (-orders // 2))


def _predicted(system: System, boundary: Boundary, budget: int) -> Arrival | None:
    """The expansion at the critical point that the physical branch runs into.

    Every critical point over the boundary, in every chart of the unknowns, and every root of
    z - e there predicts the unknowns at e + i height. The physical one is decided when it is right
    to a fifth of its first term, and five times closer than any other prediction that is real
    where the density is 0. Real points are tried first. None past the budget, too.
    """
    power = 2
    for digits in _HEIGHTS:
        height = to_dyadic(boundary.spacing) / fmpq(10) ** (digits * power // 2)
        curve, actual = _seen(system, boundary.location, height)
        # points that are not real take longer to list
        for real in (True, False) if digits > _REAL_ONLY else (True,):
            try:
                predictions = _predictions(curve, boundary, height, actual, real, budget)
            except BudgetExceededError:
                return None
            found = _closest(predictions)
            if found is not None:
                return found
            power = max([power, *(each.arrival.expansion.p for each in predictions)])
    return None


class Prediction(NamedTuple):
    """An expansion with its error at one height, and the size of its first term there.

    ``agrees`` says whether it is real just where the density is 0.
    """

    error: float
    term: float
    agrees: bool
    arrival: Arrival


def _seen(system: System, location: RealNumber, height: fmpq) -> tuple[Curve, np.ndarray]:
    """The curve that shows the local expansion, and its unknowns on the branch above a boundary."""
    start = start_at(system, Spot(location, height))
    unknowns = [complex(u) for u in start.u]
    structured = physical_curve(system)
    shown = None if isinstance(location, FoldLocation) else _shown(system)
    if shown is None or shown is structured:
        return structured, np.array(unknowns)
    z, G = evaluate(physical_branch(system).program, unknowns, FloatArithmetic())[-2:]
    return shown, np.array([complex(G), complex(z)])


def _shown(system: System) -> Curve | None:
    """P(G, z) = 0, where the critical points of the structured curve are out of reach."""
    rational = rational_curve(system)
    if rational is not None:
        return rational
    try:
        real_points(physical_curve(system), POINTS_BUDGET)
    except BudgetExceededError:
        return eliminated_curve(system)
    return None


def _predictions(
    curve: Curve,
    boundary: Boundary,
    height: fmpq,
    actual: np.ndarray,
    real: bool,
    budget: int,
) -> list[Prediction]:
    """Every prediction at one height against the unknowns found there."""
    location = boundary.location
    if isinstance(location, FoldLocation):
        expansions = [(fold.chart, fold) for fold in location.folds]
    else:
        expansions = [
            (chart, term)
            for chart in charts(curve, (np.abs(actual) > _LARGE).tolist())
            for term in _terms(chart, location, real, budget)
        ]
    found = []
    for chart, term in expansions:
        for turn in range(term.p):
            here, there = (term.unknowns(h, turn) for h in (fmpq(0), height))
            error = chart.distance(actual, there)
            size = float(np.max(np.abs(there - here)))
            agrees = term.agrees(turn, boundary.left, boundary.right)
            found.append(Prediction(error, size, agrees, Arrival(term, turn)))
    return found


def _closest(predictions: list[Prediction]) -> Arrival | None:
    """The prediction that stands out, if one does: right to a fifth of its first term."""
    ranked = sorted(predictions, key=lambda prediction: prediction.error)
    if not ranked or not ranked[0].agrees:
        return None
    others = (prediction.error for prediction in ranked[1:] if prediction.agrees)
    if ranked[0].error > _CLOSER * min([ranked[0].term, *others]):
        return None
    return ranked[0].arrival


def _terms(chart: Chart, location: RealNumber, real: bool, budget: int) -> list[SingularTerm]:
    """Singular terms at the critical points of a chart over a location."""
    terms = []
    for point in points_over(chart.curve, location, real, budget):
        if not chart.is_at_infinity(point):
            continue
        try:
            term = Germ(point).singular_term
        except CertificationError:
            # degenerate: should it be the physical point, nothing will stand out
            continue
        if term is not None:
            terms.append(term)
    return terms
