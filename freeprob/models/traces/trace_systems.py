"""The fixed-point equations of traces: realisation, block traces, as few unknowns as are found."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, reduce

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.models.dyson.dyson import finite_spectrum
from freeprob.models.letters.free_copies import with_free_copies
from freeprob.models.letters.gaussian_forms import gaussian_letters
from freeprob.models.letters.inverse_products import with_joined_inverses, with_projections
from freeprob.models.letters.letters import letters_of
from freeprob.models.letters.random_matrix import RandomMatrix
from freeprob.models.letters.shapes import unit_of
from freeprob.models.letters.spikes import without_spikes
from freeprob.models.pencils.minimal import least
from freeprob.models.pencils.reading import SingularCentreError, realized
from freeprob.models.pencils.realization import Realization
from freeprob.models.traces.series_fixed_points import FixedPoint
from freeprob.models.traces.trace_equations import TraceSystem
from freeprob.models.traces.trace_merging import simplified


@lru_cache(maxsize=256)
def system_of(
    expressions: tuple[sp.MatrixExpr, ...], slopes: tuple[sp.Symbol, ...] = ()
) -> FixedPoint:
    """Equations of traces with the block traces that they share, or of derivatives by the slopes.

    Raises
    ------
    UndefinedOperationError
        If an inverse exists in the limit only.
    """
    if slopes:
        return simplified(system_of(expressions).slope(slopes))
    if len(expressions) > 1:
        return simplified(reduce(FixedPoint.joined, (system_of((e,)) for e in expressions)))
    expression = next(iter(expressions))
    base = singular_base(expression)
    if base is not None:
        raise UndefinedOperationError(
            f"{base} has no inverse where all letters vanish or are their means, around which the "
            f"equations are expanded: add a ridge, as in ({base} + γ*Identity(n)).inverse(), and "
            "take .limit(γ)"
        )
    realization, centres = _realized(expression)
    system = TraceSystem(least(realization), unit_of(expression), centres)
    return simplified(system.fixed_point())


def rewritten(expression: sp.MatrixExpr) -> sp.MatrixExpr:
    """The expression as it is realised: products of inverses are inverses of products.

    Letters of fixed rank are left out, as no normalised trace sees them.
    """
    seen = without_spikes(expression)
    return with_joined_inverses(with_projections(with_free_copies(seen)))


@lru_cache(maxsize=256)
def singular_base(expression: sp.MatrixExpr) -> sp.MatrixExpr | None:
    """What an expression inverts and has no inverse at any centre, if anything."""
    try:
        _realized(expression)
    except SingularCentreError as error:
        return error.base
    return None


@lru_cache(maxsize=256)
def _realized(
    expression: sp.MatrixExpr,
) -> tuple[Realization, Mapping[RandomMatrix, sp.Expr]]:
    """The realisation about 0, or else about the means of letters of finite spectrum."""
    written = gaussian_letters(rewritten(expression))
    try:
        return realized(written), {}
    except SingularCentreError:
        centres = {
            letter: letter.law.mean
            for letter in letters_of(written)
            if finite_spectrum(letter) is not None
        }
        return realized(written, centres), centres
