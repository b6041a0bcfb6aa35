"""Free additive convolution and its powers."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.exact.additive import FreePower, FreeSum
from freeprob.exact.system import Node, System
from freeprob.laws.base import Law
from freeprob.laws.parameters import exact, require

if TYPE_CHECKING:
    from freeprob.ensembles import Model


@final
class Boxplus(Law):
    """Free additive convolution μ₁ ⊞ … ⊞ μₙ; build it with :func:`boxplus`."""

    def __new__(cls, *laws: Law) -> Boxplus:
        """Keep the summands in a fixed order, so that the free sum is commutative as a tree."""
        return super().__new__(cls, *sorted(laws, key=sp.default_sort_key))

    def _system(self) -> System:
        return Node(FreeSum(), tuple(law.system for law in self.args))

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import FreeSum

        return FreeSum(tuple(law.matrix_model() for law in self.args))


@final
class BoxplusPower(Law):
    """Free convolution power μ^{⊞t}; build it with :func:`boxplus_power`."""

    def __new__(cls, law: Law, exponent: object) -> BoxplusPower:
        """Check the exponent."""
        exponent = exact(exponent, "exponent")
        require(exponent >= 1, f"μ^(⊞t) exists for every law only if t ≥ 1, got {exponent}")
        return super().__new__(cls, law, exponent)

    def _system(self) -> System:
        law, exponent = self.args
        return Node(FreePower(exponent), (law.system,))

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import FreePower

        law, exponent = self.args
        return FreePower(law.matrix_model(), float(exponent))


def boxplus(*laws: Law) -> Law:
    """Law of a sum of freely independent self-adjoint variables, R = R₁ + … + Rₙ.

    Nested sums are flattened: ``boxplus(boxplus(a, b), c) == boxplus(a, b, c)``.

    Source: Voiculescu 1986.

    Examples
    --------
    >>> from freeprob import MarchenkoPastur, Semicircle, boxplus
    >>> boxplus(MarchenkoPastur(2), Semicircle(1))
    Boxplus(MarchenkoPastur(2, 1), Semicircle(1, 0))
    """
    if not laws:
        raise InvalidParameterError("boxplus needs at least one law")
    for law in laws:
        if not isinstance(law, Law):
            raise InvalidParameterError(
                f"boxplus takes laws, got {type(law).__name__}; a constant a is PointMass(a)"
            )
    summands = [part for law in laws for part in (law.args if isinstance(law, Boxplus) else (law,))]
    return summands[0] if len(summands) == 1 else Boxplus(*summands)


def boxplus_power(law: Law, exponent: object) -> Law:
    """Free convolution power, R_t = t R, for every real t ≥ 1 (t may be a symbol).

    Source: Nica-Speicher 1996.
    """
    return BoxplusPower(law, exponent)
