"""The points of deterministic letters: on a letter's own curve, or a matrix for atoms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import final

import sympy as sp

from freeprob.exact.algebra.door import Fraction
from freeprob.exact.equations.elimination import polynomial
from freeprob.exact.systems.leaves import from_polynomial
from freeprob.exact.systems.system import Leaf, Relation, System, specialised
from freeprob.models.dyson.block_series import BlockSeries, Lead
from freeprob.models.dyson.dyson import Dyson, Spectral
from freeprob.models.dyson.half_plane import Solution
from freeprob.models.dyson.resolvents import Average, Resolvent
from freeprob.models.families.family import Part, Place, class_names, finer, moved, placed
from freeprob.models.families.spectral import MatrixTransform, difference
from freeprob.models.pencils.scalars import Matrix, Scalars
from freeprob.numeric.branch.branch import physical_branch


@final
@dataclass(frozen=True)
class SpectralPoint(Part):
    """A letter that occurs with a coefficient of rank one: C = γ u u*.

    R = γ u u* (ζ - 1/w) with w = G(ζ) of the letter's own law at w = γ u* G u: the family's point
    (ζ, w) runs on the letter's own curve.
    """

    dyson: Dyson
    family: Spectral
    leaf: Leaf

    @property
    def unknowns(self) -> tuple[sp.Dummy, ...]:
        """Those of the letter's curve."""
        return self.leaf.unknowns

    def scalars(self) -> list[sp.Expr]:
        """Everything in the letter's curve."""
        sides = [side for relation in self.leaf.relations for side in relation]
        return [*self.unknowns, self.leaf.z, self.leaf.G, *sides]

    @property
    def _gamma(self) -> Fraction:
        return self.family.matrices[0][0][0]

    def subtract(self, total: list[list[Fraction]], scalars: Scalars) -> None:
        """γ u u* (ζ - 1/w)."""
        for mine, row in zip(total, self._share(scalars), strict=True):
            mine[:] = [a - b for a, b in zip(mine, row, strict=True)]

    def _share(self, scalars: Scalars) -> Matrix:
        u = moved(self.family.range, self.dyson.scalars, scalars)
        (gamma,) = moved(((self._gamma,),), self.dyson.scalars, scalars)[0]
        R = gamma * (scalars.read(self.leaf.z) - scalars.read(self.leaf.G).inverse())
        return scalars.product(tuple((row[0] * R,) for row in u), scalars.adjoint(u))

    def point(self, scalars: Scalars) -> tuple[Matrix, Matrix]:
        """K = γ ζ and (u* G u)⁻¹ = γ/w."""
        (gamma,) = moved(((self._gamma,),), self.dyson.scalars, scalars)[0]
        w = scalars.read(self.leaf.G)
        return ((gamma * scalars.read(self.leaf.z),),), ((gamma * w.inverse(),),)

    def seen(self, resolvent: Resolvent) -> dict[Place, Average]:
        """The subordination function 1/(γ u* M⁻¹ u), M without this family, or else γ u* G u."""
        scalars, old = resolvent.scalars, self.dyson.scalars
        u, gamma = moved(self.family.range, old, scalars), moved(((self._gamma,),), old, scalars)
        point = resolvent.subordination(self._share(scalars), u)
        if point is None:
            ((value,),) = resolvent.corner(u)
            return {(1, 0, 0): value.scaled(gamma[0][0])}
        return {(0, 0, 0): Average.of([(scalars.one, point[0][0] * gamma[0][0].inverse())])}

    def relations(self, seen: dict[Place, Average], scalars: Scalars) -> list[Relation]:
        """ζ or w is what was seen, and the equations of the letter's curve."""
        coordinates = (self.leaf.z, self.leaf.G)
        own = [Relation(coordinates[k], v.written(scalars)) for (k, _, _), v in seen.items()]
        return [*own, *self.leaf.relations]

    def leads(self, series: BlockSeries, known: int) -> list[Lead]:
        """The letter's point is its subordination function K/γ."""
        inverse = series.element(self._gamma.inverse())
        ((K,),) = series.point(self.family)
        if self.leaf.unknowns == (self.leaf.z,):
            return [series.written(K.scaled(inverse), known)]
        place = series.written(K.scaled(inverse), 1)
        return [
            lambda z, k=k: self.leaf.at_infinity(place(z))[k] for k in range(len(self.unknowns))
        ]

    def numbers(self, solution: Solution) -> list[complex]:
        """The unknowns of the letter's curve over ζ = K/γ."""
        gamma = solution.coefficients(((self._gamma,),))[0, 0]
        place = complex(solution.point(self.family)[0, 0] / gamma)
        leaf = specialised(self.leaf, solution.values)
        return [complex(value) for value in physical_branch(leaf).unknowns(place)]


def letter_leaf(system: System) -> Leaf:
    """A letter's own curve, with fresh unknowns and monomials at infinity.

    Raises
    ------
    NotAlgebraicError
        If the letter's law has no polynomial equation.
    """
    if not isinstance(system, Leaf):
        found = polynomial(system)
        system = from_polynomial(lambda g, x: found.expression(g, x))
    fresh = {u: sp.Dummy(u.name) for u in system.unknowns}
    return replace(
        system,
        unknowns=tuple(fresh.values()),
        z=system.z.xreplace(fresh),
        G=system.G.xreplace(fresh),
        relations=tuple(
            Relation(left.xreplace(fresh), right.xreplace(fresh))
            for left, right in system.relations
        ),
    )


@final
@dataclass(frozen=True)
class SpectralMatrix(Part):
    """Letters that occur with a coefficient of any rank.

    R = U (K - F(K)⁻¹) U* with F(K) = E (K - Σ λ c)⁻¹ and K⁻¹ = U* M⁻¹ U, M without this family.
    ``members`` maps places of K that do not vanish to (representative, sign).
    """

    dyson: Dyson
    family: Spectral
    transform: MatrixTransform
    members: Mapping[Place, tuple[Place, int]]

    @cached_property
    def names(self) -> dict[Place, sp.Dummy]:
        """An unknown for each class of entries."""
        return class_names(self.members, "k")

    @property
    def unknowns(self) -> tuple[sp.Dummy, ...]:
        """One per class of entries of K, and those of the transform."""
        return (*self.names.values(), *self.transform.unknowns)

    def scalars(self) -> list[sp.Expr]:
        """The unknowns and what the transform contains."""
        return [*self.unknowns, *self.transform.scalars()]

    def _K(self, scalars: Scalars) -> Matrix:
        rank = self.family.rank
        K = [[scalars.zero] * rank for _ in range(rank)]
        for (_, i, j), (place, sign) in self.members.items():
            K[i][j] = scalars.read(sign * self.names[place])
        return scalars.hermitian(K)

    def _U(self, scalars: Scalars) -> Matrix:
        return moved(self.family.range, self.dyson.scalars, scalars)

    def subtract(self, total: list[list[Fraction]], scalars: Scalars) -> None:
        """U (K - F(K)⁻¹) U*."""
        for mine, row in zip(total, self._share(scalars), strict=True):
            mine[:] = [a - b for a, b in zip(mine, row, strict=True)]

    def _share(self, scalars: Scalars) -> Matrix:
        R, U = self.transform.response(self._K(scalars), scalars), self._U(scalars)
        return scalars.product(scalars.product(U, R), scalars.adjoint(U))

    def point(self, scalars: Scalars) -> tuple[Matrix, Matrix]:
        """K and (U* G U)⁻¹ = F(K)⁻¹."""
        K = self._K(scalars)
        return K, difference(K, self.transform.response(K, scalars))

    def seen(self, resolvent: Resolvent) -> dict[Place, Average]:
        """The subordination function (U* M⁻¹ U)⁻¹, M without this family, or else U* G U - F(K)."""
        scalars, U = resolvent.scalars, self._U(resolvent.scalars)
        K = resolvent.subordination(self._share(scalars), U)
        if K is not None:
            values = placed(0, K)
            return {place: Average.of([(scalars.one, v)]) for place, v in values.items()}
        terms = self.transform.shares(self._K(scalars), scalars)
        shares = [(w, scalars.coordinates(share)) for w, share in terms]
        r = range(self.family.rank)
        F = [[Average.of([(w, share[i][j]) for w, share in shares]) for j in r] for i in r]
        G = resolvent.corner(U)
        return placed(1, [[G[i][j] - F[i][j] for j in r] for i in r])

    def relations(self, seen: dict[Place, Average], scalars: Scalars) -> list[Relation]:
        """K is the subordination function, or F(K) = U* G U."""
        found = []
        for (_, i, j), name in self.names.items():
            if (0, i, j) in seen:
                found.append(Relation(name, seen[0, i, j].written(scalars)))
            else:
                found.append(Relation(seen[1, i, j].written(scalars), sp.S.Zero))
        return [*found, *self.transform.relations(self._K(scalars), scalars)]

    def refuted(self, seen: dict[Place, Average], scalars: Scalars) -> SpectralMatrix | None:
        """Entries that differ from their representative get a name of their own."""
        values = {(0, i, j): value for (_, i, j), value in seen.items()}
        members = finer(self.members, values)
        for place, value in values.items():
            if place not in members and not value.is_zero():
                members[place] = (place, 1)
        return None if members == self.members else replace(self, members=members)

    def leads(self, series: BlockSeries, known: int) -> list[Lead]:
        """First terms of K = (U* G U)⁻¹ + R."""
        K = series.coordinates(series.point(self.family))
        own = [series.written(K[i][j], known) for _, i, j in self.names]
        return [*own, *self.transform.leads(series, known)]

    def numbers(self, solution: Solution) -> list[complex]:
        """Coordinates of K, and the unknowns of the transform."""
        K = solution.point(self.family)
        coordinates = solution.coordinates(K)
        own = [complex(coordinates[i, j]) for _, i, j in self.names]
        return [*own, *self.transform.numbers(solution)]
