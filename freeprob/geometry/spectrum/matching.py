"""Which critical point the physical branch runs into at a boundary of the support."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from flint import fmpq

from freeprob.errors import CertificationError
from freeprob.exact.systems.system import Curve, System
from freeprob.geometry.candidates.algebraic_numbers import RealAlgebraic
from freeprob.geometry.candidates.candidates import points_over
from freeprob.geometry.candidates.charts_at_infinity import Chart, charts
from freeprob.geometry.candidates.components import physical_curve
from freeprob.geometry.candidates.crossings import RationalPlace
from freeprob.geometry.candidates.eliminated_curve import rational_curve
from freeprob.geometry.candidates.folds import Fold
from freeprob.geometry.candidates.folds_by_scan import FoldLocation, FunctionEnd
from freeprob.geometry.candidates.germs import Germ, SingularTerm
from freeprob.geometry.candidates.winding import Winding, winding
from freeprob.geometry.signs.sides import Spot, start_at, to_dyadic
from freeprob.geometry.spectrum.jumps import Jump
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.straight_line import evaluate

_CLOSER = 0.2
_LARGE = 10.0


Location = RealAlgebraic | FoldLocation | FunctionEnd | RationalPlace


class Arrival(NamedTuple):
    """The singular term of the physical branch at a boundary, and the root of z - e it follows."""

    term: SingularTerm | Fold | Jump | Winding
    turn: int


def arrive(system: System, location: Location, spacing: float) -> Arrival:
    """Follow the physical branch towards a boundary and recognise its local expansion.

    Every critical point over the boundary, in every chart of the unknowns, and every root of
    z - e there predicts the unknowns at e + i height. The physical one is decided when it is right
    to a fifth of its first term, and five times closer than any other prediction. Real points
    are tried first. Where several branches cross, going round the place shows the expansion.

    Raises
    ------
    CertificationError
        If no prediction stands out at any height.
    """
    if isinstance(location, FunctionEnd):
        return Arrival(Jump(system, location), 0)
    place = float(location.ball(64).mid())
    for digits in () if isinstance(location, RationalPlace) else range(2, 13):
        height = to_dyadic(spacing * 10.0**-digits)
        curve, actual = _seen(system, location, height)
        # points that are not real take longer to list
        for real in (True, False) if digits > 4 else (True,):
            found = _closest(_predictions(curve, location, height, actual, real))
            if found is not None:
                return found
    around = winding(system, location, spacing)
    if around is None:
        raise CertificationError(
            f"the local behaviour of the density at the boundary near {place} could not be "
            "recognised"
        )
    return Arrival(around, 0)


class Prediction(NamedTuple):
    """An expansion with its error at one height, and the size of its first term there."""

    error: float
    term: float
    arrival: Arrival


def _seen(system: System, location: Location, height: fmpq) -> tuple[Curve, np.ndarray]:
    """The curve that shows the local expansion, and its unknowns on the branch above a boundary."""
    start = start_at(system, Spot(location, height))
    unknowns = [complex(u) for u in start.u]
    shown, structured = rational_curve(system), physical_curve(system)
    if shown is None or shown is structured or isinstance(location, FoldLocation):
        return structured, np.array(unknowns)
    z, G = evaluate(physical_branch(system).program, unknowns, FloatArithmetic())[-2:]
    return shown, np.array([complex(G), complex(z)])


def _predictions(
    curve: Curve, location: Location, height: fmpq, actual: np.ndarray, real: bool
) -> list[Prediction]:
    """Every prediction at one height against the unknowns found there."""
    if isinstance(location, FoldLocation):
        expansions = [(fold.chart, fold) for fold in location.folds]
    else:
        expansions = [
            (chart, term)
            for chart in charts(curve, np.abs(actual) > _LARGE)
            for term in _terms(chart, location, real)
        ]
    found = []
    for chart, term in expansions:
        for turn in range(term.p):
            here, there = (term.unknowns(h, turn) for h in (0.0, float(height)))
            error = chart.distance(actual, there)
            found.append(
                Prediction(error, float(np.max(np.abs(there - here))), Arrival(term, turn))
            )
    return found


def _closest(predictions: list[Prediction]) -> Arrival | None:
    """The prediction that stands out, if one does: right to a fifth of its first term."""
    ranked = sorted(predictions, key=lambda prediction: prediction.error)
    if not ranked:
        return None
    others = (prediction.error for prediction in ranked[1:2])
    if ranked[0].error > _CLOSER * min([ranked[0].term, *others]):
        return None
    return ranked[0].arrival


def _terms(chart: Chart, location: Location, real: bool) -> list[SingularTerm]:
    """Singular terms at the critical points of a chart over a location."""
    terms = []
    for point in points_over(chart.curve, location, real):
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
