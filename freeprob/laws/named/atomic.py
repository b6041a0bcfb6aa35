"""Laws with finitely many atoms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, final

import sympy as sp
from sympy.core.logic import fuzzy_and

from freeprob.exact.systems.leaves import from_atoms
from freeprob.exact.systems.poles import from_rational_atoms
from freeprob.exact.systems.system import System
from freeprob.laws.arguments import normalised, weighted
from freeprob.laws.base import Law
from freeprob.laws.description import notation
from freeprob.laws.named.empirical import Empirical
from freeprob.parameters import Number, exact

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

    from freeprob.ensembles import Model


@final
class Atomic(Law):
    """Law with finitely many atoms: G(z) = Σ pᵢ/(z - aᵢ).

    Parameters
    ----------
    weights
        Mapping from locations to masses, pairs of the two, or a list of locations of equal mass.
        Masses are positive and sum to 1; sums within 10⁻¹² of 1, as of the floats 1/3 and 2/3,
        are divided out.

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

    _compound: ClassVar[bool] = True

    def __new__(cls, weights: Mapping[object, Any] | Iterable[Sequence[Any]]) -> Atomic:
        """Check and read locations and masses; equal locations are put together."""
        masses: dict[sp.Expr, sp.Expr] = {}
        for location, mass in weighted(weights):
            place = exact(location, "location")
            masses[place] = masses.get(place, sp.S.Zero) + mass
        pairs = sorted(normalised(masses).items(), key=lambda item: sp.default_sort_key(item[0]))
        return super().__new__(cls, sp.Tuple(*(sp.Tuple(*pair) for pair in pairs)))

    @classmethod
    def _rebuilt(cls, weights: sp.Tuple) -> Law:
        return cls([pair for pair in weights.args if not pair.args[1].is_zero])

    def _merged(self) -> Law:
        return PointMass(next(iter(self.weights))) if len(self.weights) == 1 else self

    @property
    def weights(self) -> dict[sp.Expr, sp.Expr]:
        """Locations and masses, sorted by location."""
        return {pair.args[0]: pair.args[1] for pair in self.args[0].args}

    def _sympystr(self, printer: Any) -> str:
        return f"{type(self).__name__}({printer._print(self.weights)})"

    def _latex(self, printer: LatexPrinter) -> str:
        terms = ((rf"\delta_{{{printer._print(x)}}}", mass) for x, mass in self.weights.items())
        return notation.weighted(terms, printer._print)

    def _system(self) -> System:
        rational = all(value.is_Rational for pair in self.weights.items() for value in pair)
        return from_rational_atoms(self.weights) if rational else from_atoms(self.weights)

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import AtomicQuantile, Deterministic

        places, masses = zip(*self.weights.items(), strict=True)
        return Deterministic(AtomicQuantile(tuple(map(float, places)), tuple(map(float, masses))))

    def _image(self, change: Callable[[sp.Expr], sp.Expr]) -> Law:
        return Atomic([(change(location), mass) for location, mass in self.weights.items()])

    def _on_half_line(self) -> bool | None:
        return fuzzy_and(location.is_nonnegative for location in self.weights)


@final
class PointMass(Law):
    """All mass at one point: G(z) = 1/(z - a).

    Parameters
    ----------
    location
        a, real.

    Examples
    --------
    >>> from freeprob import PointMass
    >>> PointMass(3)
    PointMass(3)
    """

    def __new__(cls, location: Number) -> PointMass:
        """Read the location."""
        return super().__new__(cls, exact(location, "location"))

    def _latex(self, printer: LatexPrinter) -> str:
        return rf"\delta_{{{printer._print(self.args[0])}}}"

    def _system(self) -> System:
        return from_atoms({self.args[0]: sp.S.One})

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import AtomicQuantile, Deterministic

        return Deterministic(AtomicQuantile((float(self.args[0]),), (1.0,)))

    def _image(self, change: Callable[[sp.Expr], sp.Expr]) -> Law:
        return PointMass(change(self.args[0]))

    def _free_sum(self, other: Law) -> Law | None:
        return PointMass(self.args[0] + other.args[0]) if isinstance(other, PointMass) else None

    def _free_power(self, exponent: sp.Expr) -> Law:
        return PointMass(exponent * self.args[0])

    def _on_half_line(self) -> bool | None:
        return self.args[0].is_nonnegative


def constant_of(law: Law) -> sp.Expr | None:
    """The value of a constant variable, None for other laws."""
    if isinstance(law, PointMass):
        return law.args[0]
    if isinstance(law, Atomic | Empirical) and len(law.args[0]) == 1:
        return next(iter(law.weights))
    return None
