"""The unknowns of a Dyson equation: block traces, and the points of deterministic letters."""

from __future__ import annotations

import sympy as sp

from freeprob.errors import NotAlgebraicError
from freeprob.exact.systems.system import flatten
from freeprob.laws.given.law_symbol import LawSymbol
from freeprob.models.dyson.block_series import BlockSeries
from freeprob.models.dyson.dyson import Dyson, Spectral
from freeprob.models.dyson.family_series import UnknownTermError
from freeprob.models.dyson.series_matrices import SeriesMatrix
from freeprob.models.families.block_entries import Entries
from freeprob.models.families.block_traces import Traces
from freeprob.models.families.family import Part, grouped, placed
from freeprob.models.families.haar import HaarPart
from freeprob.models.families.nilpotent import NilpotentPart
from freeprob.models.families.spectral import FiniteTransform, MatrixTransform, algebraic_transform
from freeprob.models.families.spectral_points import SpectralMatrix, SpectralPoint, letter_leaf
from freeprob.models.pencils.scalars import components

_LARGE = 3
"""Rows of a block from which on its inverse is not written out."""


def parts_of(dyson: Dyson, series: BlockSeries) -> list[Part]:
    """The parts, traces grouped by their expansions."""
    parts: list[Part] = []
    if series.size and _has_long_inverse(dyson, series):
        parts.append(Entries(dyson, grouped(placed(0, series.matrix))))
    elif dyson.covariances:
        traces = [series.coordinates(series.traces(c)) for c in dyson.covariances]
        entries = [placed(k, matrix) for k, matrix in enumerate(traces)]
        parts.append(Traces(dyson, grouped({p: v for some in entries for p, v in some.items()})))
    for rotation in dyson.rotations:
        a, d, f = (sp.Dummy(name) for name in ("a", "d", "f"))
        parts.append(HaarPart(dyson, rotation, (a, d, f)))
    for family in dyson.spectral:
        if family == dyson.averaged:
            continue
        hidden = NilpotentPart.of(dyson, family, series)
        if hidden is not None:
            parts.append(hidden)
        elif family.rank == 1 and len(family.letters) == 1:
            parts.append(SpectralPoint(dyson, family, letter_leaf(family.law.system)))
        else:
            K = series.coordinates(_point(series, family))
            transform = transform_of(family, series)
            parts.append(SpectralMatrix(dyson, family, transform, grouped(placed(0, K))))
    return parts


def _point(series: BlockSeries, family: Spectral) -> SeriesMatrix:
    """K of a family."""
    try:
        return series.point(family)
    except UnknownTermError:
        names = " and ".join(letter.name for letter in family.letters)
        raise NotAlgebraicError(
            f"{names} is seen only next to a matrix of fixed rank, where no equations are known "
            "for it: write letters with common eigenvectors as functions of one Deterministic "
            "letter"
        ) from None


def require_equations(dyson: Dyson) -> None:
    """Letters of other than finite spectra need laws with polynomial equations.

    Raises
    ------
    NotAlgebraicError
        If the law of some letter has none with real coefficients.
    """
    for family in dyson.spectral:
        if family.atoms is None:
            curve = flatten(family.law.system)
            if not curve.is_algebraic or any(side.has(sp.I) for side in curve.expressions):
                (letter,) = family.letters
                unknown = ", ".join(sorted(map(str, letter.law.atoms(LawSymbol))))
                cure = f"give a law in place of {unknown}"
                if not unknown:
                    cure = "approximate it by atoms, such as Atomic of its quantiles"
                raise NotAlgebraicError(
                    f"the law {letter.law} of {letter.name} has no real polynomial equation, and "
                    f"{letter.name} stands in a product with other letters: {cure}"
                )


def transform_of(family: Spectral, series: BlockSeries) -> MatrixTransform:
    """How F(K) of a family is written."""
    return (
        FiniteTransform(family) if family.atoms is not None else algebraic_transform(family, series)
    )


def _has_long_inverse(dyson: Dyson, series: BlockSeries) -> bool:
    """Whether entries of G are the better unknowns: one real matrix with a large block."""
    largest = max(len(rows) for rows in components(series.matrix))
    return dyson.averaged is None and not dyson.scalars.complex and largest > _LARGE
