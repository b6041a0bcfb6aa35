"""Weighted averages of laws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, final

import sympy as sp

from freeprob.exact.operations import mixtures
from freeprob.exact.systems.second_order import DETERMINISTIC, SecondOrder, Stand
from freeprob.exact.systems.system import Node, System
from freeprob.laws.arguments import normalised, the_law, weighted
from freeprob.laws.base import Law
from freeprob.laws.description import notation
from freeprob.laws.named.atomic import Atomic, PointMass

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

    from freeprob.ensembles import Model


@final
class Mixture(Law):
    """Weighted average Σ pᵢ μᵢ of laws; build it with :func:`mixture`."""

    _word: ClassVar[str] = "mixture"
    _compound: ClassVar[bool] = True

    def __new__(cls, weights: Mapping[Law, Any] | Iterable[Sequence[Any]]) -> Mixture:
        """Check laws and weights; equal laws are put together."""
        masses: dict[Law, sp.Expr] = {}
        for entry, weight in weighted(weights):
            law = the_law(entry, "mixture")
            masses[law] = masses.get(law, sp.S.Zero) + weight
        pairs = sorted(normalised(masses).items(), key=lambda item: sp.default_sort_key(item[0]))
        return super().__new__(cls, sp.Tuple(*(sp.Tuple(*pair) for pair in pairs)))

    @classmethod
    def _rebuilt(cls, weights: sp.Tuple) -> Law:
        return mixture([pair for pair in weights.args if not pair.args[1].is_zero])

    def _merged(self) -> Law:
        """All atoms in one law."""
        places: dict[sp.Expr, sp.Expr] = {}
        others: dict[Law, sp.Expr] = {}
        for law, weight in self.weights.items():
            if not isinstance(law, Atomic | PointMass):
                others[law] = weight
                continue
            inside = law.weights if isinstance(law, Atomic) else {law.args[0]: sp.S.One}
            for place, mass in inside.items():
                places[place] = places.get(place, sp.S.Zero) + weight * mass
        if len(others) >= len(self.weights) - 1:
            return self
        total = sp.Add(*places.values())
        atoms = Atomic({place: mass / total for place, mass in places.items()})
        return mixture({**others, atoms: total})

    @property
    def weights(self) -> dict[Law, sp.Expr]:
        """The laws and their weights."""
        return {pair.args[0]: pair.args[1] for pair in self.args[0].args}

    def _sympystr(self, printer: Any) -> str:
        return f"{self._word}({printer._print(self.weights)})"

    def _latex(self, printer: LatexPrinter) -> str:
        show = printer._print
        terms = ((notation.tight(law, show), weight) for law, weight in self.weights.items())
        return notation.weighted(terms, show)

    def _scaled(self, factor: sp.Expr) -> Law:
        return mixture([(law._scaled(factor), weight) for law, weight in self.weights.items()])

    def _centred(self) -> tuple[Law, sp.Expr]:
        """All parts move alike: what is left of each is small where all are near to each other."""
        mean, near = self.mean, []
        for law, weight in self.weights.items():
            part, place = law._centred()
            near.append((part.shift(place - mean), weight))
        return mixture(near), mean

    def _system(self) -> System:
        laws, weights = zip(*self.weights.items(), strict=True)
        return Node(mixtures.Mixture(weights), tuple(law.system for law in laws))

    def _closed_density(self, x: sp.Expr) -> sp.Expr:
        """Densities average, each on its own cuts."""
        return sp.Add(*(weight * law.density(x) for law, weight in self.weights.items()))

    def _second_order(self, at: Stand) -> SecondOrder:
        """Independent blocks."""
        total = DETERMINISTIC
        for index, law in enumerate(self.weights):
            total += law._second_order(at.part(index))
        return total.with_squares(None)

    def _blocks(self) -> tuple[Law, ...]:
        return tuple(self.weights)

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import Blocks

        laws, weights = zip(*self.weights.items(), strict=True)
        return Blocks(tuple(law.matrix_model() for law in laws), tuple(map(float, weights)))

    def _on_half_line(self) -> bool | None:
        known = {law.on_half_line for law in self.weights}
        return False if False in known else (None if None in known else True)


def mixture(weights: Mapping[Law, Any] | Sequence[Any]) -> Law:
    """Weighted average of laws, the spectrum of a block-diagonal matrix: G = Σ pᵢ Gᵢ.

    Parameters
    ----------
    weights
        Mapping from laws to positive weights that sum to 1, pairs of the two, or a list of laws
        of equal weight.

    Returns
    -------
    Law

    Raises
    ------
    InvalidParameterError
        If a weight is not positive or the weights do not sum to 1.

    Examples
    --------
    >>> from freeprob import MarchenkoPastur, PointMass, mixture
    >>> mixture({MarchenkoPastur(1): "1/4", PointMass(0): "3/4"}).moments(3)
    [1/4, 1/2, 5/4]
    """
    law = Mixture(weights)
    return next(iter(law.weights)) if len(law.weights) == 1 else law
