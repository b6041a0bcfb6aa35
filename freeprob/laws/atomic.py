"""Laws with finitely many atoms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, final

import sympy as sp

from freeprob.exact.leaves import from_atoms
from freeprob.exact.system import System
from freeprob.laws.base import Law
from freeprob.laws.parameters import exact, require

if TYPE_CHECKING:
    from freeprob.ensembles import Model


@final
class Atomic(Law):
    """Law with finitely many atoms: G(z) = Σ pᵢ/(z - aᵢ).

    Parameters
    ----------
    weights
        Mapping from locations to masses; masses are positive and sum to 1.

    Raises
    ------
    InvalidParameterError
        If a mass is not positive or the masses do not sum to 1.

    Examples
    --------
    >>> from freeprob import Atomic
    >>> Atomic({-1: "1/2", 1: "1/2"}).weights
    {-1: 1/2, 1: 1/2}
    """

    def __new__(cls, weights: Mapping[object, object] | sp.Dict) -> Atomic:
        """Check and read locations and masses."""
        masses: dict[sp.Expr, sp.Expr] = {}
        for location, mass in weights.items():
            place = exact(location, "location")
            masses[place] = masses.get(place, sp.S.Zero) + exact(mass, "mass")
        for place, mass in masses.items():
            require(mass > 0, f"the mass at {place} must be positive, got {mass}")
        total = sp.simplify(sp.Add(*masses.values()))
        require(total.equals(1), f"the masses must sum to 1, they sum to {total}")
        return super().__new__(cls, sp.Dict(masses))

    @property
    def weights(self) -> dict[sp.Expr, sp.Expr]:
        """Locations and masses, sorted by location."""
        items = self.args[0].items()
        return dict(sorted(items, key=lambda item: sp.default_sort_key(item[0])))

    def _system(self) -> System:
        return from_atoms(self.weights)

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import AtomicQuantile, Deterministic

        places, masses = zip(*self.weights.items(), strict=True)
        return Deterministic(AtomicQuantile(tuple(map(float, places)), tuple(map(float, masses))))


@final
class PointMass(Law):
    """All mass at one point: G(z) = 1/(z - a).

    Examples
    --------
    >>> from freeprob import PointMass
    >>> PointMass(3)
    PointMass(3)
    """

    def __new__(cls, location: object) -> PointMass:
        """Read the location."""
        return super().__new__(cls, exact(location, "location"))

    def _system(self) -> System:
        return from_atoms({self.args[0]: sp.S.One})

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import AtomicQuantile, Deterministic

        return Deterministic(AtomicQuantile((float(self.args[0]),), (1.0,)))
