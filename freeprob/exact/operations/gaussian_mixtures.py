"""Laws that are mixtures of functions of one Gaussian variable and of atoms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, final

import sympy as sp

from freeprob.exact.images.gaussian_transform import GaussianTransform
from freeprob.exact.operations.maps import EvenSquare, MobiusMap
from freeprob.exact.operations.mixtures import Mixture
from freeprob.exact.systems.facts import Atoms, Unknown, gathered
from freeprob.exact.systems.poles import poles_of
from freeprob.exact.systems.system import Leaf, System


class GaussianPart(NamedTuple):
    """The values g(Z) for low < Z < high, Z standard normal, with a weight."""

    weight: sp.Expr
    function: sp.Lambda
    low: sp.Expr
    high: sp.Expr


@final
@dataclass(frozen=True)
class GaussianMixture:
    """Parts and atoms, which carry mass 1 together."""

    parts: tuple[GaussianPart, ...]
    atoms: Mapping[sp.Expr, sp.Expr]

    def mapped(self, change: Callable[[sp.Expr], sp.Expr]) -> GaussianMixture:
        """The law of change(X), for a polynomial."""
        x = sp.Dummy("x")
        parts = tuple(
            part._replace(function=sp.Lambda(x, change(part.function(x)))) for part in self.parts
        )
        moved = ((change(place), mass) for place, mass in self.atoms.items())
        return GaussianMixture(parts, gathered(moved))


def gaussian_mixture(system: System) -> GaussianMixture | None:
    """The mixture that a system is by its construction; None for other systems."""
    if isinstance(system, Leaf):
        return _of_leaf(system)
    if isinstance(system.operation, MobiusMap) and system.operation.c == 0:
        found, operation = gaussian_mixture(system.parts[0]), system.operation
        scale, shift = operation.a / operation.d, operation.b / operation.d
        return found and found.mapped(lambda x: scale * x + shift)
    if isinstance(system.operation, EvenSquare):
        found = gaussian_mixture(system.parts[0])
        return found and found.mapped(lambda x: x**2)
    if not isinstance(system.operation, Mixture):
        return None
    parts: list[GaussianPart] = []
    atoms: list[tuple[sp.Expr, sp.Expr]] = []
    for weight, part in zip(system.operation.weights, system.parts, strict=True):
        found = gaussian_mixture(part)
        if found is None:
            return None
        parts += (own._replace(weight=weight * own.weight) for own in found.parts)
        atoms += ((place, weight * mass) for place, mass in found.atoms.items())
    return GaussianMixture(tuple(parts), gathered(atoms))


def _part(weight: sp.Expr, integral: GaussianTransform, z: sp.Expr) -> GaussianPart:
    """The values that an integral stands for: seen from below it is that of -g at -z."""
    sign = sp.S.One if integral.point == z else sp.S.NegativeOne
    function, low, high = integral.args[2:]
    (x,) = function.variables
    return GaussianPart(weight, sp.Lambda(x, sign * function(x)), low, high)


def _of_leaf(leaf: Leaf) -> GaussianMixture | None:
    """Integrals in G, and atoms; or atoms alone."""
    poles = poles_of(leaf)
    atoms: Atoms | Unknown = leaf.atoms if poles is None else poles.atoms_by_place
    if isinstance(atoms, Unknown):
        return None
    integrals = sorted(leaf.G.atoms(GaussianTransform), key=sp.default_sort_key)
    names = {integral: sp.Dummy() for integral in integrals}
    # zG - 1 is a sum of integrals with their weights, and of atoms
    total = sp.expand((leaf.G * leaf.z).xreplace(names)) if integrals else sp.S.Zero
    parts = tuple(_part(total.coeff(names[integral]), integral, leaf.z) for integral in integrals)
    if not parts and sp.Add(*atoms.values()) != 1:
        return None
    return GaussianMixture(parts, atoms)
