"""Which critical point the physical branch runs into at a boundary of the support."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from freeprob.errors import CertificationError
from freeprob.exact.system import System
from freeprob.geometry.algebraic import RealAlgebraic
from freeprob.geometry.candidates import points_over
from freeprob.geometry.charts import Chart, charts
from freeprob.geometry.components import physical_curve
from freeprob.geometry.folds import Fold
from freeprob.geometry.germs import Germ, SingularTerm
from freeprob.geometry.jumps import Jump
from freeprob.geometry.scan import FoldLocation, FunctionEnd
from freeprob.geometry.sides import Spot, start_at, to_dyadic

_CLOSER = 0.2
_LARGE = 10.0


Location = RealAlgebraic | FoldLocation | FunctionEnd


class Arrival(NamedTuple):
    """The singular term of the physical branch at a boundary, and the root of z - e it follows."""

    term: SingularTerm | Fold | Jump
    turn: int


def arrive(system: System, location: Location, spacing: float) -> Arrival:
    """Follow the physical branch towards a boundary and recognise its local expansion.

    Every real critical point over the boundary, in every chart of the unknowns, and every root of
    z - e there predicts the unknowns at e + i height. The physical one is decided when it is five
    times closer than any other prediction.

    Raises
    ------
    CertificationError
        If no prediction stands out at any height.
    """
    if isinstance(location, FunctionEnd):
        return Arrival(Jump(system, location), 0)
    place = float(location.ball(64).mid())
    for digits in range(2, 15):
        height = spacing * 10.0**-digits
        start = start_at(system, Spot(location, to_dyadic(height)))
        actual = np.array([complex(u) for u in start.u])
        found = _closest(_predictions(system, location, height, actual))
        if found is not None:
            return found
    raise CertificationError(
        f"the local behaviour of the density at the boundary near {place} could not be recognised"
    )


def _predictions(
    system: System, location: Location, height: float, actual: np.ndarray
) -> list[tuple[float, Arrival]]:
    """Every prediction at one height with its distance from the unknowns found there."""
    if isinstance(location, FoldLocation):
        return [
            (fold.chart.distance(actual, fold.unknowns(height, turn)), Arrival(fold, turn))
            for fold in location.folds
            for turn in range(fold.p)
        ]
    return [
        (chart.distance(actual, term.unknowns(height, turn)), Arrival(term, turn))
        for chart in charts(physical_curve(system), np.abs(actual) > _LARGE)
        for term in _terms(chart, location)
        for turn in range(term.p)
    ]


def _closest(predictions: list[tuple[float, Arrival]]) -> Arrival | None:
    """The prediction that stands out, if one does."""
    ranked = sorted(predictions, key=lambda prediction: prediction[0])
    if not ranked or ranked[0][0] > _CLOSER * min(1.0, *(other for other, _ in ranked[1:2])):
        return None
    return ranked[0][1]


def _terms(chart: Chart, location: Location) -> list[SingularTerm]:
    """Singular terms at the critical points of a chart over a location."""
    terms = []
    for point in points_over(chart.curve, location):
        if chart.is_at_infinity(point):
            term = Germ(point).singular_term
            if term is not None:
                terms.append(term)
    return terms
