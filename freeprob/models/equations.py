"""The scalar coupled system of a pencil: as few unknowns as determine all block traces.

The Dyson equation needs only the block traces that occur in R, and for each deterministic family
the point at which its own Cauchy transform is taken. Unknowns that vanish or coincide are seen on
expansions modulo a prime and proved on the equations: with the reduced unknowns put in, every
equation that was left out is one of those kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import sympy as sp

from freeprob.exact.fields import FunctionField, PrimeField
from freeprob.exact.reduction import reduced
from freeprob.exact.system import Curve, Leaf, Relation
from freeprob.models.block_series import (
    BlockSeries,
    UnknownTermError,
    block_series,
    random_values,
)
from freeprob.models.dyson import Dyson
from freeprob.models.scalars import Matrix, Scalars, scalars_of
from freeprob.models.unknowns import Lead, Part, inverse_by_components, parts_of

# p = 1 mod 4, so that i has a value
_PRIME = 2305843009213693921


def coupled_leaf(dyson: Dyson, spaces: Sequence[sp.Expr]) -> Leaf:
    """The coupled system as a leaf: unknowns z, block traces and points of deterministic letters.

    Parameters
    ----------
    dyson
        The matrix equation.
    spaces
        Relative dimensions of the outer rows, by which their traces are weighted.
    """
    z = sp.Dummy("z")
    parts = parts_of(dyson, _modular(dyson))
    while True:
        inside = [entry for part in parts for entry in part.scalars()]
        scalars = scalars_of([*expressions_of(dyson), z, *inside])
        matrix = _matrix(dyson, parts, z, scalars)
        seen = [part.seen(matrix, scalars) for part in parts]
        finer = [part.refuted(own, scalars) or part for part, own in zip(parts, seen, strict=True)]
        if finer == parts:
            break
        parts = finer
    relations = [
        relation
        for part, own in zip(parts, seen, strict=True)
        for relation in part.relations(own, scalars)
    ]
    inverse = inverse_by_components(matrix, scalars)
    whole = sp.Add(*spaces)
    G = sp.Add(*(space / whole * scalars.write(inverse[i][i]) for i, space in enumerate(spaces)))
    inner = [symbol for part in parts for symbol in part.unknowns]
    exact = _exact(dyson, parts)
    leads = [lead for part in parts for lead in part.leads(exact)]
    return _described(z, inner, relations, G, leads)


def _exact(dyson: Dyson, parts: Sequence[Part]) -> BlockSeries:
    """Exact expansions, as far as the leading terms of all unknowns."""
    terms = 2
    while True:
        series = block_series(dyson, FunctionField(dyson.scalars.ring), terms, lambda value: value)
        try:
            for part in parts:
                part.leads(series)
        except UnknownTermError:
            terms *= 2
            continue
        return series


def expressions_of(dyson: Dyson) -> list[sp.Expr]:
    """All coefficients, written out, and the parameters of the deterministic letters."""
    write = dyson.scalars.write
    values = [value for row in dyson.pencil.constant for value in row]
    for covariance in dyson.covariances:
        values += [
            v for matrix in (covariance.left, covariance.inner) for row in matrix for v in row
        ]
        values.append(covariance.weight)
    for family in dyson.spectral:
        values += [v for matrix in (family.range, *family.matrices) for row in matrix for v in row]
    found = [write(value) for value in values if not value.is_zero()]
    return [*found, *(e for family in dyson.spectral for e in family.scalars())]


def _modular(dyson: Dyson) -> BlockSeries:
    """Expansions modulo a prime at random parameters, long enough to tell traces apart."""
    draws, terms = Random(dyson.pencil.size), 2 * dyson.pencil.size + 12
    while True:
        values = random_values(expressions_of(dyson), _PRIME, lambda p: draws.randrange(2, p))
        try:
            return modular_series(dyson, PrimeField(_PRIME, tuple(values.items())), terms)
        except ZeroDivisionError:
            continue


def modular_series(dyson: Dyson, field: PrimeField, terms: int) -> BlockSeries:
    """Expansions over a prime field that has values for everything in the equation."""
    write = dyson.scalars.write
    return block_series(dyson, field, terms, lambda value: field.read(write(value)))


def _matrix(dyson: Dyson, parts: Sequence[Part], z: sp.Dummy, scalars: Scalars) -> Matrix:
    """Z E - Λ₀ - R in terms of the unknowns."""
    pencil, old = dyson.pencil, dyson.scalars
    total = [[-scalars.read(old.write(value)) for value in row] for row in pencil.constant]
    for i in range(pencil.outer):
        total[i][i] = total[i][i] + scalars.read(z)
    for part in parts:
        part.subtract(total, scalars)
    return tuple(map(tuple, total))


def _described(
    z: sp.Dummy,
    inner: Sequence[sp.Dummy],
    relations: Sequence[Relation],
    G: sp.Expr,
    leads: Sequence[Lead],
) -> Leaf:
    """The leaf, with every unknown solved for that an equation gives rationally by the others."""
    unknowns = (z, *inner)
    places = tuple(range(len(unknowns)))
    curve = Curve(unknowns, tuple(relations), z, G, places, unknowns)
    curve = reduced(curve)

    def at_infinity(at: sp.Expr) -> tuple[sp.Expr, ...]:
        values = [at, *(lead(at) for lead in leads)]
        return tuple(values[place] for place in curve.kept)

    return Leaf(curve.unknowns, curve.z, curve.G, at_infinity, curve.relations)
